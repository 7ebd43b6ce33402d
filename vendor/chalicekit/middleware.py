"""What every answer of an API has in common, whichever view or framework made it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from chalice.app import ChaliceViewError, Request, Response

from . import answers, auth, cors, log, pages, settings
from .call import Call, begin, current
from .event import read
from .problems import Problem, Unavailable

# For views that raise Chalice's own errors, and for what the framework itself refuses.
CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    409: "conflict",
    415: "media_type_unsupported",
    422: "invalid_body",
    429: "too_many_requests",
}
REQUIRED = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "1"}}
DETAILS = {
    405: "This method is not offered here.",
    415: "This content type is not accepted here.",
}
OUR_FAULT = "Something went wrong on our side; the request id finds it in the log."
Handler = Callable[[Request], Response]


def refuse(problem: Problem, call: Call) -> Response:
    """The whole answer to a call that never reaches a view."""
    response = answers.problem(problem, call)
    _finish(response, call)
    return response


def guarded(view: Callable[..., Any]) -> Callable[..., Any]:
    """The view, with what it raises as an answer: Chalice shows middleware no exceptions.

    One that is not the kit's, and so knows no scopes, is for whoever has a token.
    """
    admits = hasattr(view, "admits")

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        try:
            if not admits:
                auth.admit(current(), auth.ANY)
            return view(*args, **kwargs)
        except Problem as problem:
            return _refused(view, problem)
        except settings.SettingError as error:
            return _refused(view, _not_configured(str(error)))
        except ChaliceViewError:
            raise
        except Exception as error:  # noqa: BLE001 - the boundary: logged, and told as a 500
            log.exception("unforeseen", error, request_id=current().request_id)
            return _refused(view, Problem("internal_error", OUR_FAULT))

    answer.guarded = True  # type: ignore[attr-defined]  # so that `complete` can be called again
    return answer


def _refused(view: Callable[..., Any], problem: Problem) -> Response:
    """The problem; for a browser that posted a form, the page that keeps what was typed."""
    form, call = getattr(getattr(view, "operation", None), "form", None), current()
    if form and pages.browser(call):
        page: Response = form(call, problem)
        return page
    return answers.problem(problem, call)


def around(request: Request, get_response: Handler) -> Response:
    """What happens before and behind each view, and where there is none."""
    begun = time.perf_counter()
    call = read(request)
    begin(call)
    refusal = _refusal(call)
    response = answers.problem(refusal, call) if refusal else get_response(request)
    response = as_problem(response, call)
    _finish(response, call)
    log.info(
        "request",
        request_id=call.request_id,
        method=call.method,
        route=call.route,
        status=response.status_code,
        ms=round((time.perf_counter() - begun) * 1000, 1),
        dynamodb_ms=round(call.seconds * 1000, 1),
        dynamodb_requests=call.requests,
        capacity=call.capacity,
    )
    return response


def _refusal(call: Call) -> Problem | None:
    """Refuse everything but preflights until authentication is settled."""
    try:
        configured = settings.current()
    except settings.SettingError as error:
        return _not_configured(str(error))
    if call.method == "OPTIONS" or not configured.refusing:
        return None
    return _not_configured(configured.refusing)


def _not_configured(hint: str) -> Unavailable:
    log.error("not_configured", hint=hint)
    return Unavailable("not_configured", "This stage is not set up yet; its log says what to set.")


def as_problem(response: Response, call: Call) -> Response:
    """Chalice's own errors, `{"Code", "Message"}`, as problems."""
    body = response.body
    if not (isinstance(body, dict) and body.keys() == {"Code", "Message"}):
        return response
    status = response.status_code
    if status >= 500 or status not in CODES:
        problem = Problem("internal_error", OUR_FAULT)
    else:
        # The messages of the framework quote input; a view's own is the developer's.
        detail = DETAILS.get(status) or str(body["Message"])
        headers = REQUIRED.get(status, {}) | {k: str(v) for k, v in response.headers.items()}
        problem = Problem(CODES[status], detail, headers=headers)
    return answers.problem(problem, call)


def _finish(response: Response, call: Call) -> None:
    headers: dict[str, Any] = response.headers
    headers["X-Request-Id"] = call.request_id
    headers |= call.answer_headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    _add_cors(headers, call)
    if call.method == "HEAD" or response.status_code in (204, 304):
        # Of the same kind: of an image, Chalice takes bytes alone.
        response.body = b"" if isinstance(response.body, bytes) else ""


def _add_cors(headers: dict[str, Any], call: Call) -> None:
    try:
        configured = settings.current()
    except settings.SettingError:
        return  # the answer says so already
    if "Access-Control-Allow-Origin" in headers:
        return  # a mounted application, or a view, says so itself
    vary = headers.get("Vary")
    headers |= cors.headers(configured, call.headers.get("origin"))
    if vary and "Vary" in headers and vary != headers["Vary"]:
        headers["Vary"] = f"{vary}, {headers['Vary']}"
    if call.method == "OPTIONS" and "access-control-request-method" in call.headers:
        headers |= cors.preflight(configured, str(headers.get("Allow", "")).split(", "))
