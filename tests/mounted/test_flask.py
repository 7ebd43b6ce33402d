"""A Flask application, under wsgiref's validator, behind each way in."""

import io
from urllib.parse import quote, urlsplit

import pytest

from chalicekit.mount import MOST_BYTES
from tests.contract.client import assert_problem
from tests.mounted.conftest import Site
from tests.mounted.flask_site import PIXEL

BINARY = bytes(range(256)) * 20


def test_links_know_where_it_is(site: Site) -> None:
    words = site.get("/flask/").text.split()
    assert words == [f"{site.prefix}/flask/hello/x", f"{site.prefix}/flask/static/site.css"]
    bare = site.get("/flask")
    assert (bare.status_code, urlsplit(bare.headers["Location"]).path) == (
        308,
        f"{site.prefix}/flask/",
    )


@pytest.mark.parametrize("name", ["Ada", "Grace Hopper", "Ünï ⚡", "%41", "a+b"])
def test_a_page(site: Site, name: str) -> None:
    answer = site.get(f"/flask/hello/{quote(name)}")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f"Hello {name}" in answer.text


def test_a_static_file(site: Site) -> None:
    answer = site.get("/flask/static/site.css")
    assert (answer.status_code, answer.text) == (200, "p { color: teal }\n")
    assert answer.headers["Content-Type"].startswith("text/css")
    again = site.get("/flask/static/site.css", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert site.get("/flask/static/../flask_site.py").status_code == 404


def test_what_was_sent(site: Site) -> None:
    answer = site.post(
        "/flask/echo?a=1&a=2&b=%26",
        data={"x": ["1", "2"], "y": "ü"},
        headers={"Cookie": "a=1; b=2"},
    )
    found = answer.json()
    assert found["args"] == {"a": ["1", "2"], "b": ["&"]}
    assert found["form"] == {"x": ["1", "2"], "y": ["ü"]}
    assert found["cookies"] == {"a": "1", "b": "2"}
    assert f"{site.prefix}/flask/echo?a=1&a=2&b=%26" in found["url"]
    assert found["remote"] in ("127.0.0.1", "192.0.2.1")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_json(site: Site, method: str) -> None:
    found = site.send(method, "/flask/echo", json={"ü": [1.5, None]}).json()
    assert (found["method"], found["json"]) == (method, {"ü": [1.5, None]})


def test_sessions_and_cookies(site: Site) -> None:
    assert site.get("/flask/me").status_code == 401
    answer = site.post("/flask/login", data={"user": "ada"})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{site.prefix}/flask/me")
    cookies = {cookie.name: cookie.path for cookie in site.session.cookies}
    assert cookies == {"session": f"{site.prefix}/flask/", "theme": "/"}
    assert site.get("/flask/me").text == "ada"
    assert site.get("/flask/echo").json()["cookies"].keys() == cookies.keys()


def test_files_in(site: Site) -> None:
    files = [("file", ("a.bin", io.BytesIO(BINARY))), ("file", ("ü.txt", io.BytesIO(b"\xff\xfe")))]
    assert site.post("/flask/upload", files=files).json() == {
        "a.bin": [len(BINARY), "00010203"],
        "ü.txt": [2, "fffe"],
    }


def test_files_out(site: Site) -> None:
    for accept in ("*/*", "image/avif,image/*;q=0.8", "text/html"):
        answer = site.get("/flask/pixel.png", headers={"Accept": accept})
        assert (answer.content, answer.headers["Content-Type"]) == (PIXEL, "image/png")
    report = site.get("/flask/report")
    assert report.content == PIXEL
    assert "filename*=UTF-8''bericht-%C3%BC.bin" in report.headers["Content-Disposition"]


def test_what_streams(site: Site) -> None:
    answer = site.get("/flask/stream")
    assert answer.text == "row 0\nrow 1\nrow 2\n"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"


def test_head_and_options(site: Site) -> None:
    head = site.send("HEAD", "/flask/hello/x")
    assert (head.status_code, head.content) == (200, b"")
    options = site.send("OPTIONS", "/flask/echo")
    assert {*options.headers["Allow"].split(", ")} == {
        *("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
    }
    refused = site.send("DELETE", "/flask/me")
    assert (refused.status_code, "problem" in refused.headers["Content-Type"]) == (405, False)


def test_its_errors_are_its_own(site: Site) -> None:
    answer = site.get("/flask/nothing")
    assert (answer.status_code, answer.text) == (404, "<h1>The shop has no such page</h1>")
    broken = site.get("/flask/broken")
    assert (broken.status_code, "secret-7f3a" in broken.text) == (500, False)
    assert broken.headers["Content-Type"] == "text/html; charset=utf-8"
    # The application's own answer to a broken form, too.
    typed = {"Content-Type": "multipart/form-data"}
    assert site.post("/flask/upload", data=b"broken", headers=typed).json() == {}
    assert site.post("/flask/login", data={"wrong": "x"}).status_code == 400


def test_an_answer_to_the_byte(site: Site) -> None:
    answer = site.get(f"/flask/large?size={MOST_BYTES}")
    assert (answer.status_code, len(answer.content)) == (200, MOST_BYTES)
    assert_problem(site.get(f"/flask/large?size={MOST_BYTES + 1}"), 500, "answer_too_large")


def test_uploads_to_the_byte(site: Site) -> None:
    rest = len(multipart(b""))
    typed = {"Content-Type": "multipart/form-data; boundary=edge"}
    for size in (MOST_BYTES - rest, MOST_BYTES - rest + 1):
        answer = site.post("/flask/upload", data=multipart(b"\xff" * size), headers=typed)
        if size + rest <= MOST_BYTES:
            assert answer.json() == {"big.bin": [size, "ffffffff"]}
        else:
            assert_problem(answer, 413, "body_too_large")


def multipart(content: bytes) -> bytes:
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="big.bin"\r\n\r\n'
    return head + content + b"\r\n--edge--\r\n"
