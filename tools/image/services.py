"""Which of AWS's services the code that is shipped makes clients for, and botocore's data for them.

botocore brings the descriptions of 400 services, 23 MB, and a client reads those of one. Nobody
has to list them: a client is made by `create_client("dynamodb")`, and that is looked for. It is
written for the standard library alone, since it also runs inside of an image's build.
"""

from __future__ import annotations

import ast
import gzip
import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

# How clients are made: by botocore, by its providers of credentials, and by boto3.
CREATE = ("create_client", "create_nested_client")
CREATORS = ("_client_creator", "client_creator")
BOTO3 = ("client", "resource")
NOTES = "examples-1.json"  # only botocore's documentation reads them
DESCRIPTION = "service-2.json.gz"
ENDPOINTS = "endpoints.json"


class UnknownServiceError(Exception):
    """It cannot be told which services are in use; the message is one line that says what to do."""


def used(root: Path, own: Iterable[str], packages: Path) -> set[str]:
    """The services of our own modules, which are paths below `root`, and those that packages name.

    botocore is one of these: its providers of credentials ask STS and SSO. Raises
    UnknownServiceError where one of our own modules leaves it open which service it wants.
    """
    known = {path.name for path in (packages / "botocore/data").iterdir() if path.is_dir()}
    found: set[str] = set()
    for path in own:
        for name, line, certain in _asked(root / path):
            if name is None and certain:
                raise UnknownServiceError(
                    f"{path}, line {line}: write the service's name there, in quotes: "
                    "only what botocore needs for it is shipped."
                )
            if name not in known and certain:
                raise UnknownServiceError(f"{path}, line {line}: botocore has no service {name}.")
            found |= {name} & known if name else set()
    for module in packages.rglob("*.py"):
        found |= {name for name, *_ in _asked(module) if name in known}
    return found


def _asked(path: Path) -> Iterator[tuple[str | None, int, bool]]:
    """The services that a module makes clients of, the line, and whether this is certain.

    None is one whose name is not written there. A session may have any name: `client("s3")` is
    taken for botocore's, whoever has it; where no name is written, or an unknown one, it may be
    somebody else's `client` or `resource`.
    """
    tree = _parsed(path)
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    made = {*CREATE, *_of_boto3(imported)}
    aws = any(_of_aws(node) for node in imported)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        maker = _name(node.func)
        if maker not in made and maker not in (*BOTO3, *CREATORS):
            continue
        given = _given(node)
        texts = [each.value for each in given if isinstance(each, ast.Constant)]
        name = texts[0] if texts and isinstance(texts[0], str) else None
        unsaid = name is None and bool(given) and isinstance(node.func, ast.Attribute)
        likely = aws and unsaid and maker in BOTO3
        yield name, node.lineno, likely or _certain(node.func, made)


def _of_boto3(imported: Iterable[ast.Import | ast.ImportFrom]) -> Iterator[str]:
    """What `from boto3 import client` and its like are called here."""
    for node in imported:
        if isinstance(node, ast.ImportFrom) and node.module == "boto3":
            yield from (one.asname or one.name for one in node.names if one.name in BOTO3)


def _of_aws(node: ast.Import | ast.ImportFrom) -> bool:
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module]
    return any((name or "").partition(".")[0] in ("boto3", "botocore") for name in names)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _parsed(path: Path) -> ast.Module:
    """A module; an empty one where it makes no clients, or is of another version of Python."""
    source = path.read_bytes()
    if not any(maker.encode() in source for maker in (*CREATE, *CREATORS, *BOTO3)):
        return ast.Module([], [])
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module([], [])  # packages may bring such


def _given(call: ast.Call) -> list[ast.expr]:
    """What a call has where the name of a service stands."""
    given = call.args[1:2] if _name(call.func) == "create_nested_client" else call.args[:1]
    return given + [each.value for each in call.keywords if each.arg in ("service_name", None)]


def _certain(function: ast.expr, made: set[str]) -> bool:
    """Whether it is botocore or boto3 that is called."""
    if not isinstance(function, ast.Attribute):
        return _name(function) in made
    of = function.value
    boto3 = isinstance(of, ast.Name) and of.id in ("boto3", "session")
    return function.attr in CREATE or (boto3 and function.attr in BOTO3)


def trim(data: Path, services: set[str]) -> None:
    """Leave in botocore's data folder what clients of these services read, and nothing else.

    A client reads the newest description of its service, and what is common to all.
    """
    prefixes = set()
    for folder in sorted(path for path in data.iterdir() if path.is_dir()):
        if folder.name not in services:
            shutil.rmtree(folder)
            continue
        *older, newest = sorted(path for path in folder.iterdir() if path.is_dir())
        for path in older:
            shutil.rmtree(path)
        (newest / NOTES).unlink(missing_ok=True)
        _trim_description(newest / DESCRIPTION)
        prefixes.add(_prefix(newest))
    _trim_endpoints(data / ENDPOINTS, prefixes)


def _prefix(folder: Path) -> str:
    """What endpoints.json calls a service."""
    with gzip.open(folder / DESCRIPTION) as file:
        return str(json.load(file)["metadata"]["endpointPrefix"])


def _trim_description(file: Path) -> None:
    """Leave out what only botocore's documentation reads: three quarters of what clients parse."""
    whole: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()))
    # Others, such as the parameters of a client's context, must have theirs.
    whole |= {part: _undocumented(whole.get(part, {})) for part in ("operations", "shapes")}
    text = json.dumps(whole, separators=(",", ":"))
    file.write_bytes(gzip.compress(text.encode(), mtime=0))


def _undocumented(value: Any) -> Any:
    """A description without its texts; a member may have the same name, but is no text."""
    if isinstance(value, list):
        return [_undocumented(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _undocumented(one)
        for name, one in value.items()
        if not (name == "documentation" and isinstance(one, str))
    }


def _trim_endpoints(file: Path, prefixes: set[str]) -> None:
    """Leave the endpoints of these services: every new process parses the whole file."""
    whole: dict[str, Any] = json.loads(file.read_bytes())
    for partition in whole["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in services if name in prefixes}
    file.write_text(json.dumps(whole, separators=(",", ":")))
