"""Write docs/openapi.json, or look whether it is right.

python -m tools.openapi              writes what the views now say
python -m tools.openapi --check      says where it is stale, or breaks what was released
python -m tools.openapi --release    keeps it as what clients are promised from now on
python -m tools.openapi --print      prints what the views now say, and writes nothing
"""

from __future__ import annotations

import argparse

from tools import ROOT, files
from tools.openapi import breaking, document, judges
from tools.openapi.document import FILE
from tools.refusals import Refusal

RELEASED = ROOT / "docs/openapi.released.json"
UNPROMISED = "Clients are promised nothing yet, so no change breaks them: make openapi RELEASE=1."


def main() -> None:
    """Do what the command line says. Raises Refusal."""
    parser = argparse.ArgumentParser(prog="python -m tools.openapi", description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--release", action="store_true")
    parser.add_argument("--print", action="store_true", dest="shown")
    asked = parser.parse_args()
    if asked.check:
        check(document.made())
    elif asked.shown:
        print(document.as_text(document.made()), end="")
    else:
        write(document.made(), release=asked.release)


def write(made: document.Json, *, release: bool) -> None:
    """Write the file, and as released, too, where that is asked for."""
    changed = not FILE.exists() or FILE.read_text("utf-8") != document.as_text(made)
    if release:
        _tell(made)
    for file in (FILE, RELEASED) if release else (FILE,):
        files.replace(file, document.as_text(made))
    if release:
        print(f"{RELEASED.relative_to(ROOT)} is what clients are promised now: commit it.")
    else:
        name = FILE.relative_to(ROOT)
        print(f"Changed {name}." if changed else f"{name} was right, and was left as it is.")


def check(made: document.Json) -> None:
    """Compare the file with the views, and with what was released. Raises Refusal."""
    kept = document.read(FILE)
    if kept is None or document.as_text(kept) != document.as_text(made):
        place = document.difference(kept, made) if kept else "all of it is missing"
        raise Refusal(
            f"{FILE.relative_to(ROOT)} does not say what the views say ({place}): make openapi."
        )
    if said := judges.complaints(FILE):
        raise Refusal("\n".join([*said, f"{FILE.relative_to(ROOT)} is not as it should be."]))
    if broken := _broken(made):
        raise Refusal(
            f"This breaks clients of {RELEASED.relative_to(ROOT)}:\n{broken}\n"
            "Where that is meant: make openapi RELEASE=1."
        )
    if not RELEASED.exists():
        print(UNPROMISED)


def _tell(made: document.Json) -> None:
    """Print what a release takes from clients of the one before."""
    try:
        if broken := _broken(made):
            print(f"This breaks clients of the release before:\n{broken}")
    except Refusal as refusal:
        print(f"Not compared with the release before. {refusal}")


def _broken(made: document.Json) -> str:
    """A line for each thing that clients were promised and that is no more. Raises Refusal."""
    released = document.read(RELEASED)
    if released is None:
        return ""  # nobody was promised anything yet
    return "\n".join(f"  {line}" for line in breaking.found(released, made))
