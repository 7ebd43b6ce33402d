"""What the contract suite knows about resources: a file here describes one, and is all it takes.

`tests/resources/users.py` holds `USERS`; the suite finds it, and runs on /users on every target.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

Json = dict[str, Any]
STORED = frozenset({"created_at", "updated_at", "etag"})


@dataclass(frozen=True)
class Resource:
    path: str
    key: str
    sample: Callable[[], Json]
    """A new body that POST takes, without the key: each time with other unique values."""
    text: str
    """A required member of the type Name, and not unique."""
    members: frozenset[str]
    """What a client may set, the key included."""
    optional: frozenset[str] = frozenset()
    """Those of them that may be left out."""
    unique: str | None = None
    """The first of its unique members."""

    @property
    def table(self) -> str:
        return self.path.removeprefix("/")

    @property
    def required(self) -> set[str]:
        return set(self.members - {self.key} - self.optional)

    def __str__(self) -> str:
        return self.table


def described() -> dict[str, Resource]:
    """The resources that the files of this folder describe, by name."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
    modules = {name: import_module(f"{__name__}.{name}") for name in names}
    return {name: getattr(module, name.upper()) for name, module in modules.items()}
