"""All segments of a list at once, each an answer at a time."""

from __future__ import annotations

from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Any

from tqdm import tqdm

from tools.export.lines import Api
from tools.export.output import START, Output

AT_ONCE = 16


def walk(api: Api, output: Output, segments: int) -> None:
    """Write what is left of the list. Raises Refusal, and then what was written counts."""
    bar: Any = tqdm(unit=" items", initial=output.items, disable=None)
    with bar, ThreadPoolExecutor(min(AT_ONCE, segments)) as pool:
        work = [
            pool.submit(_segment, api, output, _query(number, segments), cursor, bar)
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


def _segment(api: Api, output: Output, query: dict[str, str], cursor: str | None, bar: Any) -> None:
    while cursor is not None and not api.stopped.is_set():
        lines, further = api.read(query | ({} if cursor == START else {"cursor": cursor}))
        output.take(int(query.get("segment", "0")), lines, further)
        bar.set_postfix_str(f"{output.bytes / 1e6:,.1f} MB", refresh=False)
        bar.update(lines.count(b"\n"))
        cursor = further
