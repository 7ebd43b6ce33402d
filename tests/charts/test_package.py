"""What goes to Lambda draws on Lambda's processor, whatever this machine has."""

import sys
from dataclasses import replace

import pytest

from tests.engines import ROOT
from tools import stages
from tools.deploy import dependencies


@pytest.mark.slow
@pytest.mark.timeout(300)  # they are fetched once
@pytest.mark.parametrize(("architecture", "machine"), [("x86_64", 62), ("arm64", 183)])
def test_what_makes_png_is_packaged_for_the_architecture(architecture: str, machine: int) -> None:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    stage = replace(stages.read("dev"), python=python, architecture=architecture)
    site = dependencies.fetched(stage, ROOT)
    (native,) = site.glob("resvg_py/*.so")
    head = native.read_bytes()[:20]
    assert head[:4] == b"\x7fELF"
    assert int.from_bytes(head[18:20], "little") == machine  # e_machine
