"""A Chalice app that answers whatever it is called with, and answers alike."""

from __future__ import annotations

from typing import Any

from chalice.app import Chalice

from . import greedy, log
from .event import is_request
from .middleware import around, guarded


class Api(Chalice):
    """A Chalice app that also answers what Chalice knows no answer to."""

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
