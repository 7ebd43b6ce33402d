"""Views with types: what a view takes and gives is read from its annotations, once.

    routes = Routes(__name__, read="users:read", write="users:write")

    @routes.get("/users/{id}")
    def get_user(id: str, call: Call) -> User: ...

A view may take its path parameters, `query` (a Model, such as a ListQuery; `dict[str, Any]` for
whatever is sent, each name with a list of values), `body` (a Model or a
Patch of one) and `call`. It gives a stored model, a Page of them, None, anything that is JSON, or
a Response, which may be Annotated with the Media that it holds. HEAD, OPTIONS and the 405 of other
methods are added to each path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from chalice.app import Blueprint, Chalice, Response

from . import answers, arguments, auth, pages, validation
from .auth import ANY, PUBLIC
from .call import Call, current
from .fields import Page
from .operation import METHODS, FormPage, Media, Operation, Tagged, described
from .problems import Problem
from .validation import Patch

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

__all__ = ["Call", "Media", "Page", "Patch", "Response", "Routes", "Tagged"]

F = TypeVar("F", bound=Callable[..., Any])
Codes = tuple[str, ...]  # of problems


class Routes(Blueprint):
    """The routes of one resource or feature.

    `read` and `write` are the scopes that a token needs; a view may name another: `scope="admin"`.
    Without any, a token is needed all the same; `public` routes need none. `problems` are the codes
    of those that the view raises beside the kit's, for OpenAPI: `problems=("conflict",)`.
    """

    def __init__(
        self, import_name: str, *, read: str = "", write: str = "", public: bool = False
    ) -> None:
        super().__init__(import_name)
        if public and (read or write):
            raise TypeError(f"{import_name}: public routes need no scope")
        self._read = PUBLIC if public else read
        self._write = PUBLIC if public else write
        self._offered: dict[str, dict[str, Operation]] = {}

    def get(self, path: str, *, scope: str | None = None, problems: Codes = ()) -> Callable[[F], F]:
        needed = self._scope(path, scope, self._read)
        return self._operation("GET", path, needed, problems=problems)

    def post(
        self,
        path: str,
        *,
        scope: str | None = None,
        form: FormPage | None = None,
        problems: Codes = (),
    ) -> Callable[[F], F]:
        """With `form`, browsers may post one, too; that page is then what they are answered."""
        needed = self._scope(path, scope, self._write)
        return self._operation("POST", path, needed, form, problems)

    def put(self, path: str, *, scope: str | None = None, problems: Codes = ()) -> Callable[[F], F]:
        needed = self._scope(path, scope, self._write)
        return self._operation("PUT", path, needed, problems=problems)

    def patch(
        self, path: str, *, scope: str | None = None, problems: Codes = ()
    ) -> Callable[[F], F]:
        needed = self._scope(path, scope, self._write)
        return self._operation("PATCH", path, needed, problems=problems)

    def delete(
        self, path: str, *, scope: str | None = None, problems: Codes = ()
    ) -> Callable[[F], F]:
        needed = self._scope(path, scope, self._write)
        return self._operation("DELETE", path, needed, problems=problems)

    def any(self, path: str) -> Callable[[F], F]:
        """All methods but OPTIONS, by one view, which is given any query and any headers."""

        def register(view: F) -> F:
            self._every(METHODS[:-1], path, view)
            return view

        return register

    def mount(
        self,
        path: str,
        application: str | WSGIApplication,
        *,
        scope: str | None = None,
        public: bool = False,
    ) -> None:
        """Let a WSGI application serve a path and all that is below it.

        As text, `package.module:name` or `package.module:factory()`, the first call imports it.
        """
        _check_mount(path, application)
        if public and scope is not None:
            raise TypeError(f"{path}: public routes need no scope")

        def serve(call: Call) -> Response:
            from . import mount  # no part of a cold start

            return mount.answer(application, path, call)

        for place in (path, f"{path}/{{proxy+}}"):
            self._every(METHODS, place, serve, scope=scope, public=public)

    def register(self, app: Chalice, options: dict[str, Any]) -> None:
        for path, offered in self._offered.items():
            allowed = [
                m
                for m in METHODS
                if m in offered or m == "OPTIONS" or (m == "HEAD" and "GET" in offered)
            ]
            for method in METHODS:
                if method not in offered:
                    self._add([method], path, self._implied(method, offered, allowed))
        super().register(app, options)

    def _scope(self, path: str, own: str | None, common: str | None) -> str | None:
        if own is not None:
            return own
        if common == ANY and (self._read or self._write):
            # One of the two was forgotten: whoever has any token at all could do the rest.
            raise TypeError(f"{path}: say both read= and write=, or scope=")
        return common

    def _every(
        self,
        methods: Sequence[str],
        path: str,
        view: Callable[..., Any],
        *,
        scope: str | None = None,
        public: bool = False,
    ) -> None:
        by_scope: dict[str | None, list[str]] = {}  # of two at most: a cold start has few to make
        for method in methods:
            common = self._read if method in ("GET", "HEAD", "OPTIONS") else self._write
            needed = PUBLIC if public else self._scope(path, scope, common)
            by_scope.setdefault(needed, []).append(method)
        for needed, group in by_scope.items():
            operation = described(group[0], path, view, needed, greedy=True)
            self._offered.setdefault(path, {}).update(dict.fromkeys(group, operation))
            self._add(group, path, self._typed(operation))

    def _operation(
        self,
        method: str,
        path: str,
        scope: str | None,
        form: FormPage | None = None,
        problems: Codes = (),
    ) -> Callable[[F], F]:
        def register(view: F) -> F:
            operation = described(method, path, view, scope, form, problems=problems)
            self._offered.setdefault(path, {})[method] = operation
            self._add([method], path, self._typed(operation))
            return view

        return register

    def _add(self, methods: list[str], path: str, handle: Callable[..., Response]) -> None:
        handle.admits = True  # type: ignore[attr-defined]  # or has nothing to protect
        # "*/*": the kit judges content types itself, after the size and before the syntax.
        self.route(path, methods=methods, content_types=["*/*"], cors=False)(handle)

    def _typed(self, operation: Operation) -> Callable[..., Response]:
        def handle(**path: str) -> Response:
            return _run(operation, path)

        handle.__name__ = operation.view.__name__
        handle.operation = operation  # type: ignore[attr-defined]  # where openapi.py finds it
        return handle

    def _implied(
        self, method: str, offered: Mapping[str, Operation], allowed: list[str]
    ) -> Callable[..., Response]:
        if method == "HEAD" and "GET" in offered:
            operation = offered["GET"]
            return lambda **path: _run(operation, path)
        if method == "OPTIONS":
            return lambda **_path: answers.options(allowed, patch="PATCH" in offered)
        return _method_not_allowed(allowed)


def _check_mount(path: str, application: str | WSGIApplication) -> None:
    """Refuse at import what could not be served. Raises TypeError."""
    if not path.startswith("/") or path.endswith("/") or "{" in path:
        raise TypeError(f"{path}: a mount has a path such as /shop")
    if isinstance(application, str) and not all(application.partition(":")):
        raise TypeError(f"{application}: it is imported as package.module:name")


def _method_not_allowed(allowed: list[str]) -> Callable[..., Response]:
    names = ", ".join(allowed)

    def refuse(**_path: str) -> NoReturn:
        raise Problem("method_not_allowed", f"Offered here: {names}.", headers={"Allow": names})

    refuse.refuses = True  # type: ignore[attr-defined]  # where operation.offered looks
    return refuse


def _run(operation: Operation, path: Mapping[str, str]) -> Response:
    """Admit, parse, call the view, render. Problems are raised: `api.complete` renders them."""
    call = current()
    if call.method == "OPTIONS" and "access-control-request-method" in call.headers:
        return answers.options(METHODS, patch=False)  # a browser asks this without a token
    auth.admit(call, operation.scope)
    values: dict[str, Any] = {name: arguments.key(text) for name, text in path.items()}
    if operation.query is not None:
        values["query"] = arguments.query(operation, call)
    elif not operation.greedy:
        validation.no_query(call.query)
    if operation.body is not None:
        values["body"] = arguments.body(operation, call, values)
    if not operation.greedy:
        arguments.preconditions(call)
    if "call" in operation.view.__annotations__:
        values["call"] = call
    if call.export:
        from . import export  # no part of a cold start

        return export.answer(operation.view, values, call)
    result = operation.view(**values)
    if operation.form and pages.browser(call):
        return operation.form(call, None)
    return answers.render(operation, result, call)
