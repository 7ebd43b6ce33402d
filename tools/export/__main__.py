"""`make export [URL=http://127.0.0.1:8000 TOKEN=] [RESOURCE=users] [SEGMENTS=4] [OUT=...]`.

It may be killed at any moment, and given again: it goes on where it was.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from chalicekit.export import MOST_SEGMENTS
from tools import bearer
from tools.export.lines import Api
from tools.export.output import Output
from tools.export.walk import AT_ONCE, walk
from tools.refusals import Refusal, ended


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="make export", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--resource", default="users")
    parser.add_argument("--segments", default="4")
    parser.add_argument("--out", default="")
    given = parser.parse_args(arguments)
    url, segments = _address(given.url, given.resource), _number(given.segments)
    file = Path(given.out or f"{given.resource.rpartition('/')[2]}.ndjson")
    begun, api = time.monotonic(), Api(url, bearer.headers(), min(AT_ONCE, segments))
    output = Output(file, {"url": url, "segments": segments})
    if output.resumed:
        print(f"Going on behind {output.items:,} items.")
    try:
        _write(api, output, segments)
    except KeyboardInterrupt:
        if not output.finished:
            raise Refusal("Stopped: the same command goes on from here.") from None
    except OSError as error:
        raise Refusal(f"{file} cannot be written: {error.strerror}.") from None
    seconds = time.monotonic() - begun
    print(f"{file}: {output.items:,} items, {output.bytes / 1e6:,.1f} MB, {seconds:,.0f} s.")


def _write(api: Api, output: Output, segments: int) -> None:
    """Raises Refusal and OSError."""
    try:
        walk(api, output, segments)
    finally:
        output.close()


def _address(url: str, resource: str) -> str:
    """Of the list. Raises Refusal."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # `http://[`, or no port
        parts, good = urlsplit(""), False
    if not good or parts.query or parts.fragment:
        raise Refusal("Say where the API is: make export URL=http://127.0.0.1:8000")
    if "@" in parts.netloc:  # it would stand in OUT.state, and in what is told
        raise Refusal("URL= takes no user and no password: give a token in TOKEN=.")
    if not re.fullmatch(r"[\w-]+(/[\w-]+)*", resource, re.ASCII):
        raise Refusal(f"RESOURCE={resource}: give the path of a list, such as users.")
    return f"{url.rstrip('/')}/{resource}"


def _number(given: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,3}", given) or int(given) > MOST_SEGMENTS:
        raise Refusal(f"SEGMENTS={given}: give a whole number from 1 to {MOST_SEGMENTS}.")
    return int(given)


if __name__ == "__main__":
    ended(main)
