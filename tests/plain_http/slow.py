"""As app.py, with a view that takes its time, or all of its process."""

import os
import signal
import time
from typing import Any, NoReturn

from app import app
from chalicekit.api import complete
from chalicekit.endpoint import Call, Routes
from chalicekit.fields import Model

__all__ = ["app", "broken"]

routes = Routes(__name__)


class Wait(Model):
    """How long an answer takes."""

    seconds: float = 0.0


@routes.get("/slowly")
def answer_slowly(query: Wait, call: Call) -> dict[str, Any]:
    print("Begun", flush=True)
    time.sleep(query.seconds)
    return {"request_id": call.request_id, "process": os.getpid()}


@app.route("/whose")
def tell_whose() -> dict[str, Any]:
    """A view of plain Chalice: it reads the request that the app calls the current one."""
    time.sleep(0.02)
    assert app.current_request
    return {"whose": app.current_request.headers.get("x-whose")}


@routes.get("/killed")
def kill_the_process(call: Call) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


app.register_blueprint(routes)
complete(app)


def broken(event: dict[str, Any], context: object) -> NoReturn:
    """No API, but what one would be that raises."""
    raise RuntimeError("SECRET")
