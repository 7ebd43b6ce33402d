"""Lists as lines of JSON (NDJSON): of a whole table or a segment, as much as an answer holds.

    GET /users, Accept: application/x-ndjson
    GET /users?segment=0&segments=4, Accept: application/x-ndjson

The view is called again and again, each time for what one read of DynamoDB gives, and the lines are
gathered; so an error stands before the first byte, and a line is never cut. What comes next is the
header Link's. Only who asks for lines imports this: it is no part of a cold start.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from chalice.app import Response
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from . import answers, pages, validation
from .call import PATIENCE, Call
from .fields import ListQuery, Model
from .operation import LINES_TYPE, SEGMENTS
from .problems import BadQuery, Problem, Unavailable, parameter_error

# Lambda takes 6 MiB, of which base64 makes these 5.6; API Gateway takes 10.
MOST_BYTES = 4_400_000
SECONDS = 10.0  # after which no read is begun; of the 29 that API Gateway waits
MOST_SEGMENTS = 1000
ELSEWHERE = f"Only with Accept: {LINES_TYPE}."


def _whole(value: object) -> object:
    if not (isinstance(value, str) and value.isascii() and value.isdigit()):
        raise PydanticCustomError("invalid", "Must be a whole number, in ASCII digits")
    return int(value) if len(value) <= len(str(MOST_SEGMENTS)) else MOST_SEGMENTS + 1


class Segments(Model):
    """Which part of a table an export reads: both are given, or neither."""

    segment: Annotated[
        Annotated[int, Field(ge=0, le=MOST_SEGMENTS - 1)] | None,
        BeforeValidator(_whole),
        Field(
            description="With `segments`, of an export: which of them, from 0. Of the table's own "
            f"order alone. {ELSEWHERE}",
        ),
    ] = None
    segments: Annotated[
        Annotated[int, Field(ge=1, le=MOST_SEGMENTS)] | None,
        BeforeValidator(_whole),
        Field(
            description="With `segment`, of an export: into how many the table is cut. Each item "
            f"is in one of them, and they can be read at once. {ELSEWHERE}",
        ),
    ] = None


def wanted(call: Call) -> bool:
    """Whether the client asks for lines, rather than for a page."""
    taken = pages.weights(call.headers.get("accept", ""))
    named = taken.get(answers.JSON_TYPE)
    page = named if named is not None else max(taken.get("application/*", 0), taken.get("*/*", 0))
    lines = taken.get(LINES_TYPE, 0.0)
    # Where both are as welcome, what the client names goes before what it lets pass.
    return lines > page or (lines == page > 0 and named is None)


def begin(call: Call) -> Mapping[str, Sequence[str]]:
    """Let the call be for lines, where it is; gives the query without the segment.

    Raises BadQuery.
    """
    given = {name: call.query[name] for name in SEGMENTS if name in call.query}
    if not wanted(call):
        if given:
            raise BadQuery(*(parameter_error(name, ELSEWHERE) for name in given))
        return call.query
    call.export = True
    if given:
        call.segment = _segment(given)
    return {name: texts for name, texts in call.query.items() if name not in SEGMENTS}


def answer(view: Callable[..., Any], values: Mapping[str, Any], call: Call) -> Response:
    """The lines of a list, and where it goes on. Raises what the view raises, and Problem
    `answer_too_large`.
    """
    lines, cursor = _gathered(view, values, call)
    headers: answers.Headers = {
        "Content-Type": LINES_TYPE,
        "Cache-Control": "no-store",
        "Vary": "Accept",
    }
    # Bytes: what JSON makes of quotes and other letters would be half as much again.
    return Response(lines, headers | answers.further(cursor, call))


def _segment(given: Mapping[str, Sequence[str]]) -> tuple[int, int]:
    found = validation.query(Segments, given)
    if found.segment is None or found.segments is None:
        lacking = "segment" if found.segment is None else "segments"
        raise BadQuery(parameter_error(lacking, "Give segment and segments, or neither."))
    if found.segment >= found.segments:
        raise BadQuery(parameter_error("segment", "Must be less than segments."))
    return found.segment, found.segments


def _gathered(
    view: Callable[..., Any], values: Mapping[str, Any], call: Call
) -> tuple[bytes, str | None]:
    """The lines that an answer has room and time for, and the cursor behind them.

    HEAD shows none of them: one read says that the list can be read.
    """
    until = time.monotonic() + SECONDS
    lines, query = _first(view, values)
    gathered = bytearray(lines)
    once = call.method == "HEAD" or "limit" in query.model_fields_set
    while query.cursor is not None and not once and time.monotonic() <= until:
        if len(gathered) + len(lines) > MOST_BYTES:
            break  # another read as large has no room
        call.deadline = time.monotonic() + PATIENCE
        try:
            lines, following = _read(view, values, query)
        except Unavailable:
            break  # what was read is given; who goes on is told
        if len(gathered) + len(lines) > MOST_BYTES:
            break  # read again with the next answer
        gathered += lines
        query = following
    return bytes(gathered), query.cursor


def _first(view: Callable[..., Any], values: Mapping[str, Any]) -> tuple[bytes, ListQuery]:
    """The lines of the first read, of fewer items where they do not fit, and the query of the next.

    Raises Problem.
    """
    query: ListQuery = values["query"]
    lines, following = _read(view, values, query)
    while len(lines) > MOST_BYTES:
        items = lines.count(b"\n")
        if items < 2:
            raise Problem("answer_too_large", f"One line would be more than {MOST_BYTES} bytes.")
        query = query.model_copy(update={"limit": items // 2})
        try:
            lines, following = _read(view, values, query)
        except BadQuery:  # of a query that was good: what is found by key takes no limit
            what = f"The lines would be more than {MOST_BYTES} bytes: ask for fewer ids."
            raise Problem("answer_too_large", what) from None
    return lines, following


def _read(
    view: Callable[..., Any], values: Mapping[str, Any], query: ListQuery
) -> tuple[bytes, ListQuery]:
    """The lines of what one read gives, and the query of what follows."""
    page = view(**{**values, "query": query})
    lines = b"".join(answers.json_text(item).encode() + b"\n" for item in page.items)
    return lines, query.model_copy(update={"cursor": page.next_cursor})
