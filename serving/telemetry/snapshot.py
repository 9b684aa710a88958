"""The figures of all workers at one moment, and what happened between two moments."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from serving.errors import ServingError
from serving.telemetry import names

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

Labels: TypeAlias = tuple[tuple[str, str], ...]
Series: TypeAlias = tuple[str, Labels]


@dataclass(frozen=True, slots=True)
class Distribution:
    """Observations by bucket: ``counts[i]`` of them lie in (``bounds[i-1]``, ``bounds[i]``]; the last bound is inf."""

    bounds: tuple[float, ...]
    counts: tuple[float, ...]

    @property
    def count(self) -> float:
        """How many observations there are."""
        return sum(self.counts)

    def quantile(self, share: float) -> float | None:
        """Return the value below which this share (0 to 1) of the observations lies; none without observations.

        Within a bucket the observations are taken as spread evenly, as Prometheus does; beyond the last finite bound
        that bound is returned.
        """
        rank, below = share * self.count, 0.0
        if not self.count:
            return None
        lower = 0.0
        for bound, count in zip(self.bounds, self.counts, strict=True):
            if count and below + count >= rank:
                return lower if math.isinf(bound) else lower + (bound - lower) * (rank - below) / count
            below, lower = below + count, bound if math.isfinite(bound) else lower
        return lower


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Counters (buckets of histograms too) and gauges of all workers together.

    counters, gauges : value by series, a series being name and sorted labels.
    window_s : seconds that the counters cover; 0 = since the service started.
    """

    counters: Mapping[Series, float]
    gauges: Mapping[Series, float]
    window_s: float = 0.0

    def since(self, earlier: "Snapshot", window_s: float) -> "Snapshot":
        """Return what was counted after ``earlier``, ``window_s`` seconds ago; gauges stay as they are now.

        A counter that fell was started anew: all of it is new.
        """
        grown = {}
        for series, value in self.counters.items():
            before = earlier.counters.get(series, 0.0)
            grown[series] = value - before if value >= before else value
        return Snapshot(grown, self.gauges, window_s)

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of a counter over all series that carry these labels; 0 when there is none."""
        wanted = labels.items()
        return sum(
            value for (found, at), value in self.counters.items() if found == name and wanted <= dict(at).items()
        )

    def by(self, name: str, label: str, **labels: str) -> dict[str, float]:
        """Return the sums of a counter by the values of one label, over the series that carry these labels."""
        sums: dict[str, float] = {}
        for (found, at), value in self.counters.items():
            carried = dict(at)
            if found == name and label in carried and labels.items() <= carried.items():
                sums[carried[label]] = sums.get(carried[label], 0.0) + value
        return sums

    def gauge(self, name: str, **labels: str) -> float | None:
        """Return the value of one gauge; none when nobody has set it."""
        return self.gauges.get((name, tuple(sorted(labels.items()))))

    def gauges_by(self, name: str, label: str) -> dict[str, float]:
        """Return the values of a gauge by one label."""
        return {dict(at)[label]: value for (found, at), value in self.gauges.items() if found == name}

    def distribution(self, name: str, **labels: str) -> Distribution:
        """Return a histogram, summed over the series that carry these labels."""
        running = self.by(f"{name}_bucket", "le", **labels)
        bounds = sorted((float(bound), count) for bound, count in running.items())
        counts, below = [], 0.0
        for _, reached in bounds:
            counts.append(max(reached - below, 0.0))
            below = reached
        return Distribution(tuple(bound for bound, _ in bounds), tuple(counts))

    def to_json(self) -> str:
        """Return the counters as text for `counters_from_json`."""
        return json.dumps([[name, at, value] for (name, at), value in self.counters.items()])


def counters_from_json(text: str) -> Snapshot:
    """Return a snapshot with the counters of `Snapshot.to_json` and no gauges; `ServingError` when it is none."""
    try:
        counters = {
            (str(name), tuple((str(label), str(value)) for label, value in at)): float(count)
            for name, at, count in json.loads(text)
        }
    except (TypeError, ValueError) as error:
        raise ServingError(f"the kept reading of the counters is damaged: {error}") from error
    return Snapshot(counters, {})


def read_registry(registry: "CollectorRegistry") -> Snapshot:
    """Return the project's figures of one process that shares no folder with others."""
    return _snapshot(registry.collect())


def read_snapshot(directory: Path) -> Snapshot:
    """Return the project's figures from the files of all workers, ``directory`` being ``PROMETHEUS_MULTIPROC_DIR``.

    A file that is being written over can raise `ServingError`: read again later.
    """
    from prometheus_client.multiprocess import MultiProcessCollector

    try:
        return _snapshot(MultiProcessCollector.merge([str(file) for file in sorted(directory.glob("*.db"))]))
    except (OSError, RuntimeError, ValueError) as error:
        raise ServingError(f"the figures in {directory.name} cannot be read now: {error}") from error


def parse_exposition(text: str) -> Snapshot:
    """Return the project's figures from the text that ``GET /metrics`` answers; `ServingError` when it is none."""
    from prometheus_client.parser import text_string_to_metric_families

    try:
        return _snapshot(text_string_to_metric_families(text))
    except (ValueError, KeyError, IndexError) as error:
        raise ServingError(f"the figures are no Prometheus text: {error}") from error


def _snapshot(families: "Iterable[Metric]") -> Snapshot:
    counters: dict[Series, float] = {}
    gauges: dict[Series, float] = {}
    for family in families:
        if not family.name.startswith(names.PREFIX):
            continue
        kept = gauges if family.type == "gauge" else counters
        for sample in family.samples:
            if not sample.name.endswith("_created"):
                kept[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return Snapshot(counters, gauges)
