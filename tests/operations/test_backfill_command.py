"""`make backfill` as a process, on ministack: beside writers, killed, and given wrongly."""

import itertools
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chalicekit.call import Call
from chalicekit.failures import busy
from chalicekit.problems import Taken
from chalicekit.validation import Patch
from chalicelib.users import UserFields, users
from tests import engines
from tests.clone import Clone
from tests.operations.tables import Held, assert_sound
from tests.proxy import FAULTS, Answer, Asked, Proxy, Rule
from tests.targets import in_process
from tools.backfill import scan
from tools.refusals import Refusal

pytestmark = [pytest.mark.users, pytest.mark.slow]
STAGE = "dev"
SUCH_AS = ": give a time as created_at has it, such as 2026-11-20T12:00:00.000Z."
ONLY = ".chalice/config.json has only local, dev, prod"
COUNT = 150  # users that writers and the backfill work on at once


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[engines.Engine]:
    with engines.ministack(tmp_path_factory.mktemp("backfill"), stage=STAGE) as started:
        yield started


@pytest.fixture
def held(dev: engines.Engine) -> Held:
    found = Held(dev.client(), STAGE)
    found.clear()
    return found


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, dev: engines.Engine) -> Clone:
    made = Clone(tmp_path_factory.mktemp("clone") / "clone")
    made.env |= engines.CREDENTIALS | {"AWS_ENDPOINT_URL": dev.url, "AWS_REGION": engines.REGION}
    return made


def make(clone: Clone, *settings: str, **env: str) -> subprocess.CompletedProcess[str]:
    return clone.run("make", "-s", "backfill", f"STAGE={STAGE}", *settings, **env)


def refused(clone: Clone, *settings: str, **env: str) -> str:
    done = make(clone, *settings, **env)
    assert done.returncode != 0
    line, *rest = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert not rest, done.stderr
    return line


def fill(held: Held, count: int, **more: str) -> None:
    """Users written by hand."""
    for number in range(count):
        held.put("users", id=f"h{number}", name="Ada", email=f"{number}@example.org", **more)


def test_it_tells_what_it_did(clone: Clone, held: Held) -> None:
    fill(held, 3)
    held.put("users", id="other", name="Bob", email="1@Example.org")
    held.claim("users", "email", "gone@example.org", "gone")
    dry = make(clone, "DRY=1")
    assert dry.returncode == 2, "make's, for the command's 1: a duplicate remains"
    assert "Nothing was changed (DRY=1)." in dry.stdout
    assert not held.items("users")["h0"].keys() & {"etag", "_table"}
    done = make(clone, "CREATED_AT=2020-01-01T00:00:00.000Z")
    assert done.returncode == 2
    told = re.sub(r" +", " ", done.stdout)
    for line in ("3 claims taken", "1 claims freed", "1 duplicates", "4 users read"):
        assert f" {line}\n" in told
    assert re.search(r"users email: (h1 and other|other and h1)\n", told)
    assert "example.org" not in told
    held.client.delete_item(TableName=held.name("users"), Key={"id": {"S": "other"}})
    assert make(clone).returncode == 0
    assert_sound(held)
    assert not list((clone.folder / ".local").glob("backfill-*"))


def test_a_killed_run_goes_on(clone: Clone, held: Held) -> None:
    fill(held, 400)
    file = clone.folder / f".local/backfill-{STAGE}.json"
    command = [sys.executable, "-m", "tools.backfill", "--stage", STAGE, "--rate", "200"]
    process = subprocess.Popen(command, cwd=clone.folder, env=clone.env)
    deadline = time.monotonic() + 30
    while not file.exists() or len(json.loads(file.read_text())["segments"].get("users", ())) < 20:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.wait()
    before = json.loads(file.read_text())["done"]["users read"]
    assert 0 < before < 400
    assert len(held.claims()) < 400
    done = make(clone)
    assert done.returncode == 0
    assert "Going on where the last run ended." in done.stdout
    assert " 400  users read" in done.stdout
    assert not file.exists()
    assert_sound(held)


def test_ctrl_c_ends_it_in_a_line_and_it_goes_on(clone: Clone, held: Held) -> None:
    fill(held, 200)
    command = [sys.executable, "-m", "tools.backfill", "--stage", STAGE, "--rate", "50"]
    process = subprocess.Popen(
        command, cwd=clone.folder, env=clone.env, stderr=subprocess.PIPE, text=True
    )
    while not held.claims():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 1
    assert told.splitlines()[-1] == "Stopped: the same command goes on from here."
    assert make(clone).returncode == 0
    assert_sound(held)


def test_another_place_is_not_gone_on_from(clone: Clone, held: Held) -> None:
    fill(held, 1)
    file = clone.folder / f".local/backfill-{STAGE}.json"
    file.parent.mkdir(exist_ok=True)
    every = list(range(64))
    for kept in (
        "",
        "[]",
        json.dumps(
            {
                "run": "of another",
                "begun": time.time(),
                "segments": {"users": every},
                "done": {},
                "found": {},
            }
        ),
    ):
        file.write_text(kept)
        assert "Going on" not in make(clone).stdout
    assert_sound(held)


def test_while_the_api_writes(dev: engines.Engine, held: Held, clone: Clone) -> None:
    """Writers change, delete and create what is being mended: nothing is lost, nothing doubled."""
    fill(held, COUNT)
    for number in range(COUNT):
        held.claim("users", "email", f"o{number}@example.org", f"gone{number}")

    def write(worker: int) -> dict[str, str]:
        """The e-mails of the users that this worker alone changes, as it was told."""
        told: dict[str, str] = {}
        for number in range(worker, COUNT, 8):
            key, new = f"h{number}", f"{uuid4().hex}@example.org"
            if number % 3 == 0:
                users.patch(key, Patch(UserFields, {"email": new}), Call())
                told[key] = new
            elif number % 3 == 1:
                users.delete(key, Call())
                users.add(UserFields(id=key, name="Eve", email=f"{number}@example.org"), Call())
                told[key] = f"{number}@example.org"
            else:  # an address that an orphaned claim may still keep
                with suppress(Taken):
                    email = f"o{number}@example.org"
                    users.add(UserFields(id=f"n{number}", name="Eve", email=email), Call())
                    told[f"n{number}"] = email
        return told

    with in_process(AWS_ENDPOINT_URL=dev.url, STAGE=STAGE), ThreadPoolExecutor(8) as pool:
        work = [pool.submit(write, worker) for worker in range(8)]
        done = make(clone)
        told = {key: email for each in work for key, email in each.result(timeout=60).items()}
    assert done.returncode == 0, done.stdout + done.stderr
    assert make(clone).returncode == 0
    items = held.items("users")
    assert len(told) >= COUNT * 2 / 3
    for key, email in told.items():
        assert items.get(key, {}).get("email", {}).get("S") == email
    assert_sound(held)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (["RATE=fast"], "RATE=fast: give a whole number of items a second."),
        (["RATE=0"], "RATE=0: give a whole number of items a second."),
        (
            ["CREATED_AT=today"],
            f"CREATED_AT=today{SUCH_AS}",
        ),
        (
            ["CREATED_AT=2026-02-30T12:00:00.000Z"],
            f"CREATED_AT=2026-02-30T12:00:00.000Z{SUCH_AS}",
        ),
        (["OWNER="], "OWNER=: give the subject of a token, 1 to 255 characters."),
        (
            [f"OWNER={'a' * 256}"],
            f"OWNER={'a' * 256}: give the subject of a token, 1 to 255 characters.",
        ),
        (
            ["OWNER=auth0|ada's"],
            "OWNER is for tables that are owned (owned=True), and there is none: go on without it.",
        ),
        (["STAGE=test"], f"STAGE=test: {ONLY}; to add one: docs/deploy.md."),
        (["STAGE=prod"], "There is no table {app}-prod-users: make deploy makes it."),
    ],
)
def test_what_is_given_wrongly_is_a_line(clone: Clone, settings: list[str], line: str) -> None:
    assert refused(clone, *settings) == line.format(app=engines.APP)


def test_without_credentials_it_is_a_line(clone: Clone, tmp_path: Path) -> None:
    none: dict[str, Any] = dict.fromkeys(engines.CREDENTIALS, "")
    away = {"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path)}
    assert refused(clone, **none, **away).startswith("No credentials: set AWS_PROFILE")


def test_a_dynamodb_that_stays_busy_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def act(call: Any) -> None:
        tries.append(call)
        raise busy()

    monkeypatch.setattr("time.sleep", lambda _: None)
    with pytest.raises(Refusal, match="RATE=100"):
        scan.patiently(act)
    assert len(tries) == scan.TRIES


def test_the_local_tables(clone: Clone) -> None:
    none = [name for name in clone.env if name.startswith("AWS_")]
    bare = {name: value for name, value in clone.env.items() if name not in none}
    for command, told in (("seed", "5 users, 0 of them"), ("backfill", " 5  users read")):
        done = subprocess.run(
            ["make", "-s", command, "N=5"],
            cwd=clone.folder,
            env=bare,
            capture_output=True,
            text=True,
            check=True,
        )
        assert told in done.stdout


def test_throttling_is_waited_for(clone: Clone, dev: engines.Engine, held: Held) -> None:
    """Of each seven requests one is throttled, and one is carried out and its answer lost."""
    fill(held, 100)
    count = itertools.count()

    def fault(asked: Asked, proxy: Proxy) -> Answer | None:
        number = next(count) % 7
        if number in (0, 1) and asked.operation != "DescribeTable":
            return FAULTS["throughput" if number else "cut_after"](asked, proxy)
        return asked.forward(None)

    with Proxy(dev.url) as proxy:
        proxy.reset(Rule(fault, nth=None))
        done = make(clone, AWS_ENDPOINT_URL_DYNAMODB=proxy.url)
        assert done.returncode == 0, done.stderr
        assert not done.stderr
        assert proxy.total > 200
    assert_sound(held)


def test_a_grant_that_lacks_is_a_line(clone: Clone, dev: engines.Engine, held: Held) -> None:
    fill(held, 20)
    with Proxy(dev.url) as proxy:
        proxy.reset(Rule("no_grant", "TransactWriteItems", nth=None))
        line = refused(clone, AWS_ENDPOINT_URL_DYNAMODB=proxy.url)
    assert line.startswith("DynamoDB refuses these credentials (AccessDeniedException): they need")


def test_the_rate_bounds_it(clone: Clone, held: Held) -> None:
    fill(held, 100)
    begun = time.monotonic()
    assert make(clone, "RATE=40").returncode == 0
    assert 4 < time.monotonic() - begun < 30, "100 items and 100 claims"
