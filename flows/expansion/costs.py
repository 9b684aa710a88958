"""What a quarter cost: training, predictions, storage. Pure but for `folder_bytes`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SECONDS_PER_HOUR = 3_600.0
BYTES_PER_GB = 1e9


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars: an hour of the machine that trains, an hour of one CPU that serves, a gigabyte kept for a month."""

    training_usd_per_hour: float
    serving_usd_per_cpu_hour: float
    storage_usd_per_gb_month: float


@dataclass(frozen=True, slots=True)
class Served:
    """Predictions of one model in the quarter and the seconds they took together."""

    model: str
    predictions: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report."""

    what: str
    amount: str
    usd: float


def cost_lines(
    training_s: Mapping[str, float], other_s: float, served: Sequence[Served], kept_bytes: int, prices: Prices
) -> list[Line]:
    """Return the lines of the cost report.

    ``training_s`` has the seconds of each training by its label, ``other_s`` those of the run's other stages. Serving
    counts the time that predictions took; idle time of the tasks is in the bill of the cloud, not here.
    """
    hourly = prices.training_usd_per_hour / SECONDS_PER_HOUR
    lines = [Line(f"training {label}", f"{seconds:,.0f} s", seconds * hourly) for label, seconds in training_s.items()]
    lines.append(Line("building, validation, measuring, gates", f"{other_s:,.0f} s", other_s * hourly))
    for item in served:
        usd = item.seconds * prices.serving_usd_per_cpu_hour / SECONDS_PER_HOUR
        each = f", {1e6 * usd / item.predictions:.2f} USD a million" if item.predictions else ""
        lines.append(Line(f"predictions {item.model}", f"{item.predictions:,} in {item.seconds:,.0f} s{each}", usd))
    gigabytes = kept_bytes / BYTES_PER_GB
    lines.append(Line("storage, a month", f"{gigabytes:.2f} GB", gigabytes * prices.storage_usd_per_gb_month))
    return lines


def folder_bytes(folders: Sequence[Path]) -> int:
    """Return the bytes of all files below folders; what is gone meanwhile does not count."""
    total = 0
    for folder in folders:
        for path in folder.rglob("*"):
            try:
                total += path.stat().st_size if path.is_file() and not path.is_symlink() else 0
            except OSError:
                continue
    return total
