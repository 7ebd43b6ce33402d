"""Lines of JSON from a running API: an answer at a time, with patience where it is busy.

What answers may be anything: it is believed where it has the shape of a list, and what it says is
told on one short line.
"""

from __future__ import annotations

import re
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import urllib3

from chalicekit.operation import LINES_TYPE
from tools.refusals import Refusal

SECONDS = 40  # for an answer: API Gateway's own time is 29
TRIES = 20  # of one answer
LONGEST = 300  # seconds that are waited for it to be less busy
MOST_TOLD = 300  # characters of what an answer says
PASSING = (429, 502, 503, 504)
AGAIN = "Then the same command goes on from here."


class Api:
    """The list at a URL, as one caller sees it."""

    def __init__(self, url: str, headers: dict[str, str], at_once: int) -> None:
        self._url = url
        self._headers = {"Accept": LINES_TYPE} | headers
        self._http = urllib3.PoolManager(maxsize=at_once, retries=False, timeout=SECONDS)
        self._answered = False
        self.stopped = Event()

    def read(self, query: dict[str, str]) -> tuple[bytes, str | None]:
        """The lines that an answer holds, and the cursor behind them; None at the end.

        Raises Refusal.
        """
        for attempt in range(TRIES):
            answer, why = self._sent(query)
            if answer is not None and answer.status not in PASSING:
                return self._lines(answer), self._further(answer, query.get("cursor"))
            wait = _seconds(answer, min(20.0, 0.5 * 2**attempt))
            if attempt == TRIES - 1 or wait > LONGEST or (answer is None and not self._answered):
                raise Refusal(f"{self._url} does not answer ({why}): try again later. {AGAIN}")
            if self.stopped.wait(wait):
                raise Refusal("Stopped.")
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _sent(self, query: dict[str, str]) -> tuple[urllib3.BaseHTTPResponse | None, str]:
        """The answer, None where there is no whole one, and what is wrong with it."""
        address = f"{self._url}?{urlencode(query)}" if query else self._url
        try:
            answer = self._http.request("GET", address, headers=self._headers)
        except urllib3.exceptions.HTTPError as error:
            return None, _cause(error)
        self._answered = True
        return answer, str(answer.status)

    def _lines(self, answer: urllib3.BaseHTTPResponse) -> bytes:
        """Raises Refusal for what is no list as lines."""
        if answer.status != 200:
            raise Refusal(self._refused(answer.status, _problem(answer)))
        kind = answer.headers.get("Content-Type", "").partition(";")[0]
        if kind != LINES_TYPE:
            given = _shown(kind) or "nothing"
            raise Refusal(f"{self._url} gives {given} and no {LINES_TYPE}: it is no list.")
        if not _objects(answer.data):
            raise Refusal(f"{self._url} gives lines that are no JSON objects: it is no list.")
        return answer.data

    def _further(self, answer: urllib3.BaseHTTPResponse, before: str | None) -> str | None:
        """The cursor alone: where a token is sent to is for us to say, and not for a header.

        Raises Refusal.
        """
        target = _next(answer.headers.get("Link", ""))
        if target is None:
            return None
        try:
            cursor = parse_qs(urlsplit(target).query).get("cursor", [None])[0]
        except ValueError:
            cursor = None
        if cursor is None:
            raise Refusal(f"{self._url} has more, and its Link has no cursor that leads there.")
        if cursor == before:
            raise Refusal(f"{self._url} gives the same cursor again: it would never end.")
        return cursor

    def _refused(self, status: int, problem: dict[str, Any]) -> str:
        code, given = _text(problem, "code"), problem.get("errors")
        listed = given if isinstance(given, list) else []
        errors = [error for error in listed if isinstance(error, dict)]
        told = [f"{_text(error, 'parameter')}: {_text(error, 'detail')}" for error in errors]
        said = f"{self._url}: {status} {_shown(' '.join([code, *told]))}".strip()
        if status in (401, 403):
            return f"{said}: give TOKEN= one whose scopes let it read this."
        if status == 404:
            return f"{said}: RESOURCE= and URL= name no list."
        if code == "cursor_invalid":
            return f"{said} It is another caller's or table's: delete OUT.state to begin anew."
        if any(error.get("parameter") == "segment" for error in errors):
            return f"{said} It is read from an index: give SEGMENTS=1."
        return f"{said} {_shown(_text(problem, 'instance'))}".strip()


def _objects(lines: bytes) -> bool:
    """Whether each line begins and ends as an object does: reading them would take far longer."""
    whole = lines.startswith(b"{") and lines.endswith(b"}\n")
    return not lines or (whole and lines.count(b"\n") == lines.count(b"}\n{") + 1)


def _next(header: str) -> str | None:
    """The target of the first entry of a Link with rel="next"."""
    for target, parameters in re.findall("<([^<>]*)>([^<]*)", header):
        relation = re.search(r';\s*rel\s*=\s*"?([^";,]*)', parameters, re.IGNORECASE)
        if relation and "next" in relation[1].lower().split():
            return str(target)
    return None


def _seconds(answer: urllib3.BaseHTTPResponse | None, otherwise: float) -> float:
    given = answer.headers.get("Retry-After", "") if answer is not None else ""
    return float(given) if given.isascii() and given.isdigit() else otherwise


def _problem(answer: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    try:
        found = answer.json()
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(problem: dict[str, Any], member: str) -> str:
    found = problem.get(member)
    return found if isinstance(found, str) else ""


def _shown(said: str) -> str:
    """For a terminal, which acts on some characters."""
    text = "".join(each if each.isprintable() else "\ufffd" for each in said[:MOST_TOLD])
    return f"{text}…" if len(said) > MOST_TOLD else text


def _cause(error: Exception) -> str:
    """In a few words: urllib3 puts whole objects into its messages."""
    return type(error).__name__.removesuffix("Error")
