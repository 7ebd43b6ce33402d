"""The first page, the list of error codes, health, OpenAPI, and the answer to unknown paths."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from pydantic import Field

from chalicekit import pages, settings
from chalicekit.endpoint import Call, Media, Response, Routes, Tagged
from chalicekit.fields import Model
from chalicekit.operation import Operation, offered
from chalicekit.problems import MEMBER_CODES, NotFound, Problem, catalogue
from chalicekit.table import TABLES, unique_members

routes = Routes(__name__, public=True)

WEB = Path(__file__).parent / "web"
GROUP = "<section><h2>{}</h2><ul>{}</ul></section>"
ROUTE = '<li><a href="{}"><b>{}</b> <code>{}</code> <span>{}</span></a></li>'
CODE = '<section id="{0}"><h3><code>{0}</code> {1}</h3><p>{2}</p></section>'


class HealthQuery(Model):
    """How deep to look."""

    deep: Annotated[bool, Field(description="Whether to read from DynamoDB, too.")] = False


class Health(Model):
    """Whether this API works."""

    status: Literal["ok"] = "ok"


@routes.get("/")
def first_page(
    query: dict[str, Any],  # noqa: ARG001  issuers send a code
    call: Call,
) -> Annotated[Response, Media("application/json", "text/html")]:
    """List the routes: with a form to try them for browsers, as links for programs."""
    if pages.browser(call):
        configured = settings.current()
        texts = {"name": configured.app_name, "stage": configured.stage, "root": call.prefix}
        login, origin = pages.login_data(routes.current_app.routes)
        parts = {"routes": _pages(call.prefix) + _routes(), "login": login}
        return pages.html(WEB / "home.html", texts, parts, connect=origin)
    links = {path.strip("/").removesuffix(".json"): call.prefix + path for path in _gettable()}
    return pages.json({"links": links})


@routes.get("/errors")
def error_codes(call: Call) -> Annotated[Response, Media("application/json", "text/html")]:
    """Explain every code that a problem may have, as JSON, or as a page for browsers."""
    codes = catalogue(unique_members())
    if not pages.browser(call):
        listed = {
            code: dict(zip(("status", "title", "detail"), c, strict=True))
            for code, c in codes.items()
        }
        return pages.json({"codes": listed, "member_codes": MEMBER_CODES})
    problems = [
        CODE.format(code, pages.text(f"{status} {title}"), pages.text(about))
        for code, (status, title, about) in codes.items()
    ]
    members = [CODE.format(code, "", pages.text(f"{t}.")) for code, t in MEMBER_CODES.items()]
    parts = {"problems": "".join(problems), "members": "".join(members)}
    return pages.html(WEB / "errors.html", {"root": call.prefix}, parts)


@routes.get("/health")
def health(query: HealthQuery, call: Call) -> Health:
    """Say that the function answers; asked deep, that DynamoDB does too."""
    for table in TABLES[: int(query.deep)]:
        with suppress(NotFound):  # the read counts, not what it finds
            table.get("health", call)
    return Health()


@routes.get("/openapi.json")
def openapi_document(call: Call) -> Annotated[dict[str, Any], Tagged]:
    """Describe this API to programs, in OpenAPI 3.1."""
    from chalicekit import openapi  # no part of a cold start

    trust = settings.current().trust
    return openapi.document(routes.current_app, call.prefix, unique_members(), trust)


@routes.any("/{proxy+}")
def unknown_path() -> NoReturn:
    """Answer every path that nothing else serves."""
    raise Problem("route_not_found", "Nothing is served at this path.")


def _gettable() -> Iterator[str]:
    """The paths that a GET without anything else answers, but for this page's own."""
    for path, entries in routes.current_app.routes.items():
        if "{" not in path and path != "/" and "GET" in offered(entries):
            operation: Operation | None = getattr(entries["GET"].view_function, "operation", None)
            if not (operation and pages.off(operation.feature)):
                yield path


def _routes() -> str:
    """The routes by resource, as HTML: what there is without JavaScript, too."""
    from chalicekit import openapi  # no part of a cold start

    groups: dict[str, str] = {}
    for path, methods in openapi.document(routes.current_app)["paths"].items():
        for method, described in methods.items():
            if [*described["responses"].get("200", {}).get("content", ())] == ["text/html"]:
                continue  # it stands with the pages
            row = ROUTE.format(
                f"#{described['operationId']}",
                method.upper(),
                path,
                pages.text(described["summary"]),
            )
            group = described["tags"][0]
            groups[group] = groups.get(group, "") + row
    return "".join(GROUP.format(name, rows) for name, rows in groups.items())


def _pages(prefix: str) -> str:
    """Links to the pages of features, as HTML."""
    rows = ""
    for path in _gettable():
        view = routes.current_app.routes[path]["GET"].view_function
        operation: Operation | None = getattr(view, "operation", None)
        if operation is None or operation.greedy or not _is_page(operation):
            continue
        if operation.view.__module__ != __name__:  # ours stand above the list
            about = (operation.view.__doc__ or "").partition(".")[0]
            rows += ROUTE.format(prefix + path, "GET", path, pages.text(about))
    return GROUP.format("pages", rows) if rows else ""


def _is_page(operation: Operation) -> bool:
    return operation.result is Response or bool(
        operation.media and operation.media.types == ("text/html",)
    )
