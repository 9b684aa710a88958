"""Effects with intervals and tests, held to published figures."""

import json

import numpy as np
import pytest

from flows.rollout.ab_report import make_report, newcombe_interval, wilson
from serving.rollout.routing import Arm
from serving.store.readings import ClientCount


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Newcombe 1998, table II, contrasts (a), (d), (g), method 10.
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((10, 10), (0, 20), (0.6791, 1.0000)),
    ],
)
def test_the_interval_is_newcombes(
    first: tuple[int, int], second: tuple[int, int], expected: tuple[float, float]
) -> None:
    assert newcombe_interval(second, first) == pytest.approx(expected, abs=6e-5)


def test_the_score_interval_is_wilsons() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, 81 of 263, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=6e-5)


def clients(arm: Arm, failed: list[int], requests: int = 10) -> list[ClientCount]:
    return [
        ClientCount(f"{arm}-{number}", arm, requests, events, requests, requests - events)
        for number, events in enumerate(failed)
    ]


def test_effects_are_the_candidates_minus_the_champions() -> None:
    rows = clients(Arm.CHAMPION, [1, 0, 1, 0]) + clients(Arm.CANARY, [2, 4])
    report = make_report(rows, {}, seed=1)
    failed = report.effects[0]
    assert (failed.champion_events, failed.champion_count, failed.candidate_events, failed.candidate_count) == (
        2,
        40,
        6,
        20,
    )
    assert failed.difference == pytest.approx(0.25)
    # Fisher's test of 6 of 20 against 2 of 40, two-sided, by the hypergeometric distribution.
    assert failed.p_value == pytest.approx(0.013077, abs=1e-6)
    assert report.clients == {"champion": 4, "canary": 2}
    assert json.loads(json.dumps(report.to_json()))["effects"][1]["name"] == "wrong"


def test_clients_that_differ_widen_the_interval_by_client_alone() -> None:
    rows = clients(Arm.CHAMPION, [0] * 10 + [10] * 10) + clients(Arm.CANARY, [0] * 10 + [10] * 10)
    failed = make_report(rows, {}, seed=2).effects[0]
    assert failed.interval is not None
    assert failed.client_interval is not None
    width, by_client = (high - low for low, high in (failed.interval, failed.client_interval))
    assert by_client > 2 * width


def test_an_arm_without_requests_has_no_effect() -> None:
    failed = make_report(clients(Arm.CHAMPION, [1]), {Arm.CHAMPION: [1.0]}, seed=3)
    assert (failed.effects[0].difference, failed.effects[0].p_value, failed.latency.ratio) == (None, None, None)


def test_the_p95_ratio_has_an_interval_and_the_same_data_the_same_report() -> None:
    rng = np.random.default_rng(4)
    times = {Arm.CHAMPION: list(rng.lognormal(1, 0.4, 800)), Arm.CANARY: list(rng.lognormal(1.7, 0.4, 800))}
    report = make_report([], times, seed=5)
    assert report == make_report([], times, seed=5)
    ratio, interval = report.latency.ratio, report.latency.interval
    assert ratio is not None
    assert interval is not None
    assert interval[0] < ratio < interval[1]
    assert interval[0] < np.exp(0.7) < interval[1]
