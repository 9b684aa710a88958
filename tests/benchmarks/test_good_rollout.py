"""What is wrong with the rollout of a good version is told; nothing is where nothing is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.rollbacks.clients import Got
from benchmarks.run_good_rollout import Outcome, faults_of, quick, step_rows
from configs import load_settings
from serving.rollout.routing import in_canary
from serving.store.rollouts import EventKind, RolloutEvent, RolloutState
from tests.serving.rollout.test_source import ROW

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
STEP_S = 30.0
WEIGHTS = (0, 500, 2_500, 5_000, 10_000)
CLIENTS = 200
ROLLOUT = replace(
    ROW, state=RolloutState.PROMOTED, salt="a-salt", ended_at=BEGAN + timedelta(seconds=STEP_S * len(WEIGHTS))
)
STEPS = [
    RolloutEvent(
        number,
        ROLLOUT.id,
        1,
        BEGAN + timedelta(seconds=STEP_S * number),
        EventKind.STEP,
        "",
        "",
        {"weight": weight},
        "",
    )
    for number, weight in enumerate(WEIGHTS)
]


def got() -> list[Got]:
    """Return what clients get who each ask once a step, and once after the promotion."""
    found = []
    for step, weight in enumerate((*WEIGHTS, 10_000)):
        for client in range(CLIENTS):
            asked_s = BEGAN.timestamp() + STEP_S * step + 5.0 + 0.1 * client
            is_new = in_canary(weight, ROLLOUT.salt, f"client-{client}")
            version = ROLLOUT.candidate_version if is_new else ROLLOUT.champion_version
            found.append(Got(asked_s, asked_s + 0.01, 200, "", version, client))
    return found


def test_nothing_is_wrong_with_a_good_one() -> None:
    outcome = Outcome(ROLLOUT, STEPS, got())
    assert faults_of(outcome) == []
    assert [row[0] for row in step_rows(outcome)] == ["0 %", "5 %", "25 %", "50 %", "100 %", "100 %"]


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"status": 0, "version": ""}, "1 requests without an answer"),
        ({"version": ""}, "1 requests without an answer"),
        ({"version": ROLLOUT.champion_version}, "1 answers of another version than the client's"),
    ],
)
def test_a_single_request_that_went_wrong_is_told(broken: dict[str, object], told: str) -> None:
    answers = got()
    answers[-1] = answers[-1]._replace(**broken)  # type: ignore[arg-type]
    assert told in faults_of(Outcome(ROLLOUT, STEPS, answers))


def test_a_client_that_goes_back_and_a_share_that_is_off_are_told() -> None:
    old = [one._replace(version=ROLLOUT.champion_version) for one in got()[-CLIENTS:]]
    faults = faults_of(Outcome(ROLLOUT, STEPS, [*got()[:-CLIENTS], *old]))
    assert f"{CLIENTS} clients that went back" in faults
    assert f"at 100 % the version had 0 of {CLIENTS} clients" in faults


def test_a_good_version_that_is_not_promoted_is_told() -> None:
    taken_back = replace(ROLLOUT, state=RolloutState.ROLLED_BACK, reason="accuracy: …")
    assert faults_of(Outcome(taken_back, STEPS, got()[:-CLIENTS])) == ["it was not promoted: accuracy: …"]


def test_only_times_and_counts_of_the_ladder_are_other_ones() -> None:
    before = load_settings()
    changed = quick(before, 7.0).rollout
    assert {step.min_time_s for step in changed.steps} == {changed.shadow_min_time_s, changed.bake_time_s} == {7.0}
    assert [step.weight_percent for step in changed.steps] == [step.weight_percent for step in before.rollout.steps]
    assert changed.metrics == before.rollout.metrics
