"""Pauses between tries: bounded, doubling, jittered, and over when the call's time is."""

import time

import pytest

from chalicekit import call, sdk
from chalicekit.call import Call
from chalicekit.etags import ANY, Tag
from chalicekit.problems import Problem, Unavailable

BUSY = Unavailable("throttled", "Busy.")


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pauses: list[float] = []
    monkeypatch.setattr("chalicekit.call.time.sleep", pauses.append)
    return pauses


def test_pauses_are_jittered_over_their_whole_length(slept: list[float]) -> None:
    """Clients that were refused together must not come back together."""
    for attempt in range(8):
        slept.clear()
        for _ in range(400):
            Call().pause(attempt, BUSY)
        longest = min(call.LONGEST_PAUSE, call.FIRST_PAUSE * 2**attempt)
        assert 0 <= min(slept) < 0.1 * longest
        assert 0.9 * longest < max(slept) <= longest
        assert 0.4 * longest < sum(slept) / len(slept) < 0.6 * longest
        assert len(set(slept)) > 390


def test_no_pause_beyond_the_deadline(slept: list[float]) -> None:
    late = Call(deadline=time.monotonic() - 0.001)
    with pytest.raises(Unavailable) as caught:
        late.pause(0, BUSY)
    assert caught.value is BUSY
    assert not slept


def test_a_call_answers_within_ten_seconds() -> None:
    """The last request begins within PATIENCE, and takes no longer than both timeouts."""
    assert call.PATIENCE + sdk.CONNECT_SECONDS + sdk.READ_SECONDS <= 9.5
    assert Call().deadline - time.monotonic() == pytest.approx(call.PATIENCE, abs=0.5)


def test_preconditions() -> None:
    def code(**given: object) -> str | None:
        try:
            Call(**given).check("now", dict)  # type: ignore[arg-type]  # the values fit
        except Problem as problem:
            return problem.code
        return None

    assert code() is None
    assert code(if_match=[Tag("now")]) is None
    assert code(if_match=[Tag("old"), Tag("now")]) is None
    assert code(if_match=ANY, uncertain=True) is None
    assert code(if_match=[Tag("old")]) == "stale"
    assert code(if_match=[Tag("now", weak=True)]) == "stale"
    assert code(if_match=[Tag("old")], uncertain=True) == "outcome_unknown"
    assert code(if_none_match=ANY) == "exists"
    assert code(if_none_match=[Tag("now", weak=True)]) == "exists"
    assert code(if_none_match=[Tag("old")]) is None


def test_a_stale_write_is_told_the_present_etag() -> None:
    with pytest.raises(Problem) as caught:
        Call(if_match=[Tag("old")]).check("now", lambda: {"id": "7"})
    assert caught.value.headers == {"ETag": '"now"'}
    assert caught.value.members == {"current": {"id": "7"}}
