"""All segments of a list at once, each an answer at a time."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Any

from tqdm import tqdm

from tools.export.lines import Api
from tools.export.output import START, Output

AT_ONCE = 16
BAR = "{l_bar}{bar}| {n_fmt}/{total_fmt} segments [{elapsed}{postfix}]"


class Progress:
    """The segments that are done, of all: how many items a list has, nobody knows before its end.

    Behind them, how many items and bytes there are, and how many bytes come in a second.
    """

    def __init__(self, bar: Any, output: Output, segments: int) -> None:
        self._bar, self._output, self._segments = bar, output, segments
        self._before, self._begun = output.bytes, time.monotonic()
        self.tell()

    def tell(self) -> None:
        output, seconds = self._output, time.monotonic() - self._begun
        rate = (output.bytes - self._before) / max(seconds, 0.001)
        self._bar.n = self._segments - len(output.left)
        told = f"{output.items:,} items, {output.bytes / 1e6:,.1f} MB, {rate / 1e6:,.1f} MB/s"
        self._bar.set_postfix_str(told, refresh=False)
        self._bar.update(0)  # shown where the last time is a while ago


def walk(api: Api, output: Output, segments: int) -> None:
    """Write what is left of the list. Raises Refusal, and then what was written counts."""
    bar: Any = tqdm(total=segments, bar_format=BAR, miniters=0, disable=None)
    progress = Progress(bar, output, segments)
    with bar, ThreadPoolExecutor(min(AT_ONCE, segments)) as pool:
        work = [
            pool.submit(_segment, api, output, _query(number, segments), cursor, progress)
            for number, cursor in output.left.items()
        ]
        try:
            wait(work, return_when=FIRST_EXCEPTION)
            for each in work:
                if each.done():
                    each.result()
        finally:
            api.stopped.set()
            pool.shutdown(cancel_futures=True)


def _query(number: int, segments: int) -> dict[str, str]:
    """A whole list has no segment: what an index serves takes none."""
    return {"segment": str(number), "segments": str(segments)} if segments > 1 else {}


def _segment(
    api: Api, output: Output, query: dict[str, str], cursor: str | None, progress: Progress
) -> None:
    while cursor is not None and not api.stopped.is_set():
        lines, further = api.read(query | ({} if cursor == START else {"cursor": cursor}))
        output.take(int(query.get("segment", "0")), lines, further)
        progress.tell()
        cursor = further
