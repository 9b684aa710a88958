"""Items about the versions in service: gates, targets, signatures, latency, a way back, the dataset. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.documents import percent
from flows.preflight.items import Item, judged, unanswered
from structural.problems import PROBLEM_NAMES

AREA = "models"
_RUN = "run `sdai run`; `sdai status` shows the reasons of each gate"


@dataclass(frozen=True, slots=True)
class InService:
    """The version that answers for a model: the outcome of its gate, accuracy and target (ratios), None if unknown."""

    version: str
    gate: str | None
    accuracy: float | None
    target: float
    previous_fault: str | None
    """Why the version before cannot be gone back to; None where it can, or where there is none."""
    has_previous: bool


@dataclass(frozen=True, slots=True)
class Timed:
    """A latency of the last probe and its limit, ms; ``version`` is the one that was timed."""

    version: str | None
    p95_ms: float | None
    limit_ms: float
    alone_ms: float | None
    alone_limit_ms: float


def judge_gates(served: Mapping[str, InService]) -> Item:
    """Every model has a version in service, and its gate said pass."""
    faults = [f"{name} has no version in service" for name in PROBLEM_NAMES if name not in served]
    faults += [
        f"{name} {item.version}: gate said {item.gate or 'nothing'}"
        for name, item in served.items()
        if item.gate != "pass"
    ]
    versions = ", ".join(f"{name} {item.version}" for name, item in sorted(served.items()))
    return judged(AREA, "every gate passed", faults, versions, _RUN)


def judge_targets(served: Mapping[str, InService]) -> Item:
    """The accuracy on the sealed holdout of every version in service reaches today's target."""
    faults = [
        f"{name}: {percent(item.accuracy)} of {percent(item.target)}"
        for name, item in served.items()
        if item.accuracy is None or item.accuracy < item.target
    ]
    if not served:
        faults = ["no version is in service"]
    found = ", ".join(f"{name} {percent(item.accuracy)}" for name, item in sorted(served.items()))
    return judged(AREA, "accuracy reaches its target", faults, found, _RUN)


def judge_signatures(faults: Sequence[str], count: int) -> Item:
    """The service would load every version in service: its files are signed by a trusted key and whole."""
    told = list(faults) if count else ["no version is in service"]
    return judged(AREA, "signatures verify", told, f"{count} versions verified", "promote again, or `sdai sign`")


def judge_way_back(served: Mapping[str, InService]) -> Item:
    """The version that served before can be gone back to at once."""
    name = "a version to go back to"
    faults = [f"{model}: {item.previous_fault}" for model, item in served.items() if item.previous_fault]
    if faults or not served:
        return judged(AREA, name, faults or ["no version is in service"], "", "restore its files; `sdai restore`")
    first = [model for model, item in sorted(served.items()) if not item.has_previous]
    if first:
        why = f"the first version has nothing before it: {', '.join(first)}"
        mend = "it is there after the next promotion; until then there is nothing to go back to"
        return unanswered(AREA, name, why, mend)
    return judged(AREA, name, (), f"{len(served)} models", "")


def judge_latency(timed: Mapping[str, Timed], served: Mapping[str, str]) -> Item:
    """The 95th percentile of the last probe is within its limit, for the very version in service."""
    faults = []
    for model, version in sorted(served.items()):
        item = timed.get(model)
        if item is None or item.version != version:
            faults.append(f"{model}: the last run did not time version {version}")
        elif item.p95_ms is None or item.p95_ms > item.limit_ms:
            faults.append(f"{model}: p95 {_ms(item.p95_ms)}, limit {item.limit_ms:g} ms")
        elif item.alone_ms is None or item.alone_ms > item.alone_limit_ms:
            faults.append(f"{model}: alone {_ms(item.alone_ms)}, limit {item.alone_limit_ms:g} ms")
    if not served:
        faults = ["no version is in service"]
    found = ", ".join(f"{model} {_ms(item.p95_ms)}" for model, item in sorted(timed.items()) if model in served)
    return judged(AREA, "p95 within its limit", faults, found, "run `sdai run` on the machine that shall serve")


def judge_dataset(recorded: str | None, entries: int | None, changed: Sequence[str] | None) -> Item:
    """The files of the dataset are those of the last run, by their digests; ``changed`` None: they are not here."""
    name = "dataset is the one trained on"
    if recorded is None:
        return judged(AREA, name, ["no run was completed"], "", _RUN)
    if changed is None:
        why = f"dataset {recorded[:16]} is not on this machine"
        return unanswered(AREA, name, why, "fetch it: `sdai dataset pull`, or build it: `sdai dataset build`")
    found = f"{entries:,} entries, sha256 {recorded[:16]}" if entries else f"sha256 {recorded[:16]}"
    return judged(
        AREA, name, changed, found, "build it again: `sdai dataset build`; the same seed gives the same bytes"
    )


def _ms(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.1f} ms"
