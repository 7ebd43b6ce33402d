"""What checking tokens adds to a layer: the packages that nothing else of it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from email.parser import BytesHeaderParser

from packaging.utils import canonicalize_name

from tools.deploy import dependencies
from tools.stages import Stage

# What the kit imports where a stage sets AUTH_ISSUER; what these need, they say themselves.
ROOTS = {"pyjwt", "cryptography"}


def packages(metadata: Iterable[bytes], stage: Stage) -> set[str]:
    """Their normalized names, of those whose METADATA files these are."""
    target = dependencies.target(stage)
    needs: dict[str, set[str]] = {}
    for said in map(BytesHeaderParser().parsebytes, metadata):
        wanted = dependencies.needs(said.get_all("Requires-Dist", []), target)
        needs[canonicalize_name(said["Name"])] = {canonicalize_name(each.name) for each in wanted}
    added = _reached(ROOTS, needs)
    return added - _reached(needs.keys() - added, needs)


def _reached(names: Iterable[str], needs: Mapping[str, set[str]]) -> set[str]:
    """Those of the names that are there, and all that they need."""
    found, new = set[str](), {*names} & needs.keys()
    while new:
        found |= new
        new = {other for name in new for other in needs[name]} & needs.keys() - found
    return found
