"""docs/users.md, followed to the letter in a copy of the project."""

import re
from pathlib import Path

import pytest

from tests.engines import ROOT
from tests.test_add_a_resource import Reader, blocks, reader

DOCUMENT = ROOT / "docs/users.md"
TOUCHED = ["tests/contract", "tests/test_docs.py", "tests/openapi", "tests/test_seed.py"]

__all__ = ["reader"]  # the fixture
pytestmark = [pytest.mark.slow, pytest.mark.users, pytest.mark.timeout(600)]


def test_the_document_to_the_letter(reader: Reader) -> None:
    for block in blocks(DOCUMENT):
        if block.language == "diff":
            reader.follow(block)
    readme = reader.clone.text("README.md")
    sent = re.sub(r'("email": "[^"]+")}', r'\1, "city": "London"}', readme)
    shown = re.sub(r'("email":"[^"]+")', r'\1,"phone":null,"city":"London"', sent)
    reader.clone.write("README.md", shown)
    assert reader.clone.python("tools.openapi") == "Changed docs/openapi.json.\n"
    reader.clone.python("ruff", "format", "--check", "chalicelib", "tests", "tools")
    quick = ["--target", "moto", "-m", "not slow", "-n", "2", "-k", "not wares"]
    assert "passed" in reader.clone.python("pytest", "-q", *quick, *TOUCHED)


def test_what_was_forgotten_is_one_line(reader: Reader) -> None:
    model = next(block for block in blocks(DOCUMENT) if block.language == "diff")
    reader.follow(model)
    done = reader.clone.run(str(Path(reader.clone.folder) / ".venv/bin/pytest"), "tests/unit")
    assert done.returncode == 4
    assert "tests/resources/users.py: members lacks city, phone; " in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
