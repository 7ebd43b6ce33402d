"""The first page, the list of error codes, health, OpenAPI, and the answer to unknown paths."""

from typing import NoReturn

from chalicekit.endpoint import Routes
from chalicekit.problems import Problem

routes = Routes(__name__)


@routes.get("/health")
def health() -> dict[str, str]:
    """Say that the function answers."""
    return {"status": "ok"}


@routes.any("/{proxy+}")
def unknown_path() -> NoReturn:
    """Answer every path that nothing else serves."""
    raise Problem("route_not_found", "Nothing is served at this path.")
