"""What happens where the local AWS, or its folder, is taken away while it runs."""

import shutil
from contextlib import suppress

import requests

from tests.running.clone import ADA, Clone, Server, until


def test_a_local_aws_that_was_killed_or_deleted_is_started_again(clone: Clone) -> None:
    server = clone.make().serving()
    aws = clone.aws()
    clone.kill(aws["pid"])
    until(lambda: _names(server) == [], 15, lambda: server.output)
    assert clone.aws()["url"] == aws["url"]
    again = clone.aws()["pid"]

    server.post(**ADA)
    state = clone.folder / ".local/state/dynamodb.json"
    until(lambda: state.exists() and "ada@example.com" in state.read_text())
    # At once: deleting it file by file may meet one that is just being written.
    (clone.folder / ".local").rename(clone.folder / ".local-was")
    shutil.rmtree(clone.folder / ".local-was", ignore_errors=True)
    until(lambda: _names(server) == [], 15, lambda: server.output)
    until(lambda: server.output.count("The local AWS had ended: it is started again") == 2)
    until(lambda: again not in clone.processes())
    server.ctrl_c()
    server.wait()
    until(clone.ended)


def _names(server: Server) -> list[str]:
    with suppress(requests.ConnectionError, KeyError):
        return server.names()
    return ["nothing yet"]


def test_what_does_not_match_is_not_served(clone: Clone) -> None:
    tables = clone.folder / "infra/data.json"
    tables.write_text(tables.read_text().replace('"IndexName": "created_at"', '"IndexName": "new"'))
    line = "infra/data.json: UsersTable lacks the index created_at (_table, created_at)."
    made = clone.make()
    assert made.wait() != 0
    assert made.output.splitlines()[0] == line
    plain = clone.chalice("--no-autoreload")
    assert plain.wait() == 1
    assert plain.output.splitlines() == [line]
