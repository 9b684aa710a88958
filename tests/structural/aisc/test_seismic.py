"""Seismic limits, expected strength, joint ratios and systems: hand values, continuity and refusal."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc import seismic
from structural.aisc.seismic import SeismicElement, StoryDrift
from structural.errors import StructuralError
from tests.structural.aisc.refusal import (
    Call,
    assert_bad_numbers_are_refused,
    assert_huge_numbers_are_refused,
    assert_one_row_is_many_rows,
    assert_quiet_at_the_edges,
)

ROOT = float(np.sqrt(29_000.0 / 55.0))


def theta(
    cd: Any = 5.5,
    importance: Any = 1.0,
    load_kip: Any = 800,
    drift_in: Any = 2,
    shear_kip: Any = 90,
    height_in: Any = 156,
) -> np.ndarray:
    return seismic.stability_coefficient(StoryDrift(load_kip, drift_in, shear_kip, height_in), cd, importance)


NONE: frozenset[str] = frozenset()
COLUMN = {"pr_kip": 300, "fyc_ksi": 50, "ag_in2": 26.5, "method": "ASD"}
CALLS: list[tuple[Call, dict[str, Any], frozenset[str]]] = [
    (
        lambda **args: seismic.ductility_limits("moment_frame_web", **args).highly,
        {"fy_ksi": 50, "ry": 1.1, "ca": 0.2},
        frozenset({"ca"}),
    ),
    (
        seismic.axial_yield_ratio,
        {"pr_kip": 300, "fy_ksi": 50, "ry": 1.1, "ag_in2": 26.5, "method": "LRFD"},
        frozenset({"pr_kip"}),
    ),
    (seismic.expected_yield_ksi, {"fy_ksi": 50, "ry": 1.1}, NONE),
    (seismic.expected_tensile_ksi, {"fu_ksi": 65, "rt": 1.1}, NONE),
    (seismic.column_moment_kip_in, {"zc_in3": 157, **COLUMN}, frozenset({"pr_kip"})),
    (
        seismic.beam_moment_kip_in,
        {"mpr_kip_in": 6000, "shear_kip": 40, "arm_in": 12, "method": "LRFD"},
        frozenset({"shear_kip", "arm_in"}),
    ),
    (seismic.axial_exempts_column, COLUMN, frozenset({"pr_kip"})),
    (
        theta,
        {"cd": 5.5, "importance": 1, "load_kip": 800, "drift_in": 2, "shear_kip": 90, "height_in": 156},
        frozenset({"load_kip", "drift_in"}),
    ),
    (seismic.max_stability_coefficient, {"cd": 5.5, "demand_ratio": 1}, NONE),
    (
        lambda **args: seismic.system_permitted("special_moment_frame", "D", **args),
        {"height_ft": 100},
        NONE,
    ),
]


@pytest.mark.parametrize(("call", "good", "may_be_zero"), CALLS)
def test_numbers_are_guarded_and_rows_agree(call: Call, good: dict[str, Any], may_be_zero: frozenset[str]) -> None:
    assert_bad_numbers_are_refused(call, good, may_be_zero)
    assert_huge_numbers_are_refused(call, good)
    assert_quiet_at_the_edges(call, good, may_be_zero)
    assert_one_row_is_many_rows(call, good)


def test_limits_without_axial_force() -> None:
    # A992: Ry Fy = 55 ksi, sqrt(E/(Ry Fy)) = 22.96
    elements = list(SeismicElement)
    highly, moderately = seismic.ductility_limits(elements, 50.0, 1.1)
    assert highly / ROOT == pytest.approx([0.32, np.nan, 0.32, 0.65, 1.57, 2.5, 2.45, 0.053 * ROOT], nan_ok=True)
    assert moderately / ROOT == pytest.approx([0.40, 0.48, 0.40, 0.76, 1.57, 5.4, 3.76, 0.062 * ROOT])


def test_webs_under_axial_force_by_hand() -> None:
    ca = [0.1, 0.3, 1.0, 3.0]
    frame = seismic.ductility_limits("moment_frame_web", 50.0, 1.1, ca)
    assert frame.highly / ROOT == pytest.approx([2.5 * 0.9**2.3, 2.5 * 0.7**2.3, 0.0, 0.0])
    other = seismic.ductility_limits("other_web", 50.0, 1.1, [0.1, 0.3, 0.9])
    assert other.highly / ROOT == pytest.approx([2.45 * 0.896, 2.26 * 0.886, 1.56])
    assert other.moderately / ROOT == pytest.approx([3.76 * 0.695, 2.61 * 0.853, 1.56])


def test_web_limits_meet_at_the_break() -> None:
    low, high = (
        np.array(seismic.ductility_limits("other_web", 50.0, 1.1, ca)) for ca in (0.113, float(np.nextafter(0.113, 1)))
    )
    assert high == pytest.approx(low, rel=2e-3)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.sampled_from(list(SeismicElement)))
def test_limits_never_grow_with_axial_force_and_highly_is_the_stricter(
    one: float, other: float, element: SeismicElement
) -> None:
    # the printed coefficients leave a step of 0.1 % at the break
    limits = seismic.ductility_limits(element, 50.0, 1.1, np.sort([one, other]))
    assert limits.moderately[1] <= limits.moderately[0] * 1.002
    assert not np.any(limits.highly > limits.moderately * (1.0 + 1e-12))


def test_axial_ratio_and_expected_strength_by_hand() -> None:
    # 291.5/(55 x 26.5) = 0.2; ASD counts 1.5 Pa
    assert seismic.axial_yield_ratio(291.5, 50.0, 1.1, 26.5, ["LRFD", "ASD"]) == pytest.approx([0.2, 0.3])
    assert float(seismic.expected_yield_ksi(36.0, 1.5)) == pytest.approx(54.0)
    assert float(seismic.expected_tensile_ksi(58.0, 1.2)) == pytest.approx(69.6)


def test_strong_column_by_hand() -> None:
    # Zc 157, Pr 265 kip on 26.5 in2: 157 x (50 - 10) = 6280 each; beams 5000 + 40 x 12 = 5480 and 5000
    columns = seismic.column_moment_kip_in(157.0, 50.0, [265.0, 265.0], 26.5, "LRFD")
    beams = seismic.beam_moment_kip_in(5000.0, [40.0, 0.0], 12.0, "LRFD")
    assert columns == pytest.approx([6280.0, 6280.0])
    assert beams == pytest.approx([5480.0, 5000.0])
    assert float(seismic.column_beam_ratio(columns, beams)) == pytest.approx(12_560.0 / 10_480.0)
    assert float(seismic.column_moment_kip_in(157.0, 50.0, 265.0, 26.5, "ASD")) == pytest.approx(157.0 * 35.0)
    assert float(seismic.column_moment_kip_in(157.0, 50.0, 5000.0, 26.5, "LRFD")) == 0.0


def test_joints_stand_along_the_first_axes() -> None:
    ratio = seismic.column_beam_ratio([[6000.0, 6000.0], [3000.0, 0.0]], [[5000.0, 5000.0], [3000.0, 3000.0]])
    assert ratio == pytest.approx([1.2, 0.5])


def test_light_axial_force_opens_the_exceptions() -> None:
    # 0.3 x 50 x 26.5 = 397.5 kip; ASD compares 1.5 Pa
    allowed = seismic.axial_exempts_column([397.0, 398.0, 264.0, 266.0], 50.0, 26.5, ["LRFD", "LRFD", "ASD", "ASD"])
    assert allowed.tolist() == [True, False, True, False]


def test_stability_coefficient_by_hand() -> None:
    # 800 x 2 x 1/(90 x 156 x 5.5) = 0.02072
    assert float(theta()) == pytest.approx(0.02072, rel=1e-3)
    assert seismic.max_stability_coefficient([1.5, 5.5]) == pytest.approx([0.25, 0.0909], abs=1e-4)


def test_systems_of_the_table() -> None:
    factors = {name: (system.r, system.omega_0, system.cd) for name, system in seismic.SEISMIC_SYSTEMS.items()}
    assert factors == {
        "special_moment_frame": (8.0, 3.0, 5.5),
        "intermediate_moment_frame": (4.5, 3.0, 4.0),
        "ordinary_moment_frame": (3.5, 3.0, 3.0),
        "special_concentrically_braced_frame": (6.0, 2.0, 5.0),
        "ordinary_concentrically_braced_frame": (3.25, 2.0, 3.25),
        "eccentrically_braced_frame": (8.0, 2.0, 4.0),
        "buckling_restrained_braced_frame": (8.0, 2.5, 5.0),
        "special_plate_shear_wall": (7.0, 2.0, 6.0),
        "not_specifically_detailed": (3.0, 3.0, 3.0),
    }
    assert [name for name, system in seismic.SEISMIC_SYSTEMS.items() if not system.needs_341] == [
        "not_specifically_detailed"
    ]


def test_height_limits_of_the_table() -> None:
    none, barred = np.inf, 0.0
    limits = {name: system.height_limits_ft for name, system in seismic.SEISMIC_SYSTEMS.items()}
    assert limits["special_moment_frame"] == (none, none, none, none, none)
    assert limits["intermediate_moment_frame"] == (none, none, 35.0, barred, barred)
    assert limits["ordinary_moment_frame"] == (none, none, barred, barred, barred)
    assert limits["ordinary_concentrically_braced_frame"] == (none, none, 35.0, 35.0, barred)
    for name in ("special_concentrically", "eccentrically", "buckling_restrained"):
        assert limits[f"{name}_braced_frame"] == (none, none, 160.0, 160.0, 100.0)


def test_systems_by_category_and_height() -> None:
    plain = [
        bool(seismic.system_permitted("not_specifically_detailed", category, 500.0))
        for category in seismic.DESIGN_CATEGORIES
    ]
    assert plain == [True, True, True, False, False, False]
    braced = "special_concentrically_braced_frame"
    assert seismic.system_permitted(braced, "D", [160.0, 161.0]).tolist() == [True, False]
    assert seismic.system_permitted(braced, "F", [100.0, 160.0]).tolist() == [True, False]


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: seismic.ductility_limits("rib", 50.0, 1.1), "element"),
        (lambda: seismic.ductility_limits("flange", 50.0, 0.99), "ry"),
        (lambda: seismic.ductility_limits("flange", 50.0, 2.01), "ry"),
        (lambda: seismic.expected_yield_ksi(50.0, 2.01), "ry"),
        (lambda: seismic.expected_tensile_ksi(65.0, 0.99), "rt"),
        (lambda: theta(importance=1.51), "importance"),
        (lambda: seismic.system_permitted("portal", "D", 10.0), "system"),
        (lambda: seismic.system_permitted("special_moment_frame", "G", 10.0), "category"),
        (lambda: seismic.column_beam_ratio([1.0, np.nan], [1.0, 1.0]), "column_moments_kip_in"),
        (lambda: seismic.column_beam_ratio([1.0, 1.0], [0.0, 0.0]), "beam_moments_kip_in"),
        (lambda: seismic.force_level("plastic"), "method"),
    ],
)
def test_what_is_not_known_is_refused(call: Call, field: str) -> None:
    with pytest.raises(StructuralError) as error:
        call()
    assert error.value.field == field
