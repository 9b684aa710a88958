"""What a prediction costs: the CPU time it used, at the price of the task that runs the service."""

from dataclasses import dataclass

from serving.telemetry import names
from serving.telemetry.snapshot import Snapshot

SECONDS_PER_HOUR = 3_600.0


@dataclass(frozen=True, slots=True)
class TaskPrice:
    """Price of one task (container, machine).

    usd_per_hour : US dollars an hour, >= 0.
    cpus : CPUs which that price buys, > 0.
    """

    usd_per_hour: float
    cpus: float

    def of_cpu(self, cpu_s: float) -> float:
        """Return the US dollars that this many seconds of one CPU cost; idle time is nobody's."""
        return cpu_s * self.usd_per_hour / (SECONDS_PER_HOUR * self.cpus)

    def of_wall(self, wall_s: float) -> float:
        """Return the US dollars that the whole task costs in this many seconds, busy or idle."""
        return wall_s * self.usd_per_hour / SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True)
class MeanCosts:
    """US dollars a prediction over a window: the CPU time by model, and the whole task by prediction of any model."""

    by_model_usd: dict[str, float]
    task_usd: float | None


def mean_costs(window: Snapshot, price: TaskPrice) -> MeanCosts:
    """Return the mean costs of a window (`Snapshot.since`); a model without predictions is left out.

    The first figure is what one more prediction costs; the second is what the task came to, idle time and the HTTP
    work included, shared out over the predictions made. A quiet service has a low first and a high second.
    """
    costs = window.by(names.PREDICTION_COST, "model")
    counts = window.by(names.PREDICTIONS, "model")
    total = sum(counts.values())
    return MeanCosts(
        {model: costs.get(model, 0.0) / count for model, count in counts.items() if count},
        price.of_wall(window.window_s) / total if total else None,
    )
