"""One table of requests below a greedy route that echoes, and one answer to each.

What may differ stands in docs/routes.md, by name, and nowhere else.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

import requests

from tests.contract.client import send
from tests.engines import ROOT
from tests.targets import Target

ALL = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
DEEP = "a/" * 400 + "z"
ORIGIN = {"Origin": "http://localhost:3000"}
PREFLIGHT = ORIGIN | {"Access-Control-Request-Method": "PUT"}


# As they are imitated here, they answer slashes alone by themselves: there is no such route.
GATEWAYS = {"rest", "greedy rest", "http api", "image-v1"}


@dataclass(frozen=True)
class Row:
    """A request, and what comes back: a status, and members of the body or headers by name."""

    method: str
    path: str
    status: int = 200
    body: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: Mapping[str, str] = field(default_factory=dict)
    differs: Mapping[str, "Row"] = field(default_factory=dict)
    """The differences that this request shows, by name, and how it is answered where they are."""

    def __str__(self) -> str:
        return f"{self.method} {self.path[:60]}"

    def at(self, named: Collection[str]) -> "Row":
        """The row with the answer that it has where these differences are."""
        for name, there in self.differs.items():
            if name in named:
                return replace(self, status=there.status, body=there.body)
        return self


def unknown(path: str, method: str = "GET") -> Row:
    return Row(method, path, 404, {"code": "route_not_found"})


def otherwise(row: Row, **there: Row) -> Row:
    """A row that is answered as another one would be, where the difference of this name is."""
    return replace(row, differs={name.replace("_", "-"): other for name, other in there.items()})


class Echo:
    """A view that tells method, path and proxy, and all that is below it: `/beside`, say."""

    def __init__(self, root: str) -> None:
        self.root = root

    def row(self, rest: str = "", method: str = "GET") -> Row:
        """It is answered by that view, with the path and the rest of it as they were sent."""
        sent = self.root + rest
        path = sent.partition("?")[0]
        proxy = "" if path == f"{self.root}/" else path.removeprefix(self.root)[1:]
        return Row(method, sent, 200, {"method": method, "path": path, "proxy": proxy})

    def order(self) -> list[Row]:
        """A literal segment comes before a parameter, that before a greedy rest."""
        root = self.root
        below = ("", "/a", "/a/b/c", "/health", f"/{DEEP}", f"{root}/x")
        return [
            *map(self.row, below),
            Row("GET", "/health", 200, {"status": "ok"}),
            *map(unknown, ("/health/x", f"{root}s", "/nowhere", f"/{DEEP}")),
            *map(unknown, (root[:-1], root.title(), f"{root.title()}/a")),
            Row("GET", "/", 200),
        ]

    def methods(self) -> list[Row]:
        writing = ("POST", "PUT", "PATCH", "DELETE")
        methods = {"Access-Control-Allow-Methods": ALL}
        allowed = {"Access-Control-Allow-Origin": ORIGIN["Origin"]}
        refused = {"code": "method_not_allowed"}
        return [
            *(self.row(rest, method) for rest in ("", "/a") for method in writing),
            *(Row("HEAD", self.root + rest, 200) for rest in ("", "/", "/a/b")),
            *(Row("HEAD", path, 404) for path in ("/nowhere", "/nowhere/at/all")),
            *(Row("OPTIONS", self.root + rest, 204, {}, {"Allow": ALL}) for rest in ("", "/a/b")),
            *(Row("OPTIONS", path, 204, {}, {"Allow": ALL}) for path in ("/nowhere", "/no/where")),
            # What the kit serves refuses by itself what it lacks, whatever a greedy route takes.
            *(
                Row(method, path, 405, refused, {"Allow": "GET, HEAD, OPTIONS"})
                for method in ("POST", "DELETE")
                for path in ("/health", "/")
            ),
            *(unknown("/nowhere/x", method) for method in writing),
            Row("OPTIONS", f"{self.root}/a/b", 204, {}, allowed | methods, PREFLIGHT),
            *(
                Row("GET", path, status, {}, allowed, ORIGIN)
                for path, status in ((f"{self.root}/a", 200), ("/nowhere/at/all", 404))
            ),
        ]

    def slashes(self) -> list[Row]:
        return [
            *map(self.row, ("/", "/a/", "/a/b/", "//a", "/a//b", "/a//", "///", "////")),
            *map(unknown, ("//", "///", "////")),
            *map(unknown, (f"{self.root}//", "/nowhere//x", f"/{self.root}/a")),
            otherwise(unknown(f"/{self.root}"), slashes_before=self.row()),
        ]

    def encoded(self) -> list[Row]:
        parts = ("a%2Fb", "%2Fa", "%61", "%2E%2E/users", "..%2Fusers")
        characters = ("a%252Fb", "%C3%A9/%E2%82%AC", "%00", "a%20b")
        letter = f"/%{ord(self.root[1]):x}{self.root[2:]}"
        return [
            *(
                otherwise(self.row(f"/{p}"), decoded_paths=self.row(f"/{unquote(p)}"))
                for p in parts
            ),
            otherwise(self.row("/%2F"), decoded_paths=unknown(f"{self.root}//")),
            otherwise(self.row("/%2F%2F"), decoded_paths=self.row("///")),
            otherwise(unknown(f"{self.root}%2Fa"), decoded_paths=self.row("/a")),
            otherwise(unknown(letter), decoded_paths=self.row()),
            *(
                otherwise(self.row(f"/{part}"), decoded_characters=self.row(f"/{unquote(part)}"))
                for part in characters
            ),
            otherwise(
                self.row("/%FF"),
                decoded_characters=self.row("/\N{REPLACEMENT CHARACTER}"),
                replaced_bytes=self.row("/%EF%BF%BD"),
            ),
            *map(self.row, ("/a+b", "/a;b=c,d@e:$&'()*!~_-.", "/a?x", "/a?x=1&x=2&path=/users")),
        ]

    def dots(self) -> list[Row]:
        root = self.root
        return [
            *map(self.row, ("/..", "/../users", "/./a", "/a/../../users", "/..;/users", "/...")),
            *map(unknown, (f"/health/..{root}", f"/..{root}", f"/.{root}")),
            *map(unknown, (f"/%2E%2E{root}", "/..")),
        ]

    def table(self) -> list[Row]:
        return [
            *(*self.order(), *self.methods(), *self.slashes()),
            *(*self.encoded(), *self.dots()),
        ]


def differences() -> dict[str, str]:
    """What docs/routes.md says may differ: names, and the targets where each is seen."""
    text = (ROOT / "docs/routes.md").read_text().partition("## Differences")[2]
    return dict(re.findall(r"(?m)^\| `([\w-]+)` \|.*\| ([^|]*) \|$", text))


def seen(answer: requests.Response, row: Row) -> Row:
    """The request with what really came back, as far as the row says something of it."""
    found: Any = answer.json() if row.body else {}
    return replace(
        row,
        status=answer.status_code,
        body={name: found.get(name) for name in row.body},
        headers={name: answer.headers.get(name, "") for name in row.headers},
    )


def unlike(
    table: list[Row], where: str, ask: Callable[[Row], requests.Response]
) -> dict[str, tuple[int, Mapping[str, str], Mapping[str, str]]]:
    """The rows that are answered otherwise than they should be here, and how they are."""
    if where in GATEWAYS:
        table = [row for row in table if row.path == "/" or row.path.strip("/")]
    named = {name for name, targets in differences().items() if f"`{where}`" in targets}
    expected = [row.at(named) for row in table]
    found = [(row, seen(ask(row), row)) for row in expected]
    return {str(row): (got.status, got.body, got.headers) for row, got in found if got != row}


def asking(target: Target) -> Callable[[Row], requests.Response]:
    """Sends a row to a target."""
    return lambda row: send(target, row.method, row.path, headers=dict(row.sent))
