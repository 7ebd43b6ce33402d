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

# How clients are made: botocore's own ways, and boto3's.
MAKERS = ("create_client", "create_nested_client", "_client_creator", "client_creator")
BOTO3 = ("client", "resource")
NOTES = "examples-1.json"  # only botocore's documentation reads them
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
        for name, line in _asked(root / path):
            if name is None:
                raise UnknownServiceError(
                    f"{path}, line {line}: write the service's name there, in quotes: "
                    "only what botocore needs for it is shipped."
                )
            if name not in known:
                raise UnknownServiceError(f"{path}, line {line}: botocore has no service {name}.")
            found.add(name)
    for module in packages.rglob("*.py"):
        found |= {name for name, _ in _asked(module) if name in known}
    return found


def _asked(path: Path) -> Iterator[tuple[str | None, int]]:
    """The services that a module makes clients of, and where; None is one that is not written."""
    source = path.read_bytes()
    if not any(maker.encode() in source for maker in (*MAKERS, *BOTO3)):
        return
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return  # of another version of Python: packages may bring such
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _maker(node.func):
            given = [*node.args, *(k.value for k in node.keywords if k.arg == "service_name")]
            texts = [each.value for each in given if isinstance(each, ast.Constant)]
            yield next((text for text in texts if isinstance(text, str)), None), node.lineno


def _maker(function: ast.expr) -> bool:
    """Whether what is called makes clients."""
    if isinstance(function, ast.Name):
        return function.id in MAKERS
    if not isinstance(function, ast.Attribute):
        return False
    of = function.value
    boto3 = isinstance(of, ast.Name) and of.id in ("boto3", "session")
    return function.attr in MAKERS or (boto3 and function.attr in BOTO3)


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
        prefixes.add(_prefix(newest))
    _trim_endpoints(data / ENDPOINTS, prefixes)


def _prefix(folder: Path) -> str:
    """What endpoints.json calls a service."""
    with gzip.open(folder / "service-2.json.gz") as file:
        return str(json.load(file)["metadata"]["endpointPrefix"])


def _trim_endpoints(file: Path, prefixes: set[str]) -> None:
    """Leave the endpoints of these services: every new process parses the whole file."""
    whole: dict[str, Any] = json.loads(file.read_bytes())
    for partition in whole["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in services if name in prefixes}
    file.write_text(json.dumps(whole, separators=(",", ":")))
