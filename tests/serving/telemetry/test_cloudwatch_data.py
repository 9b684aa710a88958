"""Figures in CloudWatch's form."""

import json
from typing import Any

import pytest

from serving.telemetry.cloudwatch_data import MAX_BATCH_BYTES, MAX_BATCH_DATA, batches, metric_data, stamped, wire_bytes
from serving.telemetry.cost import TaskPrice, mean_costs
from serving.telemetry.metrics import ServiceMetrics
from serving.telemetry.snapshot import Snapshot, read_registry

PRICE = TaskPrice(usd_per_hour=3.6, cpus=2.0)
MIN_LABELS = 10
SECTION = "/api/v1/design/section"


def figures(window: Snapshot) -> dict[tuple[Any, ...], Any]:
    """Return the figures by name and dimension values: the value, or the values with counts."""
    return {
        (datum["MetricName"], *(item["Value"] for item in datum["Dimensions"])): datum["Value"]
        if "Value" in datum
        else dict(zip(datum["Values"], datum["Counts"], strict=True))
        for datum in metric_data(window, PRICE, MIN_LABELS)
    }


def busy(metrics: ServiceMetrics) -> Snapshot:
    for status, seconds in ((200, 0.003), (200, 0.004), (404, 0.001), (500, 1.5), (200, 45.0)):
        metrics.observe_request(SECTION, "POST", status, seconds)
    for outcome, cpu_s in (("answered", 0.002), ("abstained", 0.004)):
        metrics.observe_prediction("m", version="1", arm="champion", outcome=outcome, cpu_s=cpu_s)
    for hit in (True, True, True, False):
        metrics.count_cache("memory", "m", hit=hit)
    metrics.set_accuracy("m", 0.97, 10)
    metrics.set_accuracy("few", 0.5, 9)
    metrics.set_gpu_use("0", 0.5)
    return read_registry(metrics.registry).since(Snapshot({}, {}), 60)


def test_every_figure_of_the_design_is_there(metrics: ServiceMetrics) -> None:
    found = figures(busy(metrics))
    for at in ((), (SECTION,)):
        assert found["Requests", *at] == 5
        assert found["ServerErrors", *at] == 1
        assert found["ClientErrors", *at] == 1
        assert found["ErrorRate", *at] == {100.0: 1, 0.0: 4}
        assert found["Latency", *at] == {0.001: 1, 0.005: 2, 2.0: 1, 60.0: 1}
    assert found["Predictions", "m", "champion"] == 2
    assert found["AbstentionRate", "m"] == {100.0: 1, 0.0: 1}
    assert found["CacheHitRate", "memory", "m"] == {100.0: 3, 0.0: 1}
    assert found["Accuracy", "m"] == 97
    assert ("Accuracy", "few") not in found  # CloudWatch compares no counts: a wrong one of two would page
    assert found["GPUUtilization", "0"] == 50
    ((mean_usd, count),) = found["CostPerPrediction", "m"].items()
    assert (mean_usd, count) == (pytest.approx(0.003 * 3.6 / 3600 / 2), 2)
    ((task_usd, count),) = found["TaskCostPerPrediction",].items()
    assert (task_usd, count) == (pytest.approx(3.6 / 60 / 2), 2)
    assert (found["RequestsInFlight",], found["RecorderJournal",], found["RecorderLag",]) == (0, 0, 0)


def test_a_window_in_which_nothing_happened_has_totals_and_no_rates(metrics: ServiceMetrics) -> None:
    reading = busy(metrics)
    found = figures(reading.since(reading, 60))
    assert found["Requests",] == 0
    assert found["ServerErrors",] == 0
    assert {name for name, *_ in found} == {
        "Requests",
        "ClientErrors",
        "ServerErrors",
        "Accuracy",
        "GPUUtilization",
        "RequestsInFlight",
        "RecorderJournal",
        "RecorderLag",
    }


def test_no_value_list_is_empty_or_too_long_and_no_dimension_is_empty(metrics: ServiceMetrics) -> None:
    metrics.count_cache("", "", hit=True)
    for datum in metric_data(busy(metrics), PRICE, MIN_LABELS):
        assert ("Value" in datum) != ("Values" in datum)
        assert 1 <= len(datum.get("Values", [0])) <= 150
        assert all(count > 0 for count in datum.get("Counts", ()))
        assert all(item["Value"] for item in datum["Dimensions"])


def test_time_and_common_dimensions_are_put_on_every_figure(metrics: ServiceMetrics) -> None:
    data = stamped(metric_data(busy(metrics), PRICE, MIN_LABELS), 0.0, {"Environment": "test"})
    assert {datum["Timestamp"].isoformat() for datum in data} == {"1970-01-01T00:00:00+00:00"}
    assert all(datum["Dimensions"][0] == {"Name": "Environment", "Value": "test"} for datum in data)


@pytest.mark.parametrize("width", [0, 100, 2_000])
def test_batches_keep_order_and_both_limits(width: int) -> None:
    data = [
        {"MetricName": f"{number}" + "x" * width, "Value": float(number), "Dimensions": []} for number in range(2_500)
    ]
    made = list(batches(data))
    assert [datum for batch in made for datum in batch] == data
    assert all(len(batch) <= MAX_BATCH_DATA for batch in made)
    assert all(sum(map(wire_bytes, batch)) <= MAX_BATCH_BYTES for batch in made)
    assert all(len(json.dumps(batch)) < 1_000_000 for batch in made)
    assert list(batches([])) == []


def test_mean_costs_leave_out_models_without_predictions(metrics: ServiceMetrics) -> None:
    reading = busy(metrics)
    assert mean_costs(reading.since(reading, 60), PRICE).by_model_usd == {}
    assert mean_costs(reading.since(reading, 60), PRICE).task_usd is None
