"""The four alarms, their thresholds and their minimum counts."""

import math

import pytest

from serving.telemetry import names
from serving.telemetry.alarms import Action, Alarm, AlarmPolicy, evaluate_alarms
from serving.telemetry.snapshot import Snapshot

POLICY = AlarmPolicy()


def window(
    *, ok: int = 0, errors: int = 0, route: str = "/a", fast: int = 0, slow: int = 0, **gauges: float
) -> Snapshot:
    """Return a window with requests of one route, latencies of at most 2 s and above, and gauges."""
    bucket = f"{names.REQUEST_SECONDS}_bucket"
    counters = {
        (names.REQUESTS, (("route", route), ("status", "2xx"))): ok,
        (names.REQUESTS, (("route", route), ("status", "5xx"))): errors,
        (bucket, (("le", "1.0"), ("route", route))): 0,
        (bucket, (("le", "2.0"), ("route", route))): fast,
        (bucket, (("le", "5.0"), ("route", route))): fast + slow,
        (bucket, (("le", "+Inf"), ("route", route))): fast + slow,
    }
    states = {}
    for name, value in gauges.items():
        label = "gpu" if name == "gpu" else "model"
        series = {"gpu": names.GPU_USE, "accuracy": names.ACCURACY, "count": names.ACCURACY_COUNT}[name]
        states[series, ((label, "x"),)] = value
    return Snapshot(counters, states, 60)


def raised(snapshot: Snapshot) -> list[tuple[str, Action, str]]:
    return [(alarm.name, alarm.action, alarm.subject) for alarm in evaluate_alarms(snapshot, POLICY)]


def test_a_quiet_service_raises_nothing() -> None:
    assert raised(Snapshot({}, {})) == []
    assert raised(window(ok=10_000, fast=10_000, accuracy=0.99, count=500, gpu=0.5)) == []


@pytest.mark.parametrize(
    ("accuracy", "count", "expected"),
    [(0.9499, 100, [("accuracy", Action.PAGE, "x")]), (0.95, 100, []), (0.5, 99, []), (0.5, 0, [])],
)
def test_accuracy_below_95_percent_pages(accuracy: float, count: int, expected: list) -> None:
    assert raised(window(accuracy=accuracy, count=count)) == expected


def test_an_accuracy_without_a_count_is_not_judged() -> None:
    assert raised(window(accuracy=0.1)) == []


@pytest.mark.parametrize(
    ("fast", "slow", "expected"),
    [
        (950, 50, []),
        (949, 51, [("p95_s", Action.SCALE_UP, "service")]),
        (0, 99, []),
        (0, 100, [("p95_s", Action.SCALE_UP, "service")]),
    ],
)
def test_p95_above_2_seconds_scales_up(fast: int, slow: int, expected: list) -> None:
    assert raised(window(fast=fast, slow=slow)) == expected


@pytest.mark.parametrize(("use", "expected"), [(0.9, []), (0.91, [("gpu_ratio", Action.ALERT, "x")])])
def test_gpu_above_90_percent_alerts(use: float, expected: list) -> None:
    assert raised(window(gpu=use)) == expected


@pytest.mark.parametrize(
    ("ok", "errors", "subjects"),
    [(990, 10, set()), (989, 11, {"/a", "service"}), (50, 49, set()), (0, 100, {"/a", "service"})],
)
def test_more_than_1_percent_of_5xx_pages(ok: int, errors: int, subjects: set) -> None:
    alarms = evaluate_alarms(window(ok=ok, errors=errors), POLICY)
    assert {alarm.subject for alarm in alarms} == subjects
    assert all(alarm.action is Action.PAGE for alarm in alarms)


def test_one_bad_route_pages_though_the_service_as_a_whole_is_well() -> None:
    bad, good = window(ok=90, errors=10, route="/bad"), window(ok=100_000, route="/good")
    alarms = evaluate_alarms(Snapshot({**bad.counters, **good.counters}, {}, 60), POLICY)
    assert [alarm.subject for alarm in alarms] == ["/bad"]


def test_an_alarm_reads_as_a_sentence() -> None:
    alarm = Alarm("error_ratio", Action.PAGE, "/a", 0.0312, 0.01, 500)
    assert alarm.message == "error_ratio of /a is 0.0312, threshold 0.01 (count 500)"
    assert math.isclose(alarm.value, 0.0312)
