"""Raising, reminding and clearing: a flapping figure never pages twice, a lasting one is told again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from flows.alarms.hysteresis import Change, Rules, State, advance, state_from_json
from serving.telemetry.alarms import Action, Alarm

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
STEP = timedelta(minutes=5)
RULES = Rules(2, 3, timedelta(hours=1))
BAD = Alarm("error_ratio", Action.PAGE, "service", 0.05, 0.01, 500)


def play(looks: str, rules: Rules = RULES) -> list[tuple[int, Change]]:
    """Play looks, ``x`` over the threshold and ``.`` under it; return when what changed."""
    states: dict = {}
    changes = []
    for at, look in enumerate(looks):
        states, events = advance(states, [BAD] if look == "x" else [], rules, NOW + at * STEP)
        changes += [(at, event.change) for event in events]
    return changes


def test_raised_after_two_looks_and_over_after_three() -> None:
    assert play("x") == []
    assert play("xx") == [(1, Change.RAISED)]
    assert play("xx..") == [(1, Change.RAISED)]
    assert play("xx...") == [(1, Change.RAISED), (4, Change.CLEARED)]
    assert play("x.x.x.x.") == []
    assert play("xx..x..x...") == [(1, Change.RAISED), (10, Change.CLEARED)]


def test_one_that_lasts_is_told_again_every_hour() -> None:
    changes = play("x" * 30)
    assert changes == [(1, Change.RAISED), (13, Change.REMINDED), (25, Change.REMINDED)]


def test_alarms_of_other_subjects_are_apart_and_old_ones_are_forgotten() -> None:
    other = Alarm("error_ratio", Action.PAGE, "/a", 0.05, 0.01, 500)
    states, _ = advance({}, [BAD, other], RULES, NOW)
    states, events = advance(states, [other], RULES, NOW + STEP)
    assert [event.state.alarm.subject for event in events] == ["/a"]
    assert list(states) == [("error_ratio", "/a")]


@given(st.text("x.", max_size=60), st.integers(1, 4), st.integers(1, 4))
def test_raised_and_cleared_take_turns_and_need_their_looks(looks: str, up: int, down: int) -> None:
    changes = play(looks, Rules(up, down, timedelta(days=9)))
    kinds = [change for _, change in changes]
    assert kinds == [Change.RAISED, Change.CLEARED] * (len(kinds) // 2) + [Change.RAISED] * (len(kinds) % 2)
    for at, change in changes:
        wanted = "x" * up if change is Change.RAISED else "." * down
        assert looks[: at + 1].endswith(wanted)


def test_a_state_survives_its_file() -> None:
    states, _ = advance({}, [BAD], RULES, NOW)
    states, _ = advance(states, [BAD], RULES, NOW + STEP)
    (state,) = states.values()
    assert state.is_raised
    assert state_from_json(state.to_json()) == state
    assert state_from_json(State(BAD).to_json()) == State(BAD)
