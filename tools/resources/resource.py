"""Copy a resource into a second one, or take a resource or feature out whole.

    python -m tools.resources add products       (in the environment: ONE=product LIKE=users)
    python -m tools.resources remove products    (FORCE=1, where it is the last one)

There are no templates: what is copied is a resource itself, with its table and its description for
the tests. What is a module's own is found by its name. Nothing is written before all is checked.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import ROOT
from tools.renaming import (
    CannotRename,
    Names,
    in_text,
    names_in,
    pascal,
    renamed,
    singular,
    snake,
)
from tools.resources import edits, generated, names, shared
from tools.resources.edits import CannotEdit
from tools.resources.names import APP, DATA, RESERVED, Refused
from tools.resources.owned import COPIED, mentions, owned, speaks

BUILT = {"node_modules", "dist", "build"}  # in examples, and not of the project


def add(new: Names, like: str) -> list[str]:
    """Make a resource from another one. Returns what to tell. Raises Refused."""
    old = _source(like)
    names.check_free(ROOT, new)
    made = _copied(old, new)
    data = _read(DATA)
    table = edits.member(data, f"{pascal(old.many)}Table")
    changed = {
        APP: edits.mounted(_read(APP), new.module),
        DATA: edits.with_member(data, in_text(table, old, new), behind=table),
    }
    edits.write({ROOT / path: text for path, text in (made | changed).items()})
    return [
        f"Made {' and '.join(made)}; changed {' and '.join(changed)}.",
        *generated.anew(ROOT),
        f"One of the {new.many} is called {new.one}; ONE=... would call it otherwise.",
        f"Next: change the members in {' and '.join(made)}, and the table in {DATA}.",
        f"Then: make test-quick tests them, make run makes the table and serves /{new.many}.",
        "For frontends: make client.",
    ]


def remove(many: str) -> list[str]:
    """Take a module out with all that is its own. Returns what to tell. Raises Refused."""
    found = _removable(many)
    rest, stays, kept = shared.without(ROOT, many, found), _staying(many), _kept(snake(many))
    edits.write(
        {ROOT / path: text for path, text in rest.items()},
        moves={path: kept / path.relative_to(ROOT) for path in found},
    )
    paths = [str(path.relative_to(ROOT)) for path in found]
    return [
        f"Took out {' and '.join(paths)}; changed {' and '.join(rest)}.",
        *generated.anew(ROOT),
        f"The files taken out are in {kept.relative_to(ROOT)}, should you want them back.",
        *stays,
        *mentions(ROOT, paths),
        *_examples(many),
    ]


def _source(like: str) -> Names:
    """The names of what is copied. Raises Refused where it is no resource."""
    path = ROOT / COPIED[0].format(s=snake(like))
    found = names_in(path.read_text(), like) if path.exists() else None
    if found is None:
        there = ", ".join(names.resources(ROOT)) or "none is left, so git may have users still"
        raise Refused(f"There is no resource {like} to copy. LIKE=... names another: {there}.")
    return found


def _copied(old: Names, new: Names) -> dict[str, str]:
    """The new resource's own files. Raises Refused."""
    paths = {path.format(s=old.module): path.format(s=new.module) for path in COPIED}
    try:
        return {
            made: edits.formatted(renamed(_read(path), old, new)) for path, made in paths.items()
        }
    except CannotRename as error:
        otherwise = " ONE=... calls one of them otherwise." if error.name != new.module else ""
        raise Refused(f"{new.many} cannot be a resource's name: {error}.{otherwise}") from None


def _removable(many: str) -> list[Path]:
    """What goes with a module. Raises Refused where it is not there, or has to stay."""
    names.check(many)
    if many in RESERVED:
        raise Refused(f"{many} is needed and stays.")
    if not (found := owned(ROOT, many)):
        there = names.removable(ROOT)
        raise Refused(f"There is no chalicelib/{snake(many)}.py that could be taken out. {there}")
    if names.resources(ROOT) == [many] and not os.environ.get("FORCE"):
        raise Refused(
            f"{many} is the last resource: nothing would be served. Make another, or add FORCE=1."
        )
    return found


def _staying(many: str) -> list[str]:
    """What a deployed data stack has of a module, and keeps."""
    data = _read(DATA)
    return [
        f"A deployed {kind} stays on AWS with its data (Retain); the local one stays under .local/."
        for kind in ("table", "bucket")
        if f'"{pascal(many)}{kind.title()}"' in data
    ]


def _examples(many: str) -> list[str]:
    """What is left to do where programs for readers call what was taken out."""
    paths = [*sorted((ROOT / "examples").rglob("*.*")), ROOT / "docs/clients.md"]
    ours = (path for path in paths if path.is_file() and not BUILT & {*path.parts})
    calling = [str(path.relative_to(ROOT)) for path in ours if speaks(path.read_text(), many)]
    if not calling:
        return []
    what = "Have them call another resource, or delete them; what is made, make client makes anew."
    return [f"Still about /{many}: {', '.join(calling)}. {what}"]


def _kept(module: str) -> Path:
    """A new folder for what is taken out: it may not be committed yet."""
    folder, number = ROOT / ".local/removed", 1
    while (folder / f"{module}-{number}").exists():
        number += 1
    return folder / f"{module}-{number}"


def _read(path: str) -> str:
    return (ROOT / path).read_text()


def main(arguments: Sequence[str]) -> None:
    """Do what the command line says, and tell it. Ends with one line where it is refused."""
    try:
        print(*_done([argument.replace("_", "-") for argument in arguments]), sep="\n")
    except Refused as refused:
        sys.exit(str(refused))
    except (CannotEdit, OSError, SyntaxError) as error:
        sys.exit(f"Nothing was changed: {error}.")


def _done(arguments: Sequence[str]) -> list[str]:
    what, many = "".join(arguments[:1]), " ".join(arguments[1:])
    match what if many else "":
        case "add":
            one = os.environ.get("ONE") or singular(many)
            return add(Names(many, one.replace("_", "-")), os.environ.get("LIKE") or "users")
        case "remove":
            return remove(many)
    which = "Say which: make resource NAME=products, or make remove NAME=products."
    raise Refused(f"{which} {names.removable(ROOT)}")
