"""Elastic buckling: the stable forms against the printed equations, and the nominal stress that follows."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.buckling import (
    BucklingMode,
    coupled_flexibility,
    effective_length,
    elastic_stress,
    flexural_flexibility,
    largest,
    nominal_stress,
    torsional_flexibility,
    yield_stress,
)
from structural.errors import StructuralError
from structural.shapes import load_shapes
from structural.tees import load_tees

STRESS = st.floats(0.5, 5000.0)
CONSTANT = st.floats(0.05, 1.0)


def printed_e4_3(fey: float, fez: float, constant: float) -> float:
    # In doubles the printed form loses half its digits where both loads are equal and H is near 1.
    with localcontext() as context:
        context.prec = 60
        y, z, h = Decimal(fey), Decimal(fez), Decimal(constant)
        return float((y + z) / (2 * h) * (1 - (1 - 4 * y * z * h / (y + z) ** 2).sqrt()))


@given(STRESS, STRESS, CONSTANT)
def test_coupled_buckling_is_equation_e4_3(fey: float, fez: float, constant: float) -> None:
    flexibility = coupled_flexibility(np.array(1.0 / fey), np.array(1.0 / fez), np.array(constant))
    assert 1.0 / float(flexibility) == pytest.approx(printed_e4_3(fey, fez, constant), rel=1e-9)
    assert flexibility >= max(1.0 / fey, 1.0 / fez) * (1.0 - 1e-12)


def test_coupled_buckling_of_published_members() -> None:
    # AISC Design Examples v16.0: E.5, E.6, E.7, E.8, E.12 (Fey, Fez, H, Fe).
    rows = np.array(
        [
            [76.9, 102.0, 0.813, 60.5],
            [49.2, 37.8, 0.657, 26.8],
            [30.0, 165.0, 0.915, 29.5],
            [11.0, 57.0, 0.771, 10.5],
            [29.7, 66.2, 0.808, 26.4],
        ]
    )
    fey, fez, constant, expected = rows.T
    assert 1.0 / coupled_flexibility(1.0 / fey, 1.0 / fez, constant) == pytest.approx(expected, rel=5e-3)


def test_without_an_offset_of_the_shear_centre_the_modes_are_apart() -> None:
    flexural, torsional = np.array([0.01, 0.03]), np.array([0.02, 0.02])
    assert coupled_flexibility(flexural, torsional, np.array(1.0)) == pytest.approx([0.02, 0.03])


def test_zero_length_takes_a_mode_away() -> None:
    zero, some = np.array(0.0), np.array(0.02)
    assert coupled_flexibility(zero, some, np.array(0.7)) == pytest.approx(0.02)
    assert coupled_flexibility(zero, zero, np.array(0.7)) == 0.0
    assert elastic_stress(np.array([0.0, 0.02])).tolist() == [np.inf, 50.0]


def test_torsion_by_hand() -> None:
    # AISC Design Examples v16.0, E.7: WT7X34 at 20 ft, Fez = 165 ksi; E.8: WT7X15, 57.0 ksi.
    tees = load_tees().rows(["WT7X34", "WT7X15"])
    assert elastic_stress(torsional_flexibility(tees, np.array(240.0))) == pytest.approx([165.0, 57.0], rel=1e-2)
    # W27X194: [pi^2 E Cw/L^2 + G J]/(Ix + Iy) of Eq. E4-2
    shape = load_shapes("W").rows("W27X194")
    expected = (np.pi**2 * 29_000.0 * 111_000.0 / 240.0**2 + 11_200.0 * 27.1) / (7860.0 + 619.0)
    assert elastic_stress(torsional_flexibility(shape, np.array(240.0))) == pytest.approx(expected)


def test_flexure_by_hand() -> None:
    assert elastic_stress(flexural_flexibility(np.array(100.0))) == pytest.approx(28.62, rel=1e-3)


def test_nominal_stress_by_hand() -> None:
    # 0.658^1 x 50 = 32.9; 0.877 x 50/5 = 8.77
    assert nominal_stress(np.array(50.0), np.array([0.0, 1.0, 5.0])) == pytest.approx([50.0, 32.9, 8.77])


@given(st.floats(0.0, 20.0), st.floats(0.0, 20.0))
def test_nominal_stress_falls_as_the_member_softens(one: float, other: float) -> None:
    stiff, soft = nominal_stress(np.array(50.0), np.sort([one, other]))
    assert 0.0 < soft <= stiff <= 50.0


def test_governing_mode_and_ties() -> None:
    x, y = np.array([0.01, 0.02, 0.02]), np.array([0.02, 0.01, 0.02])
    flexibility, mode = largest(((BucklingMode.FLEXURAL_X, x), (BucklingMode.FLEXURAL_TORSIONAL, y)))
    assert flexibility.tolist() == [0.02, 0.02, 0.02]
    assert mode.tolist() == [BucklingMode.FLEXURAL_TORSIONAL, BucklingMode.FLEXURAL_X, BucklingMode.FLEXURAL_X]


def test_modes_name_their_clauses() -> None:
    assert [mode.clause for mode in BucklingMode] == ["E3", "E3", "E4(a)", "E4", "E3", "E5"]


@pytest.mark.parametrize("bad", [0.0, -50.0, np.nan, np.inf, 1e308, "fifty"])
def test_yield_stress_that_cannot_be_meant(bad: object) -> None:
    with pytest.raises(StructuralError) as error:
        yield_stress(bad)  # type: ignore[arg-type]
    assert error.value.field == "fy_ksi"


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf, 1e308, "ten"])
def test_length_that_cannot_be_meant(bad: object) -> None:
    with pytest.raises(StructuralError) as error:
        effective_length("lcx_in", bad)  # type: ignore[arg-type]
    assert error.value.field == "lcx_in"
