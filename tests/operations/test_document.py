"""docs/operations.md: its commands run, its queries ask for what is logged, its names exist."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicekit.call import Call
from chalicelib.users import UserFields, users
from tests import engines
from tests.clone import Clone
from tests.engines import APP, ROOT
from tests.operations.past import Past
from tests.operations.tables import Held, assert_sound
from tests.targets import in_process
from tools.data import tables

DOCUMENT = (ROOT / "docs/operations.md").read_text()
BLOCKS = re.findall(r"(?ms)^ *```(\w+)\n(.*?)^ *```$", DOCUMENT)
AT = "2026-11-20T12:00:00Z"
pytestmark = pytest.mark.users


@pytest.fixture
def past(tmp_path: Path) -> Iterator[tuple[engines.Engine, Past, Held]]:
    """A deployed stage's tables."""
    with engines.ministack(tmp_path, stage="dev") as dev:
        held = Held(dev.client(), "dev")
        with Past(dev, [held.name("users"), held.name("claims")]) as begun:
            yield dev, begun, held


@pytest.fixture
def clone(tmp_path: Path, past: tuple[engines.Engine, Past, Held]) -> Clone:
    """With a command called aws."""
    dev, before, _ = past
    made = Clone(tmp_path / "clone")
    made.write("bin/aws", f'#!/bin/sh\nexec {sys.executable} -m tests.operations.aws_cli "$@"\n')
    (made.folder / "bin/aws").chmod(0o755)
    made.env |= engines.CREDENTIALS | {"AWS_DEFAULT_REGION": engines.REGION}
    made.env |= {"AWS_ENDPOINT_URL": dev.url, "AWS_ENDPOINT_URL_DYNAMODB": before.url}
    made.env["PATH"] = f"{made.folder}/bin:{made.env['PATH']}"
    return made


@pytest.mark.slow
def test_every_command_runs(clone: Clone, past: tuple[engines.Engine, Past, Held]) -> None:
    dev, before, held = past
    own = next(t for t in tables.tables(APP, "dev") if t["TableName"] == held.name("users"))
    held.client.create_table(**own | {"TableName": held.name("users-old")})
    held.put("users", id="grace", name="Grace", email="grace@example.org", note="kept")
    at = before.keep()
    commands = [text for language, text in BLOCKS if language == "sh"]
    assert len(commands) == 7
    before.creating = 0  # `aws dynamodb wait` looks every 20 seconds
    for command in commands:
        text = command.replace("users-api-dev", f"{APP}-dev").replace(AT, at)
        if "aws dynamodb restore" in text:
            with in_process(AWS_ENDPOINT_URL=dev.url, STAGE="dev"):
                users.delete("grace", Call())
        done = clone.run(
            "sh", "-eu", "-c", text.replace("users-api-dev", f"{APP}-dev").replace(AT, at)
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        if "aws dynamodb restore" in text:
            assert held.items("users")["grace"]["note"] == {"S": "kept"}
            assert_sound(held)
    names = held.client.list_tables()["TableNames"]
    assert {held.name("users"), held.name("claims")} <= {*names}, "the stack went, they stayed"
    assert not {name for name in names if name.endswith(("-old", "-look"))}
    with pytest.raises(Exception, match="does not exist"):
        dev.client("cloudformation").describe_stacks(StackName=f"{APP}-dev-data")


def test_queries_ask_for_what_is_logged() -> None:
    logged = {"timestamp", "level"}
    for path in (ROOT / "vendor/chalicekit").glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith(("log.", "error")):
                logged |= {keyword.arg for keyword in call.keywords if keyword.arg}
    logged |= {"event", "exception", "trace"}  # of every line, and of the one of an exception
    queries = [text for language, text in BLOCKS if language == "text" and "make " not in text]
    assert len(queries) == 4
    words = {"fields", "filter", "sort", "stats", "count", "as", "pct", "by", "desc", "sum", "avg"}
    for query in queries:
        bare = re.sub(r'"[^"]*"|\bas \w+', "", query)
        made = set(re.findall(r"\bas (\w+)", query))
        assert set(re.findall(r"[a-z_]{2,}", bare)) - words - made - {"or"} <= logged


def test_what_it_names_is_there() -> None:
    api = json.loads((ROOT / "infra/api.json").read_text())["Resources"]
    alarms = {name for name, part in api.items() if part.get("Type") == "AWS::CloudWatch::Alarm"}
    assert set(re.findall(r"`(\w+Alarm)`", DOCUMENT)) == alarms
    titles = re.findall(r"(?m)^## (.+)$", DOCUMENT)
    assert re.findall(r"(?m)^- \[(.+?)\]\(#", DOCUMENT) == titles
    makefile = (ROOT / "Makefile").read_text()
    for command, settings in re.findall(r"make ([a-z]+) ((?:[A-Z_]+=\S+ ?)+)", DOCUMENT):
        recipe = re.search(rf"(?m)^{command}:.*\n((?:\t.*\n)+)", makefile)
        assert recipe, command
        for name in re.findall(r"([A-Z_]+)=", settings):
            assert re.search(rf"\$(\({name}\)|\${name}\b)", recipe[1]), f"make {command} {name}="


@pytest.mark.slow
def test_erasing_leaves_nothing_in_the_tables(past: tuple[engines.Engine, Past, Held]) -> None:
    dev, _, held = past
    with in_process(AWS_ENDPOINT_URL=dev.url, STAGE="dev"):
        call = Call(idempotency_key="k", fingerprint="f")
        users.add(UserFields(id="grace", name="Grace Hopper", email="grace@example.org"), call)
        assert "Hopper" in json.dumps(held.all())
        users.delete("grace", Call())
    left = json.dumps(held.all())
    assert "Hopper" not in left
    assert "example.org" not in left
