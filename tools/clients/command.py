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
# A member with a default may be left out of a request; an object without members is any object.
OPTIONS = ("--default-non-nullable=false", "--empty-objects-unknown")


def main() -> None:
    """Write both files. Raises Refusal."""
    parser = argparse.ArgumentParser(prog="make client")
    parser.add_argument(
        "--url", default="", help="the address of a running API; this one's by itself"
    )
    given = parser.parse_args()
    described = document.of(given.url) if given.url else document.of_this()
    try:
        files_made = made(described)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Refusal(f"No client can be made of that document: {error!r}") from None
    for path, text in files_made.items():
        files.replace(document.ROOT / path, text)
        print(f"Wrote {path}.")


def made(described: document.Json) -> dict[Path, str]:
    """What `make client` writes, by path."""
    collection = json.dumps(postman.collection(described), indent=2, ensure_ascii=False)
    return {TYPES: types(described), COLLECTION: f"{collection}\n"}


def types(described: document.Json) -> str:
    """The document as TypeScript."""
    folder = programs.installed(document.ROOT / TYPES.parent)
    with TemporaryDirectory() as directory:
        source, target = Path(directory, "openapi.json"), Path(directory, "schema.d.ts")
        source.write_text(json.dumps(described))
        programs.run(folder, "openapi-typescript", str(source), "--output", str(target), *OPTIONS)
        return target.read_text()
