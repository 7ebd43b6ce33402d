"""The greedy route that the project has as an example, on every target."""

from tests.contract.paths import Echo, asking, unlike
from tests.targets import Target


def test_it_is_answered_alike_everywhere(target: Target) -> None:
    assert unlike(Echo("/welcome").table(), target.name, asking(target)) == {}
