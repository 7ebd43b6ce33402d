"""The app behind a real port, in this process, where it asks for tokens."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.issuing import Issuing
from tests.serving import serving
from tests.targets import Target, forget, moto


class Guarded(NamedTuple):
    """Where it is, whose tokens it takes, and its tables."""

    url: str
    issuer: Issuing
    target: Target


@contextmanager
def guarded(directory: Path) -> Iterator[Guarded]:
    with (
        Issuing() as issuer,
        pytest.MonkeyPatch.context() as patch,
        moto(directory) as target,
        serving(target) as url,
    ):
        for name, value in issuer.settings.items():
            patch.setenv(name, value)
        forget()
        yield Guarded(url, issuer, target)
        patch.undo()
        forget()
