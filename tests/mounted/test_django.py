"""A Django site, under wsgiref's validator, behind each way in: what its owner would try first."""

import re
from uuid import uuid4

from tests.mounted.conftest import Site
from tests.mounted.django_site import PASSWORD, USER

BINARY = bytes(range(256)) * 20


def token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    return found[1]


def logged_in(site: Site) -> None:
    page = site.get("/django/admin/login/")
    fields = {"username": USER, "password": PASSWORD, "csrfmiddlewaretoken": token(page.text)}
    answer = site.post("/django/admin/login/", data=fields | {"next": "/"})
    assert answer.status_code == 302, answer.text
    assert {cookie.name for cookie in site.session.cookies} == {"csrftoken", "sessionid"}


def test_the_admin_asks_for_a_login(site: Site) -> None:
    answer = site.get("/django/admin/")
    place = f"{site.prefix}/django/admin/"
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{place}login/?next={place}"
    page = site.get(answer.headers["Location"])
    assert "Django administration" in page.text
    assert page.headers["Cache-Control"].startswith("max-age=0")
    assert {"Cookie", "Origin"} <= {*page.headers["Vary"].split(", ")}


def test_a_slash_is_appended_once(site: Site) -> None:
    answer = site.get("/django/admin")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{site.prefix}/django/admin/")
    assert site.get("/django/admin/login/").status_code == 200


def test_the_admin_with_a_session(site: Site) -> None:
    logged_in(site)
    page = site.get("/django/admin/")
    assert (page.status_code, "Site administration" in page.text) == (200, True)
    users = site.get("/django/admin/auth/user/")
    assert "1 user" in users.text
    add = f"{site.prefix}/django/admin/auth/user/add/"
    assert f'href="{add}"' in users.text
    group = f"Größe {uuid4().hex}"
    form = site.get("/django/admin/auth/group/add/").text
    made = site.post(
        "/django/admin/auth/group/add/", data={"name": group, "csrfmiddlewaretoken": token(form)}
    )
    assert made.status_code == 302, made.text
    listed = site.get(made.headers["Location"])
    assert f"{group}</a>” was added successfully" in listed.text


def test_a_wrong_password_and_no_token(site: Site) -> None:
    page = site.get("/django/admin/login/")
    fields = {"username": USER, "password": "wrong", "csrfmiddlewaretoken": token(page.text)}
    assert (
        "Please enter the correct username" in site.post("/django/admin/login/", data=fields).text
    )
    refused = site.post("/django/admin/login/", data=fields | {"csrfmiddlewaretoken": "x" * 32})
    assert (refused.status_code, "CSRF verification failed" in refused.text) == (403, True)
    site.session.cookies.clear()
    assert site.post("/django/admin/login/", data=fields).status_code == 403


def test_static_files(site: Site) -> None:
    page = site.get("/django/admin/login/").text
    found = re.search(r'href="([^"]+/css/base\.css)"', page)
    assert found
    assert found[1] == f"{site.prefix}/django/static/admin/css/base.css"
    style = site.get(found[1])
    assert (style.status_code, ":root" in style.text) == (200, True)
    assert style.headers["Content-Type"].startswith("text/css")
    assert style.headers["Content-Encoding"] == "gzip"  # by the site's own middleware
    icon = site.get("/django/static/admin/img/icon-yes.svg")
    assert (icon.status_code, icon.headers["Content-Type"]) == (200, "image/svg+xml")
    assert site.get("/django/static/admin/css/none.css").status_code == 404


def test_a_form_with_a_file_there_and_back(site: Site) -> None:
    form = site.get("/django/upload/").text
    name = f"{uuid4().hex}.bin"
    answer = site.post(
        "/django/upload/",
        data={"csrfmiddlewaretoken": token(form)},
        files={"file": (name, BINARY)},
    )
    assert answer.json() == {"name": name, "size": len(BINARY)}
    file = site.get(f"/django/files/{name}", headers={"Accept-Encoding": "identity"})
    assert file.content == BINARY
    assert file.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_a_form_that_is_broken(site: Site) -> None:
    form = token(site.get("/django/upload/").text)
    for kind in ("multipart/form-data", "multipart/form-data; boundary=edge"):
        sent = {"Content-Type": kind, "X-CSRFToken": form}
        answer = site.post("/django/upload/", data=b"--edge\r\nbroken", headers=sent)
        assert (answer.status_code, answer.headers["Content-Type"][:9]) in (
            (400, "text/html"),
            (500, "text/html"),
        )


def test_its_errors_are_its_own(site: Site) -> None:
    for path, status in (("/django/none/", 404), ("/django/broken/", 500)):
        answer = site.get(path)
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "secret-7f3a" not in answer.text
