"""Groups and clashes as they are told to people, whatever they come from: a check made here, or a kept answer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from serving.clash_report.plain import plain
from serving.clash_report.report import ClashReport
from serving.schemas.clash_detector import Clash, Response
from structural.geometry.findings import Element, Finding, Model
from structural.problems.clash_detector.causes import Cause
from structural.problems.clash_detector.grouping import clash_id

_MM = 1000.0
_MOST_CLASSES = 8


@dataclass(frozen=True, slots=True)
class Side:
    """One member of a clash: its GlobalId as the file has it, and its name made plain."""

    guid: str
    name: str


@dataclass(frozen=True, slots=True)
class ClashView:
    """One clash. ``point_m`` (world of the file) and ``size_m`` (largest side of the box around it) may be unknown.

    ``kind`` is a word of `FINDING_KINDS`; ``severity`` and ``hours`` are empty and None where no network has judged.
    """

    id: str
    first: Side
    second: Side
    kind: str
    severity: str
    distance_mm: float
    hours: float | None
    confidence: float | None
    point_m: tuple[float, float, float] | None = None
    size_m: float = 0.0

    @property
    def text(self) -> str:
        """The clash in one line."""
        parts = [said(self.kind, self.distance_mm), self.severity]
        if self.hours is not None:
            parts.append(f"{self.hours:g} h")
        return f"{self.first.name} × {self.second.name}: {', '.join(filter(None, parts))}"


@dataclass(frozen=True, slots=True)
class GroupView:
    """One group of clashes, worst first."""

    id: str
    cause: str
    title: str
    severity: str
    hours: float | None
    clashes: tuple[ClashView, ...]


def said(kind: str, distance_mm: float) -> str:
    """Return a finding in words: ``hard, 12.3 mm deep``."""
    if kind == "clearance":
        return f"{distance_mm:.1f} mm apart"
    if kind in ("hard", "contained"):
        return f"{kind}, {-distance_mm:.1f} mm deep"
    return kind


def views_of(report: ClashReport) -> list[GroupView]:
    """Return the groups of a report in its order."""
    return [
        GroupView(
            group.id,
            group.cause,
            plain(group.title),
            group.severity,
            _known(group.hours),
            tuple(clash_view(report, report.clashes[row]) for row in group.rows),
        )
        for group in report.groups
    ]


def clash_view(report: ClashReport, finding: Finding) -> ClashView:
    """Return one finding of a report."""
    first, second = report.of(finding)
    x, y, z = ((np.asarray(finding.point_mm) + report.model.origin_mm) / _MM).tolist()
    size_mm = max(high - low for low, high in zip(finding.low_mm, finding.high_mm, strict=True))
    return ClashView(
        clash_id(first.guid, second.guid),
        side(first),
        side(second),
        finding.kind,
        finding.pair_class,
        finding.distance_mm,
        _known(finding.hours),
        _known(finding.confidence),
        (x, y, z),
        size_mm / _MM,
    )


def views_of_answer(answer: Response) -> list[GroupView]:
    """Return the groups of an answer of the clash detector; of one kept from before there were groups, its clashes."""
    clashes = [_answered(clash) for clash in answer.clashes]
    if not answer.groups:
        return [
            GroupView(clash.id, Cause.SINGLE, clash.text, clash.severity, clash.hours, (clash,)) for clash in clashes
        ]
    return [
        GroupView(
            group.id,
            group.cause,
            plain(group.title),
            group.severity,
            group.resolution_hours,
            tuple(clashes[row] for row in group.clashes),
        )
        for group in answer.groups
    ]


def _answered(clash: Clash) -> ClashView:
    return ClashView(
        clash_id(clash.guid1, clash.guid2),
        Side(clash.guid1, plain(clash.member1)),
        Side(clash.guid2, plain(clash.member2)),
        clash.kind or ("hard" if clash.hard else "clearance"),
        clash.severity,
        clash.distance_mm,
        clash.resolution_hours,
        clash.confidence,
        clash.point_m,
        clash.size_m,
    )


def side(element: Element) -> Side:
    """Return an element as one side of a clash."""
    return Side(element.guid, plain(element.name or element.tag or element.guid))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def distinct_guids(clashes: Sequence[ClashView]) -> list[str]:
    """Return the GlobalIds of the members of clashes, each once, in order."""
    return list(dict.fromkeys(guid for clash in clashes for guid in (clash.first.guid, clash.second.guid)))


def not_checked(model: Model) -> str:
    """Return in words what has a shape and is of no class that is checked, most first; empty where there is none."""
    counts = sorted(model.not_checked.items(), key=lambda item: (-item[1], item[0]))
    told = [f"{count:,} {plain(name)}" for name, count in counts[:_MOST_CLASSES]]
    rest = counts[_MOST_CLASSES:]
    if rest:
        told.append(f"{sum(count for _, count in rest):,} of {len(rest)} more classes")
    return ", ".join(told)
