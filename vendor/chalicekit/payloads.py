"""The formats in which AWS hands a request on, and takes the answer.

Each becomes the REST v1 event that Chalice reads, once, and all behind it is the same: payload
format 2.0 of HTTP APIs and function URLs, 1.0 of HTTP APIs, and that of REST APIs whose only route
is `/{proxy+}`. All three are routed here, by their path.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any
from urllib.parse import parse_qs, quote

from . import greedy
from .event import split

SECOND = "2.0"  # of the formats; a REST API's names none
DEFAULT = "$default"  # the route of an HTTP API that takes everything
IN_PATHS = "/!$&'()*+,;=:@"  # stand for themselves in a path, beside what always does (RFC 3986)

Event = dict[str, Any]
Answer = dict[str, Any]


def generic(event: Event) -> Event | None:
    """An event in format 2.0 as one of a route that takes everything, if it can be read."""
    context = event.get("requestContext")
    http = context.get("http") if isinstance(context, Mapping) else None
    headers, cookies = event.get("headers") or {}, event.get("cookies") or []
    path, query = event.get("rawPath"), event.get("rawQueryString") or ""
    if not (
        isinstance(context, Mapping)
        and isinstance(http, Mapping)
        and isinstance(headers, dict)
        and isinstance(cookies, list)
        and all(isinstance(text, str) for text in (path, query, *headers.values(), *cookies))
    ):
        return None
    if cookies:  # a function URL gives them as a header, too
        headers = headers | {"cookie": "; ".join(cookies)}
    return {
        "version": SECOND,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "multiValueQueryStringParameters": parse_qs(query, keep_blank_values=True) or None,
        "pathParameters": None,
        "stageVariables": event.get("stageVariables"),
        "body": event.get("body"),
        "isBase64Encoded": event.get("isBase64Encoded", False),
        "requestContext": {
            **context,
            "httpMethod": http.get("method"),
            "resourcePath": DEFAULT,
            "path": path or "/",
        },
    }


def routed(event: Event, routes: Mapping[str, Container[str]]) -> Event | None:
    """The event with the route of ours that its path and method fit; None where none does."""
    context = event["requestContext"]
    resource, method = context["resourcePath"], context["httpMethod"]
    # Of one route, `chalice local` has looked at the path alone.
    undecided = resource.endswith("+}") or (resource in routes and method not in routes[resource])
    if "version" not in event and not undecided:
        return None  # a REST API that names routes: this one is of a newer version, or misfits
    prefix, path = _place(event)
    found = greedy.for_method(method, path, routes)
    if found is None:
        return None
    changed = {"resourcePath": found[0], "path": prefix + path}
    return {**event, "pathParameters": found[1], "requestContext": context | changed}


def _place(event: Event) -> tuple[str, str]:
    """What stands before the API in the client's URL, and the path within it, as it was sent."""
    context = event["requestContext"]
    resource: str = context["resourcePath"]
    path: str = context.get("path") or resource
    parameters = event["pathParameters"] or {}
    domain, stage = (_text(context.get(name)) for name in ("domainName", "stage"))
    if "version" in event and _decodes(context, domain):
        path = _encoded(path)
        parameters = {name: _encoded(text) for name, text in parameters.items()}
    if resource != DEFAULT:
        return split(path, resource, parameters)
    if stage in ("", DEFAULT) or not f"{path}/".startswith(f"/{stage}/"):
        return "", path
    # Format 2.0 has the stage even where a domain of one's own leads to it, and never the mapping.
    hidden = event["version"] == SECOND and domain and ".execute-api." not in domain
    return "" if hidden else f"/{stage}", path.removeprefix(f"/{stage}") or "/"


def _decodes(context: Event, domain: str) -> bool:
    """Whether it is of an HTTP API: function URLs, and `wsgi.py`, leave a path as it was sent."""
    return bool(domain) and ".lambda-url." not in domain and context.get("accountId") != "anonymous"


def _text(given: Any) -> str:
    return given if isinstance(given, str) else ""


def _encoded(path: str) -> str:
    return quote(path, safe=IN_PATHS, errors="surrogatepass")


def second(sent: Answer) -> Answer:
    """An answer in format 2.0: one value for each header, cookies apart."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    several = {name: [value] for name, value in sent["headers"].items()}
    for name, values in [*several.items(), *sent["multiValueHeaders"].items()]:
        if name.lower() == "set-cookie":
            cookies += values
        else:
            headers[name] = ", ".join(map(str, values))
    return {
        "statusCode": sent["statusCode"],
        "headers": headers,
        "cookies": cookies,
        "body": sent["body"],
        "isBase64Encoded": sent.get("isBase64Encoded", False),
    }
