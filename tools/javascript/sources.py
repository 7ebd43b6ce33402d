"""The JavaScript of the project: what each page runs, and what node does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools import ROOT, kit

kit.on_path()  # it knows how a page names its scripts

from chalicekit.pages import FILE  # noqa: E402  once it is there

WEB = ROOT / "chalicelib/web"
NODE = ("tools", "tests")


@dataclass(frozen=True)
class Source:
    """What runs together, in one scope: the scripts of a page one after another, or a module."""

    files: tuple[Path, ...]
    module: bool = False

    @property
    def text(self) -> str:
        return "".join(map(_text, self.files))

    def place(self, line: int) -> tuple[Path, int]:
        """The file of a line, and the line in it; both are counted from 1."""
        for file in self.files[:-1]:
            count = _text(file).count("\n")
            if line <= count:
                return file, line
            line -= count
        return self.files[-1], line


def pages() -> list[Source]:
    """The pages with scripts, each with those that its template names."""
    return [Source(files) for page in sorted(WEB.glob("*.html")) if (files := _named(page))]


def modules() -> Iterator[Source]:
    """What node runs of the tools and tests."""
    for folder in NODE:
        for file in sorted((ROOT / folder).rglob("*.mjs")):
            yield Source((file,), module=True)


def lost(pages: Iterable[Source]) -> list[str]:
    """The scripts that no page has."""
    had = {file for page in pages for file in page.files}
    there = (file for file in WEB.rglob("*.js") if "built" not in file.parts)
    return sorted(str(file.relative_to(ROOT)) for file in there if file not in had)


def _named(page: Path) -> tuple[Path, ...]:
    found = re.finditer(FILE, page.read_text("utf-8"))
    return tuple(WEB / one[1] for one in found if one[2] == "js")


def _text(file: Path) -> str:
    return file.read_text("utf-8").rstrip("\n") + "\n"
