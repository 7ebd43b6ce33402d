"""From a Chalice request, which is a REST v1 event, to a Call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chalice.app import Request

from .call import Call

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


def read(request: Request) -> Call:
    """The call that an event stands for."""
    event = request.to_original_event()
    context = event["requestContext"]
    resource, parameters = context["resourcePath"], event.get("pathParameters") or {}
    prefix, path = _split(context.get("path") or resource, resource, parameters)
    headers = _headers(event)
    return Call(
        request_id=_request_id(headers, request),
        method=context["httpMethod"],
        route=resource,
        prefix=prefix,
        path=path,
        query=event.get("multiValueQueryStringParameters") or {},
        headers=headers,
        body=_body(request),
    )


def _body(request: Request) -> bytes:
    raw = request.raw_body
    return raw.encode() if isinstance(raw, str) else raw


def _headers(event: Mapping[str, Any]) -> dict[str, str]:
    """Headers by their names in lower case; repeated ones are joined, as RFC 9110 says."""
    several = event.get("multiValueHeaders")
    if several:
        return {name.lower(): ", ".join(values) for name, values in several.items()}
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}


def _request_id(headers: Mapping[str, str], request: Request) -> str:
    given = headers.get("x-request-id", "")
    if _REQUEST_ID.fullmatch(given):
        return given
    made = request.context.get("requestId")  # API Gateway's; `chalice local` gives none
    return str(made or getattr(request.lambda_context, "aws_request_id", "-"))


def _split(full: str, resource: str, parameters: Mapping[str, str]) -> tuple[str, str]:
    """The path before the API (its stage, a base path) and the path within it.

    The resource tells how many segments belong to the API, whatever stands before them.
    """
    count = 0
    for name in resource.split("/")[1:]:
        greedy = name.endswith("+}")
        count += parameters.get(name[1:-2], "").strip("/").count("/") + 1 if greedy else bool(name)
    parts = full.removesuffix("/").split("/")[1:]
    cut = max(0, len(parts) - count)
    return "".join(f"/{part}" for part in parts[:cut]), "/" + "/".join(parts[cut:])
