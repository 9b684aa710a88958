"""Single angles: concentric (E3, E4, E7) and connected through one leg (E5)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.aisc.buckling import BucklingMode, coupled_flexibility, torsional_flexibility
from structural.aisc.compression import COMPRESSION, critical_stress
from structural.aisc.compression_angles import (
    angle_compression,
    equivalent_slenderness,
    is_leg_connection_permitted,
    leg_connected_compression,
)
from structural.aisc.method import available
from structural.angles import AngleTable, load_angles
from structural.errors import StructuralError

ANGLES = load_angles()
EQUAL = ANGLES.take(ANGLES.long_leg_in == ANGLES.short_leg_in)
LENGTH = st.floats(6.0, 300.0)


def test_leg_connected_angle_of_the_design_examples() -> None:
    # AISC Design Examples v16.0, E.14A: L5X3X1/2, 5 ft, long leg; 52.3 and 34.8 kip from a slenderness rounded to 127
    # (52.8 kip unrounded in the unit tests of AISCSteel.jl).
    strength = leg_connected_compression(ANGLES.rows("L5X3X1/2"), 50.0, 60.0, "long")
    assert float(strength.slenderness) == pytest.approx(127.0, rel=4e-3)
    assert float(strength.fn_ksi) == pytest.approx(15.5, rel=1.1e-2)
    assert float(available(strength.pn_kip, COMPRESSION, "LRFD")) == pytest.approx(52.8, rel=1e-3)
    assert float(available(strength.pn_kip, COMPRESSION, "ASD")) == pytest.approx(34.8, rel=1.1e-2)
    assert strength.governing == BucklingMode.EQUIVALENT_SLENDERNESS


def test_concentric_angle_of_the_design_examples() -> None:
    # AISC Design Examples v16.0, E.14B: L8X4X1/2, 5 ft, about z: Fe 59.3, Fn 35.1 ksi, Ae 5.34 in2, 168 and 112 kip.
    strength = angle_compression(ANGLES.rows("L8X4X1/2"), 50.0, 60.0)
    assert float(strength.slenderness) == pytest.approx(69.5, rel=1e-3)
    assert float(strength.fe_flexural_ksi) == pytest.approx(59.3, rel=3e-3)
    assert float(strength.fn_ksi) == pytest.approx(35.1, rel=1e-3)
    assert float(strength.ae_in2) == pytest.approx(5.34, rel=1e-3)
    assert float(available(strength.pn_kip, COMPRESSION, "LRFD")) == pytest.approx(168.0, rel=6e-3)
    assert float(available(strength.pn_kip, COMPRESSION, "ASD")) == pytest.approx(112.0, rel=5e-3)
    assert strength.fe_torsional_ksi == np.inf  # 16.0 <= 0.71 sqrt(E/Fy) = 17.1
    assert strength.governing == BucklingMode.FLEXURAL_Z


def test_lowest_root_solves_the_cubic() -> None:
    # L5X3X1/4 (b/t 20): every term of Eq. E4-4 from the table, roots by numpy.roots.
    shape = ANGLES.rows("L5X3X1/4")
    lengths = {"lcz_in": 40.0, "lcw_in": 60.0, "lct_in": 50.0}
    found = float(angle_compression(shape, 50.0, **lengths).fe_torsional_ksi)
    fex = np.pi**2 * 29_000.0 * float(shape.iw_in4 / shape.area_in2) / 60.0**2
    fey = np.pi**2 * 29_000.0 * float(shape.rz_in) ** 2 / 40.0**2
    fez = 1.0 / float(torsional_flexibility(shape, np.array(50.0)))
    alpha = np.arctan(float(shape.tan_alpha))
    right, up = float(shape.t_in / 2.0 - shape.x_in), float(shape.t_in / 2.0 - shape.y_in)
    xo = -right * np.cos(alpha) - up * np.sin(alpha)
    yo = -right * np.sin(alpha) + up * np.cos(alpha)
    x, y = (xo / float(shape.ro_in)) ** 2, (yo / float(shape.ro_in)) ** 2
    stress = np.poly1d([1.0, 0.0])
    cubic = (
        (stress - fex) * (stress - fey) * (stress - fez)
        - stress**2 * (stress - fey) * x
        - stress**2 * (stress - fex) * y
    )
    assert found == pytest.approx(float(np.min(cubic.roots.real)), rel=1e-9)
    assert found < min(fex, fey, fez)


@settings(max_examples=50)
@given(LENGTH, LENGTH, LENGTH)
def test_equal_legs_are_singly_symmetric_about_w(lcz: float, lcw: float, lct: float) -> None:
    # With H of the table Eq. E4-3 about w is the same mode as Eq. E4-4, whose other root is flexure about z.
    found = angle_compression(EQUAL, 1000.0, lcz, lcw, lct).fe_torsional_ksi
    radius = np.sqrt(EQUAL.iw_in4 / EQUAL.area_in2)
    about_w = (lcw / radius / np.pi) ** 2 / 29_000.0
    coupled = coupled_flexibility(about_w, torsional_flexibility(EQUAL, np.array(lct)), EQUAL.flexural_constant)
    about_z = (lcz / EQUAL.rz_in / np.pi) ** 2 / 29_000.0
    assert found == pytest.approx(1.0 / np.maximum(coupled, about_z), rel=2e-2)


def test_torsion_counts_for_thin_legs_only() -> None:
    strength = angle_compression(ANGLES, 50.0, 12.0)
    thin = ANGLES.long_leg_in / ANGLES.t_in > 0.71 * np.sqrt(29_000.0 / 50.0)
    assert np.array_equal(np.isfinite(strength.fe_torsional_ksi), thin)
    assert set(ANGLES.name[thin].tolist()) == {
        "L8X6X7/16",
        "L8X4X7/16",
        "L7X4X3/8",
        "L6X6X5/16",
        "L6X4X5/16",
        "L6X3-1/2X5/16",
        "L5X3-1/2X1/4",
        "L5X3X1/4",
    }
    governed = strength.governing == BucklingMode.FLEXURAL_TORSIONAL
    assert governed.any()
    assert not (governed & ~thin).any()
    # E4 carries the whole area, E7 the reduced one.
    assert np.array_equal(strength.ae_in2[governed], ANGLES.area_in2[governed])


@pytest.mark.parametrize(
    ("leg", "member", "length", "expected"),
    [
        # L6X4X1/2: rx 1.91, ry 1.14, rz 0.864; leg ratio 1.5, so 4 x 1.25 = 5 and 6 x 1.25 = 7.5 are added
        ("long", "planar", 60.0, 72.0 + 0.75 * 60.0 / 1.14),
        ("long", "planar", 120.0, 32.0 + 1.25 * 120.0 / 1.14),
        ("long", "space", 60.0, 60.0 + 0.8 * 60.0 / 1.14),
        ("long", "space", 120.0, 45.0 + 120.0 / 1.14),
        ("short", "planar", 60.0, 72.0 + 0.75 * 60.0 / 1.91 + 5.0),
        ("short", "space", 60.0, 60.0 + 0.8 * 60.0 / 1.91 + 7.5),
        ("short", "planar", 170.0, 0.95 * 170.0 / 0.864),
        ("short", "space", 210.0, 0.82 * 210.0 / 0.864),
    ],
)
def test_equivalent_slenderness_by_hand(leg: str, member: str, length: float, expected: float) -> None:
    found = equivalent_slenderness(ANGLES.rows("L6X4X1/2"), length, leg, member)
    assert float(found) == pytest.approx(expected, rel=1e-4)


def test_equal_legs_take_either_word_without_increase() -> None:
    lengths = np.linspace(0.0, 400.0, 50)[:, None]
    for member in ("planar", "space"):
        both = [equivalent_slenderness(EQUAL, lengths, leg, member) for leg in ("long", "short")]
        assert np.array_equal(*both)


@pytest.mark.parametrize(("member", "edge"), [("planar", 80.0), ("space", 75.0)])
def test_equivalent_slenderness_is_continuous(member: str, edge: float) -> None:
    shape = ANGLES.rows("L4X4X1/2")
    lengths = edge * float(shape.ry_in) * np.array([1.0 - 1e-9, 1.0 + 1e-9])
    below, above = equivalent_slenderness(shape, lengths, "long", member)
    assert above == pytest.approx(below, rel=1e-6)


def test_leg_connected_strength_is_e3_at_the_equivalent_slenderness() -> None:
    shape = ANGLES.rows("L6X6X1")
    strength = leg_connected_compression(shape, 36.0, 96.0, "short", "space")
    ratio = equivalent_slenderness(shape, 96.0, "short", "space")
    assert float(strength.pn_kip) == pytest.approx(float(critical_stress(36.0, ratio) * shape.area_in2))


def test_words_a_row() -> None:
    shape = ANGLES.rows("L6X4X1/2")
    strength = leg_connected_compression(shape, 50.0, 60.0, ["long", "short"], ["planar", "space"])
    assert strength.slenderness.tolist() == pytest.approx([72.0 + 0.75 * 60.0 / 1.14, 67.5 + 0.8 * 60.0 / 1.91])


def refused(shape: AngleTable, length: float, leg: str = "long") -> str | None:
    with pytest.raises(StructuralError) as error:
        leg_connected_compression(shape, 50.0, length, leg)
    return error.value.field


def test_limits_of_e5_are_refused_and_told_beforehand() -> None:
    unequal, stocky = ANGLES.rows("L8X4X1/2"), ANGLES.rows("L6X4X1/2")
    assert refused(unequal, 60.0) == "shape"
    assert refused(stocky, 160.0) == "length_in"  # 32 + 1.25 x 160/1.14 = 207
    permitted = is_leg_connection_permitted(
        ANGLES.rows(["L8X4X1/2", "L6X4X1/2", "L6X4X1/2"]), [60.0, 60.0, 160.0], "long"
    )
    assert permitted.tolist() == [False, True, False]


def test_unknown_words_are_refused_by_name() -> None:
    shape = ANGLES.rows("L6X4X1/2")
    assert refused(shape, 60.0, "middle") == "leg"
    with pytest.raises(StructuralError, match="known: planar, space") as error:
        leg_connected_compression(shape, 50.0, 60.0, "long", "tower")
    assert error.value.field == "member"
