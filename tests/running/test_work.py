"""While it runs: edits, right and wrong, and faults on purpose."""

import time
from contextlib import suppress

import requests

from tests.running.clone import ADA, Clone, Server, until


def test_an_edit_reloads_keeps_the_data_and_may_be_wrong(clone: Clone) -> None:
    server = clone.make().serving()
    server.post(**ADA)
    ministack = clone.aws()["pid"]
    home = clone.folder / "chalicelib/home.py"
    good = home.read_text()

    home.write_text(good.replace('"ok"', '"edited"'))
    until(lambda: _status(server) == "edited", told=lambda: server.output)
    assert server.names() == ["Ada"]
    assert clone.aws()["pid"] == ministack

    home.write_text(good + "\ndef broken(:\n")
    until(lambda: "SyntaxError" in server.output)
    home.write_text(good + "\nbroken\n")
    until(lambda: "NameError" in server.output)
    tables = clone.folder / "infra/data.json"
    whole = tables.read_text()
    tables.write_text(whole[:-9])
    until(lambda: "infra/data.json: Expecting" in server.output)
    tables.write_text(whole)
    until(lambda: server.output.count("NameError") == 2)  # the other one is still there
    assert _status(server) == "edited"
    assert server.output.count("Not reloaded") == 4

    home.write_text(good)
    until(lambda: _status(server) == "ok", told=lambda: server.output)
    assert server.names() == ["Ada"]
    assert "Exception in thread" not in server.output

    state = clone.folder / ".local/state/dynamodb.json"
    until(state.exists)
    server.post(**ADA | {"id": "bo", "name": "Bo", "email": "bo@example.com"})
    until(lambda: "bo@example.com" in state.read_text())
    time.sleep(1)  # Chalice's own watcher would have seen the file by now.
    assert server.output.count("Reloading") == 2


def _status(server: Server) -> str:
    with suppress(requests.ConnectionError):
        status: str = server.get("/health").json()["status"]
        return status
    return ""


def test_latency_and_errors_are_injected(clone: Clone) -> None:
    server = clone.make("LATENCY=300", "ERRORS=100")
    until(lambda: "Serving on" in server.output, 30, lambda: server.output)
    begun = time.monotonic()
    answer = requests.post(
        f"{server.url}/users", json=ADA, headers={"Origin": "http://localhost:5173"}, timeout=10
    )
    assert time.monotonic() - begun >= 0.3
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:5173"
    preflight = requests.options(
        f"{server.url}/users",
        headers={"Origin": "http://localhost:5173", "Access-Control-Request-Method": "POST"},
        timeout=10,
    )
    assert preflight.status_code == 204
    server.ctrl_c()
    server.wait()

    wrong = clone.make("ERRORS=many")
    wrong.wait()
    assert "ERRORS=many: give a number from 0 to 100." in wrong.output
