"""Entity tags: If-Match and If-None-Match (RFC 9110, section 13)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from .problems import BadHeader

ETAG = r"[!#-~]{1,128}"  # without its quotes (RFC 9110, section 8.8.3)
MAX_HEADER = 4000  # characters: gateways let about 8000 pass, of all headers
# Quoted as the standard has it, or bare as people send it.
_TAG = r'[\s,]*(W/)?(?:"([^"]*)"|([^\s",*]+))\s*(?:,|$)'


class Tag(NamedTuple):
    """One entity tag of a header; `text` is without quotes, `*` stands for anything."""

    text: str
    weak: bool = False


ANY = (Tag("*"),)


def read_tags(value: str, header: str) -> tuple[Tag, ...]:
    """The tags of an If-Match or If-None-Match header.

    Raises BadHeader.
    """
    if value.strip() == "*":
        return ANY
    if len(value) > MAX_HEADER:
        raise BadHeader(header, f"Must be at most {MAX_HEADER} characters")
    value = value.strip(", \t")  # empty elements of a list mean nothing
    tags, position, pattern = [], 0, re.compile(_TAG)  # re keeps it: no part of a cold start
    while position < len(value):
        match = pattern.match(value, position)
        if match is None:
            raise BadHeader(header, "Must be * or a list of entity tags")
        quoted, bare = match[2], match[3]
        tags.append(Tag(quoted if quoted is not None else bare, weak=match[1] is not None))
        position = match.end()
    if not tags:
        raise BadHeader(header, "Must be * or a list of entity tags")
    return tuple(tags)


def strong(tags: Sequence[Tag], etag: str) -> bool:
    """Whether If-Match fits: weak tags never do."""
    return tags is ANY or any(tag.text == etag and not tag.weak for tag in tags)


def weak(tags: Sequence[Tag], etag: str) -> bool:
    """Whether If-None-Match names this tag, weak or not."""
    return tags is ANY or any(tag.text == etag for tag in tags)
