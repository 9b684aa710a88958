"""Spans become blocks that hold both arms; rates, limits and agreement are counted from them."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.rollout_settings import Metric
from flows.rollout.agreement import DECISIVE, differs
from flows.rollout.evidence import (
    LONGEST_BLOCK_S,
    Agreement,
    Evidence,
    Tally,
    agreement_of,
    close_blocks,
    upper_limit,
    watch,
)
from serving.rollout.routing import Arm
from structural.problems import PROBLEM_NAMES
from tests.flows.rollout.world import BEGINNING

CANARY = frozenset({Arm.CANARY})
FAR = BEGINNING + timedelta(days=9)


def tally(span: int, arm: Arm, events: int, count: int) -> Tally:
    return Tally(BEGINNING + timedelta(seconds=5 * span), arm, events, count)


def test_spans_wait_for_the_arm_that_is_missing() -> None:
    rows = [
        tally(2, Arm.CANARY, 1, 2),
        tally(0, Arm.CHAMPION, 1, 10),
        tally(1, Arm.CHAMPION, 0, 10),
        tally(3, Arm.CHAMPION, 0, 10),
        tally(3, Arm.CANARY, 0, 3),
        tally(4, Arm.CHAMPION, 5, 10),
    ]
    found = close_blocks(rows, CANARY, FAR, 5)
    assert found.arms.champion_count.tolist() == [20, 10]
    assert found.arms.champion_events.tolist() == [1, 0]
    assert found.arms.candidate_count.tolist() == [2, 3]
    assert found.until == BEGINNING + timedelta(seconds=20)


def test_a_span_that_has_not_ended_is_left() -> None:
    rows = [tally(0, arm, 0, 1) for arm in (Arm.CHAMPION, Arm.CANARY)]
    assert close_blocks(rows, CANARY, BEGINNING + timedelta(seconds=4.9), 5).until is None
    assert close_blocks(rows, CANARY, BEGINNING + timedelta(seconds=5), 5).arms.champion_count.tolist() == [1]


def test_mirrored_answers_are_the_candidates_where_asked_for() -> None:
    rows = [tally(0, Arm.CHAMPION, 0, 4), tally(0, Arm.SHADOW, 1, 4)]
    assert close_blocks(rows, CANARY, FAR, 5).arms.candidate_count.size == 0
    assert close_blocks(rows, {Arm.CANARY, Arm.SHADOW}, FAR, 5).arms.candidate_events.tolist() == [1]


def test_what_lies_too_far_back_is_not_at_the_same_time() -> None:
    later = int(LONGEST_BLOCK_S / 5) + 1
    rows = [tally(0, Arm.CHAMPION, 9, 9), tally(later, Arm.CHAMPION, 0, 1), tally(later, Arm.CANARY, 0, 1)]
    assert close_blocks(rows, CANARY, FAR, 5).arms.champion_count.tolist() == [1]


spans = st.lists(
    st.builds(tally, st.integers(0, 30), st.sampled_from([Arm.CHAMPION, Arm.CANARY]), st.just(0), st.integers(0, 3)),
    max_size=40,
)


@settings(max_examples=60)
@given(spans, st.integers(0, 30))
def test_settling_the_past_changes_no_block(rows: list[Tally], cut: int) -> None:
    whole = close_blocks(rows, CANARY, FAR, 5)
    first = close_blocks(rows, CANARY, BEGINNING + timedelta(seconds=5 * cut), 5)
    rest = close_blocks([row for row in rows if first.until is None or row.start >= first.until], CANARY, FAR, 5)
    assert [*first.arms.champion_count, *rest.arms.champion_count] == list(whole.arms.champion_count)
    assert [*first.arms.candidate_count, *rest.arms.candidate_count] == list(whole.arms.candidate_count)
    assert all(count > 0 for count in (*whole.arms.champion_count, *whole.arms.candidate_count))


@pytest.mark.parametrize(
    ("events", "count", "limit"),
    [(0, 0, 1.0), (5, 5, 1.0), (0, 100, 0.0450), (1, 100, 0.0645)],
)
def test_the_upper_limit_of_a_rate(events: int, count: int, limit: float) -> None:
    # For no event of n the one-sided limit is 1 - (1 - confidence)^(1/n); for one, the root of the binomial sum.
    assert upper_limit(events, count) == pytest.approx(limit, abs=1e-3)


def test_a_candidate_alone_is_judged_by_the_champions_limit_and_a_margin() -> None:
    sound = watch(Metric.ERROR_RATE, [tally(n, Arm.CANARY, 0, 20) for n in range(50)], (2, 1_000), (0.005, 0.02))
    failing = watch(Metric.ERROR_RATE, [tally(n, Arm.CANARY, 4, 20) for n in range(5)], (2, 1_000), (0.005, 0.02))
    assert sound.limit == failing.limit == pytest.approx(upper_limit(2, 1_000) + 0.005)
    assert sound.log_e < 1 < 7 < failing.log_e
    assert watch(Metric.ERROR_RATE, [], (0, 0), (0.005, 0.02)).log_e == 0.0


def test_agreement_counts_what_differs() -> None:
    assert agreement_of([], 0.1) == Agreement(0, 0, 0.0)
    assert agreement_of([True, False] * 20, 0.1).log_e > 7
    assert agreement_of([True] + [False] * 20, 0.1).log_e < 2


@pytest.mark.parametrize(
    ("model", "champion", "candidate", "expected"),
    [
        ("section_optimizer", {"recommended_section": "W18", "confidence": 1}, {"recommended_section": "W18"}, False),
        ("section_optimizer", {"recommended_section": "W18"}, {"recommended_section": "W21"}, True),
        ("connection_designer", {"connection_type": "Shear Tab"}, {"connection_type": "Inadequate"}, True),
        ("risk_analyzer", {"overall_risk": "LOW"}, {"overall_risk": "LOW"}, False),
        (
            "compliance_checker",
            {"compliant": False, "violations": [{"check_id": "a"}, {"check_id": "b"}]},
            {"compliant": False, "violations": [{"check_id": "b"}, {"check_id": "a"}]},
            False,
        ),
        (
            "compliance_checker",
            {"compliant": False, "violations": [{"check_id": "a"}]},
            {"compliant": False, "violations": []},
            True,
        ),
        (
            "clash_detector",
            {"clashes": [{"guid1": "1", "guid2": "2", "severity": "LOW"}]},
            {"clashes": [{"guid1": "1", "guid2": "2", "severity": "HIGH"}]},
            True,
        ),
        ("clash_detector", {"clashes": []}, {"clashes": []}, False),
        ("section_optimizer", None, {"recommended_section": "W18"}, None),
        ("section_optimizer", {"recommended_section": "W18"}, None, None),
    ],
)
def test_what_differs_is_the_answer_itself(model: str, champion: Any, candidate: Any, expected: bool | None) -> None:
    assert differs(model, champion, candidate) is expected


def test_every_problem_has_an_answer_to_compare() -> None:
    assert set(DECISIVE) == set(PROBLEM_NAMES)


def test_evidence_becomes_json_without_infinities() -> None:
    import json

    evidence = Evidence(1.0, 2.0, "1", agreement=Agreement(1, 1, float("inf")))
    assert json.loads(json.dumps(evidence.to_json(), allow_nan=False))["agreement"]["log_e"] == 1e6
