"""What the contract suite knows about resources: a file here describes one, and is all it takes.

`tests/resources/users.py` holds `USERS`; the suite finds it, and runs on /users on every target.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from chalicekit.fields import Name
from chalicekit.table import TABLES, Table

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


@cache  # asked for each of some ten thousand tests
def described() -> dict[str, Resource]:
    """The resources that the files of this folder describe, by name."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
    modules = {name: import_module(f"{__name__}.{name}") for name in names}
    return {name: getattr(module, name.upper()) for name, module in modules.items()}


def wrong() -> list[str]:
    """A line for each description that does not fit its module; the suite would fail all over."""
    lines = []
    for name, resource in described().items():
        with suppress(Exception):  # the tests show it, with its trace
            import_module(f"chalicelib.{name}")
        table = next((table for table in TABLES if table.name == resource.table), None)
        if table and (found := list(faults(resource, table))):
            lines.append(f"tests/resources/{name}.py: {'; '.join(found)}")
    return lines


def faults(resource: Resource, table: Table[Any]) -> Iterator[str]:
    fields = {n: f for n, f in table.model.model_fields.items() if n not in STORED}
    free = {n for n, f in fields.items() if not f.is_required()} - {table.key}
    if resource.key != table.key:
        yield f"key is {resource.key}, and that of the model {table.key}"
    yield from _differ("members", resource.members, fields.keys())
    yield from _differ("optional", resource.optional, free)
    if resource.unique != (first := next(iter(table.unique), None)):
        yield f"unique is {resource.unique}, and the table's first {first}"
    text = fields.get(resource.text)
    if not _is_name(text) or resource.text in {*free, *table.unique}:
        yield f"text is {resource.text}, which is no required, not unique member of the type Name"
    try:
        table.model.model_validate(resource.sample() | {"etag": "any"})
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            yield f"sample: {'.'.join(map(str, fault['loc'])) or 'all'}: {fault['msg']}"


def _differ(what: str, said: frozenset[str], there: Collection[str]) -> Iterator[str]:
    if lacks := sorted({*there} - said):
        yield f"{what} lacks {', '.join(lacks)}"
    if more := sorted(said - {*there}):
        yield f"{what} has {', '.join(more)}, and the model does not"


def _is_name(field: FieldInfo | None) -> bool:
    return field is not None and get_args(Name)[-1] in field.metadata
