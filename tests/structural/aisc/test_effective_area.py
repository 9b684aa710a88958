"""Effective widths of E7.1 and the effective area of round HSS of E7.2."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.buckling import flexural_flexibility, nominal_stress
from structural.aisc.effective_area import (
    HOLLOW_WALL,
    STIFFENED,
    UNSTIFFENED,
    Element,
    Imperfection,
    effective_area,
    effective_share,
    round_effective_share,
)

FY = np.array(50.0)
FACTORS = st.sampled_from([STIFFENED, HOLLOW_WALL, UNSTIFFENED])


def element(slenderness: object, limit: float, factors: Imperfection, area: float = 1.0) -> Element:
    return Element(np.asarray(slenderness, dtype=float), np.array(limit), np.array(area), factors)


@pytest.mark.parametrize("factors", [STIFFENED, HOLLOW_WALL, UNSTIFFENED])
def test_c2_follows_from_c1(factors: Imperfection) -> None:
    c1, c2 = factors
    assert c2 == pytest.approx((1.0 - np.sqrt(1.0 - 4.0 * c1)) / (2.0 * c1), abs=0.005)  # Eq. E7-4


@given(FACTORS, st.floats(5.0, 50.0), st.floats(5.0, 200.0), st.floats(5.0, 200.0))
def test_share_falls_with_slenderness(factors: Imperfection, fn: float, one: float, other: float) -> None:
    stocky, thin = effective_share(element(np.sort([one, other]), 13.5, factors), FY, np.array(fn))
    assert 0.0 < thin <= stocky <= 1.0


@given(FACTORS, st.floats(5.0, 50.0))
def test_share_is_continuous_where_reduction_starts(factors: Imperfection, fn: float) -> None:
    edge = 13.5 * np.sqrt(50.0 / fn)
    below, above = effective_share(element(edge * np.array([1 - 1e-9, 1 + 1e-9]), 13.5, factors), FY, np.array(fn))
    assert below == 1.0
    assert above == pytest.approx(1.0, abs=2e-3)  # c1 and c2 are rounded to two digits


@given(FACTORS, st.floats(5.0, 50.0), st.floats(5.0, 50.0), st.floats(14.0, 100.0))
def test_less_stress_makes_more_effective_but_carries_less(
    factors: Imperfection, one: float, other: float, slenderness: float
) -> None:
    low, high = np.sort([one, other])
    shares = effective_share(element(slenderness, 13.5, factors), FY, np.array([low, high]))
    assert shares[1] <= shares[0] + 1e-12
    assert low * shares[0] <= high * shares[1] * (1.0 + 2e-3)


def test_stem_of_a_published_double_tee() -> None:
    # AISC Design Examples v16.0, E.13: two WT9X20, Lcy/ry 85.0, Fn 29.5 ksi, Ae 11.2 in2, phi Pn 297 kip.
    fn = nominal_stress(FY, FY * flexural_flexibility(np.array(85.0)))
    stem = element(28.4, 0.75 * np.sqrt(580.0), UNSTIFFENED, 2.0 * 8.95 * 0.315)
    area, is_slender = effective_area(np.array(2.0 * 5.88), [stem], FY, fn)
    assert float(fn) == pytest.approx(29.5, rel=2e-3)
    assert effective_share(stem, FY, fn) * 8.95 == pytest.approx(8.06, rel=2e-3)
    assert float(area) == pytest.approx(11.2, rel=2e-3)
    assert 0.90 * float(fn * area) == pytest.approx(297.0, rel=3e-3)
    assert bool(is_slender)


def test_slender_but_fully_effective() -> None:
    # AISC Design Examples v16.0, E.8: WT7X15, lambda 25.6 over 18.1, limit 42.2 at Fn 9.21 ksi.
    stem = element(25.6, 18.1, UNSTIFFENED, 1.87)
    area, is_slender = effective_area(np.array(4.42), [stem], FY, np.array(9.21))
    assert float(area) == 4.42
    assert bool(is_slender)


def test_nonslender_rows_keep_their_area_beside_slender_ones() -> None:
    both = [element([10.0, 20.0], 13.5, UNSTIFFENED, 2.0), element([30.0, 30.0], 35.9, STIFFENED, 3.0)]
    area, is_slender = effective_area(np.array([8.0, 8.0]), both, FY, np.array([50.0, 50.0]))
    assert is_slender.tolist() == [False, True]
    assert area[0] == 8.0
    # 1.49 x 13.5/20 = 1.00575; (1 - 0.22 x 1.00575) 1.00575 = 0.78321
    assert area[1] == pytest.approx(8.0 - 2.0 * (1.0 - 0.78321), abs=1e-4)


def test_round_share_by_hand() -> None:
    # E/Fy = 580: up to D/t = 63.8 all of it; at 100: 0.038 x 5.8 + 0.6667 = 0.8871
    shares = round_effective_share(np.array([20.0, 63.8, 100.0]), FY)
    assert shares == pytest.approx([1.0, 1.0, 0.88707], abs=1e-5)
