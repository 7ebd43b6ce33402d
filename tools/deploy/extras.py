"""What one feature alone adds to a payload, each with a budget of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import ROOT, assets
from tools.deploy import dependencies
from tools.resources import edits
from tools.stages import Stage

MODULE_BUDGET = 10.0  # MB, compressed
PAGE_BUDGET = 1.0  # of what a page takes from npm


@dataclass(frozen=True)
class Extra:
    """A feature that an API without it never imports, nor what it needs."""

    title: str  # such as "to check tokens"
    roots: frozenset[str]  # normalized names of packages; what these need, they say themselves
    budget: float  # MB, compressed
    module: str = ""  # of chalicelib, where it is one

    def packages(self, metadata: Iterable[bytes], stage: Stage) -> set[str]:
        """The packages that nothing else needs, of those whose METADATA files these are."""
        target = dependencies.target(stage)
        needs: dict[str, set[str]] = {}
        for said in map(BytesHeaderParser().parsebytes, metadata):
            wanted = dependencies.needs(said.get_all("Requires-Dist", []), target)
            needs[canonicalize_name(said["Name"])] = {canonicalize_name(one.name) for one in wanted}
        added = _reached(self.roots, needs)
        return added - _reached(needs.keys() - added, needs)

    def owns(self, path: str) -> bool:
        """Whether a file of the project belongs to it, by its path."""
        own = rf"chalicelib/(?:web/|__pycache__/)?{self.module}[./]"
        return bool(self.module and re.match(own, path))


# What the kit imports where a stage sets AUTH_ISSUER.
TOKENS = Extra("to check tokens", frozenset({"pyjwt", "cryptography"}), 6.0)


def extras(root: Path = ROOT) -> list[Extra]:
    """Tokens, every module that has a section of its own in requirements.txt, and every page."""
    requirements = (root / "requirements.txt").read_text()
    pages = {each.feature for each in assets.found(root)}
    found = [TOKENS]
    for name in sorted(path.stem for path in (root / "chalicelib").iterdir()):
        pins = edits.section(requirements, name.replace("_", "-"))
        budget = (MODULE_BUDGET if pins else 0.0) + (PAGE_BUDGET if name in pages else 0.0)
        if budget:
            found.append(Extra(f"for {name}", frozenset(_pinned(pins)), budget, name))
    return found


def _pinned(section: str) -> Iterable[str]:
    lines = section.splitlines()
    return (canonicalize_name(Requirement(line).name) for line in lines if line[0] != "#")


def _reached(names: Iterable[str], needs: Mapping[str, set[str]]) -> set[str]:
    """Those of the names that are there, and all that they need."""
    found, new = set[str](), {*names} & needs.keys()
    while new:
        found |= new
        new = {other for name in new for other in needs[name]} & needs.keys() - found
    return found
