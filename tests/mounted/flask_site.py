"""A Flask application as its owner has it: forms, files, sessions, its own error pages."""

import io
from collections.abc import Iterator
from wsgiref.validate import validator

from flask import Flask, Response, abort, flash, redirect, request, send_file, session, url_for
from flask.sessions import SecureCookieSessionInterface

PAGE = """<!doctype html><title>Shop</title>
<link rel="stylesheet" href="{{ url_for('static', filename='site.css') }}">
<p>Hello {{ name }}</p>"""
PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(range(256))

flask = Flask(__name__, static_folder="static")
flask.secret_key = "of the tests"


class Sessions(SecureCookieSessionInterface):
    """Cookies that stay below the mount, wherever that is."""

    def get_cookie_path(self, app: Flask) -> str:
        return f"{request.root_path}/"


flask.session_interface = Sessions()


@flask.get("/")
def index() -> str:
    return f"{url_for('hello', name='x')} {url_for('static', filename='site.css')}"


@flask.get("/hello/<name>")
def hello(name: str) -> str:
    from flask import render_template_string

    return render_template_string(PAGE, name=name)


@flask.route("/echo", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def echo() -> dict[str, object]:
    return {
        "method": request.method,
        "args": request.args.to_dict(flat=False),
        "form": request.form.to_dict(flat=False),
        "json": request.get_json(silent=True),
        "cookies": request.cookies,
        "url": request.url,
        "remote": request.remote_addr,
        "scheme": request.scheme,
    }


@flask.post("/login")
def login() -> Response:
    session["user"] = request.form["user"]
    flash("Welcome")
    answer = redirect(url_for("me"))
    answer.set_cookie("theme", "dark")
    assert isinstance(answer, Response)
    return answer


@flask.get("/me")
def me() -> str:
    return str(session.get("user") or abort(401))


@flask.post("/upload")
def upload() -> dict[str, object]:
    files = request.files.getlist("file")
    return {file.filename or "": [len(read := file.read()), read[:4].hex()] for file in files}


@flask.get("/pixel.png")
def pixel() -> Response:
    return send_file(io.BytesIO(PIXEL), mimetype="image/png", etag=False)


@flask.get("/report")
def report() -> Response:
    name = {"as_attachment": True, "download_name": "bericht-ü.bin"}
    return send_file(io.BytesIO(PIXEL), **name)  # type: ignore[arg-type]  # of several types


@flask.get("/stream")
def stream() -> Response:
    def rows() -> Iterator[str]:
        for number in range(3):
            yield f"row {number}\n"

    return Response(rows(), mimetype="text/csv")


@flask.get("/large")
def large() -> Response:
    return Response(b"\xff" * int(request.args["size"]), mimetype="application/octet-stream")


@flask.get("/broken")
def broken() -> str:
    raise RuntimeError("secret-7f3a")


@flask.errorhandler(404)
def missing(_: Exception) -> tuple[str, int]:
    return "<h1>The shop has no such page</h1>", 404


app = validator(flask)
