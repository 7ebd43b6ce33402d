"""A Chalice app that answers whatever it is called with, and answers alike."""

from __future__ import annotations

from base64 import b64encode
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

from chalice.app import Chalice, Request, RestAPIEventHandler

from . import ahead, greedy, log
from .event import is_request
from .middleware import around, guarded

_request: ContextVar[Request | None] = ContextVar("request", default=None)
_context: ContextVar[Any] = ContextVar("context", default=None)
_NO_TYPES: Any = SimpleNamespace(binary_types=None)


class _Handler(RestAPIEventHandler):
    """Takes no type for binary by its name: it neither asks for an Accept nor encodes a body."""

    def _validate_binary_response(self, *_: Any) -> bool:
        return True


class Api(Chalice):
    """A Chalice app that also answers what Chalice knows no answer to."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        # What a REST API is told: all bodies come as bytes, and bytes of any type may go out.
        self.api.binary_types = ["*/*"]

    # Chalice has one of each for the whole app: of several threads, each would see another's.

    @property
    def current_request(self) -> Request | None:
        return _request.get()

    @current_request.setter
    def current_request(self, request: Request | None) -> None:
        _request.set(request)

    @property
    def lambda_context(self) -> Any:
        return _context.get()

    @lambda_context.setter
    def lambda_context(self, context: Any) -> None:
        _context.set(context)

    def _register_route(self, name: str, user_handler: Any, kwargs: Any, **unused: Any) -> None:
        # Here, so that a view that is registered late is guarded, too.
        super()._register_route(name, guarded(user_handler), kwargs, **unused)

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        """The answer to whatever Lambda is called with."""
        if is_request(event) and self._serves(event):
            return self.ask(event, context)
        from . import invocation  # no part of a cold start behind a REST API

        return invocation.answer(self, event, context)

    def ask(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """What the view that an event names answers; bytes, and only they, as base64."""
        layers = self._get_middleware_handlers("http")
        handler = _Handler(self.routes, _NO_TYPES, self.log, self.debug, layers)
        self.lambda_context = context
        self.current_request = handler.create_request_object(event, context)
        sent: dict[str, Any] = handler(event, context)
        if isinstance(sent["body"], bytes):
            sent |= {"body": b64encode(sent["body"]).decode(), "isBase64Encoded": True}
        return sent

    def _serves(self, event: Any) -> bool:
        """Whether it is a REST API's, and names the view to ask.

        A greedy route may be all that a gateway knows. Empty segments fit no route.
        """
        context = event["requestContext"]
        resource: str = context["resourcePath"]
        return (
            context["httpMethod"] in self.routes.get(resource, ())
            and not resource.endswith("+}")
            and "version" not in event
            and "//" not in (context.get("path") or "")
        )


def complete(app: Chalice) -> None:
    """Give every answer of the app its headers, its problem shape, and a line in the log.

    To be called after the last route was registered; again, if more are registered later.
    """
    greedy.install()
    log.setup()
    for methods in app.routes.values():
        for entry in methods.values():
            if not hasattr(entry.view_function, "guarded"):
                entry.view_function = guarded(entry.view_function)
    if not any(handler is around for handler, _ in app.middleware_handlers):
        app.register_middleware(around, "http")
    ahead.end()
