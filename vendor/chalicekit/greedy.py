"""Greedy `{proxy+}` routes where Chalice's local router does not know them.

API Gateway matches a literal segment before a parameter before a greedy rest. Chalice's router
compares only paths of equal length, so `chalice local` and `chalice.test` need this.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Mapping
from urllib.parse import parse_qs

from .call import Call
from .problems import Problem

Match = tuple[str, dict[str, str]]


def match(path: str, routes: Iterable[str]) -> Match | None:
    """The route of a path and the parameters it captures; None where none fits.

    The path is as sent, percent-encoded. One slash at its end does not count.
    """
    parts = _parts(path)
    candidates = (route for route in routes if _captures(route, parts) is not None)
    best = min(candidates, key=_rank, default=None)
    return None if best is None else (best, _captures(best, parts) or {})


def for_method(method: str, path: str, routes: Mapping[str, Container[str]]) -> Match | None:
    """As `match`, of the routes that offer a method; of all, where none of them does.

    So API Gateway chooses, too: a route that lacks the method leaves it to the next that fits.
    """
    offering = (route for route, methods in routes.items() if method in methods)
    return match(path, offering) or match(path, routes)


def install() -> None:
    """Teach this process's local router; there is none on Lambda, nor in the image."""
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        return
    try:
        from chalice import local
    except ImportError:  # of Chalice, the image holds what Lambda would
        return

    from . import middleware

    class NoRoute(local.LocalGatewayException):
        CODE = 404

    class GreedyMatcher(local.RouteMatcher):
        def match_route(self, url: str) -> local.MatchResult:
            path, _, query = url.partition("?")
            found = match(path, self.route_urls)
            if found is None:
                # Of a ValueError, Chalice would make an answer that quotes the token.
                problem = Problem("route_not_found", "Nothing is served at this path.")
                told = middleware.refuse(problem, Call())
                raise NoRoute(told.headers, told.body.encode())
            return local.MatchResult(*found, parse_qs(query, keep_blank_values=True))

    local.RouteMatcher = GreedyMatcher  # type: ignore[misc]  # LocalGateway looks it up by this name


def _parts(path: str) -> list[str]:
    return path.removesuffix("/").split("/")[1:] if path != "/" else []


def _captures(route: str, parts: list[str]) -> dict[str, str] | None:
    names = _parts(route)
    captured: dict[str, str] = {}
    for position, name in enumerate(names):
        if name.endswith("+}"):
            rest = "/".join(parts[position:])
            return captured | {name[1:-2]: rest} if rest else None
        if position >= len(parts):
            return None
        if name.startswith("{"):
            if not parts[position]:
                return None
            captured[name[1:-1]] = parts[position]
        elif name != parts[position]:
            return None
    return captured if len(names) == len(parts) else None


def _rank(route: str) -> list[int]:
    return [
        2 if name.endswith("+}") else 1 if name.startswith("{") else 0 for name in _parts(route)
    ]
