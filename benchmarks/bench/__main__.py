"""make bench: build the peers, see that they answer alike, measure them, and write it down.

PEERS=bare,this takes some of them: it prints the table, and writes nothing.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Never

from tqdm import tqdm

from tools import ROOT, kit
from tools.refusals import Refusal, ended

ROUNDS = 11


def main() -> None:
    """Measure, print, and write docs/benchmarks.md. Raises Refusal."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--peers", default="", help="some of them: bare,this")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="cold starts of each, for times")
    given = parser.parse_args()
    if shutil.which("valgrind") is None:
        raise Refusal("make bench counts with valgrind: apt-get install valgrind.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # the engines end with it
    kit.on_path()
    # Only now: they import the kit, by way of the tests' engines.
    from benchmarks.bench import bench

    (ROOT / ".local/bench").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / ".local/bench") as folder:
        bench.run(given.peers, given.rounds, Path(folder), _bar)


def _bar(steps: int) -> tqdm[Never]:
    return tqdm(total=steps, file=sys.stderr, bar_format="{l_bar}{bar}| {elapsed} {desc}")


if __name__ == "__main__":
    ended(main)
