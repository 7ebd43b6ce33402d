"""Threads that share one API: two requests at once never know of each other.

Each waits for the others at every place where Chalice or the kit could mix them up.
"""

import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from chalicekit import call as calls
from chalicekit import settings, wsgi
from chalicekit.api import Api, complete
from chalicekit.endpoint import Call, Routes
from chalicekit.fields import Model

TOGETHER = 8


class Named(Model):
    """What one request says in its query and its body alike."""

    name: str = ""


@pytest.fixture
def meet() -> Iterator[Callable[[], int]]:
    """Wait for all the others."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"APP_NAME": "api", "STAGE": "tests", "AUTH": "none"}.items():
            patch.setenv(name, value)
        settings.reset()
        yield Barrier(TOGETHER, timeout=10).wait
    settings.reset()


@pytest.fixture
def app(meet: Callable[[], int]) -> Api:
    routes = Routes(__name__)

    @routes.post("/echo/{part}")
    def echo(part: str, query: Named, body: Named, call: Call) -> dict[str, Any]:
        meet()
        current = calls.current()
        meet()
        told = [part, query.name, body.name, call.request_id, current.request_id]
        return {"told": told, "same": current is call}

    app = Api(app_name="api")
    app.register_blueprint(routes)

    def waiting(request: Any, get_response: Callable[[Any], Any]) -> Any:
        meet()
        response = get_response(request)
        meet()
        return response

    app.register_middleware(waiting, "http")
    complete(app)
    return app


def test_requests_at_once_are_answered_each_with_its_own(app: Api) -> None:
    application = wsgi.application(app)

    def ask(name: str) -> tuple[dict[str, str], Any]:
        body = json.dumps({"name": name}).encode()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "RAW_URI": f"/echo/{name}?name={name}",
            "QUERY_STRING": f"name={name}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_REQUEST_ID": name,
            "wsgi.input": io.BytesIO(body),
        }
        setup_testing_defaults(environ)
        got: dict[str, str] = {}
        parts = application(environ, lambda status, headers, _=None: got.update(headers))  # type: ignore[arg-type]  # nothing is written through it
        return got, json.loads(b"".join(parts))

    for _ in range(5):
        names = [f"request-{number}" for number in range(TOGETHER)]
        with ThreadPoolExecutor(TOGETHER) as pool:
            answers = list(pool.map(ask, names))
        for name, (headers, body) in zip(names, answers, strict=True):
            assert body == {"told": [name] * 5, "same": True}
            assert headers["X-Request-Id"] == name
