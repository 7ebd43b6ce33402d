"""Copy a resource into a second one, or take a resource or feature out whole.

    python -m tools.resources add products       (in the environment: ONE=product LIKE=users)
    python -m tools.resources remove products    (FORCE=1, where it is the last one)

There are no templates: what is copied is a resource itself, with its table and its description for
the tests. What is a module's own is found by its name. Nothing is written before all is checked.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import ROOT, assets
from tools.data.tables import CLAIMS
from tools.image.lock import LOCKED, SHIPPED
from tools.policies import statements
from tools.renaming import (
    CannotRename,
    Names,
    in_text,
    names_in,
    pascal,
    renamed,
    singular,
    snake,
    upper,
)
from tools.resources import edits
from tools.resources.edits import CannotEdit
from tools.resources.owned import COPIED, NAMED, mentions, owned
from tools.stages import table_setting

APP, DATA, CONFIG = "app.py", "infra/data.json", ".chalice/config.json"
CI = "infra/ci.json"
OPENAPI = "docs/openapi.json"
COLLECTION = "examples/postman/collection.json"
NPM = "package.json"
POLICIES = ".chalice/policy-*.json"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*")
RESERVED = {"home", CLAIMS, "web"}  # what every API here has
# UsersTable in infra/data.json; ContactIdentity with its parameter and condition.
IN_DATA = "(?:Table|Bucket|BucketPolicy|Queue|Topic|Identity(?:Named?)?)"


class Refused(Exception):
    """Nothing was changed; the message says why, in one line."""


def add(new: Names, like: str) -> list[str]:
    """Make a resource from another one. Returns what to tell. Raises Refused."""
    old = _source(like)
    _check_free(new)
    try:
        made = {
            path.format(s=new.module): edits.formatted(
                renamed(_read(path.format(s=old.module)), old, new)
            )
            for path in COPIED
        }
    except CannotRename as error:
        raise Refused(f"{new.many} cannot be a resource's name: {error}.") from None
    data = _read(DATA)
    table = edits.member(data, f"{pascal(old.many)}Table")
    changed = {
        APP: edits.mounted(_read(APP), new.module),
        DATA: edits.with_member(data, in_text(table, old, new), behind=table),
    }
    edits.write({ROOT / path: text for path, text in (made | changed).items()})
    return [
        f"Made {' and '.join(made)}; changed {' and '.join(changed)}.",
        *_followed(),
        f"One of the {new.many} is called {new.one}; ONE=... would call it otherwise.",
        f"Next: change the members in {' and '.join(made)}, and the table in {DATA}.",
        f"Then: make test-quick tests them, make run makes the table and serves /{new.many}.",
        "For frontends: make client.",
    ]


def remove(many: str) -> list[str]:
    """Take a module out with all that is its own. Returns what to tell. Raises Refused."""
    _check_name(many)
    if many in RESERVED:
        raise Refused(f"{many} is needed and stays.")
    module, found = snake(many), owned(ROOT, many)
    if not found:
        raise Refused(f"There is no chalicelib/{module}.py that could be taken out. {_there()}")
    pins = [path.name for path in ROOT.glob("requirements*.txt")]
    if _resources() == [many] and not os.environ.get("FORCE"):
        raise Refused(
            f"{many} is the last resource: nothing would be served. Make another, or add FORCE=1."
        )
    rest = {path: edits.without_section(_read(path), many) for path in pins}
    rest[LOCKED] = edits.unlocked(rest[LOCKED], edits.section(_read(SHIPPED), many))
    rest[CI] = edits.without_statements(_read(CI), rf"{pascal(many)}[A-Z]\w*")
    rest[DATA] = edits.without(_read(DATA), pascal(many) + IN_DATA)
    rest |= {APP: edits.unmounted(_read(APP), module)} | _without_packages(module)
    ours = rf"{table_setting(many)}|{upper(many)}_[A-Z_]+|{pascal(many)}{IN_DATA}"
    rest[CONFIG] = edits.without(_read(CONFIG), ours)
    for path in (str(file.relative_to(ROOT)) for file in ROOT.glob(POLICIES)):
        # Somebody's own statements about it; those of its tables are written anew below.
        rest[path] = statements.without(_read(path), rf"{pascal(many)}([A-Z]\w*)?")
    linked = [path.name for path in found if path.parent in (ROOT / "docs", ROOT / "chalicelib")]
    for page in {ROOT / "README.md", *ROOT.glob("docs/*.md")} - {*found}:
        rest[str(page.relative_to(ROOT))] = edits.without_rows(page.read_text(), ours, linked)
    rest = {path: text for path, text in sorted(rest.items()) if text != _read(path)}
    stays = [
        f"A deployed {kind} stays on AWS with its data (Retain); the local one stays under .local/."
        for kind in ("table", "bucket")
        if f'"{pascal(many)}{kind.title()}"' in _read(DATA)
    ]
    kept = _kept(module)
    edits.write(
        {ROOT / path: text for path, text in rest.items()},
        moves={path: kept / path.relative_to(ROOT) for path in found},
    )
    names = [str(path.relative_to(ROOT)) for path in found]
    return [
        f"Took out {' and '.join(names)}; changed {' and '.join(rest)}.",
        *_followed(),
        f"The files taken out are in {kept.relative_to(ROOT)}, should you want them back.",
        *stays,
        *mentions(ROOT, names),
        *_of_clients(many),
    ]


def _source(like: str) -> Names:
    try:
        names = names_in(_read(COPIED[0].format(s=snake(like))), like)
    except OSError:
        names = None
    if names is None:
        there = ", ".join(_resources()) or "none is left, so git may have users still"
        raise Refused(f"There is no resource {like} to copy. LIKE=... names another: {there}.")
    return names


def _resources() -> list[str]:
    """Those that can be copied."""
    paths = sorted((ROOT / "chalicelib").glob("*.py"))
    names = {path: path.stem.replace("_", "-") for path in paths}
    return [many for path, many in names.items() if names_in(path.read_text(), many)]


def _there() -> str:
    """What could be taken out, in a sentence."""
    modules = {
        path.stem.replace("_", "-")
        for path in (ROOT / "chalicelib").iterdir()
        if path.stem[0] not in "_."
    }
    return f"There are: {', '.join(sorted(modules - RESERVED))}."


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise Refused(
            f"{name!r} is no name: lower-case letters, digits and -, as in products or order-lines."
        )


def _check_free(new: Names) -> None:
    """Refuse a name that something else has."""
    for name in (new.many, new.one):
        _check_name(name)
    if new.many in RESERVED:
        raise Refused(f"{new.many} is reserved.")
    for pattern in NAMED:  # it would go with the resource
        for path in ROOT.glob(pattern.format(s=new.module, k=new.many)):
            raise Refused(f"{path.relative_to(ROOT)} is there already.")
    if new.module in sys.stdlib_module_names or new.module in edits.names(_read(APP)):
        raise Refused(f"{new.module} means something else already, in Python or in app.py.")
    for path in sorted((ROOT / "chalicelib").glob("*.py")):
        if re.search(rf'"/{new.many}[/"]', path.read_text()):
            raise Refused(f"{path.relative_to(ROOT)} serves /{new.many} already.")
    if re.search(rf'-{new.many}"|"{pascal(new.many)}Table"', _read(DATA)):
        raise Refused(f"{DATA} has a table of {new.many} already.")


def _read(path: str) -> str:
    return (ROOT / path).read_text()


def _without_packages(module: str) -> dict[str, str]:
    """What pins the package of a module's page, without it; empty where it takes none."""
    found = (each for each in assets.found(ROOT) if each.feature == module)
    if not (names := "|".join(re.escape(each.named["package"]) for each in found)):
        return {}
    return {
        NPM: edits.without(_read(NPM), names),
        assets.LOCK: edits.without(_read(assets.LOCK), f"(?:node_modules/)?(?:{names})"),
    }


def _of_clients(many: str) -> list[str]:
    """What is left to do where the examples for frontends call what was taken out."""
    files = [path for path in ROOT.glob("examples/*/*") if path.is_file()]
    if not any(f"/{many}" in path.read_text("utf-8") for path in files):
        return []
    return [f"examples/ and docs/clients.md still call /{many}: make client, and change the rest."]


def _followed() -> list[str]:
    """Have what is made from the modules made anew, each by a process that imports them."""
    told = [*_made(POLICIES, "policies", "make policy"), *_made(OPENAPI, "openapi", "make openapi")]
    if (ROOT / COLLECTION).exists():
        told += _made(COLLECTION, "clients", "make client", "--installed")
    return told


def _made(what: str, tool: str, command: str, *options: str) -> list[str]:
    call = [sys.executable, "-m", f"tools.{tool}", *options]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        why = "".join(done.stderr.splitlines()[-1:])
        return [f"{what}: as before. {why} Then: {command}."]
    return done.stdout.splitlines()


def _kept(module: str) -> Path:
    """A new folder for what is taken out: it may not be committed yet."""
    folder, number = ROOT / ".local/removed", 1
    while (folder / f"{module}-{number}").exists():
        number += 1
    return folder / f"{module}-{number}"


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
    raise Refused(f"{which} {_there()}")
