"""A report as JSON."""

import json
from dataclasses import replace

from serving.clash_report.as_json import report_as_json
from serving.clash_report.report import build_report
from serving.clash_report.rules import ClashRules
from serving.clash_report.views import not_checked
from serving.schemas import clash_detector
from tests.clash_scenes import clash, element, model

MODEL = model(*(element(row) for row in range(4)), origin=(1e6, 0.0, 0.0))
FINDINGS = [
    clash(0, 1),
    clash(1, 2, "touching", 0.0, pair_class="CONNECTION", hours=0.0),
    clash(2, 3, "clearance", 9.0),
]


def test_fields_are_those_of_the_service():
    """A program that reads the service's answer reads this one: the same names for the same things."""
    found = report_as_json(build_report(MODEL, ("m.ifc",), FINDINGS, ClashRules(), model_version="1-a"))
    assert found["total_clashes"] == 2
    assert set(found["groups"][0]) == set(clash_detector.Group.model_fields)
    assert set(found["clashes"][0]) <= set(clash_detector.Clash.model_fields)
    first = found["clashes"][0]
    assert (first["member1"], first["severity"], first["distance_mm"], first["kind"]) == (
        "beam-0",
        "MEDIUM",
        -12.0,
        "hard",
    )
    assert first["point_m"] == [1000.1, 0.05, 0.1]
    assert sorted(row for group in found["groups"] for row in group["clashes"]) == [0, 1]


def test_joints_are_counted_and_listed_on_demand():
    """The count is there either way."""
    report = build_report(MODEL, ("m.ifc",), FINDINGS, ClashRules(), model_version="1-a")
    assert (report_as_json(report)["connections_count"], report_as_json(report)["connections"]) == (1, [])
    assert report_as_json(report, joints=True)["connections"][0]["severity"] == "CONNECTION"


def test_what_is_not_checked_is_counted_by_class():
    others = replace(MODEL, not_checked={"IfcSlab": 3, "IfcFooting": 12})
    found = report_as_json(build_report(others, ("m.ifc",), FINDINGS, ClashRules()))
    assert found["not_checked"] == {"IfcSlab": 3, "IfcFooting": 12}
    assert not_checked(others) == "12 IfcFooting, 3 IfcSlab"
    assert not_checked(MODEL) == ""
    many = replace(MODEL, not_checked={f"IfcClass{number}": 2_000 - number for number in range(10)})
    assert not_checked(many).endswith("1,993 IfcClass7, 3,983 of 2 more classes")


def test_geometry_alone_is_json_too():
    """NaN is written as null, and nothing claims to be judged."""
    unjudged = {"pair_class": "", "hours": float("nan"), "confidence": float("nan")}
    found = report_as_json(build_report(MODEL, ("m.ifc",), [clash(0, 1, **unjudged)], ClashRules()))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert (found["judged"], found["model_version"], found["confidence"]) == (False, None, None)
    assert (found["clashes"][0]["severity"], found["clashes"][0]["resolution_hours"]) == (None, None)
