"""The reference: every operation of this API, to read and to try, shown by Swagger UI."""

from pathlib import Path
from typing import Annotated, Any

from chalicekit import pages
from chalicekit.endpoint import Call, Media, Response, Routes
from chalicekit.problems import Problem
from chalicekit.settings import Choice

routes = Routes(__name__, public=True)
shown = Choice("reference", "PAGE", "on", "off")

PAGE = Path(__file__).parent / "web/reference.html"
FILES = PAGE.with_name("reference") / "built"  # by `make assets`, of what reference.json names
STYLE = '<link rel="stylesheet" href="{}/swagger-ui.css">'
SCRIPT = '<script src="{}/swagger-ui-bundle.js"></script>'
LOADING = '<p class="hint" role="status">Loading\u2026</p>'
MISSING = (
    '<p class="hint">Swagger UI, which shows the reference, is not in this clone yet:'
    " <code>make assets</code> gets it from npm. Then reload this page.</p>"
)


@routes.get("/docs", problems=("route_not_found",))
def reference(
    query: dict[str, Any],  # noqa: ARG001  links have such
    call: Call,
) -> Annotated[Response, Media("text/html")]:
    """Show every operation, to read and to try."""
    _check_shown()
    from chalicekit import assets, settings  # no part of a cold start

    version = assets.version(FILES)
    place = f"{call.prefix}/docs/{version}"
    login, _ = pages.login_data(routes.current_app.routes)  # the first page exchanges the code
    parts = {"login": login, "style": STYLE.format(place), "script": SCRIPT.format(place)}
    parts["state"] = LOADING
    if not version:
        parts |= {"style": "", "script": "", "state": MISSING}
    configured = settings.current()
    texts = {"name": configured.app_name, "stage": configured.stage, "root": call.prefix}
    return pages.html(PAGE, texts, parts, files=True)


@routes.get("/docs/{proxy+}")
def reference_file(call: Call) -> Response:
    """Give a file of Swagger UI, to be kept for ever: its path has its version."""
    _check_shown()
    from chalicekit import assets  # no part of a cold start

    return assets.answer(FILES, call.proxy, call)


def _check_shown() -> None:
    """Refuse where the stage does without it. Raises Problem, a 404, and SettingError."""
    if shown.current() == "off":
        raise Problem("route_not_found", "Nothing is served at this path.")
