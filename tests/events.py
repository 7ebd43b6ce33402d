"""HTTP requests as the events that AWS makes of them, and the answers to those as HTTP again.

By AWS's documentation; where that is silent, by what others recorded on AWS. Standard library
only: the servers that stand before an image's entry point use it in a Python without the project.

- REST: "Lambda proxy integrations in API Gateway", input format. Paths come as sent, header names
  as sent, query and multi-value headers decoded and split, bodies as text but for binary types.
- HTTP API: "Create AWS Lambda proxy integrations for HTTP APIs". Both its formats have the path
  decoded, which the documentation does not say; 2.0 has the query as sent.
- Function URL: "Invoking Lambda function URLs": format 2.0, the path as sent.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote
from uuid import uuid4

GENERIC = ("/", "/{proxy+}")
# What Chalice lists as binary of itself, which is what many REST APIs have; ours says */*.
BINARY = re.compile(
    "application/(octet-stream|x-tar|zip)|audio/(basic|ogg|mp4|mpeg|wav|webm)"
    "|image/(png|jpe?g|gif)|video/(ogg|mpeg|webm)"
)
# All that format 2.0 gives as text, as recorded; a type with a suffix such as +json is none.
TEXT = re.compile("text/.*|application/(json|xml|javascript)")
HOP_BY_HOP = re.compile(
    "connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect", re.IGNORECASE
)
CLIENT = "192.0.2.1"


@dataclass(frozen=True)
class Request:
    """An HTTP request whose framing is undone: no chunks, one body."""

    method: str
    path: str  # as sent: percent-encoded, behind a stage
    query: str = ""  # as sent, without "?"
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""


class Answer(NamedTuple):
    """An HTTP answer; framing is left to who sends it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def rest(
    request: Request,
    routes: Iterable[str] = GENERIC,
    *,
    stage: str = "dev",
    mapping: str | None = None,
    request_id: str | None = None,
    binary: re.Pattern[str] = BINARY,
) -> dict[str, Any]:
    """The event of a REST API with these resources.

    `mapping` is the base path of a custom domain, such as `/v1`; without it the stage is in front.
    Bodies of the `binary` types come as base64.
    """
    resource, parameters = matched(request.path, routes)
    headers = _headers(request, "api.execute-api.eu-central-1.amazonaws.com")
    query = parse_qs(request.query, keep_blank_values=True)
    encoded = binary.fullmatch(_type(headers)) is not None
    text = b64encode(request.body).decode() if encoded else request.body.decode("utf-8", "replace")
    return {
        "resource": resource,
        "path": (mapping or "") + request.path,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in headers.items()} or None,
        "multiValueHeaders": headers or None,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": _first(headers, "host"),
            "domainPrefix": "api",
            "extendedRequestId": "extended=",
            "httpMethod": request.method,
            "identity": {"sourceIp": CLIENT, "userAgent": _first(headers, "user-agent")},
            "path": (f"/{stage}" if mapping is None else mapping) + request.path,
            "protocol": "HTTP/1.1",
            "requestId": request_id or str(uuid4()),
            "requestTime": "20/Nov/2026:12:00:00 +0000",
            "requestTimeEpoch": 1795176000000,
            "resourceId": "resource",
            "resourcePath": resource,
            "stage": stage,
        },
        "body": text or None,
        "isBase64Encoded": encoded and bool(text),
    }


def url(
    request: Request,
    *,
    domain: str = "urlid.lambda-url.eu-central-1.on.aws",
    request_id: str | None = None,
) -> dict[str, Any]:
    """The event of a function URL; cookies stand in it twice."""
    return _second(request, request.path, "$default", "$default", domain, request_id)


def http_api(
    request: Request,
    *,
    stage: str = "$default",
    route: str = "$default",
    domain: str = "api.execute-api.eu-central-1.amazonaws.com",
    request_id: str | None = None,
) -> dict[str, Any]:
    """The event of an HTTP API in format 2.0; `route` is such as `ANY /{proxy+}`."""
    prefix = "" if stage == "$default" else f"/{stage}"
    event = _second(request, prefix + unquote(request.path), stage, route, domain, request_id)
    event["requestContext"]["accountId"] = "123456789012"
    event["headers"].pop("cookie", None)
    if "{" in route:
        event["pathParameters"] = _decoded(request.path, route.partition(" ")[2])
    return event


def http_api_1(
    request: Request,
    *,
    stage: str = "$default",
    route: str = "$default",
    mapping: str | None = None,
    domain: str = "api.execute-api.eu-central-1.amazonaws.com",
    request_id: str | None = None,
) -> dict[str, Any]:
    """The event of an HTTP API in format 1.0; `mapping` is that of a custom domain."""
    prefix = "" if stage == "$default" else f"/{stage}"
    path = (prefix if mapping is None else mapping) + unquote(request.path)
    resource = route.partition(" ")[2] or route
    event = rest(request, stage=stage, request_id=request_id)
    text = _as_text(request.body, _type(_headers(request, domain)))
    changed = {"path": path, "resourcePath": resource, "resourceId": None, "domainName": domain}
    several = {name.lower(): values for name, values in _headers(request, domain).items()}
    parameters = _decoded(request.path, resource) if "{" in resource else None
    return event | {
        "version": "1.0",
        "resource": resource,
        "path": path,
        "headers": {name: values[-1] for name, values in several.items()},
        "multiValueHeaders": several,
        "pathParameters": parameters,
        "requestContext": event["requestContext"] | changed,
        "body": text[0] or None,
        "isBase64Encoded": text[1],
    }


def answer(sent: dict[str, Any]) -> Answer:
    """What a client gets where a function gives this, in whichever format.

    A ValueError where AWS would answer 502 or something of its own making.
    """
    status, body = sent.get("statusCode"), sent.get("body", "")
    if not isinstance(status, int) or not isinstance(body, str):
        raise ValueError(f"no answer: {sent!r:.200}")  # noqa: TRY004 - one kind, as told above
    pairs = [(name, value) for name, value in sent.get("headers", {}).items()]
    for name, values in sent.get("multiValueHeaders", {}).items():
        pairs += [(name, value) for value in values]
    pairs += [("Set-Cookie", cookie) for cookie in sent.get("cookies", [])]
    if wrong := [pair for pair in pairs if not all(isinstance(part, str) for part in pair)]:
        raise ValueError(f"headers are text: {wrong}")
    data = b64decode(body, validate=True) if sent.get("isBase64Encoded") else body.encode()
    return Answer(status, pairs, data)


def matched(path: str, routes: Iterable[str]) -> tuple[str, dict[str, str]]:
    """The route that API Gateway takes, and its parameters as sent.

    A literal segment comes before a parameter, that before a greedy rest; one slash at the end
    does not count. A LookupError where none fits: the gateway answers that by itself.
    """
    found = [(route, named) for route in routes if (named := _captured(path, route)) is not None]
    if not found:
        raise LookupError(path)
    return min(found, key=lambda pair: [_weight(part) for part in pair[0].split("/")])


def _captured(path: str, route: str) -> dict[str, str] | None:
    parts = path.removesuffix("/").split("/")
    names = route.removesuffix("/").split("/")
    captured: dict[str, str] = {}
    for place, name in enumerate(names):
        if name.endswith("+}"):
            rest = "/".join(parts[place:])
            return captured | {name[1:-2]: rest} if rest else None
        if place >= len(parts):
            return None
        if name.startswith("{") and parts[place]:
            captured[name[1:-1]] = parts[place]
        elif name != parts[place]:
            return None
    return captured if len(names) == len(parts) else None


def _weight(name: str) -> int:
    return name.startswith("{") + name.endswith("+}")


def _decoded(path: str, route: str) -> dict[str, str]:
    return {name: unquote(value) for name, value in matched(path, [route])[1].items()}


def _headers(request: Request, domain: str) -> dict[str, list[str]]:
    """All headers, by the names as first sent, with what AWS adds."""
    names: dict[str, str] = {}
    headers: dict[str, list[str]] = {}
    added = [("X-Amzn-Trace-Id", "Root=1-65b0a1c2-0123456789abcdef01234567")]
    added += [("X-Forwarded-For", CLIENT), ("X-Forwarded-Port", "443")]
    added += [("X-Forwarded-Proto", "https")]
    sent = [pair for pair in request.headers if not HOP_BY_HOP.fullmatch(pair[0])]
    hosts = [] if any(name.lower() == "host" for name, _ in sent) else [("Host", domain)]
    for name, value in [*hosts, *sent, *added]:
        headers.setdefault(names.setdefault(name.lower(), name), []).append(value)
    return headers


def _second(
    request: Request, path: str, stage: str, route: str, domain: str, request_id: str | None
) -> dict[str, Any]:
    """An event in format 2.0; what a request does not have is missing, not null."""
    several = {name.lower(): values for name, values in _headers(request, domain).items()}
    cookies = [part for value in several.get("cookie", []) for part in value.split("; ")]
    query = parse_qs(request.query, keep_blank_values=True)
    body, encoded = _as_text(request.body, _type(several))
    http = {"method": request.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": CLIENT}
    event = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": {name: ",".join(values) for name, values in several.items()},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": domain.partition(".")[0],
            "domainName": domain,
            "domainPrefix": domain.partition(".")[0],
            "http": http | {"userAgent": _first(several, "user-agent")},
            "requestId": request_id or str(uuid4()),
            "routeKey": route,
            "stage": stage,
            "time": "20/Nov/2026:12:00:00 +0000",
            "timeEpoch": 1795176000000,
        },
        "isBase64Encoded": encoded,
    }
    joined = {name: ",".join(values) for name, values in query.items()}
    given = {"cookies": cookies, "queryStringParameters": joined, "body": body}
    return event | {name: value for name, value in given.items() if value}


def _as_text(body: bytes, content_type: str) -> tuple[str, bool]:
    """The body as format 2.0 has it, and whether it is base64."""
    if not body:
        return "", False
    if TEXT.fullmatch(content_type):
        return body.decode("utf-8", "replace"), False
    return b64encode(body).decode(), True


def _type(headers: dict[str, list[str]]) -> str:
    return _first(headers, "content-type").partition(";")[0].strip().lower()


def _first(headers: dict[str, list[str]], wanted: str) -> str:
    return next((values[0] for name, values in headers.items() if name.lower() == wanted), "")
