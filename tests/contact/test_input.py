"""What is refused, in the contract's order, as a problem and as a page that keeps the text."""

import json
from typing import Any

import pytest

from tests.contact.client import ADA, FORM, Form
from tests.contract.client import assert_problem

JSON = "application/json"
BREAKS = ["\r\n", "\r", "\n", "\u2028", "\u2029", "\x85", "\v", "\f", "\x1c", "\x1d", "\x1e"]
ACCEPT = {"Accept": "*/*"}  # what a program says, which gets no page


@pytest.mark.parametrize("line", BREAKS, ids=ascii)
@pytest.mark.parametrize("where", ["Ada{}Bcc: eve@example.org", "{}Ada", "Ada{}"])
def test_no_line_break_gets_into_a_header(form: Form, line: str, where: str) -> None:
    given = where.format(line)
    assert_problem(form.json(name=given), 422, "invalid_body", {"/name": "invalid"})
    address = given.replace("Ada", "ada@example.org")
    assert_problem(form.json(email=address), 422, "invalid_body", {"/email": "invalid"})
    response = form.posted(name=given, email=address)
    assert response.status_code == 422
    assert response.text.count('aria-invalid="true"') == 2


@pytest.mark.parametrize(
    ("members", "errors"),
    [
        ({"name": None}, {"/name": "required"}),
        (
            {"name": "", "email": "", "message": " \n "},
            {"/name": "too_short", "/email": "invalid", "/message": "too_short"},
        ),
        ({"name": "x" * 101, "message": "x" * 5001}, {"/name": "too_long", "/message": "too_long"}),
        ({"name": 7, "message": ["x"]}, {"/name": "invalid", "/message": "invalid"}),
        ({"email": "a@b@c.example"}, {"/email": "invalid"}),
        ({"email": "ada@example.org, eve@example.org"}, {"/email": "invalid"}),
        ({"email": "Ada <ada@example.org>"}, {"/email": "invalid"}),
        ({"message": "a\x00b"}, {"/message": "invalid"}),
        ({"message": "a\x1bb"}, {"/message": "invalid"}),
        ({"message": "\u200b"}, {"/message": "invalid"}),
        ({"cc": "eve@example.org"}, {"/cc": "unknown"}),
        ({"opened": "soon"}, {"/opened": "invalid"}),
        ({"opened": "9" * 13}, {"/opened": "invalid"}),
        ({"opened": 1}, {"/opened": "invalid"}),
        ({"website": "x" * 1001}, {"/website": "too_long"}),
    ],
    ids=lambda given: ",".join(given) if isinstance(given, dict) else "",
)
def test_what_is_wrong_is_said_of_each(
    form: Form, members: dict[str, Any], errors: dict[str, str]
) -> None:
    assert_problem(form.json(**members), 422, "invalid_body", errors)


@pytest.mark.parametrize(
    ("body", "type", "status", "code"),
    [
        (b"x" * (64 * 1024 + 1), "text/plain", 413, "body_too_large"),
        (b"name=" + b"x" * 64 * 1024, FORM, 413, "body_too_large"),
        (b"{}", "text/plain", 415, "media_type_unsupported"),
        (b"--a--", "multipart/form-data; boundary=a", 415, "media_type_unsupported"),
        (b"name=a", f"{FORM}; charset=latin-1", 415, "media_type_unsupported"),
        (b"{", JSON, 400, "invalid_json"),
        (b'{"name": "a", "name": "b"}', JSON, 400, "invalid_json"),
        (b'{"opened": NaN}', JSON, 400, "invalid_json"),
        (b"name=a&name=b", FORM, 400, "bad_request"),
        (b"name=%ff", FORM, 400, "bad_request"),
        (b"&".join(b"a%d=" % n for n in range(101)), FORM, 400, "bad_request"),
        (b"", FORM, 422, "invalid_body"),
        (b"[]", JSON, 422, "invalid_body"),
    ],
    ids=lambda given: given if isinstance(given, str) else ascii(given)[:30],
)
def test_the_order_of_refusals(form: Form, body: bytes, type: str, status: int, code: str) -> None:
    response = form.sent(body, type, **ACCEPT)
    assert response.status_code == status
    errors = {e["pointer"]: e["code"] for e in response.json().get("errors", [])}
    assert_problem(response, status, code, errors)
    if status == 415:
        assert response.headers["Accept"] == f"{JSON}, {FORM}"
    page = form.sent(body, type)
    assert (page.status_code, page.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert "<form" in page.text


def test_the_page_keeps_what_was_typed(form: Form) -> None:
    typed = {
        "name": 'Ada "A" {{told}} <b>',
        "email": "ada@",
        "message": "\n  {{notice}} </textarea>`x`",
        "opened": "1790000000",
    }
    response = form.posted(**typed)
    assert response.status_code == 422
    page = response.text
    assert 'value="Ada &quot;A&quot; {{told}} &lt;b&gt;">' in page
    assert 'value="ada@" aria-invalid="true" autofocus>' in page
    assert 'aria-describedby="email-wrong"' in page
    assert '<p class="wrong" id="email-wrong">Please give an e-mail address such as' in page
    # A browser drops the first line break of a textarea: one of ours is before those of theirs.
    assert (
        'aria-describedby="message-wrong">\n\n  {{notice}} &lt;/textarea&gt;`x`</textarea>' in page
    )
    assert 'value="1790000000"' in page
    assert 'role="alert">Not sent yet: please look at what is marked below.</p>' in page
    assert "<title>Not sent: contact</title>" in page
    assert page.count("autofocus") == 1


@pytest.mark.parametrize(
    "body", [b"name=a&name=b&message=Keep+this", b"name=%ff&message=Keep+this"]
)
def test_the_page_keeps_what_can_be_read(form: Form, body: bytes) -> None:
    page = form.sent(body)
    assert page.status_code == 400
    assert "Keep this</textarea>" in page.text
    assert "what your browser sent cannot be read" in page.text


def test_the_page_keeps_no_more_than_is_taken(form: Form) -> None:
    page = form.sent(b"message=" + b'"' * 70_000)
    assert page.status_code == 413
    assert len(page.content) < 20_000
    assert "Not sent: the message is too long." in page.text


def test_what_no_field_is_marked_for_is_said(form: Form) -> None:
    page = form.posted(opened="12345678901234").text
    assert "Please press Send once more" in page
    assert "12345678901234" not in page, "sent again, it would be refused again"
    assert "Please press Send once more" in form.posted(more="x").text


@pytest.mark.parametrize("turn", ["\u202e", "\u2066"])
def test_no_name_turns_what_follows(form: Form, turn: str) -> None:
    body = form.json(name=f"Ada{turn}")
    assert_problem(body, 422, "invalid_body", {"/name": "invalid"})


def test_a_program_that_would_rather_have_json_gets_it(form: Form) -> None:
    for accept in ("application/json, text/html;q=0.1", "text/html;q=0", "*/*"):
        answer = form.target.session.post(
            form.url, json=ADA | {"email": "x"}, headers={"Accept": accept}, timeout=30
        )
        assert_problem(answer, 422, "invalid_body", {"/email": "invalid"})


def test_a_page_that_is_all_wrong(form: Form) -> None:
    page = form.sent(b"name=&email=&message=").text
    assert page.count("Please fill this in.</p>") == 2
    assert page.index("autofocus") < page.index('id="email"'), "the first wrong field"


def test_json_with_a_browsers_accept_gets_the_page(form: Form) -> None:
    response = form.sent(json.dumps(ADA | {"email": "x"}).encode(), JSON)
    assert response.status_code == 422
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"


def test_a_query_is_refused_where_it_means_nothing(form: Form) -> None:
    response = form.target.session.post(f"{form.url}?x=1", json=ADA, timeout=30)
    assert_problem(response, 400, "invalid_query", {"x": "unknown"})
    assert form.page("?utm_source=x").status_code == 200, "links may carry more"
