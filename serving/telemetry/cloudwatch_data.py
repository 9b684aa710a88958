"""The figures of a window as CloudWatch takes them: pure, in the form of ``put_metric_data``.

Rates go out as values with counts (100 for each miss, 0 for each hit of the mark), so that CloudWatch's average over
hosts and minutes is the true rate. Latencies go out as the upper bounds of their buckets with counts: percentiles then
err upwards, and not at all at a bound, which 2 s is.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from serving.telemetry import names
from serving.telemetry.cost import TaskPrice, mean_costs
from serving.telemetry.snapshot import Distribution, Snapshot

Datum: TypeAlias = dict[str, Any]
MAX_BATCH_DATA = 1_000
MAX_BATCH_BYTES = 900_000
"""CloudWatch takes 1,000 figures and 1 MB a call."""
PERCENT = 100.0
_LEAF_BYTES = 64
"""Length of a name such as ``MetricData.member.999.Dimensions.member.9.Value=`` on the wire, generously."""


def metric_data(window: Snapshot, price: TaskPrice, min_labels: int) -> list[Datum]:
    """Return the figures of a window (`Snapshot.since`); what did not happen is left out, but for the totals.

    An accuracy of fewer than ``min_labels`` labels is left out too: an alarm of CloudWatch cannot ask how many.
    """
    states = _states(window, min_labels)
    return [*_requests(window), *_predictions(window, price), *_caches(window), *_refusals(window), *states]


def stamped(data: Iterable[Datum], at_s: float, dimensions: Mapping[str, str]) -> list[Datum]:
    """Return the figures with their time (Unix seconds) and the dimensions that all of them carry."""
    common = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    time = datetime.fromtimestamp(at_s, UTC)
    return [{**datum, "Timestamp": time, "Dimensions": [*common, *datum["Dimensions"]]} for datum in data]


def batches(data: Iterable[Datum]) -> Iterator[list[Datum]]:
    """Yield the figures in order, in batches that CloudWatch takes."""
    batch: list[Datum] = []
    size = 0
    for datum in data:
        length = wire_bytes(datum)
        if batch and (len(batch) >= MAX_BATCH_DATA or size + length > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(datum)
        size += length
    if batch:
        yield batch


def wire_bytes(value: Any) -> int:
    """Return an upper estimate of a figure's size in a request, in bytes."""
    if isinstance(value, Mapping):
        return sum(wire_bytes(item) for item in value.values())
    if isinstance(value, list):
        return sum(wire_bytes(item) for item in value)
    # Percent encoding makes three bytes of one.
    return _LEAF_BYTES + 3 * len(str(value).encode())


def _requests(window: Snapshot) -> Iterator[Datum]:
    totals = window.by(names.REQUESTS, "route")
    for route in (None, *sorted(totals)):
        where = {} if route is None else {"route": route}
        at = {} if route is None else {"Route": route}
        count = window.total(names.REQUESTS, **where)
        if route is not None and not count:
            continue
        errors = window.total(names.REQUESTS, status="5xx", **where)
        yield _value("Requests", "Count", count, at)
        yield _value("ClientErrors", "Count", window.total(names.REQUESTS, status="4xx", **where), at)
        yield _value("ServerErrors", "Count", errors, at)
        yield from _rate("ErrorRate", errors, count, at)
        yield from _times("Latency", window.distribution(names.REQUEST_SECONDS, **where), at)


def _predictions(window: Snapshot, price: TaskPrice) -> Iterator[Datum]:
    costs = mean_costs(window, price)
    for model, mean_usd in sorted(costs.by_model_usd.items()):
        count = window.total(names.PREDICTIONS, model=model)
        for arm, made in sorted(window.by(names.PREDICTIONS, "arm", model=model).items()):
            if made:
                yield _value("Predictions", "Count", made, {"Model": model, "Arm": arm})
        abstained = window.total(names.PREDICTIONS, model=model, outcome="abstained")
        yield from _rate("AbstentionRate", abstained, count, {"Model": model})
        yield _values("CostPerPrediction", "None", {mean_usd: count}, {"Model": model})
    if costs.task_usd is not None:
        yield _values(
            "TaskCostPerPrediction", "None", {costs.task_usd: sum(window.by(names.PREDICTIONS, "arm").values())}, {}
        )


def _caches(window: Snapshot) -> Iterator[Datum]:
    for level in sorted(window.by(names.CACHE_LOOKUPS, "level")):
        for model, lookups in sorted(window.by(names.CACHE_LOOKUPS, "model", level=level).items()):
            hits = window.total(names.CACHE_LOOKUPS, level=level, model=model, result="hit")
            yield from _rate("CacheHitRate", hits, lookups, {"Level": level, "Model": model})


def _refusals(window: Snapshot) -> Iterator[Datum]:
    for reason, count in sorted(window.by(names.AUTH_REFUSALS, "reason").items()):
        if count:
            yield _value("AuthRefusals", "Count", count, {"Reason": reason})
    for title, name in (("RateLimited", names.RATE_LIMITED), ("LogLinesDropped", names.LOG_LINES_DROPPED)):
        count = window.total(name)
        if count:
            yield _value(title, "Count", count, {})


def _states(window: Snapshot, min_labels: int) -> Iterator[Datum]:
    for model, ratio in sorted(window.gauges_by(names.ACCURACY, "model").items()):
        if (window.gauge(names.ACCURACY_COUNT, model=model) or 0.0) >= min_labels:
            yield _value("Accuracy", "Percent", ratio * PERCENT, {"Model": model})
    for gpu, ratio in sorted(window.gauges_by(names.GPU_USE, "gpu").items()):
        yield _value("GPUUtilization", "Percent", ratio * PERCENT, {"Gpu": gpu})
    for title, unit, name in (
        ("RequestsInFlight", "Count", names.IN_FLIGHT),
        ("RecorderJournal", "Bytes", names.JOURNAL_BYTES),
        ("RecorderLag", "Seconds", names.RECORDER_LAG),
    ):
        value = window.gauge(name)
        if value is not None:
            yield _value(title, unit, value, {})


def _value(name: str, unit: str, value: float, dimensions: dict[str, str]) -> Datum:
    return {"MetricName": name, "Unit": unit, "Value": value, "Dimensions": _dimensions(dimensions)}


def _values(name: str, unit: str, counts: dict[float, float], dimensions: dict[str, str]) -> Datum:
    return {
        "MetricName": name,
        "Unit": unit,
        "Values": list(counts),
        "Counts": list(counts.values()),
        "Dimensions": _dimensions(dimensions),
    }


def _rate(name: str, part: float, whole: float, dimensions: dict[str, str]) -> Iterator[Datum]:
    counts = {value: count for value, count in ((PERCENT, part), (0.0, whole - part)) if count > 0}
    if counts:
        yield _values(name, "Percent", counts, dimensions)


def _times(name: str, times: Distribution, dimensions: dict[str, str]) -> Iterator[Datum]:
    last = max((bound for bound in times.bounds if math.isfinite(bound)), default=0.0)
    counts: dict[float, float] = {}
    for bound, count in zip(times.bounds, times.counts, strict=True):
        if count > 0:
            counts[bound if math.isfinite(bound) else 2 * last] = count
    if counts:
        yield _values(name, "Seconds", counts, dimensions)


def _dimensions(dimensions: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value or "none"} for name, value in dimensions.items()]
