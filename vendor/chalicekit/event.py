"""From a Chalice request, which is a REST v1 event, to a Call."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from chalice.app import Request

from .call import Call

MEMBERS = {"headers", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body"}
_REQUEST_ID = r"[A-Za-z0-9._-]{1,128}"


def is_request(event: Any) -> bool:
    """Whether an event is one that `read` and Chalice can read: any other would end in a trace."""
    context = event.get("requestContext") if isinstance(event, Mapping) else None
    return (
        isinstance(context, Mapping)
        and isinstance(context.get("resourcePath"), str)
        and isinstance(context.get("httpMethod"), str)
        and isinstance(context.get("path") or "", str)
        and isinstance(context.get("requestId") or "", str)
        and event.keys() >= MEMBERS
        and _texts(event["headers"])
        and _lists(event.get("multiValueHeaders"))
        and _lists(event["multiValueQueryStringParameters"])
        and _texts(event["pathParameters"])
        and names(context["resourcePath"]) <= (event["pathParameters"] or {}).keys()
        and _is_body(event["body"], event.get("isBase64Encoded"))
    )


def names(resource: str) -> set[str]:
    """The parameters of a path such as `/users/{id}`."""
    return {part[1:-1].removesuffix("+") for part in resource.split("/") if part.startswith("{")}


def read(request: Request) -> Call:
    """The call that an event stands for."""
    event = request.to_original_event()
    context = event["requestContext"]
    resource, parameters = context["resourcePath"], event.get("pathParameters") or {}
    prefix, path = split(context.get("path") or resource, resource, parameters)
    headers = _headers(event)
    return Call(
        request_id=_request_id(headers, request),
        source=_source(context),
        function=str(getattr(request.lambda_context, "invoked_function_arn", "")),
        method=context["httpMethod"],
        route=resource,
        prefix=prefix,
        path=path,
        query=event.get("multiValueQueryStringParameters") or {},
        headers=headers,
        body=_body(event),
    )


def _texts(given: Any) -> bool:
    if given is None:
        return True
    return isinstance(given, Mapping) and all(isinstance(text, str) for text in given.values())


def _lists(given: Any) -> bool:
    """Whether these are names with one or more values each."""
    if given is None:
        return True
    return isinstance(given, Mapping) and all(
        isinstance(texts, list) and texts and all(isinstance(text, str) for text in texts)
        for texts in given.values()
    )


def _is_body(body: Any, encoded: Any) -> bool:
    if not encoded:
        return body is None or isinstance(body, str | bytes)
    try:
        b64decode(body or "", validate=True)
    except (TypeError, ValueError):
        return False
    return True


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or b""
    if event.get("isBase64Encoded"):
        return b64decode(body)
    # Halves of surrogate pairs are let through here, for the JSON parser to refuse.
    return body if isinstance(body, bytes) else str(body).encode("utf-8", "surrogatepass")


def _headers(event: Mapping[str, Any]) -> dict[str, str]:
    """Headers by their names in lower case; repeated ones are joined as payload format 2.0 does."""
    several = event.get("multiValueHeaders")
    if not several:
        several = {name: [value] for name, value in (event.get("headers") or {}).items()}
    found: dict[str, str] = {}
    for name, values in several.items():
        key = name.lower()
        separator = "; " if key == "cookie" else ","
        # One name may come in two spellings.
        found[key] = separator.join([found[key], *values] if key in found else values)
    return found


def given_id(headers: Mapping[str, str]) -> str:
    """The request id that a client gave; "" where there is none of a shape that may be logged."""
    given = headers.get("x-request-id", "")
    return given if re.fullmatch(_REQUEST_ID, given) else ""


def _source(context: Mapping[str, Any]) -> str:
    """The address that the gateway itself saw: a header such as X-Forwarded-For may be made up."""
    places = (context.get("identity"), context.get("http"))
    given = next((p["sourceIp"] for p in places if isinstance(p, Mapping) and "sourceIp" in p), "")
    return given if isinstance(given, str) else ""


def _request_id(headers: Mapping[str, str], request: Request) -> str:
    if given := given_id(headers):
        return given
    made = request.context.get("requestId")  # API Gateway's; `chalice local` gives none
    return str(made or getattr(request.lambda_context, "aws_request_id", "-"))


def split(full: str, resource: str, parameters: Mapping[str, str]) -> tuple[str, str]:
    """The path before the API (its stage, a base path) and the path within it, both as sent.

    The resource tells how many segments belong to the API, whatever stands before them.
    """
    names = [name for name in resource.split("/") if name]
    bare = full.rstrip("/")
    parts, slashes = bare.split("/")[1:], full[len(bare) :]
    # An empty segment counts for nothing: "/users//7" may have been taken for "/users/{id}".
    starts = [*(n for n, part in enumerate(parts) if part), len(parts)]
    cut = starts[max(0, len(starts) - 1 - len(names))]
    if names and names[-1].endswith("+}"):
        # API Gateway gives the rest decoded or not, with or without empty segments, and it may be
        # of any length.
        rest = _named(parameters.get(names[-1][1:-2], ""))
        fits = (n for n in range(len(parts)) if _named("/".join(parts[n:])) == rest)
        cut = max(0, next(fits, 0) - (len(names) - 1))  # where none does, all of it is the API's
        while cut and not parts[cut - 1]:
            cut -= 1  # an empty segment is the API's to judge
    within = _joined(parts[cut:]) + slashes
    return _joined([part for part in parts[:cut] if part]), within or "/"


def _named(path: str) -> list[str]:
    return [part for part in unquote(path).split("/") if part]


def _joined(parts: Sequence[str]) -> str:
    return "".join(f"/{part}" for part in parts)
