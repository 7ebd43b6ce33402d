"""The console: a page for people, to look after whatever this API keeps."""

from pathlib import Path
from typing import Annotated, Any

from chalicekit import pages, settings
from chalicekit.endpoint import Call, Media, Response, Routes

routes = Routes(__name__, public=True)

PAGE = Path(__file__).parent / "web/console.html"


@routes.get("/console")
@routes.get("/console/{proxy+}")
def console_page(
    query: dict[str, Any],  # noqa: ARG001  scripts read it
    call: Call,
) -> Annotated[Response, Media("text/html")]:
    """See, search, change and delete what is kept. Its scripts make it from openapi.json.

    What is below /console is theirs, too: /console/users/ada shows a user, and is a link to share.
    """
    configured = settings.current()
    texts = {"name": configured.app_name, "stage": configured.stage, "root": call.prefix}
    login, _ = pages.login_data(routes.current_app.routes)  # the first page exchanges the code
    return pages.html(PAGE, texts, {"login": login})
