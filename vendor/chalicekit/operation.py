"""One method of one path, as its view's annotations describe it; OpenAPI is made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints

from chalice.app import Response, RouteEntry

from .call import Call
from .fields import ListQuery, Model, Page, Stored, key_of
from .problems import CATALOGUE, Problem
from .validation import Patch

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
JSON = ("application/json",)
HTML = "text/html"
LINES_TYPE = "application/x-ndjson"  # of a list that is exported (export.py)
SEGMENTS = ("segment", "segments")  # the parameters of an export, beside the list's own
FORM = "application/x-www-form-urlencoded"  # as browsers post one without JavaScript
GIVEN = {"query", "body", "call"}  # what a view may take beside the parameters of its path
CO_COROUTINE = 0x80  # inspect.CO_COROUTINE, without the import
CONDITIONAL = ("PUT", "PATCH", "DELETE")  # what takes If-Match
MERGE_PATCH = ("application/merge-patch+json", "application/json")

# The page that answers a form: what was refused, None where all went well.
FormPage = Callable[[Call, Problem | None], Response]


class Media:
    """What a view's Response holds, for OpenAPI: `Annotated[Response, Media("image/png")]`."""

    def __init__(self, *types: str, redirects: bool = False) -> None:
        self.types = types
        self.redirects = redirects


class Tagged:
    """Marks an answer with an ETag, for who asks again: `Annotated[dict[str, Any], Tagged]`.

    The kit makes it of the content; a view that gives a Response makes it itself.
    """


@dataclass(frozen=True, slots=True)
class Operation:
    """What a view takes, what it gives, and which scope it needs."""

    method: str
    path: str
    view: Callable[..., Any]
    scope: str | None  # None: everybody may call it; "": whoever has a token
    query: type[Model] | None
    body: type[Model] | None
    patch: bool
    result: Any
    form: FormPage | None = None  # where browsers may post one
    greedy: bool = False  # serves all that is below a path, and judges queries and headers itself
    problems: tuple[str, ...] = ()  # the codes that its view raises, beside those that the kit does

    @property
    def feature(self) -> str:
        """The module of its view: one a resource or feature."""
        return self.view.__module__.rpartition(".")[2]

    @property
    def stored(self) -> bool:
        """Whether it gives one stored item, with an ETag."""
        return isinstance(self.result, type) and issubclass(self.result, Stored)

    @property
    def media(self) -> Media | None:
        """What its Response holds, as far as the view says so."""
        if self.result is Response:
            return Media("*/*")
        said = getattr(self.result, "__metadata__", ())
        return next((one for one in said if isinstance(one, Media)), None)

    @property
    def tagged(self) -> bool:
        """Whether its answers have an ETag: an item's, and every page's, which pages.py makes."""
        return (
            self.stored
            or Tagged in getattr(self.result, "__metadata__", ())
            or (self.method == "GET" and self.media is not None and HTML in self.media.types)
        )

    @property
    def lists(self) -> bool:
        """Whether it gives pages of a list, and so the list as lines, too."""
        query = self.query
        asked = isinstance(query, type) and issubclass(query, ListQuery)
        return self.method == "GET" and asked and get_origin(self.result) is Page

    @property
    def key(self) -> str:
        """The name of the key of what it gives."""
        return key_of(self.result)

    @property
    def accepts(self) -> tuple[str, ...]:
        """The content types of its body, the one to prefer first."""
        return MERGE_PATCH if self.patch else (*JSON, FORM) if self.form else JSON

    @property
    def status(self) -> int:
        """The status of an answer that is no error."""
        if self.result is None or self.result is type(None):
            return 204
        return 201 if self.method == "POST" and self.stored else 200


def offered(entries: Mapping[str, RouteEntry]) -> list[str]:
    """The methods of a path that its entries serve; of its own, the kit registers all seven."""
    known = [method for method in METHODS if method in entries]
    others = [method for method in entries if method not in METHODS]
    served = (*known, *others)
    return [m for m in served if not hasattr(entries[m].view_function, "refuses")]


def described(
    method: str,
    path: str,
    view: Callable[..., Any],
    scope: str | None,
    form: FormPage | None = None,
    *,
    greedy: bool = False,
    problems: tuple[str, ...] = (),
) -> Operation:
    """The operation that a view is, read from its annotations once, when it is registered."""
    hints = _hints(view)
    _check(path, view, hints)
    body = hints.get("body")
    patch = get_origin(body) is Patch
    operation = Operation(
        method=method,
        path=path,
        view=view,
        scope=scope,
        query=hints.get("query"),
        body=get_args(body)[0] if patch else body,
        patch=patch,
        result=hints.get("return"),
        form=form,
        greedy=greedy or path.endswith("+}"),
        problems=problems,
    )
    _check_operation(operation)
    return operation


def _hints(view: Callable[..., Any]) -> Mapping[str, Any]:
    hints = view.__annotations__
    if any(isinstance(hint, str) for hint in hints.values()):
        return get_type_hints(view, include_extras=True)
    return hints


def _check(path: str, view: Callable[..., Any], hints: Mapping[str, Any]) -> None:
    """Refuse at import what every request would fail on. Raises TypeError."""
    code = view.__code__
    if code.co_flags & CO_COROUTINE:
        raise TypeError(f"{view.__name__}: a view is a plain def, not async")
    taken = set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    named = {name[1:-1] for name in path.split("/") if name.startswith("{") and "+" not in name}
    if named != taken - GIVEN:
        wanted = ", ".join(sorted(named)) or "none"
        raise TypeError(
            f"{view.__name__}: the parameters of {path} are {wanted}; beside query, body, call"
        )
    if untyped := sorted((taken & GIVEN) - hints.keys()):
        raise TypeError(f"{view.__name__}: {', '.join(untyped)} needs a type")


def _check_operation(operation: Operation) -> None:
    """Likewise, of what the view takes and gives, and its problems' codes. Raises TypeError."""
    name = operation.view.__name__
    if operation.stored and operation.method in ("PUT", "PATCH"):
        key = f"{{{operation.key}}}"
        if key not in operation.path:
            raise TypeError(f"{name}: {operation.path} must hold the key, {key}")
    if operation.lists and operation.query:
        for taken in operation.query.model_fields.keys() & {*SEGMENTS}:
            raise TypeError(f"{name}: {taken} says which part of a list is exported: rename yours")
    if unknown := [code for code in operation.problems if code not in CATALOGUE]:
        raise TypeError(f"{name}: there is no problem {unknown[0]}: see chalicekit/problems.py")
