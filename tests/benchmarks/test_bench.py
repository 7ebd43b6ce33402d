"""make bench measures what does the work, on equal terms, and tells it as it was."""

import re
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks.bench import peers, plot, report, run, work
from benchmarks.bench.build import Built
from benchmarks.bench.measure import Figures
from tests.engines import ROOT
from tools.deploy import dependencies

BARE, *_, THIS = peers.PEERS
# Does the work in memory.
RIGHT = """
import json, uuid
USERS = {"8f507cfc-9d35-4cd7-9f0e-1b5a5c2f%04d" % n: None for n in range(50)}
def user(id, n):
    email = "ada%02d@example.org" % n
    return {"id": id, "name": "Ada Lovelace the %02dth" % n, "email": email,
            "created_at": "2026-11-20T14:40:11.902Z"}
ALL = [user(id, n) for n, id in enumerate(USERS)]
TAKEN = set()
def answer(status, body):
    return {"statusCode": status, "body": json.dumps(body)}
def handler(event, context):
    if event["httpMethod"] == "POST":
        given = json.loads(event["body"])
        name, email = given["name"], given.get("email", "")
        if not 1 <= len(name) <= 100 or "@" not in email:
            return answer(422, {})
        if email in TAKEN:
            return answer(409, {})
        TAKEN.add(email)
        return answer(201, given | {"id": str(uuid.uuid4()), "created_at": "now"})
    if event["resource"] == "/users/{id}":
        found = [user for user in ALL if user["id"] == event["pathParameters"]["id"]]
        return answer(200, found[0]) if found else answer(404, {})
    limit = int(event["queryStringParameters"]["limit"])
    return answer(200, {"items": ALL[:limit], "next_cursor": "20"}) if limit else answer(400, {})
"""
FAULTS = {
    "another user": ("found[0]", "found[0] | {'name': 'Grace'}"),
    "overwrites": ("email in TAKEN", "email == 0"),
    "a name too long is taken": ("<= 100", "<= 101"),
    "a page too short": ("ALL[:limit]", "ALL[:19]"),
    "a limit of 0": ("if limit else answer(400, {})", ""),
    "crashes": ("import json, uuid", "import json, uuid, nothing"),
}


@pytest.fixture
def handled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Built:
    """A handler in a folder of its own, run by the Python of the tests."""
    monkeypatch.setattr(run, "python", lambda: Path(sys.executable))
    monkeypatch.setattr(run, "FOLDER", tmp_path)
    (tmp_path / "app.py").write_text(RIGHT)
    return Built(BARE, True, (tmp_path,), 0, 0)


def test_what_does_the_work_may_be_measured(handled: Built) -> None:
    assert work.check(handled, "http://127.0.0.1:9") == {"get": "", "list": "", "post": ""}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_is_refused(handled: Built, fault: str) -> None:
    (handled.path[0] / "app.py").write_text(RIGHT.replace(*FAULTS[fault]))
    with pytest.raises(work.WrongAnswer, match="bare is not measured"):
        work.check(handled, "http://127.0.0.1:9")


def test_a_fork_leaves_the_process_as_it_was(handled: Built) -> None:
    """So that what is counted of one operation is no part of the next."""
    twice = work.post(handled, {"name": "Grace", "email": "grace@example.org"})
    with run.Process(handled, {}) as process:
        # Nothing counts here: the file that valgrind would write is not there.
        with pytest.raises(FileNotFoundError):
            process.count([twice])
        assert [process.ask(twice)["statusCode"] for _ in range(2)] == [201, 409]


def test_some_peers_are_chosen_with_the_one_that_all_are_compared_to() -> None:
    assert [peer.name for peer in peers.chosen("this, flask")] == ["bare", "flask", "this"]
    assert peers.chosen("") == [*peers.PEERS]
    with pytest.raises(LookupError, match="django"):
        peers.chosen("bare,django")


@pytest.mark.parametrize("peer", peers.PEERS[:-1], ids=lambda peer: peer.name)
def test_peers_are_pinned_and_have_our_versions_of_what_we_use(peer: peers.Peer) -> None:
    if not peer.python:
        lock = (peer.source / "package-lock.json").read_text()
        assert "resolved" not in lock
        assert not re.search(r'": "[\^~]', (peer.source / "package.json").read_text())
        return
    ours = dependencies.pins(ROOT)
    theirs = dependencies.pins(peer.source)  # refuses what has no exact version
    assert theirs == theirs | {name: ours[name] for name in theirs.keys() & ours.keys()}


def figures() -> tuple[Figures, Figures, Figures]:
    bare = Figures(
        Built(BARE, True, (), 3 * 2**20, 2**23),
        {"get": "1 GetItem", "post": "2 PutItem", "list": "1 Scan"},
        cold=1e9,
        warm={"get": 4e6, "post": 5e6, "list": 8e6},
        milliseconds=[100, 200, 300],
        peak=[40, 41, 42],
        warm_milliseconds=[1, 2, 3],
    )
    this = replace(
        bare,
        built=Built(THIS, True, (), 2**21, 2**22),
        cold=8e8,
        warm={"get": 3e6, "post": 5e6, "list": 9e6},
        milliseconds=[120, 240, 360],
    )
    plain = replace(bare, built=Built(BARE, False, (), 2**20, 2**20), cold=3e9, warm={})
    return bare, this, plain


def test_the_table_has_ratios_to_the_bare_handler_and_the_quickest_first() -> None:
    cold, warm = report.table(figures()).split("\n\n")
    bare = "| bare handler, boto3 client"
    assert cold.splitlines()[2:] == [
        "| this project | 800 | 0.80 | 240 (180 to 300) | 1.20 | 41 | 2.0 | 4.0 |",
        f"{bare} | 1,000 | 1.00 | 200 (150 to 250) | 1.00 | 41 | 3.0 | 8.0 |",
        f"{bare}, no .pyc | 3,000 | 3.00 | 200 (150 to 250) | 1.00 | 41 | 1.0 | 1.0 |",
    ]
    asked = "2.00 (1.50 to 2.50) | 1 GetItem, 2 PutItem, 1 Scan |"
    assert warm.splitlines()[2:] == [
        f"| this project | 3.00 (0.75) | 5.00 (1.00) | 9.00 (1.12) | {asked}",
        f"{bare} | 4.00 (1.00) | 5.00 (1.00) | 8.00 (1.00) | {asked}",
    ]


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    bare, *_ = every = figures()
    root = ET.fromstring(plot.draw(every, bare))
    bars = root.findall("{*}rect")[1:]  # behind the ground
    lengths = [float(bar.attrib["width"]) for bar in bars]
    assert [round(one / lengths[2], 2) for one in lengths[:3]] == [0.27, 0.33, 1.0]
    assert round(lengths[3] / lengths[4], 2) == 0.75
