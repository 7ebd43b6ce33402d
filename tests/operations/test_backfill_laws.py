"""Whatever items and claims there are: after a backfill each value has exactly one claim."""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicekit.claims import normal
from chalicelib.users import users
from tests.operations.tables import Held, mended

pytestmark = pytest.mark.users
EMAILS = st.sampled_from(["a@example.org", "A@Example.org", "b@example.org", "ß@x.org", "SS@x.org"])
IDS = st.sampled_from("123456")
ITEM = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Ada", "Bob"]),
        "email": EMAILS,
        "etag": st.sampled_from(["e1", "not a tag"]),
        "_table": st.sampled_from(["users", "people"]),
        "created_at": st.just("2026-11-20T12:00:00.000Z"),
        "other": st.sampled_from(["x", {"NULL": True}, {"SS": ["b", "a"]}]),
    },
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=st.dictionaries(IDS, ITEM), claims=st.dictionaries(EMAILS, IDS))
def test_each_value_is_claimed_once(
    held: Held, items: dict[str, Any], claims: dict[str, str]
) -> None:
    held.clear()
    for key, user in items.items():
        held.put("users", id=key, **user)
    for email, owner in claims.items():
        held.claim("users", "email", email, owner)
    before = held.items("users")
    dry = mended(users, dry=True)
    tally = mended(users)
    holders = defaultdict(set)
    for key, user in items.items():
        if "email" in user:
            holders[f"users#email#{normal(user['email'])}"].add(key)
    after = held.claims()
    assert after.keys() == holders.keys()
    assert all(owner in holders[pk] for pk, owner in after.items())
    assert tally.done["duplicates"] == sum(len(keys) - 1 for keys in holders.values())
    assert len(tally.found.get("duplicates", ())) == tally.done["duplicates"]
    for key, item in held.items("users").items():
        assert {k: v for k, v in item.items() if k not in ("etag", "_table")} == {
            k: v for k, v in before[key].items() if k not in ("etag", "_table")
        }
    settled = held.all()
    again = mended(users)
    assert held.all() == settled
    assert again.found == tally.found
    assert not {kind for kind in +again.done if kind.endswith((" set", " taken", " freed"))}
    assert {k: v for k, v in dry.done.items() if k != "claims read"} == {
        k: v for k, v in tally.done.items() if k != "claims read"
    }
