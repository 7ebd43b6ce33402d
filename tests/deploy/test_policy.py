"""The policies grant what the API needs: the files, and the commands that keep them right."""

import json
import re
import shutil
import sys
from importlib.util import module_from_spec, spec_from_file_location
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from chalicekit import mailbox, table
from tests.clone import Clone
from tests.engines import APP, ROOT
from tests.targets import loaded
from tools import kit, stages
from tools.aws import Account
from tools.policies import policy, statements
from tools.policies.statements import EMPTY
from tools.refusals import Refusal
from tools.resources.edits import CannotEdit

CONFIG = ".chalice/config.json"
DEV, PROD = ".chalice/policy-dev.json", ".chalice/policy-prod.json"
TABLES = f"arn:aws:dynamodb:*:*:table/{APP}-dev-"
DEPLOYED = [name for name in stages.names() if name != "local"]
GADGETS = '''"""Gadgets."""

from typing import Literal

from chalicekit.fields import Key, ListQuery, Model, Name, Stored
from chalicekit.table import Table


class Gadget(Stored):
    id: Key
    name: Name
    price: int


class GadgetQuery(ListQuery):
    sort: Literal["price"] | None = None


gadgets = Table(
    Gadget, "gadgets", query=GadgetQuery, unique=["name"], indexes=["created_at", "price"],
    owned={},
)


def views():
    return {}
'''


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the stages and policies of this project, to be changed."""
    (tmp_path / ".chalice").mkdir()
    for file in (ROOT / ".chalice").glob("*.json"):
        shutil.copy(file, tmp_path / ".chalice")
    return tmp_path


def granted(root: Path, sid: str, file: str = DEV) -> tuple[list[str], list[str]]:
    """The actions that a statement of a file allows, and the resources; none, if none."""
    for statement in json.loads((root / file).read_text())["Statement"]:
        if statement.get("Sid") == sid:
            actions = [action.removeprefix("dynamodb:") for action in statement["Action"]]
            return actions, [arn.removeprefix(TABLES) for arn in statement["Resource"]]
    return [], []


@pytest.mark.each_counts
@pytest.mark.parametrize("name", DEPLOYED)
def test_the_file_of_each_stage_is_right(name: str) -> None:
    assert not policy.stale(stages.read(name))


@pytest.mark.each_counts
@pytest.mark.parametrize("name", DEPLOYED)
def test_nothing_is_granted_wholesale(name: str) -> None:
    stage = stages.read(name)
    given = {k: v for k, v in stage.environment.items() if k.startswith("TABLE_")}
    given |= {k: v for k, v in stage.environment.items() if k.endswith(("_FROM", "_TO"))}
    places = {stage.stack, *(value.rpartition("@")[2] for value in given.values())}
    for statement in policy.document(stage)["Statement"]:
        assert all(re.fullmatch(r"[a-z0-9]+:[A-Z][A-Za-z]+", one) for one in statement["Action"])
        assert all(any(place in arn for place in places) for arn in statement["Resource"])


@pytest.mark.users
def test_exactly_what_users_need() -> None:
    owned = any(table.owned for table in kit.tables() if table.name == "users")
    on_items = ["BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Scan", "UpdateItem"]
    assert granted(ROOT, "TableOfUsers") == (on_items[:4] + on_items[4 + owned :], ["users"])
    assert granted(ROOT, "IndexesOfUsers") == (["Query"], ["users/index/created_at"])
    four = ["DeleteItem", "GetItem", "PutItem", "UpdateItem"]
    assert granted(ROOT, "TableOfClaims") == (four, ["claims"])


@pytest.mark.parametrize(
    ("views", "actions", "indexes", "claims"),
    [
        ("gadgets.get, gadgets.page", ["GetItem", "Scan"], ["gadgets/index/price"], []),
        ("gadgets.get, gadgets.add", ["GetItem", "PutItem"], [], ["PutItem"]),
        ("gadgets.delete", ["DeleteItem", "GetItem"], [], ["DeleteItem"]),
        ("gadgets.patch", ["GetItem", "UpdateItem"], [], ["DeleteItem", "PutItem"]),
        (
            "gadgets, gadgets.get",  # handed on: who knows what for
            ["DeleteItem", "GetItem", "PutItem", "Scan", "UpdateItem"],
            ["gadgets/index/price"],
            ["DeleteItem", "PutItem", "UpdateItem"],
        ),
    ],
    ids=["read", "grow", "delete", "patch", "unseen"],
)
def test_what_a_module_does_not_do_is_not_granted(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    views: str,
    actions: list[str],
    indexes: list[str],
    claims: list[str],
) -> None:
    alone(folder, monkeypatch, GADGETS.format(False, views))
    policy.update(folder)
    assert granted(folder, "TableOfGadgets") == (actions, ["gadgets"])
    assert granted(folder, "IndexesOfGadgets") == (["Query"] if indexes else [], indexes)
    assert granted(folder, "TableOfClaims") == (claims, ["claims"] if claims else [])
    assert granted(folder, "TableOfUsers") == ([], [])


def alone(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let the app have no module with a table but this one."""
    loaded()
    monkeypatch.setattr(table, "TABLES", [])
    monkeypatch.setattr(mailbox, "MAILBOXES", [])
    source = folder / "gadgets.py"
    source.write_text(text)
    spec = spec_from_file_location("chalicelib.gadgets", source)
    assert spec is not None
    assert spec.loader is not None
    monkeypatch.setitem(sys.modules, spec.name, module_from_spec(spec))
    spec.loader.exec_module(sys.modules[spec.name])


@pytest.mark.parametrize(
    ("views", "actions", "indexes"),
    [
        ("gadgets.page", ["GetItem"], ["gadgets/index/created_at", "gadgets/index/price"]),
        ("gadgets.add", ["GetItem", "PutItem"], []),
    ],
)
def test_the_lists_of_an_owned_table_are_queries(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    views: str,
    actions: list[str],
    indexes: list[str],
) -> None:
    """GetItem is that of /health?deep=1."""
    alone(folder, monkeypatch, GADGETS.format(True, views))
    policy.update(folder)
    assert granted(folder, "TableOfGadgets") == (actions, ["gadgets"])
    assert granted(folder, "IndexesOfGadgets") == (["Query"] if indexes else [], indexes)


@pytest.mark.parametrize(("limit", "counts"), [("60", True), ("0", False), ("", False)])
@pytest.mark.parametrize("tables", [True, False])
def test_a_stage_that_counts_requests_writes_the_counts(
    folder: Path, monkeypatch: pytest.MonkeyPatch, limit: str, counts: bool, tables: bool
) -> None:
    alone(folder, monkeypatch, GADGETS.format(False, "gadgets.page") if tables else "")
    config = json.loads((folder / CONFIG).read_text())
    config["stages"]["dev"]["environment_variables"]["RATE_LIMIT"] = limit
    (folder / CONFIG).write_text(json.dumps(config))
    policy.update(folder)
    assert granted(folder, "TableOfClaims") == (
        (["UpdateItem"], ["claims"]) if counts else ([], [])
    )
    assert granted(folder, "TableOfClaims", PROD) == ([], [])
    assert not policy.stale(stages.read("dev", folder), folder)


MAILS = """
from chalicekit.mailbox import Mailbox

mailbox = Mailbox("gadget-news", most=1, seconds=60)
"""


@pytest.mark.parametrize("sends", [True, False])
def test_a_stage_that_sends_mail_may_do_so_from_one_address(
    folder: Path, monkeypatch: pytest.MonkeyPatch, sends: bool
) -> None:
    alone(folder, monkeypatch, GADGETS.format(False, "gadgets.page") + MAILS)
    config = json.loads((folder / CONFIG).read_text())
    addresses = {"GADGET_NEWS_FROM": "a@x.example", "GADGET_NEWS_TO": "b@y.example"}
    config["stages"]["dev"]["environment_variables"] |= addresses if sends else {}
    (folder / CONFIG).write_text(json.dumps(config))
    policy.update(folder)
    assert granted(folder, "TableOfClaims") == ((["UpdateItem"], ["claims"]) if sends else ([], []))
    allowed = {s["Sid"]: s for s in policy.document(stages.read("dev", folder))["Statement"]}
    identities = [*("a@x.example", "x.example"), *("b@y.example", "y.example")]
    assert allowed.get("MailOfGadgetNews") == (
        {
            "Sid": "MailOfGadgetNews",
            "Effect": "Allow",
            "Action": ["ses:SendEmail"],
            "Resource": [f"arn:aws:ses:*:*:identity/{name}" for name in identities],
            "Condition": {"StringEquals": {"ses:FromAddress": "a@x.example"}},
        }
        if sends
        else None
    )
    assert not policy.stale(stages.read("dev", folder), folder)
    account = Account("123456789012", "eu-west-1", "aws", get_session())
    exact = policy.exact(policy.document(stages.read("dev", folder)), account)
    assert "ses:*" not in json.dumps(exact)


@pytest.mark.users
def test_a_table_under_another_name(folder: Path) -> None:
    config = json.loads((folder / CONFIG).read_text())
    config["stages"]["prod"]["environment_variables"]["TABLE_USERS"] = "restored"
    (folder / CONFIG).write_text(json.dumps(config))
    assert policy.update(folder) == {folder / PROD: ["TableOfUsers", "IndexesOfUsers"]}
    arn = "arn:aws:dynamodb:*:*:table/restored"
    assert granted(folder, "TableOfUsers", PROD)[1] == [arn]
    assert granted(folder, "IndexesOfUsers", PROD)[1] == [f"{arn}/index/created_at"]


@pytest.mark.slow
@pytest.mark.users
def test_adding_and_removing_leaves_what_others_wrote(clone: Clone) -> None:
    """In their own way of writing JSON, and in any place."""
    own = '{"Sid": "Mail", "Effect": "Allow",\n  "Action": "ses:SendEmail", "Resource": "*"}'
    text = re.sub(r'    {\n      "Sid": "TableOfUsers"', rf"{own},\n\g<0>", clone.text(DEV))
    clone.write(DEV, re.sub(r"\n  \]\n", rf",{own} ]\n", text))
    assert clone.text(DEV).count(own) == 2
    before = clone.tree()
    told = clone.tool("add", "gizmos")
    assert f"Changed {DEV}: TableOfGizmos, IndexesOfGizmos.\n" in told
    assert clone.text(DEV).count(own) == 2
    assert granted(clone.folder, "TableOfGizmos")[1] == ["gizmos"]
    assert (
        granted(clone.folder, "TableOfGizmos", PROD)[0] == granted(clone.folder, "TableOfUsers")[0]
    )
    assert clone.python("tools.policies").startswith("The policies grant what the API needs")
    clone.tool("remove", "gizmos")
    assert clone.tree() == before


@pytest.mark.slow
@pytest.mark.users
def test_what_others_wrote_about_a_feature_goes_with_it(clone: Clone) -> None:
    before = clone.text(DEV)
    clone.tool("add", "gizmos")
    own = '{"Sid": "GizmosBucket", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}'
    clone.edit(DEV, '"Statement": [\n', f'"Statement": [\n    {own},\n')
    clone.tool("remove", "gizmos")
    assert clone.text(DEV) == before


@pytest.mark.slow
@pytest.mark.users
def test_an_app_that_cannot_be_imported(clone: Clone) -> None:
    clone.write("chalicelib/home.py", clone.text("chalicelib/home.py") + "\nraise OSError\n")
    before = clone.text(DEV)
    told = clone.tool("add", "gizmos")
    why = "app.py cannot be imported (OSError): correct it. Then: make policy."
    assert f".chalice/policy-*.json: as before. {why}\n" in told
    assert clone.text(DEV) == before


def test_a_file_that_says_something_else(folder: Path) -> None:
    file, stage = folder / DEV, stages.read("dev")
    before = file.read_text()
    changed = before.replace('"logs:PutLogEvents"', '"logs:*"')
    file.write_text(statements.added(changed, {"Sid": "TableOfOld"}, "Logs"))
    line = policy.stale(stage, folder)
    beyond = "TableOfOld, Logs (logs:*), which no module uses"
    assert line == f"{DEV} lacks Logs (logs:PutLogEvents) and grants {beyond}: make policy"
    (folder / PROD).unlink()
    assert [*policy.update(folder)] == [file, folder / PROD]
    assert policy.stale(stage, folder) == ""
    assert file.read_text() == before
    assert policy.update(folder) == {}


def test_what_a_file_lacks_or_grants_is_told(folder: Path) -> None:
    file, stage = folder / DEV, stages.read("dev")
    before = file.read_text()
    file.write_text(statements.without(before, "Logs"))
    assert policy.stale(stage, folder) == f"{DEV} lacks Logs: make policy"
    file.write_text(before.replace('"logs:PutLogEvents"', '"logs:PutLogEvents", "logs:Put"'))
    assert (
        policy.stale(stage, folder)
        == f"{DEV} grants Logs (logs:Put), which no module uses: make policy"
    )
    reverse = '"logs:PutLogEvents",\n        "logs:CreateLogStream"'
    file.write_text(re.sub(r'"logs:CreateLogStream",\s+"logs:PutLogEvents"', reverse, before))
    assert policy.stale(stage, folder) == f"{DEV} says it in another way: make policy"
    group = f"log-group:/aws/lambda/{stage.function}:*"
    file.write_text(before.replace(group, "log-group:other"))
    logs = f"lacks Logs ({group}) and grants Logs (log-group:other)"
    assert policy.stale(stage, folder) == f"{DEV} {logs}, which no module uses: make policy"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"Statement": {}}', '{"Statement": ["a"]}'])
def test_a_file_that_is_no_policy(folder: Path, text: str) -> None:
    (folder / DEV).write_text(text)
    with pytest.raises(Refusal, match=rf"\A{re.escape(DEV)} cannot be changed: [^\n]+\.\Z"):
        policy.update(folder)


def test_exact_for_an_account() -> None:
    own = {"Sid": "Mine", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:logs:*:*:x"}
    written: dict[str, Any] = policy.document(stages.read(DEPLOYED[0]))
    written["Statement"].append(own)
    account = Account("123456789012", "cn-north-1", "aws-cn", get_session())
    exact = policy.exact(written, account)
    assert exact["Statement"].pop() == own
    arns = [arn for statement in exact["Statement"] for arn in statement["Resource"]]
    assert len(arns) >= 1
    for arn in arns:
        ours = r"(dynamodb|logs):cn-north-1:123456789012:[^*]+(:\*)?|s3:::[^*]+-123456789012(/\*)?"
        assert re.fullmatch(rf"arn:aws-cn:({ours})", arn)
    wide = [arn for statement in written["Statement"][:-1] for arn in statement["Resource"]]
    told = [arn.split(":", 5)[5].replace("-123456789012", "-*") for arn in arns]
    assert told == [arn.split(":", 5)[5] for arn in wide]


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_what_was_added_can_be_taken_out_again(order: tuple[str, ...]) -> None:
    text, texts = EMPTY, []
    for sid in order:
        texts.append(text)
        later = sorted(s.sid for s in statements.found(text) if s.sid > sid)
        text = statements.added(text, {"Sid": sid, "Effect": "Allow"}, next(iter(later), None))
        assert text == json.dumps(json.loads(text), indent=2) + "\n"
    assert [found.sid for found in statements.found(text)] == ["a", "b", "c"]
    for sid in reversed(order):
        text = statements.without(text, sid)
        assert text == texts.pop()


def test_what_is_not_there_cannot_be_changed() -> None:
    with pytest.raises(CannotEdit, match="no statement a"):
        statements.changed(EMPTY, {"Sid": "a"})
