"""What packages bring and nothing here asks for, which is left out of what goes to Lambda.

unused.toml lists it, and what brings it back: who writes that, in the API or in another package,
has it on Lambda as on a laptop. It is written for the standard library alone, since it also runs
inside of an image's build.
"""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tools.deploy import bytecode

TABLE = Path(__file__).with_name("unused.toml")
TYPES = (".pyi", ".pxd", ".pyx", ".c", ".h")  # read by compilers and editors only


def parts() -> dict[str, dict[str, Any]]:
    """What may be left out, by what it is called."""
    return tomllib.loads(TABLE.read_text())


def leave_out(site: Path, own: Iterable[Path]) -> list[str]:
    """Take out of `site` what neither the API's `own` files nor packages there ask for.

    Gives what went, by what it is called.
    """
    left = {title: part for title, part in parts().items() if any(_paths(site, part))}
    for package, text in _modules(site, own):
        asked = [title for title, part in left.items() if asks(text, part, package)]
        for title in asked:
            del left[title]
    for part in left.values():
        for path in [*_paths(site, part)]:
            _remove(path, site)
    return [*left]


def told(left: Iterable[str]) -> str:
    """The line about what was left out."""
    return f"Left out, since nothing asks for it: {', '.join(left)}."


def asks(text: str, part: dict[str, Any], package: str = "") -> bool:
    """Whether a module with this text asks for it; `package` is whose it is, "" for the API's."""
    return package not in part["within"] and re.search(part["unless"], text) is not None


def _paths(site: Path, part: dict[str, Any]) -> Iterator[Path]:
    for pattern in part["paths"]:
        yield from site.glob(pattern)


def _modules(site: Path, own: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """The package and the text of each module."""
    for path in own:
        if path.suffix == ".py":
            yield "", path.read_text(errors="replace")
    for path in site.rglob("*.py"):
        package = path.relative_to(site).parts[0].removesuffix(".py")
        yield package, path.read_text(errors="replace")


def _remove(path: Path, site: Path) -> None:
    """Delete a folder, or a file and the .pyc of it."""
    if path.is_dir():
        shutil.rmtree(path)
        return
    path.unlink()
    if path.suffix == ".py":
        compiled = site / bytecode.cached(path.relative_to(site).as_posix())
        compiled.unlink(missing_ok=True)
