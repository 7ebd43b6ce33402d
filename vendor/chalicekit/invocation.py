"""What is no route of ours behind a REST API: other gateways' events, warm-ups, and nonsense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chalice.app import Request, Response, RouteEntry

from . import answers, log, payloads
from .call import Call, current
from .event import is_request
from .middleware import Handler, around, refuse
from .operation import METHODS, offered
from .payloads import SECOND, Answer
from .problems import Problem

if TYPE_CHECKING:
    from .api import Api

WARM_UP = {"warmup": True}  # what a schedule sends


def answer(app: Api, event: Any, context: Any) -> Answer:
    """The answer to an event, in the format that asked."""
    if event == WARM_UP:
        from . import warm  # no part of a request

        warm.up()
        return {"warm": True}
    version = event.get("version") if isinstance(event, Mapping) else None
    request: Any = payloads.generic(event) if version == SECOND else event
    if not is_request(request):
        sent = _no_request(context).to_dict()
    elif (routed := payloads.routed(request, app.routes)) is None:
        sent = around(Request(request, context), _nowhere).to_dict()
    elif routed["requestContext"]["httpMethod"] not in METHODS:
        methods = app.routes[routed["requestContext"]["resourcePath"]]
        sent = around(Request(routed, context), _refusing(methods)).to_dict()
    else:
        sent = app.ask(routed, context)
    return payloads.second(sent) if version == SECOND else sent


def _no_request(context: Any) -> Response:
    call = Call(request_id=str(getattr(context, "aws_request_id", "-")))
    log.error("event_unknown", request_id=call.request_id, hint=f"send a request, or {WARM_UP}")
    return refuse(Problem("bad_request", "This event is no request that can be read."), call)


def _nowhere(request: Request) -> Response:
    """No view serves this path: after a rollback the gateway has the routes of a newer version."""
    if request.method == "OPTIONS":
        return answers.options(METHODS, patch=True)
    return answers.problem(Problem("route_not_found", "Nothing is served at this path."), current())


def _refusing(methods: Mapping[str, RouteEntry]) -> Handler:
    """Refuses a method such as TRACE, which a REST API of ours never lets through."""

    def refuse_method(_request: Request) -> Response:
        names = ", ".join(offered(methods))
        problem = Problem("method_not_allowed", f"Offered here: {names}.", headers={"Allow": names})
        return answers.problem(problem, current())

    return refuse_method
