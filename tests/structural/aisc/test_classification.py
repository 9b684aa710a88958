"""Published lists of shapes at Fy = 50 ksi come out by computation (user notes of ANSI/AISC 360-22)."""

import numpy as np
import pytest

from structural.aisc.classification import (
    ElementClass,
    classify,
    flange_limit_compression,
    flange_limits_major,
    flange_limits_minor,
    kc,
    web_limit_compression,
    web_limits_major,
)
from structural.aisc.shear import is_stocky_rolled_web, major_axis_shear
from structural.built_up import welded_i_shapes
from structural.shapes import ShapeTable, load_shapes

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
