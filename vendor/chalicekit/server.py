"""gunicorn, set up for the API. It goes into the image, and is not installed on Lambda."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

try:
    from gunicorn import glogging
    from gunicorn.app.base import BaseApplication
except ModuleNotFoundError:  # as on Lambda
    raise ModuleNotFoundError("gunicorn is not installed: pip install gunicorn") from None

from . import log
from .worker import Worker, before

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

# No request of the kit lasts as long: DynamoDB is asked for 6 seconds, and then once more for 3.
# It fits the 10 seconds that Docker and Cloud Run give between SIGTERM and SIGKILL.
FINISH_SECONDS = 9
# Longer than a load balancer keeps its own end (60 s): closed by us, it could send into nothing.
KEEP_ALIVE_SECONDS = 75
STUCK_SECONDS = 30  # a process whose main loop says nothing for so long is ended, and replaced
MEMORY = Path("/dev/shm")  # noqa: S108 - named so in every container; files in it are unlinked


class Server(BaseApplication):
    """gunicorn, set up by what starts it alone: it reads no file and no variable of its own."""

    def __init__(self, application: WSGIApplication, given: Mapping[str, Any]) -> None:
        self._application, self._given = application, given
        super().__init__()

    def load_config(self) -> None:
        for name, value in {**_chosen(), **self._given}.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._application


class Log(glogging.Logger):
    """What gunicorn has to say, as lines of the API's own log."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers = [_Lines()]


class _Lines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error:
            log.exception("server", error, detail=record.getMessage())
        elif record.levelno >= logging.ERROR:
            log.error("server", detail=record.getMessage())
        else:
            log.warning("server", detail=record.getMessage())


def _chosen() -> dict[str, Any]:
    return {
        "worker_class": Worker,
        "pre_request": before,
        "logger_class": Log,
        "loglevel": "warning",
        "preload_app": True,
        "timeout": STUCK_SECONDS,
        "graceful_timeout": FINISH_SECONDS,
        "keepalive": KEEP_ALIVE_SECONDS,
        "limit_request_line": 8190,  # the most that gunicorn takes
        "limit_request_field_size": 10240,  # as API Gateway takes of all headers
        "limit_request_fields": 100,
        "permit_unconventional_http_method": True,  # the API answers 405, with what is offered
        "forwarded_allow_ips": "",  # X-Forwarded-* is what a client likes it to be
        "control_socket_disable": True,
        "worker_tmp_dir": str(MEMORY) if os.access(MEMORY, os.W_OK) else None,  # a disk can stall
    }
