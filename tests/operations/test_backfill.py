"""What `make backfill` mends, tells, and leaves alone."""

import threading
from typing import Annotated, Any

import pytest
from pydantic import Field
from tqdm import tqdm

from chalicekit import settings
from chalicekit import table as table_module
from chalicekit.call import Call
from chalicekit.fields import Email, Key, Model, Name, Stored
from chalicekit.table import Table
from chalicekit.validation import Patch
from chalicelib.users import UserFields, users
from tests.operations.tables import Held, mended
from tools.backfill import checkpoint, run, scan
from tools.backfill.items import Plan
from tools.backfill.report import remaining, summary

pytestmark = pytest.mark.users
BY_HAND = {"name": "Ada", "email": "Ada@example.org"}


@pytest.mark.scans
def test_an_item_written_by_hand_becomes_one_of_ours(held: Held) -> None:
    held.put("users", id="1", **BY_HAND, note="kept")
    tally = mended()
    assert held.claims() == {"users#email#ada@example.org": "1"}
    item = held.items("users")["1"]
    assert item.pop("etag")["S"]
    assert item == {n: {"S": v} for n, v in BY_HAND.items()} | {
        "id": {"S": "1"},
        "note": {"S": "kept"},
        "_table": {"S": "users"},
    }
    assert +tally.done == {
        "users read": 1,
        "claims read": 1,
        "claims taken": 1,
        "index keys set": 1,
        "revisions set": 1,
        "users not in the index created_at": 1,
    }
    call = Call()
    users.patch("1", _renamed("Grace"), call)
    assert call.requests == 1, "it has the cheap way now"


def _renamed(name: str) -> Any:
    return Patch(UserFields, {"name": name})


@pytest.mark.scans
def test_a_second_run_changes_nothing(held: Held) -> None:
    held.put("users", id="1", **BY_HAND)
    held.claim("users", "email", "gone@example.org", "2")
    mended()
    before = held.all()
    again = mended()
    assert held.all() == before
    assert set(+again.done) == {"users read", "claims read", "users not in the index created_at"}


def test_items_of_ours_stay_as_they_are(held: Held) -> None:
    users.add(UserFields(id="1", name="Ada", email="ada@example.org"), Call())
    before = held.all()
    mended()
    assert held.all() == before


def test_an_item_of_ours_gets_its_lost_claim_and_keeps_its_revision(held: Held) -> None:
    held.put("users", id="1", **BY_HAND, etag="e1", _table="users", created_at="t")
    mended()
    assert held.claims() == {"users#email#ada@example.org": "1"}
    assert held.items("users")["1"]["etag"] == {"S": "e1"}


@pytest.mark.parametrize("holds", [None, "other@example.org"], ids=["gone", "another value"])
def test_orphaned_claims_are_freed(held: Held, holds: str | None) -> None:
    if holds:
        held.put("users", id="2", name="Bob", email=holds)
    held.claim("users", "email", "ada@example.org", "2")
    tally = mended()
    assert tally.done["claims freed"] == 1
    assert held.claims() == ({f"users#email#{holds}": "2"} if holds else {})


@pytest.mark.parametrize("holds", [None, "other@example.org"], ids=["gone", "another value"])
def test_an_orphaned_claim_goes_to_the_item_that_has_the_value(
    held: Held, holds: str | None
) -> None:
    if holds:
        held.put("users", id="2", name="Bob", email=holds)
    held.put("users", id="1", **BY_HAND)
    held.claim("users", "email", "ada@example.org", "2")
    mended()
    assert held.claims()["users#email#ada@example.org"] == "1"


def test_duplicates_are_told_by_their_ids_and_not_changed(held: Held) -> None:
    held.put("users", id="1", **BY_HAND, etag="e1", _table="users", created_at="t")
    held.claim("users", "email", "ada@example.org", "1")
    held.put("users", id="2", name="Another", email="ADA@example.org")
    before = held.all()
    tally = mended()
    assert held.all() == before
    assert tally.found["duplicates"] == ["users email: 1 and 2"]
    assert "example.org" not in "\n".join(summary(tally, dry=False))


def test_what_others_keep_in_the_claims_table_stays(held: Held) -> None:
    held.put("claims", pk="request#users#abc", owner="1", expires_at={"N": "1"})
    held.put("claims", pk="unique#orders#number#7", owner="9")
    held.put("claims", pk="unique#users#phone#7", owner="9")
    held.put("claims", pk="unique#users#email#x")
    held.put("claims", pk="something else")
    before = held.all()
    tally = mended()
    assert held.all() == before
    assert +tally.done == {"claims read": 3, "claims of other versions": 3}


def test_a_dry_run_tells_the_same_and_changes_nothing(held: Held) -> None:
    held.put("users", id="1", **BY_HAND)
    held.put("users", id="2", name="Bob", email="bob@example.org")
    held.put("users", id="3", **BY_HAND)
    held.claim("users", "email", "bob@example.org", "gone")
    held.claim("users", "email", "eve@example.org", "gone")
    before = held.all()
    dry = mended(dry=True)
    assert held.all() == before
    done = mended()
    reads = "claims read"
    assert {k: v for k, v in dry.done.items() if k != reads} == {
        k: v for k, v in done.done.items() if k != reads
    }
    assert dry.done["claims freed"] == 1
    assert dry.done["claims taken"] == 2
    assert dry.done["duplicates"] == 1
    assert "Nothing was changed (DRY=1)." in summary(dry, dry=True)


def test_created_at_is_given_only_where_the_operator_says_it(held: Held) -> None:
    held.put("users", id="1", **BY_HAND, etag="e1", _table="users")
    told = mended()
    assert told.done["users not in the index created_at"] == 1
    assert "CREATED_AT=" in summary(told, dry=False)[-1]
    assert "created_at" not in held.items("users")["1"]
    tally = mended(created_at="2020-01-01T00:00:00.000Z")
    item = held.items("users")["1"]
    assert item["created_at"] == {"S": "2020-01-01T00:00:00.000Z"}
    assert item["etag"] != {"S": "e1"}, "the API shows another content now"
    assert "users not in the index created_at" not in tally.done


@pytest.mark.parametrize(
    ("item", "line"),
    [
        ({"email": "a@example.org"}, "users 1: name"),
        ({"name": {"N": "5"}, "email": "a@example.org"}, "users 1: name"),
        ({"name": {"NULL": True}, "email": {"NULL": True}}, "users 1: name, email"),
    ],
    ids=["missing", "another type", "null"],
)
def test_what_a_read_hides_is_told(held: Held, item: dict[str, Any], line: str) -> None:
    held.put("users", id="1", **item)
    assert mended().found["unreadable"] == [line]
    assert set(held.claims()) == ({"users#email#a@example.org"} if "@" in str(item) else set())


def test_only_so_many_are_listed(held: Held) -> None:
    for number in range(130):
        held.put("users", id=f"{number}", email=f"{number}@example.org")
    lines = summary(mended(), dry=False)
    assert "      130  unreadable" in lines
    assert len([line for line in lines if line.endswith(": name")]) == 100
    assert "  and 30 more: only 100 are listed." in lines


class MugFields(Model):
    id: Key
    name: Name
    code: Annotated[str, Field(max_length=20)] | None = None
    email: Email | None = None
    size: Annotated[int, Field(ge=1)] = 3
    tags: list[str] = []  # noqa: RUF012  pydantic copies it


class Mug(Stored, MugFields):
    pass


@pytest.fixture
def mugs(held: Held, monkeypatch: pytest.MonkeyPatch) -> Table[Any]:
    """A newer version of users: with defaults, and a second unique member."""
    monkeypatch.setattr(table_module, "TABLES", [])
    return Table(Mug, "users", unique=["email", "code"])


def test_defaults_are_written_as_reads_show_them(held: Held, mugs: Table[Any]) -> None:
    held.put("users", id="1", name="Ada", etag="e1", _table="users")
    shown = mugs.get("1", Call())
    tally = mended(mugs)
    item = held.items("users")["1"]
    assert (item["size"], item["tags"]) == ({"N": "3"}, {"L": []})
    assert {"email", "code"}.isdisjoint(item)
    assert mugs.get("1", Call()) == shown, "its ETag too: nothing else is shown"
    assert tally.done["defaults set"] == 1


class Numbered(Stored, MugFields):
    code: Annotated[str, Field(max_length=20)] = "none"


def test_a_default_is_no_unique_value(held: Held, mugs: Table[Any]) -> None:
    numbered = Table(Numbered, "users", unique=["code"])
    for key in ("1", "2"):
        held.put("users", id=key, name="Ada", email="a@example.org")
    tally = mended(numbered)
    assert "code" not in held.items("users")["1"]
    assert not held.claims()
    assert "duplicates" not in tally.done


def test_a_segment_that_was_stopped_is_not_done(held: Held) -> None:
    stopped = threading.Event()
    stopped.set()
    kept = checkpoint.Checkpoint(None, "run")
    step = run._step(users, Plan())
    run._segment(step, 0, kept, scan.Pace(0), tqdm(disable=True), stopped)
    assert 0 in kept.left("users")


def test_one_item_may_take_over_two_claims_of_another(held: Held, mugs: Table[Any]) -> None:
    held.put("users", id="2", name="Bob")
    held.put("users", id="1", name="Ada", email="a@example.org", code="7")
    held.claim("users", "email", "a@example.org", "2")
    held.claim("users", "code", "7", "2")
    mended(mugs)
    assert held.claims() == {"users#email#a@example.org": "1", "users#code#7": "1"}


def test_a_duplicate_keeps_its_other_values(held: Held, mugs: Table[Any]) -> None:
    held.put("users", id="1", name="Ada", email="a@example.org")
    held.claim("users", "email", "a@example.org", "1")
    held.put("users", id="2", name="Bob", email="a@example.org", code="7")
    mended(mugs)
    assert held.claims() == {"users#email#a@example.org": "1", "users#code#7": "2"}
    assert "etag" not in held.items("users")["2"]


@pytest.fixture
def owned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Users belong to who made them."""
    monkeypatch.setattr(users.owners, "owned", True)


def owners(held: Held) -> dict[str, str]:
    """The attribute that says whose each user is; "" where there is none."""
    found = held.items("users")
    return {key: found[key].get("_table", {"S": ""})["S"] for key in sorted(found)}


def some_owned(held: Held) -> None:
    users.add(UserFields(id="1", name="Ada", email="ada@example.org"), Call(caller="auth0|ada"))
    held.put("users", id="2", name="Bob", email="bob@example.org", _table="users#bob#2")
    for key, table in (("3", "users"), ("4", "users#"), ("5", "wares#eve")):
        held.put("users", id=key, name="Eve", email=f"{key}@example.org", _table=table)
    held.put("users", id="6", name="Eve", email="6@example.org")


@pytest.mark.usefixtures("owned")
def test_it_takes_nothing_from_its_owner_and_tells_what_is_nobody_s(held: Held) -> None:
    some_owned(held)
    before = owners(held)
    tally = mended()
    assert owners(held) == before
    assert sorted(tally.found["unowned"]) == [f"users {key}" for key in "3456"]
    assert tally.done["claims taken"] == 5
    assert not tally.done["index keys set"]
    assert (
        "unowned: nobody's, so that no caller sees it: OWNER= gives all of these to one subject."
        in (summary(tally, dry=False))
    )
    assert remaining(tally)


@pytest.mark.usefixtures("owned")
def test_what_is_nobody_s_is_given_to_one_subject(held: Held) -> None:
    some_owned(held)
    etag = held.items("users")["1"]["etag"]
    dry = mended(dry=True, owner="auth0|eve")
    assert dry.done["owners set"] == 4
    assert owners(held)["3"] == "users"
    tally = mended(owner="auth0|eve")
    eve = "users#auth0|eve"
    assert owners(held) == {
        "1": "users#auth0|ada",
        "2": "users#bob#2",
        **dict.fromkeys("3456", eve),
    }
    assert tally.done["owners set"] == 4
    assert not remaining(tally)
    assert held.items("users")["1"]["etag"] == etag
    call = Call(caller="auth0|eve")
    assert users.patch("3", _renamed("Grace"), call).name == "Grace"
    assert call.requests == 1
    assert set(+mended().done) == {
        *("users read", "claims read", "users not in the index created_at")
    }


@pytest.mark.usefixtures("owned")
def test_what_everybody_made_is_nobody_s_once_tokens_are_asked_for(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    users.add(UserFields(id="1", name="Ada", email="ada@example.org"), Call())
    assert not remaining(mended()), "it is open still"
    for name, value in {"AUTH": "", "AUTH_ISSUER": "https://id", "AUTH_AUDIENCE": "api"}.items():
        monkeypatch.setenv(name, value)
    settings.reset()
    try:
        assert mended().found == {"unowned": ["users 1"]}
        mended(owner="ada")
        assert owners(held) == {"1": "users#ada"}
    finally:
        monkeypatch.undo()
        settings.reset()
