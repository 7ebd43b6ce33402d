"""ETag, If-Match, If-None-Match, and etag as a member of a body."""

import re

import pytest

from tests.contract.client import Api, assert_empty, assert_problem, etag_of
from tests.resources import Json

WRITES = ["put", "patch", "delete"]


def write(api: Api, method: str, item: Json, headers: dict[str, str]) -> tuple[int, Json]:
    """The status and the body of one write; the body of 204 is empty."""
    key = item[api.resource.key]
    if method == "delete":
        response = api.delete(key, headers)
    else:
        response = getattr(api, method)(key, api.resource.sample(), headers)
    return response.status_code, response.json() if response.content else {}


def assert_stale(api: Api, method: str, item: Json, code: str, headers: dict[str, str]) -> None:
    key = item[api.resource.key]
    body = api.resource.sample()
    response = (
        api.delete(key, headers) if method == "delete" else getattr(api, method)(key, body, headers)
    )
    problem = assert_problem(response, 412, code)
    current = api.shown(key)
    assert problem["current"] == current == item
    assert etag_of(response) == current["etag"]


def test_an_etag_is_strong_and_the_same_everywhere(api: Api) -> None:
    response = api.post(api.resource.sample())
    item = response.json()
    key = item[api.resource.key]
    assert re.fullmatch(r'"[\x21\x23-\x7e]+"', response.headers["ETag"])
    assert response.headers["ETag"] == f'"{item["etag"]}"'
    assert api.get(key).headers["ETag"] == response.headers["ETag"]
    assert api.send("HEAD", api.path(key)).headers["ETag"] == response.headers["ETag"]
    assert api.page((api.resource.key, key))["items"][0]["etag"] == item["etag"]


def test_etags_are_no_counter(api: Api) -> None:
    assert api.made()["etag"] != api.made()["etag"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "form", ['"{}"', 'W/"{}"', '"x", "{}"', 'W/"x",W/"{}"', '  "{}" , "y"', "*"]
)
def test_if_none_match_that_fits_is_304(api: Api, method: str, form: str) -> None:
    item = api.made()
    path = api.path(item[api.resource.key])
    headers = {"If-None-Match": form.format(item["etag"]).strip()}
    response = api.send(method, path, headers=headers)
    assert_empty(api, response, 304)
    assert etag_of(response) == item["etag"]
    assert response.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("header", ['"x"', 'W/"x"', '"x", "y"', '"*"', '""'])
def test_if_none_match_that_does_not_fit_is_200(api: Api, method: str, header: str) -> None:
    item = api.made()
    path = api.path(item[api.resource.key])
    response = api.send(method, path, headers={"If-None-Match": header})
    assert (response.status_code, etag_of(response)) == (200, item["etag"])


@pytest.mark.parametrize("header", ["*", '"x"'])
def test_if_none_match_on_what_is_missing(api: Api, header: str) -> None:
    assert_problem(api.get("missing", {"If-None-Match": header}), 404, "not_found")


def test_an_etag_changes_with_the_item(api: Api) -> None:
    item = api.made()
    key = item[api.resource.key]
    old = {"If-None-Match": f'"{item["etag"]}"'}
    assert api.get(key, old).status_code == 304
    changed = api.patch(key, {api.resource.text: "Changed"}).json()
    assert api.get(key, old).status_code == 200
    assert api.get(key, {"If-None-Match": f'"{changed["etag"]}"'}).status_code == 304


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("form", ['"{}"', "{}", '"x", "{}"', '"x","{}","y"', "*", ' "{}" '])
def test_if_match_that_fits(api: Api, method: str, form: str) -> None:
    item = api.made()
    status, _ = write(api, method, item, {"If-Match": form.format(item["etag"]).strip()})
    assert status == (204 if method == "delete" else 200)


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("form", ['"x"', "x", 'W/"{}"', '"x", W/"{}"', '"{}x"', '"*"', '""'])
def test_if_match_that_does_not_fit(api: Api, method: str, form: str) -> None:
    item = api.made()
    assert_stale(api, method, item, "stale", {"If-Match": form.format(item["etag"])})


@pytest.mark.parametrize("header", ["", '"x', 'x"', '"a" "b"', ",", "a b", "*, *"])
def test_an_if_match_that_cannot_be_read(api: Api, header: str) -> None:
    item = api.made()
    key = item[api.resource.key]
    response = api.patch(key, {api.resource.text: "X"}, {"If-Match": header})
    assert_problem(response, 400, "invalid_header", {"If-Match": "invalid"})
    assert api.shown(key) == item


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("header", ["*", '"x"'])
def test_if_match_on_what_is_missing(api: Api, method: str, header: str) -> None:
    status, problem = write(api, method, {api.resource.key: "missing"}, {"If-Match": header})
    assert (status, problem["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", WRITES)
def test_if_none_match_star_on_what_exists(api: Api, method: str) -> None:
    assert_stale(api, method, api.made(), "exists", {"If-None-Match": "*"})


@pytest.mark.parametrize("method", WRITES)
def test_if_none_match_of_one_version(api: Api, method: str) -> None:
    item = api.made()
    assert_stale(api, method, item, "exists", {"If-None-Match": f'"{item["etag"]}"'})
    status, _ = write(api, method, item, {"If-None-Match": '"x", W/"y"'})
    assert status == (204 if method == "delete" else 200)


@pytest.mark.parametrize("method", WRITES)
def test_if_match_of_many(api: Api, method: str) -> None:
    item = api.made()
    others = [f'"{number:016x}"' for number in range(150)]  # IN takes 100 at most.
    assert_stale(api, method, item, "stale", {"If-Match": ",".join(others)})
    status, _ = write(api, method, item, {"If-Match": ",".join([*others, f'"{item["etag"]}"'])})
    assert status == (204 if method == "delete" else 200)


@pytest.mark.parametrize("method", WRITES)
def test_if_none_match_star_never_creates(api: Api, method: str) -> None:
    status, problem = write(api, method, {api.resource.key: "missing"}, {"If-None-Match": "*"})
    assert (status, problem["code"]) == (404, "not_found")
    assert_problem(api.get("missing"), 404, "not_found")


def test_of_two_writers_the_second_is_told(api: Api) -> None:
    item = api.made()
    key, text = item[api.resource.key], api.resource.text
    seen = {"If-Match": f'"{item["etag"]}"'}
    first = api.patch(key, {text: "First"}, seen)
    assert first.status_code == 200
    second = api.patch(key, {text: "Second"}, seen)
    problem = assert_problem(second, 412, "stale")
    assert problem["current"] == first.json()
    retried = api.patch(key, {text: "Second"}, {"If-Match": second.headers["ETag"]})
    assert retried.status_code == 200
    assert api.shown(key)[text] == "Second"


@pytest.mark.parametrize("method", ["put", "patch"])
def test_etag_in_the_body_is_a_condition(api: Api, method: str) -> None:
    item = api.made()
    key, change = item[api.resource.key], getattr(api, method)
    stale = change(key, api.resource.sample() | {"etag": "x"})
    assert assert_problem(stale, 412, "stale")["current"] == item
    done = change(key, api.resource.sample() | {"etag": item["etag"]})
    assert done.status_code == 200, done.text
    again = change(key, api.resource.sample() | {"etag": item["etag"]})
    assert assert_problem(again, 412, "stale")["current"] == done.json()


@pytest.mark.parametrize("method", ["put", "patch"])
def test_the_header_wins_over_etag_in_the_body(api: Api, method: str) -> None:
    item = api.made()
    key, change = item[api.resource.key], getattr(api, method)
    etag = item["etag"]
    stale = change(key, api.resource.sample() | {"etag": etag}, {"If-Match": '"x"'})
    assert_problem(stale, 412, "stale")
    body = api.resource.sample() | {"etag": "x"}
    done = change(key, body, {"If-Match": f'"{etag}"'})
    assert done.status_code == 200, done.text
    assert change(key, body, {"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize("method", ["put", "patch"])
@pytest.mark.parametrize("etag", [5, [], {}, True, "", '"x"', "a b", "é", "x" * 129])
def test_etag_in_the_body_is_a_text_as_get_gives_it(api: Api, method: str, etag: object) -> None:
    item = api.made()
    key = item[api.resource.key]
    response = getattr(api, method)(key, api.resource.sample() | {"etag": etag})
    assert_problem(response, 422, "invalid_body", {"/etag": "invalid"})
    assert api.shown(key) == item
