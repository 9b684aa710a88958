"""What a prediction costs: the CPU time it used, at the price of the task that runs the service."""

from dataclasses import dataclass

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
