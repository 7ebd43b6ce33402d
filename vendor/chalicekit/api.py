"""A Chalice app that answers whatever it is called with, and answers alike."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from chalice.app import Chalice, Request

from . import greedy, log
from .event import is_request
from .middleware import around, guarded

_request: ContextVar[Request | None] = ContextVar("request", default=None)
_context: ContextVar[Any] = ContextVar("context", default=None)


class Api(Chalice):
    """A Chalice app that also answers what Chalice knows no answer to."""

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
            return super().__call__(event, context)
        from . import invocation  # no part of a cold start behind a REST API

        return invocation.answer(self, event, context)

    def _serves(self, event: Any) -> bool:
        """Whether it is a REST API's, and names the view to ask.

        A greedy route may be all that a gateway knows. Empty segments fit no route.
        """
        context = event["requestContext"]
        resource: str = context["resourcePath"]
        return (
            resource in self.routes
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
