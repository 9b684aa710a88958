"""The registry of checks against published results and against rules that must hold for any design."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.code_checks.case import Case
from structural.code_checks.contract import Status
from structural.code_checks.parameters import parameter_table
from structural.code_checks.registry import ORDER, Evaluation, answers
from structural.problems.compliance_checker import PROBLEM
from structural.problems.compliance_checker.truth import evaluate_table

# Published results: AISC Design Examples v16.0 (2023, AISC 360-22), by example id of the project's list of results.
COLUMN = {"shape": "W14X90", "steel_grade": "A992", "axial_compression_kip": 840.0, "lcx_ft": 30.0, "lcy_ft": 15.0}
BEAM = {
    "shape": "W18X50",
    "steel_grade": "A992",
    "length_ft": 35.0,
    "unbraced_length_ft": 11.6667,
    "cb": 1.01,
    "dead_load_klf": 0.45,
    "live_load_klf": 0.75,
}
TAB = {
    "plate_grade": "A572-50",
    "plate_thickness_in": 0.375,
    "bolt_diameter_in": 0.875,
    "bolt_count": 3.0,
    "bolt_grade": "A325",
    "bolt_spacing_in": 3.0,
    "edge_distance_in": 1.5,
    "shear_kip": 60.0,
}


def _evaluate(*rows: dict, code: str = "AISC 360-22", place: str = "default") -> tuple[Case, Evaluation]:
    return evaluate_table(parameter_table(rows), np.full(len(rows), code), np.full(len(rows), place))


def _figure(row: dict, check: str, what: str = "capacity") -> float:
    _, evaluation = _evaluate(row)
    return float(getattr(evaluation, what)[0, ORDER.index(check)])


def _status(row: dict, check: str, **where: str) -> Status:
    _, evaluation = _evaluate(row, **where)
    return Status(int(evaluation.status[0, ORDER.index(check)]))


@pytest.mark.parametrize(
    ("row", "check", "published"),
    [
        (COLUMN, "CMP-01", 927.0),  # E-02: W14X90, Lcx 30 ft governs
        (COLUMN | {"method": "ASD"}, "CMP-01", 617.0),
        (COLUMN | {"shape": "W14X82", "lcx_ft": 11.5, "lcy_ft": 11.5}, "CMP-02", 861.0),  # E-09
        (BEAM, "FLX-02", 304.0 * 12.0),  # Example F.1-2A
        (BEAM | {"method": "ASD"}, "FLX-02", 202.0 * 12.0),
        (
            {  # Example D.1: W8X21, four 3/4 in. bolts through the flanges
                "shape": "W8X21",
                "steel_grade": "A992",
                "axial_tension_kip": 100.0,
                "hole_count": 4.0,
                "hole_diameter_in": 0.8125,
                "shear_lag_u": 0.908,
            },
            "TEN-02",
            211.0,
        ),
        (
            {  # Example J.3: four bolts share 4 times the published load on one
                "bolt_diameter_in": 0.75,
                "bolt_count": 4.0,
                "bolt_grade": "A325",
                "shear_kip": 32.0,
                "bolt_tension_kip": 93.6,
            },
            "BLT-03",
            4 * 25.5,
        ),
        (  # J-15: Class A, long slots, two slip planes
            TAB
            | {"bolt_diameter_in": 0.75, "joint_type": "slip_critical", "hole_type": "long_slot", "shear_planes": 2.0},
            "BLT-06",
            3 * 13.3,
        ),
        (TAB, "ELM-02", 65.9),  # J-26, shear rupture governs
        (TAB, "BLT-01", 3 * 24.35),  # 0.75 x 54 ksi x 0.6013 in2
        (
            {  # J-02: kds 1.40 at 60 degrees, two sides, 15.4 in.
                "weld_size_in": 0.3125,
                "weld_length_in": 15.4,
                "weld_lines": 2.0,
                "weld_angle_deg": 60.0,
                "electrode_ksi": 70.0,
                "shear_kip": 300.0,
            },
            "WLD-01",
            300.0,
        ),
    ],
)
def test_capacities_follow_published_examples(row: dict, check: str, published: float) -> None:
    assert _figure(row, check) == pytest.approx(published, rel=0.01)


def test_eight_one_inch_bolts_give_320_kips() -> None:
    row = {
        "bolt_diameter_in": 1.0,
        "bolt_count": 8.0,
        "bolt_grade": "A325",
        "thread_condition": "X",
        "shear_kip": 250.0,
    }
    assert _figure(row, "BLT-01") == pytest.approx(320.4, abs=0.1)


def test_amplified_interaction_follows_example_h4() -> None:
    # AISC Design Examples v16.0, H.4: W10X33, 14 ft, first-order moments, no sway; ratio 0.979.
    row = {
        "shape": "W10X33",
        "steel_grade": "A992",
        "length_ft": 14.0,
        "unbraced_length_ft": 14.0,
        "cb": 1.14,
        "cm": 1.0,
        "moment_basis": "first_order",
        "axial_compression_kip": 30.0,
        "moment_x_kip_ft": 90.0,
        "moment_y_kip_ft": 12.0,
    }
    assert _figure(row, "CMB-01", "ratio") == pytest.approx(0.979, rel=0.01)
    assert _status(row, "STB-04") is Status.PASS


@pytest.mark.parametrize(
    ("row", "check", "expected"),
    [
        (BEAM | {"steel_grade": "S355"}, "MAT-01", Status.FAIL),
        (BEAM | {"steel_grade": "A500-C"}, "MAT-01", Status.FAIL),
        (BEAM | {"fy_ksi": 55.0}, "MAT-01", Status.FAIL),
        (BEAM | {"steel_grade": "", "fy_ksi": 50.0}, "MAT-01", Status.ADVISORY),
        (BEAM | {"steel_grade": ""}, "MAT-01", Status.MISSING_INPUT),
        (TAB | {"bolt_grade": "A307", "joint_type": "slip_critical"}, "MAT-02", Status.FAIL),
        (BEAM | {"factored_load_klf": 1.5}, "LOD-01", Status.FAIL),
        (BEAM | {"factored_load_klf": 1.74}, "LOD-01", Status.PASS),
        (COLUMN, "LOD-01", Status.NOT_APPLICABLE),
        (TAB | {"bolt_spacing_in": 2.25}, "BLT-07", Status.FAIL),
        (TAB | {"bolt_spacing_in": 8 / 3 * 0.875}, "BLT-07", Status.ADVISORY),
        (TAB | {"bolt_spacing_in": 3 * 0.875}, "BLT-07", Status.PASS),
        (TAB | {"edge_distance_in": 1.0}, "BLT-08", Status.FAIL),
        (TAB | {"edge_distance_in": 5.0}, "BLT-09", Status.FAIL),
        ({"gravity_load_kip": 1000.0, "notional_load_kip": 2.0}, "STB-02", Status.PASS),
        ({"gravity_load_kip": 1000.0, "notional_load_kip": 2.0, "method": "ASD"}, "STB-02", Status.FAIL),
        ({"analysis_method": "effective_length", "second_order_ratio": 1.6}, "STB-03", Status.FAIL),
        ({"analysis_method": "effective_length"}, "STB-03", Status.MISSING_INPUT),
        ({"story_drift_in": 3.7, "story_height_ft": 15.0}, "SRV-03", Status.FAIL),
        ({"seismic_system": "R3", "seismic_design_category": "D"}, "JUR-01", Status.FAIL),
        ({"seismic_system": "SMF", "seismic_design_category": "D"}, "JUR-01", Status.MISSING_INPUT),
        (
            {"seismic_system": "SMF", "seismic_design_category": "D", "seismic_detailing": "aisc_341"},
            "JUR-01",
            Status.PASS,
        ),
    ],
)
def test_statuses(row: dict, check: str, expected: Status) -> None:
    assert _status(row, check) is expected


def test_an_edition_older_than_the_adopted_one_fails() -> None:
    assert _status(BEAM, "JUR-01", code="AISC 360-16", place="US-NY") is Status.FAIL
    assert _status(BEAM, "JUR-01", code="AISC 360-16", place="US-FL") is Status.PASS
    assert _status(BEAM, "JUR-01", code="AISC 360-22", place="US-FL") is Status.ADVISORY


@given(st.floats(1.05, 4.0), st.sampled_from([BEAM, TAB, COLUMN]))
@settings(max_examples=30)
def test_more_load_never_mends_a_check(factor: float, row: dict) -> None:
    heavier = {name: value * factor if name.endswith(("_kip", "_klf")) else value for name, value in row.items()}
    _, evaluation = _evaluate(row, heavier)
    failed = evaluation.status == Status.FAIL
    assert not np.any(failed[0] & ~failed[1])


def test_one_row_and_many_rows_agree() -> None:
    table = PROBLEM.generate(300, np.random.default_rng(3))
    alone = [
        PROBLEM.label({name: column[row : row + 1] for name, column in table.items()})["violations"][0]
        for row in range(0, 300, 29)
    ]
    assert alone == table["violations"][::29].tolist()


def test_missing_inputs_are_marked_and_break_compliance() -> None:
    row = {name: value for name, value in BEAM.items() if name != "length_ft"}
    _, evaluation = _evaluate(row)
    answer = answers(evaluation)[0]
    assert "FLX-01?" in answer.split("|")
    assert answer != "none"
