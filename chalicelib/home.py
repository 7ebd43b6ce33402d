"""The first page, the list of error codes, health, OpenAPI, and the answer to unknown paths."""

from contextlib import suppress
from typing import NoReturn

from chalice.app import Response

from chalicekit.endpoint import Call, Routes
from chalicekit.fields import Model
from chalicekit.problems import NotFound, Problem
from chalicekit.table import TABLES, taken

routes = Routes(__name__)


class HealthQuery(Model):
    """How deep to look."""

    deep: bool = False


@routes.get("/health")
def health(query: HealthQuery, call: Call) -> dict[str, str]:
    """Say that the function answers; with `deep`, that DynamoDB does too."""
    if query.deep:
        with suppress(NotFound):  # the read counts, not what it finds
            TABLES[0].get("health", call)
    return {"status": "ok"}


@routes.get("/openapi.json")
def openapi_document(call: Call) -> Response:
    """Describe this API to programs."""
    from chalicekit import openapi  # no part of a cold start

    document = openapi.document(routes.current_app, call.prefix, taken())
    return Response(document, {"Content-Type": "application/json", "Cache-Control": "no-cache"})


@routes.any("/{proxy+}")
def unknown_path() -> NoReturn:
    """Answer every path that nothing else serves."""
    raise Problem("route_not_found", "Nothing is served at this path.")
