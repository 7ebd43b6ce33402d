"""Two callers who know nothing but the OpenAPI document: what one made is not there for the other.

Whatever resource the document describes, without a line on it here.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from tests.contract.client import send
from tests.issuing import Issuing
from tests.openapi.document import each_operation
from tests.resources import Json, described
from tests.targets import Target, direct_session

pytestmark = [pytest.mark.configures, pytest.mark.usefixtures("owned")]
OF_EACH = {"X-Request-Id", "Date"}  # headers that no two answers share


@pytest.fixture
def callers(target: Target, asks: Issuing) -> tuple[Target, Target]:
    """Ada and Bob; nothing is kept of anybody."""
    for table, key in [("claims", "pk"), *((r.table, r.key) for r in described().values())]:
        target.clear(table, key)
    return as_caller(target, asks, "ada"), as_caller(target, asks, "bob")


def as_caller(target: Target, issuing: Issuing, name: str) -> Target:
    session = direct_session()
    for prefix, adapter in target.session.adapters.items():
        session.mount(prefix, adapter)
    session.headers.update(issuing.bearer(name))
    return replace(target, session=session, owner=name)


def test_what_one_made_is_for_another_as_if_it_never_was(callers: tuple[Target, Target]) -> None:
    ada, bob = callers
    document = send(ada, "GET", "/openapi.json").json()
    tried = set()
    for path, create, links in kept(document):
        made = send(ada, "POST", path, json=example(create))
        assert made.status_code == 201, made.text
        (key,) = {made.json()[name] for name in keys(links)}
        for method, item, operation in asked(document, links):
            for headers in preconditions(operation, made.headers["ETag"]):
                theirs, nobodys = (
                    told(send(bob, method, at(item, one), json=example(operation), headers=headers))
                    for one in (key, "never-was")
                )
                assert theirs == nobodys, (method, item, headers)
                assert theirs[0] == 404, (method, item, headers)
        assert send(bob, "GET", path).json()["items"] == []
        assert send(ada, "GET", path).json()["items"] == [made.json()]
        tried.add(path)
    assert tried == {resource.path for resource in described().values()}


def kept(document: Json) -> Iterator[tuple[str, Json, Json]]:
    """What makes something that only who has a token may see: path, operation, links."""
    public = {one["operationId"] for one in each_operation(document) if not one["security"]}
    for path, methods in document["paths"].items():
        links = methods.get("post", {}).get("responses", {}).get("201", {}).get("links", {})
        if links and not public & links.keys():
            yield path, methods["post"], links


def keys(links: Json) -> set[str]:
    """The member of what was made that stands for it, as the links say."""
    texts = [text for link in links.values() for text in link["parameters"].values()]
    found = (re.fullmatch(r"\$response\.body#/(\w+)", text) for text in texts)
    return {match[1] for match in found if match}


def asked(document: Json, links: Json) -> Iterator[tuple[str, str, Json]]:
    """What can be done with what was made: method, path, operation; HEAD, too."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["operationId"] in links:
                yield method.upper(), path, operation
                if method == "get":
                    yield "HEAD", path, operation


def preconditions(operation: Json, etag: str) -> Iterator[dict[str, str]]:
    """The headers to ask with: none, and each of those that take an ETag."""
    yield {}
    for parameter in operation["parameters"]:
        if parameter["in"] == "header":
            for value in (etag, "*", '"another"'):
                yield {parameter["name"]: value}


def at(path: str, key: str) -> str:
    return re.sub(r"\{\w+\}", key, path)


def example(operation: Json) -> Json | None:
    """A body that the document shows."""
    contents = operation.get("requestBody", {}).get("content", {}).values()
    found: Json | None = next((content["example"] for content in contents), None)
    return found


def told(response: requests.Response) -> tuple[int, dict[str, str], Json]:
    """All that an answer tells, but for the name of its request."""
    headers = {k: v for k, v in response.headers.items() if k not in OF_EACH}
    body = response.json() if response.content else {}
    return response.status_code, headers, {k: v for k, v in body.items() if k != "instance"}
