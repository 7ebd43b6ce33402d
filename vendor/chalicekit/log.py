"""The log: one JSON object a line, without what clients sent.

Names and e-mail addresses must not reach a log, and an exception's message may quote its input:
a trace is written as its places in the code, without messages. On a developer's machine the whole
trace goes to the screen beside it.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import Any

from . import settings

_logger = logging.getLogger("chalicekit")
_encode = json.JSONEncoder(default=str, separators=(",", ":")).encode


def info(event: str, **members: Any) -> None:
    _write(logging.INFO, event, members)


def warning(event: str, **members: Any) -> None:
    _write(logging.WARNING, event, members)


def error(event: str, **members: Any) -> None:
    _write(logging.ERROR, event, members)


def exception(event: str, caught: BaseException, **members: Any) -> None:
    """Log an exception that nobody foresaw, with its trace."""
    frames = traceback.extract_tb(caught.__traceback__)
    trace = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    members |= {"exception": type(caught).__name__, "trace": trace}
    error(event, **members)
    configured = _configured()
    if configured and configured.local:
        traceback.print_exception(caught)  # to standard error, for the developer at the screen


def setup() -> None:
    """Send the log to standard output, where Lambda and `chalice local` pick it up."""
    if not _logger.handlers:
        handler = _Output()
        handler.setFormatter(logging.Formatter("%(message)s"))
        _logger.addHandler(handler)
        _logger.propagate = False
        _logger.setLevel(logging.DEBUG)  # `_write` decides: settings are read later


class _Output(logging.StreamHandler[Any]):
    """Standard output as it is at the time, not as it was at import."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stdout
        super().emit(record)


def _write(level: int, event: str, members: dict[str, Any]) -> None:
    configured = _configured()
    if level < getattr(logging, configured.log_level if configured else "INFO"):
        return
    if not _logger.isEnabledFor(level):
        return
    line = {"level": logging.getLevelName(level), "event": event} | members
    # Not `_logger.log`, which first looks through the stack for who called it.
    record = _logger.makeRecord(_logger.name, level, "", 0, _encode(line), (), None)
    _logger.handle(record)


def _configured() -> settings.Settings | None:
    try:
        return settings.current()
    except settings.SettingError:
        return None  # told by the answer itself; the log must work all the same
