"""The four alarms as functions of what was counted in a window: no clock, no service, no side effect."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from serving.telemetry import names
from serving.telemetry.snapshot import Snapshot

WHOLE_SERVICE = "service"


class Action(StrEnum):
    """What an alarm asks for."""

    PAGE = "page"
    SCALE_UP = "scale_up"
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class AlarmPolicy:
    """Thresholds; ratios are 0 to 1. Below the counts nothing is judged, so a quiet service raises no alarm."""

    min_accuracy: float = 0.95
    min_accuracy_count: int = 100
    max_p95_s: float = 2.0
    max_gpu_ratio: float = 0.9
    max_error_ratio: float = 0.01
    min_requests: int = 100


@dataclass(frozen=True, slots=True)
class Alarm:
    """A threshold that was crossed: which, by whom (``service``, a model, a route, a GPU), how far, of how many."""

    name: str
    action: Action
    subject: str
    value: float
    threshold: float
    count: float

    @property
    def message(self) -> str:
        """One line for people."""
        return f"{self.name} of {self.subject} is {self.value:.4g}, threshold {self.threshold:g} (count {self.count:g})"


def evaluate_alarms(snapshot: Snapshot, policy: AlarmPolicy) -> list[Alarm]:
    """Return the alarms of a window, given as the difference of two readings (`Snapshot.since`).

    Accuracy is judged by model, p95 latency of the service as a whole, GPU use by GPU, the share of 5xx answers of
    the service and of each route.
    """
    return [
        *_accuracy(snapshot, policy),
        *_latency(snapshot, policy),
        *_gpu(snapshot, policy),
        *_errors(snapshot, policy),
    ]


def _accuracy(snapshot: Snapshot, policy: AlarmPolicy) -> Iterator[Alarm]:
    for model, ratio in snapshot.gauges_by(names.ACCURACY, "model").items():
        count = snapshot.gauge(names.ACCURACY_COUNT, model=model) or 0.0
        if ratio < policy.min_accuracy and count >= policy.min_accuracy_count:
            yield Alarm("accuracy", Action.PAGE, model, ratio, policy.min_accuracy, count)


def _latency(snapshot: Snapshot, policy: AlarmPolicy) -> Iterator[Alarm]:
    times = snapshot.distribution(names.REQUEST_SECONDS)
    p95_s = times.quantile(0.95)
    if p95_s is not None and p95_s > policy.max_p95_s and times.count >= policy.min_requests:
        yield Alarm("p95_s", Action.SCALE_UP, WHOLE_SERVICE, p95_s, policy.max_p95_s, times.count)


def _gpu(snapshot: Snapshot, policy: AlarmPolicy) -> Iterator[Alarm]:
    for gpu, ratio in snapshot.gauges_by(names.GPU_USE, "gpu").items():
        if ratio > policy.max_gpu_ratio:
            yield Alarm("gpu_ratio", Action.ALERT, gpu, ratio, policy.max_gpu_ratio, 1)


def _errors(snapshot: Snapshot, policy: AlarmPolicy) -> Iterator[Alarm]:
    requests = snapshot.by(names.REQUESTS, "route")
    errors = snapshot.by(names.REQUESTS, "route", status="5xx")
    requests[WHOLE_SERVICE] = sum(requests.values())
    errors[WHOLE_SERVICE] = sum(errors.values())
    for subject, count in requests.items():
        ratio = errors.get(subject, 0.0) / count if count else 0.0
        if ratio > policy.max_error_ratio and count >= policy.min_requests:
            yield Alarm("error_ratio", Action.PAGE, subject, ratio, policy.max_error_ratio, count)
