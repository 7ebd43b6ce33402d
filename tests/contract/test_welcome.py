"""The greedy route that the project has as an example, on every target."""

import json
from urllib.parse import urlsplit

import pytest

from tests.contract.paths import Echo, asking, unlike
from tests.serving import serving
from tests.targets import Target
from tests.test_framing import HEAD, parsed
from tests.test_framing import send as send_raw


def test_it_is_answered_alike_everywhere(target: Target) -> None:
    assert unlike(Echo("/welcome").table(), target.name, asking(target)) == {}


@pytest.mark.in_process
def test_a_target_ends_at_a_space_alone(target: Target) -> None:
    """Over a socket: what no URL may hold is encoded, white space of Latin-1 as any other."""
    targets = {
        b"/welcome/\xc3\xa0": "/welcome/%C3%A0",
        b"/welcome/\x85/\xa0": "/welcome/%85/%A0",
        b"/welcome/a\x1cb\t\x0b\rc\x7f": "/welcome/a%1Cb%09%0B%0Dc%7F",
        b"/welcome/%c3%A9\xff?\xa0": "/welcome/%c3%A9%FF",
        b"http://x/welcome/\xa0": "/welcome/%A0",
    }
    with serving(target) as url:
        parts = urlsplit(url)
        address = str(parts.hostname), parts.port or 0
        for sent, path in targets.items():
            request = b"GET " + sent + b" HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n"
            assert json.loads(parsed(send_raw(address, request)).body)["path"] == path
