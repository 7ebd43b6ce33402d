"""`make export`: whole, patient, and gone on with wherever it was killed."""

import fcntl
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from tqdm import tqdm

from chalicekit.operation import LINES_TYPE
from tests.contract.client import Api
from tests.engines import ROOT
from tests.export.lists import Answer, List, problem, serving
from tests.resources import Json
from tests.serving import serving as app_served
from tests.targets import Target
from tools import files
from tools.export import output
from tools.export.__main__ import main
from tools.export.walk import walk
from tools.refusals import Refusal


@pytest.fixture
def listed() -> Iterator[List]:
    with serving(List(count=50, size=7)) as served:
        yield served


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOKEN", raising=False)


def export(of: List, *more: str) -> None:
    main(["--url", of.url, *more])


def ids(file: str = "users.ndjson") -> list[str]:
    return [json.loads(line)["id"] for line in Path(file).read_text().splitlines()]


def every(of: List, segments: int = 4) -> Counter[str]:
    return Counter(f"{n}-{number}" for n in range(segments) for number in range(of.count))


def alone() -> bool:
    return [path.name for path in Path().iterdir()] == ["users.ndjson"]


def test_each_item_once(
    listed: List, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "Bearer abc")
    Path("users.ndjson").write_text("an older one")
    export(listed)
    assert Counter(ids()) == every(listed)
    assert alone()
    assert len(listed.asked) == 4 * 8
    assert {(q["accept"], q["token"], q["path"]) for q in listed.asked} == {
        ("application/x-ndjson", "Bearer abc", "/users")
    }
    size = Path("users.ndjson").stat().st_size
    told = capsys.readouterr().out
    assert re.fullmatch(rf"users\.ndjson: 200 items, {size / 1e6:.1f} MB, [0-9]+ s\.\n", told)


def test_one_segment_names_none(listed: List) -> None:
    export(listed, "--segments", "1", "--out", "all.ndjson", "--resource", "v1/users")
    assert Counter(ids("all.ndjson")) == every(listed, 1)
    assert all("segment" not in query for query in listed.asked)
    assert {query["path"] for query in listed.asked} == {"/v1/users"}


def test_an_empty_list(listed: List) -> None:
    listed.count = 0
    export(listed)
    assert ids() == []
    assert alone()


@pytest.mark.in_process
def test_this_api(target: Target) -> None:
    resource = target.resources[0]
    api = Api(target, resource)
    api.empty()
    made = [api.made() for _ in range(30)]
    with app_served(target) as url:
        main(["--url", url, "--segments", "3", "--resource", resource.table])
    shown = [json.loads(line) for line in Path(f"{resource.table}.ndjson").read_text().splitlines()]
    assert sorted(shown, key=str) == sorted(made, key=str)


class Waits:
    """An event that nothing waits for."""

    def __init__(self, waited: list[float]) -> None:
        self.wait, self.set, self.is_set = waited.append, lambda: None, lambda: False


def test_it_waits_as_long_as_it_is_told(listed: List, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("tools.export.lines.Event", lambda: Waits(waited))
    wrong: dict[int, Answer] = {
        2: problem(429, "too_many_requests", Retry_After="7"),
        3: problem(503, "throttled", Retry_After="2"),
        4: problem(504, "timed_out"),
        6: (200, {"Content-Type": "application/x-ndjson", "Content-Length": "900"}, b'{"id"'),
        7: (503, {}, b"<html>"),
    }
    listed.fault = lambda nth, _query: wrong.get(nth)
    export(listed, "--segments", "1")
    assert Counter(ids()) == every(listed, 1)
    assert waited == [7, 2, 2.0, 0.5, 1.0]


def lined(lines: bytes, link: str = "") -> Answer:
    return 200, {"Content-Type": LINES_TYPE} | ({"Link": link} if link else {}), lines


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (problem(401, "unauthorized"), "/users: 401 unauthorized: give TOKEN= one whose scopes"),
        (problem(403, "forbidden"), "/users: 403 forbidden: give TOKEN= one whose scopes"),
        (problem(404, "route_not_found"), "404 route_not_found: RESOURCE= and URL= name no list."),
        (problem(400, "cursor_invalid", "cursor"), "delete OUT.state to begin anew."),
        (problem(400, "invalid_query", "segment"), "segment: Wrong. It is read from an index: "),
        ((500, {}, b'{"code":"odd","errors":null}'), "/users: 500 odd"),
        ((400, {}, b'{"code":"odd","errors":{"parameter":7}}'), "/users: 400 odd"),
        (problem(500, "internal_error"), "/users: 500 internal_error urn:request:7"),
        (problem(503, "throttled", Retry_After="301"), "does not answer (503): try again later."),
        ((200, {"Content-Type": "application/json"}, b"{}"), "gives application/json and no "),
        (lined(b'{"id'), "it is no list."),
        (lined(b"{}\nnull\n{}\n"), "lines that are no JSON objects: it is no list."),
        (lined(b"\n"), "lines that are no JSON objects: it is no list."),
        (lined(b"{}\n", '<http://[>; rel="next"'), "its Link has no cursor that leads there."),
        (lined(b"{}\n", "</users?cursor=>; rel=next"), "its Link has no cursor that leads there."),
        (lined(b"{}\n", '</users?cursor=14>; rel="next"'), "gives the same cursor again"),
        ((500, {}, b"[" * 200_000), "/users: 500"),
        ((500, {}, b'{"code":{"a":7},"instance":["b"]}'), "/users: 500"),
        ((500, {}, b'{"code":"\\u001b[2J\\u202eodd"}'), "/users: 500 \ufffd[2J\ufffdodd"),
        ((500, {}, b'{"code":"%s"}' % (b"x" * 301)), f"/users: 500 {'x' * 300}…"),
        ((302, {"Location": "http://example.org"}, b""), "/users: 302"),
    ],
    ids=str,
)
def test_what_ends_it_is_one_line_and_it_goes_on(
    listed: List, fault: Answer, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    listed.fault = lambda nth, _query: fault if nth == 3 else None
    with pytest.raises(Refusal) as refused:
        export(listed, "--segments", "1")
    assert told in str(refused.value)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 400
    assert not Path("users.ndjson").exists()
    assert len(listed.asked) == 3
    listed.fault = lambda _nth, _query: None
    export(listed, "--segments", "1")
    assert ids() == [*every(listed, 1)]
    assert len(listed.asked) == 3 + 8 - 2
    assert capsys.readouterr().out.startswith("Going on behind 14 items.\n")
    assert alone()


def test_nobody_there() -> None:
    with pytest.raises(Refusal, match=r"does not answer \(NewConnection\)"):
        main(["--url", "http://127.0.0.1:9"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"--url": "users"},
        {"--url": "ftp://127.0.0.1"},
        {"--url": "http://["},
        {"--url": "http://127.0.0.1:99999"},
        {"--url": "http://127.0.0.1:9?x=1"},
        {"--url": "http://user:secret@127.0.0.1:9"},
        {"--segments": "0"},
        {"--segments": "1001"},
        {"--segments": "four"},
        {"--resource": "../users"},
        {"--resource": "users?x=1"},
        {"--out": "missing/users.ndjson"},
        {"--out": "."},
        {"--out": ".."},
        {"--out": "/"},
        {"--out": "x" * 300},
    ],
    ids=str,
)
def test_what_is_no_export(wrong: Json) -> None:
    given = {"--url": "http://127.0.0.1:9"} | wrong
    with pytest.raises(Refusal) as refused:
        main([text for pair in given.items() for text in pair])
    assert "secret" not in str(refused.value)
    assert not [*Path().iterdir()]


def test_a_folder_is_refused_before_anything_is_asked(listed: List) -> None:
    Path("users").mkdir()
    with pytest.raises(Refusal, match="OUT=users is a folder: give the name of a file"):
        export(listed, "--out", "users")
    assert not listed.asked
    assert [path.name for path in Path().iterdir()] == ["users"]


def test_a_file_that_cannot_have_its_name(listed: List) -> None:
    """A folder takes the name meanwhile: all that was read is kept."""
    listed.fault = lambda nth, _query: Path("users.ndjson").mkdir() if nth == 1 else None
    with pytest.raises(Refusal, match=r"users\.ndjson cannot be written: Is a directory"):
        export(listed)
    Path("users.ndjson").rmdir()
    asked = len(listed.asked)
    export(listed)
    assert Counter(ids()) == every(listed)
    assert len(listed.asked) == asked


def test_what_kept_nothing_leaves_nothing(listed: List) -> None:
    listed.fault = lambda _nth, _query: problem(400, "invalid_query", "segment")
    with pytest.raises(Refusal, match="give SEGMENTS=1"):
        export(listed)
    assert not [*Path().iterdir()]


def test_a_state_without_lines_hinders_no_other_export(listed: List) -> None:
    """One of its segments was empty, and then it was killed."""
    first = output.Output(Path("users.ndjson"), {"url": f"{listed.url}/wares", "segments": 4})
    first.take(0, b"", None)
    first.close()
    assert json.loads(Path("users.ndjson.state").read_text())["bytes"] == 0
    export(listed, "--segments", "1")
    assert ids() == [*every(listed, 1)]
    assert alone()


@pytest.mark.parametrize("done", [True, False])
def test_stopped(
    listed: List, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], done: bool
) -> None:
    """By Ctrl-C: where all was there already, that is the end, and no failure."""

    def stopped(api: object, output: object, segments: int) -> None:
        if done:
            walk(api, output, segments)  # type: ignore[arg-type]  # handed on
        raise KeyboardInterrupt

    monkeypatch.setattr("tools.export.__main__.walk", stopped)
    if done:
        export(listed)
        assert capsys.readouterr().out.startswith("users.ndjson: 200 items, ")
        assert Counter(ids()) == every(listed)
        assert alone()
    else:
        with pytest.raises(Refusal, match="Stopped: the same command goes on from here"):
            export(listed)


@pytest.mark.parametrize(
    "link",
    [
        '</users>; rel="prev", <{}>; title="more"; rel="next"',
        "</users?cursor=0>; rel=first,<{}>;rel=next",
        '<{}>; REL="last Next", </users?cursor=0>; rel="next"',
    ],
)
def test_of_several_links_the_next_one_counts(listed: List, link: str) -> None:
    listed.link = link
    export(listed)
    assert Counter(ids()) == every(listed)


def test_another_export_is_not_gone_on_with(listed: List) -> None:
    listed.fault = lambda nth, _query: problem(500, "internal_error") if nth == 9 else None
    with pytest.raises(Refusal):
        export(listed)
    listed.fault = lambda _nth, _query: None
    with pytest.raises(Refusal, match=r"is of another export \(.*/users, SEGMENTS=4\)"):
        export(listed, "--segments", "2")
    os.truncate("users.ndjson.part", 1)
    with pytest.raises(Refusal, match=r"shorter than .* says: delete both"):
        export(listed)
    Path("users.ndjson.state").write_text("{")
    with pytest.raises(Refusal, match="cannot be read: delete it"):
        export(listed)
    Path("users.ndjson.state").unlink()
    export(listed)
    assert Counter(ids()) == every(listed)


def test_one_export_at_a_time(listed: List) -> None:
    first = output.Output(Path("users.ndjson"), {"url": f"{listed.url}/users", "segments": 4})
    with pytest.raises(Refusal, match=r"Another export is writing users\.ndjson\.part\."):
        export(listed)
    first.close()
    export(listed)


def test_what_another_export_has_just_finished_is_not_cut(
    listed: List, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends between this one's opening of the part and its lock: what is locked is the file."""
    first = output.Output(Path("users.ndjson"), {"url": f"{listed.url}/users", "segments": 4})
    for segment in range(4):
        first.take(segment, b'{"id":"7"}\n', None)

    def lock(opened: object, how: int, flock: Callable[..., None] = fcntl.flock) -> None:
        first.close()
        flock(opened, how)

    monkeypatch.setattr(fcntl, "flock", lock)
    with pytest.raises(Refusal, match=r"Another export has just finished users\.ndjson\."):
        export(listed)
    assert ids() == ["7"] * 4
    assert alone()


def test_its_bar_is_over_the_segments(
    listed: List, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = partial(tqdm, ascii=True, mininterval=0)
    monkeypatch.setattr(
        "tools.export.walk.tqdm", lambda **given: shown(**given | {"disable": False})
    )
    export(listed)
    told = capsys.readouterr().err.split("\r")
    assert "| 0/4 segments [" in told[1]
    assert re.search(
        r"100%.*\| 4/4 segments \[00:0\d, 200 items, 0\.0 MB, \d+\.\d MB/s\]", told[-1]
    )


class Killed(BaseException):
    """Where it stands, it ends."""


@pytest.mark.parametrize("last", range(28))
def test_killed_between_any_two_steps(
    listed: List, last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step that changes a file, in turn, is the last one; then the same command goes on."""
    listed.count, listed.size = 9, 4
    steps = iter(range(last))

    def dying(act: object) -> object:
        def step(*given: object, **more: object) -> object:
            if next(steps, None) is None:
                raise Killed
            return act(*given, **more)  # type: ignore[operator]  # whatever it is

        return step

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", dying(os.fsync))
        patch.setattr(files, "replace", dying(files.replace))
        patch.setattr(output.Output, "close", lambda self: died(self, dying))
        try:
            export(listed)
            survived = True
        except Killed:
            survived = False
    if not survived:
        export(listed)
    assert Counter(ids()) == every(listed)
    assert alone()
    assert survived == (last >= 2 * 12 + 2)


def died(self: output.Output, dying: object) -> None:
    """A killed process neither renames nor tells; what it wrote is there, uncounted or not."""
    opened, self._opened = self._opened, None
    assert opened
    opened.close()
    for act in () if self.left else (lambda: self._part.replace(self._file), self._state.unlink):
        dying(act)()  # type: ignore[operator]  # see above


@pytest.mark.slow
def test_killed_at_any_moment(listed: List, tmp_path: Path) -> None:
    """SIGKILL, again and again."""
    listed.count, listed.size, listed.blob = 400, 5, "x" * 2000

    def slow(_nth: int, _query: Json) -> None:
        time.sleep(0.004)

    listed.fault = slow
    chance = random.Random(8)
    command = [sys.executable, "-m", "tools.export", "--url", listed.url]
    command += ["--out", str(tmp_path / "users.ndjson")]
    ended = []
    for _ in range(6):
        running = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        try:
            running.wait(chance.uniform(0.3, 0.8))
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
        ended.append(running.wait())
        if not ended[-1]:
            break
    else:
        subprocess.run(command, cwd=ROOT, check=True, timeout=60)
    assert ended.count(-signal.SIGKILL) >= 2
    assert Counter(ids()) == every(listed)


@pytest.mark.slow
def test_memory_is_flat(listed: List, tmp_path: Path) -> None:
    """Of ten times as much, it takes no more: an answer a segment is all that it holds."""
    listed.size, listed.blob = 20, "x" * 100_000

    def most(count: int) -> int:
        listed.count = count
        code = (
            "import resource, sys; from tools.export.__main__ import main; main(sys.argv[1:]); "
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        given = ["--url", listed.url, "--out", str(tmp_path / f"{count}.ndjson")]
        done = subprocess.run(
            [sys.executable, "-c", code, *given], cwd=ROOT, capture_output=True, check=True
        )
        return int(done.stdout.split()[-1])

    few, many = most(20), most(200)
    assert (tmp_path / "200.ndjson").stat().st_size > 80_000_000
    assert many < few * 1.25
