"""`make client`: what a frontend is given of this API, made from its OpenAPI document.

examples/typescript/schema.d.ts: the types of every operation, by openapi-typescript
examples/postman/collection.json: a request for each operation, for Postman, Bruno and newman
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from tools import files
from tools.clients import document, postman, programs
from tools.refusals import Refusal

TYPES = Path("examples/typescript/schema.d.ts")
COLLECTION = Path("examples/postman/collection.json")
PROGRAM = "openapi-typescript"
# A member with a default may be left out of a request; an object without members is any object.
OPTIONS = ("--default-non-nullable=false", "--empty-objects-unknown")


def main() -> None:
    """Write both files. Raises Refusal."""
    parser = argparse.ArgumentParser(prog="make client")
    parser.add_argument(
        "--url", default="", help="the address of a running API; this one's by itself"
    )
    parser.add_argument(
        "--installed", action="store_true", help="only what needs nothing from the network"
    )
    given = parser.parse_args()
    described = document.of(given.url) if given.url else document.of_this()
    try:
        files_made = made(described, installed=given.installed)
        for text in files_made.values():
            text.encode()  # JSON may hold half of a surrogate pair
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Refusal(f"No client can be made of that document: {error!r}") from None
    for path, text in files_made.items():
        file = document.ROOT / path
        changed = not file.exists() or file.read_text("utf-8") != text
        files.replace(file, text)
        print(f"Changed {path}." if changed else f"{path} was right, and was left as it is.")


def made(described: document.Json, *, installed: bool = False) -> dict[Path, str]:
    """What `make client` writes, by path; `installed`: of it what needs no packages fetched."""
    collection = json.dumps(postman.collection(described), indent=2, ensure_ascii=False)
    files_made = {COLLECTION: f"{collection}\n"}
    if not installed or programs.there(document.ROOT / TYPES.parent, PROGRAM):
        files_made[TYPES] = types(described)
    return files_made


def types(described: document.Json) -> str:
    """The document as TypeScript."""
    folder = programs.installed(document.ROOT / TYPES.parent)
    with TemporaryDirectory() as directory:
        source, target = Path(directory, "openapi.json"), Path(directory, "schema.d.ts")
        source.write_text(json.dumps(described))
        programs.run(folder, PROGRAM, str(source), "--output", str(target), *OPTIONS)
        return target.read_text()
