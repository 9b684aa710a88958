"""Published lists of shapes at Fy = 50 ksi come out by computation (user notes of ANSI/AISC 360-22)."""

import numpy as np
import pytest

from structural.aisc.classification import (
    ElementClass,
    Limits,
    angle_leg_limit_compression,
    angle_leg_limits,
    classify,
    flange_limit_compression,
    flange_limits_major,
    flange_limits_minor,
    hollow_flange_limits,
    hollow_wall_limit_compression,
    hollow_web_limits,
    kc,
    outstanding_leg_limit_compression,
    rolled_flange_limit_compression,
    round_limit_compression,
    round_limits,
    tee_flange_limits,
    tee_stem_limit_compression,
    tee_stem_limits,
    web_limit_compression,
    web_limits_major,
)
from structural.aisc.shear import is_stocky_rolled_web, major_axis_shear
from structural.angles import load_double_angles
from structural.built_up import welded_i_shapes
from structural.checks import FloatArray
from structural.hollow import load_rectangular_hss, load_round_hss
from structural.shapes import ShapeTable, load_shapes
from structural.tees import load_tees

FY = np.asarray(50.0)


def names_where(families: str, mask: object) -> set[str]:
    found: set[str] = set()
    for family in families.split():
        table: ShapeTable = load_shapes(family)
        found |= set(table.name[mask(table)].tolist())  # type: ignore[operator]
    return found


def test_noncompact_flanges_in_flexure() -> None:
    # User note of F2 and F6.2.
    found = names_where(
        "W S M C MC",
        lambda table: classify(table.lambda_f, flange_limits_major(table, FY)) == ElementClass.NONCOMPACT,
    )
    assert found == set(
        "W21X48 W14X99 W14X90 W12X65 W10X12 W8X31 W8X10 W6X15 W6X9 W6X8.5 M4X6".split()  # noqa: SIM905
    )


def test_no_rolled_shape_has_a_slender_flange_or_noncompact_web_in_flexure() -> None:
    for family in ("W", "M", "S", "HP", "C", "MC"):
        table = load_shapes(family)
        assert np.all(classify(table.lambda_f, flange_limits_minor(FY)) < ElementClass.SLENDER)
        assert np.all(classify(table.h_tw, web_limits_major(FY)) == ElementClass.COMPACT)


def test_webs_that_miss_the_stocky_limit_of_shear() -> None:
    # User note of G2.1(a).
    found = names_where("W S HP", lambda table: ~is_stocky_rolled_web(table, 50.0))
    assert found == {"W44X230", "W40X149", "W36X135", "W33X118", "W30X90", "W24X55", "W16X26", "W12X14"}


def test_webs_that_buckle_in_shear() -> None:
    # User note of G2.1(b).
    found = names_where("W M S HP C MC", lambda table: major_axis_shear(table, 50.0).cv1 < 1.0)
    assert found == {"M12.5X12.4", "M12.5X11.6", "M12X11.8", "M12X10.8", "M12X10", "M10X8", "M10X7.5"}


def test_limits_at_50_ksi_by_hand() -> None:
    root = np.sqrt(29_000.0 / 50.0)
    rolled = load_shapes("W").rows(["W14X90"])
    assert flange_limit_compression(rolled, FY) == pytest.approx(0.56 * root)
    assert web_limit_compression(FY) == pytest.approx(35.88, abs=0.01)
    assert flange_limits_major(rolled, FY).compact == pytest.approx(9.15, abs=0.01)
    assert flange_limits_major(rolled, FY).slender == pytest.approx(24.08, abs=0.01)
    assert web_limits_major(FY).compact == pytest.approx(90.55, abs=0.01)


def test_built_up_limits_use_kc() -> None:
    shape = welded_i_shapes(12.0, 0.5, 20.0, 0.25)
    root = np.sqrt(29_000.0 / 50.0)
    k = 4.0 / np.sqrt(80.0)
    assert kc(shape.h_tw)[0] == pytest.approx(k)
    assert flange_limit_compression(shape, FY)[0] == pytest.approx(0.64 * np.sqrt(k) * root)
    assert flange_limits_major(shape, FY).slender[0] == pytest.approx(0.95 * np.sqrt(k / 0.7) * root)


def test_kc_is_kept_between_its_bounds() -> None:
    assert kc(np.array([1.0, 1000.0])).tolist() == [0.76, 0.35]


def test_classes_change_just_above_the_limits() -> None:
    limits = flange_limits_minor(FY)
    edges = np.array([limits.compact, limits.slender])
    assert classify(edges, limits).tolist() == [ElementClass.COMPACT, ElementClass.NONCOMPACT]
    assert classify(np.nextafter(edges, np.inf), limits).tolist() == [ElementClass.NONCOMPACT, ElementClass.SLENDER]


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (rolled_flange_limit_compression(FY), 13.49),
        (angle_leg_limit_compression(FY), 10.84),
        (tee_stem_limit_compression(FY), 18.06),
        (hollow_wall_limit_compression(FY), 33.72),
        (round_limit_compression(FY), 63.80),
    ],
)
def test_compression_limits_at_50_ksi(limit: FloatArray, expected: float) -> None:
    # Multiples of sqrt(29000/50) = 24.083 and 29000/50 = 580; cases 1, 3, 4, 6 and 9 of Table B4.1a.
    assert float(limit) == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize(
    ("limits", "compact", "slender"),
    [
        (tee_flange_limits(FY), 9.15, 24.08),
        (tee_stem_limits(FY), 20.23, 36.61),
        (angle_leg_limits(FY), 13.00, 21.92),
        (hollow_flange_limits(FY), 26.97, 33.72),
        (hollow_web_limits(FY), 58.28, 137.27),
        (round_limits(FY), 40.60, 179.80),
    ],
)
def test_flexure_limits_at_50_ksi(limits: Limits, compact: float, slender: float) -> None:
    # Cases 10, 14, 12, 17, 19 and 20 of Table B4.1b.
    assert (float(limits.compact), float(limits.slender)) == pytest.approx((compact, slender), abs=0.006)


def test_outstanding_legs_in_contact_are_flanges() -> None:
    table = load_double_angles()
    limits = outstanding_leg_limit_compression(table, FY)
    expected = np.where(
        table.separation_in == 0.0, rolled_flange_limit_compression(FY), angle_leg_limit_compression(FY)
    )
    assert np.array_equal(limits, expected)
    assert len(np.unique(limits)) == 2


def test_slender_piles_in_compression() -> None:
    # AISC Manual Table 4-2, shapes marked slender at 50 ksi.
    found = names_where("HP", lambda table: table.bf_2tf > flange_limit_compression(table, FY))
    assert found == {"HP16X88", "HP14X73", "HP12X53"}


def test_slender_columns_in_compression() -> None:
    # AISC Manual Table 4-1a (W14 from 43 lb/ft, W12 from 40, W10 from 33, W8 from 31): W14X43 alone is marked slender.
    table = load_shapes("W")
    lightest = {"W14": 43.0, "W12": 40.0, "W10": 33.0, "W8": 31.0}
    tabulated = np.array(
        [
            weight >= lightest.get(name.split("X")[0], np.inf)
            for name, weight in zip(table.name.tolist(), table.weight_lb_ft.tolist(), strict=True)
        ]
    )
    slender = (table.bf_2tf > flange_limit_compression(table, FY)) | (table.h_tw > web_limit_compression(FY))
    assert table.name[tabulated & slender].tolist() == ["W14X43"]


def test_noncompact_tee_flanges_are_those_of_the_parent_shapes() -> None:
    # Halves of the F2 user-note list; the tee table rounds bf and tf by itself.
    tees = load_tees("WT")
    found = set(tees.name[classify(tees.bf_2tf, tee_flange_limits(FY)) == ElementClass.NONCOMPACT].tolist())
    halves = "WT10.5X24 WT7X49.5 WT7X45 WT6X32.5 WT5X6 WT4X15.5 WT4X5 WT3X7.5 WT3X4.5 WT3X4.25"
    assert found == set(halves.split())


def test_published_hollow_sections() -> None:
    # AISC Design Examples v16.0: E.9 (no slender wall), E.10 (all walls slender), E.11 (no pipe slender at 35 ksi).
    table = load_rectangular_hss().rows(["HSS12X10X3/8", "HSS12X8X3/16"])
    limit = hollow_wall_limit_compression(FY)
    assert (table.h_t > limit).tolist() == [False, True]
    assert (table.b_t > limit).tolist() == [False, True]
    assert np.all(load_round_hss("PIPE").d_t <= round_limit_compression(np.asarray(35.0)))


def test_published_tees() -> None:
    # AISC Design Examples v16.0: E.7 (WT7X34 nonslender), E.8 and E.13 (slender stems).
    table = load_tees("WT").rows(["WT7X34", "WT7X15", "WT9X20"])
    assert (table.d_tw > tee_stem_limit_compression(FY)).tolist() == [False, True, True]
    assert not np.any(table.bf_2tf > rolled_flange_limit_compression(FY))
