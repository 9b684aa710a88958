"""A clash report as JSON: the fields of the service's answer, and what only a check of a whole file knows."""

import math
from typing import Any

from serving.clash_report.report import ClashReport
from serving.clash_report.views import clash_view
from structural.geometry.findings import Finding


def report_as_json(report: ClashReport, *, joints: bool = False) -> dict[str, Any]:
    """Return a report as JSON-ready values, names as the files have them.

    ``joints`` lists the pairs taken for intended; they are counted either way. ``confidence`` is the mean over clashes
    and joints. Where no network judged, severity, hours and confidence are null and ``judged`` is false.
    """
    judged = [*report.clashes, *report.joints]
    known = [item.confidence for item in judged if not math.isnan(item.confidence)]
    return {
        "sources": list(report.sources),
        "tolerance_mm": report.tolerance_mm,
        "judged": report.is_judged,
        "model_version": report.model_version or None,
        "total_clashes": len(report.clashes),
        "clashes": [_finding(report, item) for item in report.clashes],
        "groups": [
            {
                "id": group.id,
                "cause": group.cause.value,
                "title": group.title,
                "severity": group.severity or None,
                "resolution_hours": _number(group.hours),
                "clashes": list(group.rows),
            }
            for group in report.groups
        ],
        "confidence": sum(known) / len(known) if known else None,
        "connections_count": len(report.joints),
        "connections": [_finding(report, item) for item in report.joints] if joints else [],
        "undecided": [_finding(report, item) for item in report.undecided],
        "members": len(report.model),
        "members_without_geometry": report.unread,
        "not_checked": dict(report.model.not_checked),
        "troubles": [
            {"guid": element.guid, "name": element.name, "reason": element.trouble} for element in report.troubled
        ],
        "left_out": {
            "by_rule": dict(report.left_out.ignored),
            "beyond_tolerance": report.left_out.beyond_tolerance,
            "below_minimum_penetration": report.left_out.below_penetration,
            "no_fault": report.left_out.no_fault,
        },
    }


def _finding(report: ClashReport, item: Finding) -> dict[str, Any]:
    first, second = report.of(item)
    view = clash_view(report, item)
    return {
        "member1": first.name or first.guid,
        "member2": second.name or second.guid,
        "guid1": first.guid,
        "guid2": second.guid,
        "severity": item.pair_class or None,
        "kind": item.kind,
        "distance_mm": round(item.distance_mm, 2),
        "resolution_hours": _number(item.hours),
        "confidence": _number(item.confidence),
        "point_m": view.point_m and [round(value, 4) for value in view.point_m],
        "size_m": round(view.size_m, 4),
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
