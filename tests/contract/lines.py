"""Lists as lines of JSON, walked as a client does: by the header Link."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.contract.client import Api
from tests.resources import Json

TYPE = "application/x-ndjson"


def asked(api: Api, method: str = "GET", accept: str = TYPE, **params: Any) -> requests.Response:
    return api.send(method, api.resource.path, params=params, headers={"Accept": accept})


def read(response: requests.Response) -> list[Json]:
    """The items of an answer, each in a whole line of its own."""
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == TYPE
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.content or response.content.endswith(b"\n")
    return [json.loads(line) for line in response.content.decode().splitlines()]


def further(response: requests.Response) -> Json | None:
    """The query of what comes next; None at the end."""
    link = response.headers.get("Link")
    if link is None:
        return None
    target, _, rest = link.partition(">")
    assert (target[0], rest) == ("<", '; rel="next"')
    return dict(parse_qsl(urlsplit(target[1:]).query))


def answers(api: Api, **params: Any) -> Iterator[list[Json]]:
    """The items of each answer, to the end."""
    query: Json = params
    for _ in range(10_000):
        response = asked(api, **query)
        yield read(response)
        following = further(response)
        if following is None:
            return
        query = following
    raise AssertionError("the walk does not end")


def exported(api: Api, **params: Any) -> list[Json]:
    return [item for items in answers(api, **params) for item in items]
