"""Where the issuer of a clone is: its port and key stay, and somebody serves it."""

import http.server
import json
import stat
import time
import urllib.request
from pathlib import Path
from threading import Thread

import pytest

from tests.engines import free_port
from tools.issuer import service, store
from tools.issuer.issuer import Issuer
from tools.issuer.server import Server
from tools.local import ports

ENVIRON = {"APP_NAME": "books"}


def key_id(url: str) -> str:
    with urllib.request.urlopen(f"{url}/keys", timeout=5) as answer:
        return str(json.load(answer)["keys"][0]["kid"])


def test_the_key_is_its_owners_alone_and_stays(folder: Path) -> None:
    first = store.public(store.key())
    assert stat.S_IMODE((folder / store.KEY).stat().st_mode) == 0o600
    assert store.public(store.key()) == first
    assert [file.name for file in folder.iterdir()] == [store.KEY], "no draft is left"


def test_a_port_that_is_free_is_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setattr(service, "PORT", port)
    first = service.issuer(ENVIRON)
    assert service.issuer(ENVIRON).url == first.url
    assert first.url == f"http://127.0.0.1:{port}"
    assert first.settings == {
        "AUTH_ISSUER": first.url,
        "AUTH_AUDIENCE": "books",
        "AUTH_CLIENT_ID": "pages",
    }
    monkeypatch.setattr(service, "PORT", free_port())
    assert service.issuer(ENVIRON).url == first.url, "it was noted"


def test_what_a_stage_names_is_taken() -> None:
    given = {"AUTH_AUDIENCE": "one, two", "AUTH_CLIENT_ID": "spa"}
    found = service.issuer(ENVIRON | given)
    assert (found.audiences, found.client_id) == (("one", "two"), "spa")


class Stranger(http.server.BaseHTTPRequestHandler):
    """Another clone's issuer."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"keys": [{"kid": "another"}]}')

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_port_that_was_taken_is_changed_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as stranger:
        Thread(target=stranger.serve_forever, args=(0.01,), daemon=True).start()
        store.FOLDER.mkdir()
        store.keep_port(stranger.server_port)
        found = service.issuer(ENVIRON)
        stranger.shutdown()
    assert found.url != f"http://127.0.0.1:{stranger.server_port}"
    said = capsys.readouterr()
    port = found.url.rpartition(":")[2]
    assert said.out == ""
    assert said.err == (
        f"Port {stranger.server_port} is taken: the local issuer is now on {port}, "
        "and no token from before is accepted any more.\n"
    )
    assert service.issuer(ENVIRON).url == found.url


@pytest.mark.parametrize("text", ["", "x", "-1", "99999999"])
def test_a_note_that_makes_no_sense_is_none(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PORT", free_port())
    store.FOLDER.mkdir()
    (store.FOLDER / store.PORT).write_text(text)
    assert service.issuer(ENVIRON).url == f"http://127.0.0.1:{service.PORT}"


def test_the_next_one_follows_where_who_served_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PORT", free_port())
    monkeypatch.setattr(service, "LOOK_SECONDS", 0.01)
    first = service.issuer(ENVIRON)
    with Server(first) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        second: Issuer = service.begin(ENVIRON)
        assert second.url == first.url
        kid = key_id(first.url)
        server.shutdown()
    deadline = time.monotonic() + 5
    while ports.free(service.PORT):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert key_id(first.url) == kid
