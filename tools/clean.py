"""`make clean`, before it deletes: not what a running server or its local AWS is using.

python3 -m tools.clean
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress

from tools.local import localaws, processes

END_SECONDS = 30.0


def main() -> None:
    """Return once nothing runs here any more. Ends with one line where something is to go on."""
    if owners():
        sys.exit("Stop make run first: what it uses would be deleted.")
    deadline = time.monotonic() + END_SECONDS
    while not localaws.gone() and time.monotonic() < deadline:
        time.sleep(0.05)  # It is just ending, and saves what would then be left behind.


def owners() -> list[int]:
    """The processes that the local AWS is kept alive for."""
    found = []
    for file in localaws.OWNERS.glob("*"):
        # One that just went; or no number, such as .DS_Store.
        with suppress(OSError, ValueError):
            if processes.alive(int(file.name), file.read_text()):
                found.append(int(file.name))
    return found


if __name__ == "__main__":
    main()
