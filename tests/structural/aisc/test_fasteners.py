"""Use of bolts and threaded parts: the rules one by one, hand values and refusal of bad numbers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc import bolts, fasteners
from structural.aisc.fasteners import BoltedJoint
from structural.errors import StructuralError
from tests.structural.aisc.refusal import (
    Call,
    assert_bad_numbers_are_refused,
    assert_huge_numbers_are_refused,
    assert_one_row_is_many_rows,
    assert_quiet_at_the_edges,
)

NONE: frozenset[str] = frozenset()
CALLS: list[tuple[Call, dict[str, Any], frozenset[str]]] = [
    (fasteners.shared_joint_strength, {"slip_kip": 50, "weld_kip": 60}, frozenset({"slip_kip", "weld_kip"})),
    (
        lambda **args: fasteners.shared_joint_ruling(**args).allowed,
        {"required_kip": 100, "weld_available_kip": 60, "bolt_available_kip": 40},
        frozenset({"weld_available_kip", "bolt_available_kip"}),
    ),
    (fasteners.threaded_tensile_stress_ksi, {"fu_ksi": 58}, NONE),
    (fasteners.threaded_shear_stress_ksi, {"fu_ksi": 58}, NONE),
    (fasteners.threads_per_inch, {"diameter_in": 0.75}, NONE),
    (fasteners.net_tensile_area_in2, {"diameter_in": 0.75, "threads_per_in": 10}, NONE),
    (fasteners.net_area_tension, {"fu_ksi": 120, "diameter_in": 0.75, "count": 2}, NONE),
]


@pytest.mark.parametrize(("call", "good", "may_be_zero"), CALLS)
def test_numbers_are_guarded_and_rows_agree(call: Call, good: dict[str, Any], may_be_zero: frozenset[str]) -> None:
    assert_bad_numbers_are_refused(call, good, may_be_zero)
    assert_huge_numbers_are_refused(call, good)
    assert_quiet_at_the_edges(call, good, may_be_zero)
    assert_one_row_is_many_rows(call, good)


@pytest.mark.parametrize(
    ("facts", "code", "clause"),
    [
        ({}, 0, ""),
        ({"action": "tension"}, 0, ""),
        ({"action": "tension", "group": 307}, 0, ""),
        ({"action": "tension", "group": 144}, 1, "J3.2(a)"),
        ({"action": "combined", "group": 150}, 1, "J3.2(a)"),
        ({"group": 150}, 0, ""),
        ({"vibration": True}, 1, "J3.2(b)"),
        ({"built_up_end": True}, 1, "E6.1"),
        ({"fatigue": True}, 1, "RCSC 4.2"),
        ({"reversal": True}, 1, "RCSC 4.2"),
        ({"fatigue": True, "reversal": True}, 2, "RCSC 4.3"),
        ({"slip_matters": True, "vibration": True}, 2, "RCSC 4.3"),
        ({"cover_plate": True}, 2, "F13.3"),
        ({"hole_type": "oversized"}, 2, "J3.3(d)"),
        ({"hole_type": "short_slot"}, 0, ""),
        ({"hole_type": "short_slot", "slot_along_load": True}, 2, "J3.3(e)"),
        ({"hole_type": "long_slot", "slot_along_load": True}, 2, "J3.3(e), (f)"),
        ({"slot_along_load": True}, 0, ""),
    ],
)
def test_least_tightening(facts: dict[str, Any], code: int, clause: str) -> None:
    codes, reason = fasteners.required_tightening(BoltedJoint(**{"group": 120, **facts}))
    assert int(codes) == code
    assert clause in str(reason)
    assert (str(reason) == "") == (code == 0)


def test_many_joints_at_once() -> None:
    joint = BoltedJoint(group=[120, 150, 120], action=["shear", "tension", "shear"], vibration=[False, False, True])
    codes, reason = fasteners.required_tightening(joint)
    assert codes.tolist() == [0, 1, 1]
    assert [text[:10] for text in reason.tolist()] == ["", "tension on", "loosening "]
    ruling = fasteners.tightening_ruling(joint, "snug_tight")
    assert ruling.allowed.tolist() == [True, False, False]
    assert ruling.reason.tolist() == reason.tolist()


def test_bolts_that_are_installed_snug_tight_only() -> None:
    for tightening, allowed in (("snug_tight", True), ("pretensioned", False), ("slip_critical", False)):
        common = fasteners.tightening_ruling(BoltedJoint(307), tightening)
        grade_1 = fasteners.tightening_ruling(BoltedJoint(200), tightening, group_200_grade_1=True)
        grade_2 = fasteners.tightening_ruling(BoltedJoint(200), tightening)
        assert (bool(common.allowed), bool(grade_1.allowed), bool(grade_2.allowed)) == (allowed, allowed, True)
    assert "J3.1" in str(common.reason)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"hole_type": "standard", "tightening": "snug_tight"}, ""),
        ({"hole_type": "oversized", "tightening": "slip_critical"}, ""),
        ({"hole_type": "oversized", "tightening": "pretensioned"}, "J3.3(d)"),
        ({"hole_type": "short_slot", "tightening": "snug_tight"}, ""),
        ({"hole_type": "short_slot", "tightening": "snug_tight", "slot_along_load": True}, "J3.3(e)"),
        ({"hole_type": "long_slot", "tightening": "slip_critical", "slot_along_load": True}, ""),
        ({"hole_type": "long_slot", "tightening": "slip_critical", "slotted_plies": 2}, "J3.3(f)"),
        ({"hole_type": "long_slot", "tightening": "slip_critical", "approved": False}, "J3.3(b)"),
        ({"hole_type": "short_slot", "tightening": "snug_tight", "approved": False}, ""),
        (
            {"hole_type": "short_slot", "tightening": "slip_critical", "slot_along_load": True, "approved": False},
            "J3.3(b)",
        ),
        ({"hole_type": "standard", "tightening": "snug_tight", "slot_along_load": True}, ""),
    ],
)
def test_use_of_holes(facts: dict[str, Any], reason: str) -> None:
    ruling = fasteners.hole_ruling(**facts)
    assert bool(ruling.allowed) == (reason == "")
    assert reason in str(ruling.reason)


def test_bolts_beside_welds() -> None:
    # required 100 kip; welds need 50 (turn of nut) or 70, bolts 33
    ruling = fasteners.shared_joint_ruling(
        100.0, [50.0, 49.0, 69.0, 70.0, 80.0], [33.0, 60.0, 60.0, 33.0, 32.0], [True, True, False, False, True]
    )
    assert ruling.allowed.tolist() == [True, False, False, True, False]
    assert [text[-7:] for text in ruling.reason.tolist()] == ["", "1.8(b))", "1.8(c))", "", "1.8(d))"]
    assert float(fasteners.shared_joint_strength(50.0, 60.0)) == 110.0
    assert (fasteners.SHARED_JOINT.phi, fasteners.SHARED_JOINT.omega) == (0.75, 2.00)


def test_threaded_parts_by_hand() -> None:
    assert float(fasteners.threaded_tensile_stress_ksi(58.0)) == pytest.approx(43.5)
    assert fasteners.threaded_shear_stress_ksi(58.0, [False, True]) == pytest.approx([26.1, 32.654])


def test_net_tensile_areas_of_coarse_threads() -> None:
    # AISC Manual Table 7-17
    areas = {0.5: 0.142, 0.625: 0.226, 0.75: 0.334, 0.875: 0.462, 1.0: 0.606, 1.125: 0.763, 1.25: 0.969, 1.375: 1.16}
    areas |= {1.5: 1.41, 1.75: 1.90, 2.0: 2.50, 2.25: 3.25, 2.5: 4.00, 2.75: 4.93, 3.0: 5.97}
    areas |= {3.25: 7.10, 3.5: 8.33, 3.75: 9.66, 4.0: 11.1}
    assert list(fasteners.UNC_THREADS_PER_INCH) == list(areas)
    assert fasteners.net_tensile_area_in2(list(areas)) == pytest.approx(list(areas.values()), rel=0.005)
    assert float(fasteners.net_tensile_area_in2(2.0, 8.0)) == pytest.approx(np.pi / 4.0 * (2.0 - 0.9743 / 8.0) ** 2)


@given(st.sampled_from(list(fasteners.UNC_THREADS_PER_INCH)))
def test_net_area_is_about_three_quarters_of_the_body(diameter: float) -> None:
    # which is why Fnt is 0.75 Fu on the body
    share = float(fasteners.net_tensile_area_in2(diameter) / bolts.bolt_area_in2(diameter))
    assert 0.70 < share < 0.90
    by_body = bolts.bolt_tension(fasteners.threaded_tensile_stress_ksi(120.0), diameter)
    assert float(fasteners.net_area_tension(120.0, diameter)) == pytest.approx(float(by_body) * share / 0.75)


def test_group_strengths_stand_behind_table_j3_2() -> None:
    groups = [307, 120, 144, 150, 200]
    strength = fasteners.group_tensile_strength_ksi(groups)
    assert strength.tolist() == [60.0, 120.0, 144.0, 150.0, 200.0]
    assert 0.75 * strength == pytest.approx(bolts.nominal_tensile_stress_ksi(groups), rel=0.01)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: fasteners.required_tightening(BoltedJoint(125)), "bolt_group"),
        (lambda: fasteners.required_tightening(BoltedJoint(120, action="bending")), "action"),
        (lambda: fasteners.required_tightening(BoltedJoint(120, hole_type="square")), "hole_type"),
        (lambda: fasteners.tightening_ruling(BoltedJoint(120), "loose"), "tightening"),
        (lambda: fasteners.hole_ruling("standard", "loose"), "tightening"),
        (lambda: fasteners.hole_ruling("long_slot", "slip_critical", slotted_plies=-1), "slotted_plies"),
        (lambda: fasteners.group_tensile_strength_ksi("A325"), "bolt_group"),
        (lambda: fasteners.threads_per_inch(0.8), "diameter_in"),
        (lambda: fasteners.threads_per_inch(5.0), "diameter_in"),
        (lambda: fasteners.net_tensile_area_in2(0.5, 1.5), "threads_per_in"),
    ],
)
def test_what_is_not_known_is_refused(call: Call, field: str) -> None:
    with pytest.raises(StructuralError) as error:
        call()
    assert error.value.field == field
