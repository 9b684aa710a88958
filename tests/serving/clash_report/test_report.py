"""Findings sorted into what is to be mended, joints, undecided and left out."""

import pytest

from serving.clash_report.report import build_report
from serving.clash_report.rules import read_rules
from tests.clash_scenes import clash, element, model

UNJUDGED = {"pair_class": "", "hours": float("nan"), "confidence": float("nan")}
MODEL = model(*(element(row) for row in range(6)), element(6, "pipe"))


def report(findings, document=None, version="1-a"):
    """Return the report of findings in the model."""
    return build_report(MODEL, ("m.ifc",), findings, read_rules(document), model_version=version)


def test_every_finding_is_in_one_list_or_one_count():
    """Nothing is dropped in silence."""
    findings = [
        clash(0, 1),
        clash(0, 2, "touching", 0.0, pair_class="CONNECTION", hours=0.0),
        clash(0, 3, "clearance", 20.0, pair_class="NONE", hours=0.0),
        clash(0, 4, "undecided", 0.0, **UNJUDGED),
        clash(0, 5, "clearance", 45.0, pair_class="LOW"),
        clash(1, 6, distance=-1.0),
        clash(2, 6),
    ]
    rules = {
        "tolerance_mm": 40,
        "minimum_penetration_mm": 3,
        "ignore": [{"between": [{"guid": MODEL.elements[2].guid}, {"kind": "pipe"}]}],
    }
    found = report(findings, rules)
    assert found.clashes == (findings[0],)
    assert found.joints == (findings[1],)
    assert found.undecided == (findings[3],)
    left = found.left_out
    assert (left.no_fault, left.beyond_tolerance, left.below_penetration, sum(left.ignored.values())) == (1, 1, 1, 1)


def test_without_a_network_all_that_overlap_or_come_near_are_clashes():
    """Joints cannot be told apart; touching pairs are no clashes."""
    kinds = ["hard", "touching", "clearance", "duplicate", "contained", "undecided"]
    findings = [
        clash(0, row, kind, {"clearance": 9.0}.get(kind, -5.0), **UNJUDGED) for row, kind in enumerate(kinds, 1)
    ]
    found = report(findings, version="")
    assert not found.is_judged
    assert [item.kind for item in found.clashes] == ["hard", "clearance", "duplicate", "contained"]
    assert [item.kind for item in found.undecided] == ["undecided"]
    assert found.left_out.no_fault == 1


def test_pairs_left_out_before_the_search_are_counted_with_those_after_it():
    """A rule that kept 7 pairs from the search and fits one finding has left out 8."""
    rules = read_rules({"ignore": [{"between": [{"kind": "pipe"}, {}]}]})
    found = build_report(MODEL, (), [clash(0, 6)], rules, ignored={"kind=pipe × any member": 7})
    assert found.left_out.ignored == {"kind=pipe × any member": 8}


@pytest.mark.parametrize("kind", ["duplicate", "contained"])
def test_a_minimum_penetration_hides_no_duplicate(kind):
    """What is modelled twice is a fault however thin the member."""
    found = report([clash(0, 1, kind, -1.0)], {"minimum_penetration_mm": 50})
    assert len(found.clashes) == 1
