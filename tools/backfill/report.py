"""What a backfill did, and what it found, for people to read."""

from __future__ import annotations

from tools.backfill.checkpoint import LISTED, Tally
from tools.backfill.items import CHANGING, DUPLICATES, UNOWNED, UNREADABLE, UNSORTED

REMAIN = (DUPLICATES, UNREADABLE, UNOWNED, CHANGING)  # what people must see to, or another run
SAYS = {
    DUPLICATES: "hold one value: the first has its claim; change one, and run this again",
    UNREADABLE: "a value that is missing, or of another type, is shown as null",
    UNOWNED: "nobody's, so that no caller sees it: OWNER= gives all of these to one subject",
    CHANGING: "changed again and again while this ran: run it again",
}


def summary(tally: Tally, *, dry: bool) -> list[str]:
    """What was done, or would be, and what remains: ids, and no values."""
    lines = [f"{count:>9,}  {kind}" for kind, count in sorted(tally.done.items())]
    for kind, found in tally.found.items():
        lines += ["", f"{kind}: {SAYS[kind]}.", *(f"  {line}" for line in found)]
        if (more := tally.done[kind] - len(found)) > 0:
            lines.append(f"  and {more:,} more: only {LISTED} are listed.")
    if any(UNSORTED in kind for kind in tally.done):
        lines += ["", f"Sorted lists leave out what is {UNSORTED}: CREATED_AT= gives a created_at."]
    return [*lines, "Nothing was changed (DRY=1)."] if dry else lines


def remaining(tally: Tally) -> bool:
    """Whether there is what people must see to, or another run."""
    return any(tally.done[kind] for kind in REMAIN)
