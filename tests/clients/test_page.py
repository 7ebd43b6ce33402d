"""docs/clients.md shows the examples as they stand."""

import re

import pytest

from tests.engines import ROOT

BLOCKS = re.findall(r"(?ms)^```(tsx?)\n(.*?)^```$", (ROOT / "docs/clients.md").read_text())


@pytest.mark.users
def test_it_quotes_what_is_there() -> None:
    examples = [path.read_text() for path in (ROOT / "examples/typescript").glob("*.ts*")]
    assert len(BLOCKS) == 6
    for _, text in BLOCKS:
        assert any(text in example for example in examples), f"not in an example:\n{text}"
