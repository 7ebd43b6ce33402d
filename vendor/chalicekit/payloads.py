"""Whatever is no route of ours behind a REST API: other gateways' events, warm-ups, and nonsense.

A request becomes the REST v1 event that Chalice reads, once, and all behind it is the same: payload
format 2.0 of HTTP APIs and function URLs, 1.0 of HTTP APIs, REST APIs whose route is `/{proxy+}`.
Those are routed here, by their path.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs, quote

from chalice.app import Chalice, Request, Response, RestAPIEventHandler

from . import answers, greedy, log
from .api import around, refuse
from .call import Call, current
from .event import is_request, split
from .operation import METHODS
from .problems import Problem

WARM_UP = {"warmup": True}  # what a schedule sends
FIRST, SECOND = "1.0", "2.0"  # payload formats; a REST API's event names none
DEFAULT = "$default"  # the route of an HTTP API that takes everything
REST = "/{proxy+}"  # the route of a REST API that does
IN_PATHS = "/!$&'()*+,;=:@"  # stand for themselves in a path, beside what always does (RFC 3986)

Event = Mapping[str, Any]
Answer = dict[str, Any]


class _Handler(RestAPIEventHandler):
    """Without Chalice's check of Accept: only a REST API wants one before it sends bytes."""

    def _validate_binary_response(self, *_: Any) -> bool:
        return True


def answer(app: Chalice, event: Any, context: Any) -> Answer:
    """The answer to an event, in the format that asked."""
    if event == WARM_UP:
        from . import warm  # no part of a request

        warm.up()
        return {"warm": True}
    version = event.get("version") if isinstance(event, Mapping) else None
    request: Any = _generic(event) if version == SECOND else event
    if not is_request(request):
        sent = _no_request(context).to_dict()
    elif (routed := _routed(request, app.routes)) is None:
        sent = around(Request(request, context), _nowhere).to_dict()
    elif version is None:
        return Chalice.__call__(app, routed, context)
    else:
        sent = _asked(app, routed, context)
    return _second(sent) if version == SECOND else sent


def _asked(app: Chalice, event: Event, context: Any) -> Answer:
    """As `Chalice.__call__`, with the handler above; bytes of any type are sent as base64."""
    middleware = app._get_middleware_handlers("http")  # noqa: SLF001 - as Chalice does
    handler = _Handler(app.routes, app.api, app.log, app.debug, middleware_handlers=middleware)
    app.lambda_context = context
    app.current_request = handler.create_request_object(event, context)
    sent: Answer = handler(event, context)
    if isinstance(sent["body"], bytes):
        sent |= {"body": b64encode(sent["body"]).decode(), "isBase64Encoded": True}
    return sent


def _no_request(context: Any) -> Response:
    call = Call(request_id=str(getattr(context, "aws_request_id", "-")))
    log.error("event_unknown", request_id=call.request_id, hint=f"send a request, or {WARM_UP}")
    return refuse(Problem("bad_request", "This event is no request that can be read."), call)


def _nowhere(request: Request) -> Response:
    """No view serves this path: after a rollback the gateway has the routes of a newer version."""
    if request.method == "OPTIONS":
        return answers.options(METHODS, patch=True)
    return answers.problem(Problem("route_not_found", "Nothing is served at this path."), current())


def _generic(event: Event) -> Event | None:
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


def _routed(event: Event, routes: Iterable[str]) -> Event | None:
    """The event with the route of ours that its path fits; None where none does."""
    context = event["requestContext"]
    resource: str = context["resourcePath"]
    if "version" not in event and not resource.endswith("+}"):
        return None  # a REST API that names routes: this one is of a newer version, or misfits
    prefix, path = _place(event)
    found = greedy.match(path, routes)
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
    domain = str(context.get("domainName") or "")
    if "version" in event and domain and ".lambda-url." not in domain:  # HTTP APIs decode paths
        path = _encoded(path)
        parameters = {name: _encoded(text) for name, text in parameters.items()}
    if resource != DEFAULT:
        prefix, within = split(path, resource, parameters)
        # Of slashes at the end `split` tells nothing, and more than one are no path of ours.
        return prefix, f"{within}//" if path.endswith("//") else within
    stage = f"/{context.get('stage')}"
    if not f"{path}/".startswith(f"{stage}/"):
        return "", path
    # Format 2.0 has the stage even where a domain of one's own leads to it, and never the mapping.
    hidden = event["version"] == SECOND and domain and ".execute-api." not in domain
    return "" if hidden else stage, path.removeprefix(stage) or "/"


def _encoded(path: str) -> str:
    return quote(path, safe=IN_PATHS, errors="surrogatepass")


def _second(sent: Answer) -> Answer:
    """An answer in format 2.0: one value for each header, cookies apart."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    several = {name: [value] for name, value in sent["headers"].items()}
    for name, values in [*several.items(), *sent["multiValueHeaders"].items()]:
        if name.lower() == "set-cookie":
            cookies += values
        else:
            headers[name] = ", ".join(values)
    return {
        "statusCode": sent["statusCode"],
        "headers": headers,
        "cookies": cookies,
        "body": sent["body"],
        "isBase64Encoded": sent.get("isBase64Encoded", False),
    }
