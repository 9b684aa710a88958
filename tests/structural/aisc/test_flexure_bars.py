"""Flexure of bars and unsymmetrical shapes: published strengths, the three ranges of length, caps at Fy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.flexure import FLEXURE
from structural.aisc.flexure_bars import (
    BarState,
    StressState,
    rectangular_bar_flexure,
    round_bar_flexure,
    unsymmetrical_flexure,
)
from structural.aisc.method import available
from structural.errors import StructuralError
from tests.structural.aisc.refusal import assert_bad_numbers_are_refused, assert_quiet_at_the_edges

SIZES, LENGTHS = st.floats(0.1, 20.0), st.floats(0.0, 5000.0)


def test_rectangular_bar_is_the_published_one() -> None:
    # AISC Design Examples v16.0, F.12: 5 in. x 3 in., 6 ft between braces, Fy = 50 ksi
    strength = rectangular_bar_flexure(5.0, 3.0, 50.0, 72.0)
    assert float(strength.mn_kip_in) == pytest.approx(938.0, rel=1e-3)
    assert available(strength.mn_kip_in, FLEXURE, "LRFD") / 12.0 == pytest.approx(70.4, rel=2e-3)
    assert available(strength.mn_kip_in, FLEXURE, "ASD") / 12.0 == pytest.approx(46.8, rel=2e-3)
    assert float(strength.lp_in) == pytest.approx(46.4 * 9.0 / 5.0)


def test_round_bar_is_the_published_one() -> None:
    # Design Example F.13: 1 in. diameter
    strength = round_bar_flexure(1.0, 50.0)
    assert float(strength.mn_kip_in) == pytest.approx(7.86, rel=1e-3)
    assert available(strength.mn_kip_in, FLEXURE, "LRFD") / 12.0 == pytest.approx(0.590, rel=2e-3)
    assert available(strength.mn_kip_in, FLEXURE, "ASD") / 12.0 == pytest.approx(0.392, rel=2e-3)
    assert int(strength.governing) == BarState.YIELDING


@pytest.mark.parametrize("ratio", [100.0, 800.0, 2000.0])
def test_lateral_buckling_by_hand(ratio: float) -> None:
    # 8 x 1/2 at 36 ksi: limits of Lb d/t^2 are 64.4 and 1,531
    my, length = 36.0 * 0.5 * 64.0 / 6.0, ratio * 0.25 / 8.0
    expected = (1.52 - 0.274 * ratio * 36.0 / 29_000.0) * my if ratio < 1531.0 else 1.9 * 29_000.0 / ratio * my / 36.0
    strength = rectangular_bar_flexure(8.0, 0.5, 36.0, length, [1.0, 1.3])
    np.testing.assert_allclose(strength.mn_kip_in, np.minimum([expected, 1.3 * expected], 1.5 * my))
    assert BarState(int(strength.governing[0])).clause == "F11.2"


@given(SIZES, SIZES, LENGTHS, LENGTHS, st.floats(0.5, 3.0))
def test_bar_strength_never_grows_with_length(
    depth: float, thickness: float, one: float, other: float, cb: float
) -> None:
    strength = rectangular_bar_flexure(depth, thickness, 50.0, np.sort([one, other]), cb)
    assert strength.mn_kip_in[1] <= strength.mn_kip_in[0]
    assert strength.mn_kip_in[0] <= strength.mp_kip_in


@given(SIZES, SIZES)
def test_flat_and_square_bars_do_not_buckle(one: float, other: float) -> None:
    depth, thickness = sorted([one, other])
    strength = rectangular_bar_flexure(depth, thickness, 50.0, 1e5)
    assert strength.mn_kip_in == strength.mp_kip_in
    assert np.isinf(strength.lp_in)


def test_no_jump_at_the_limiting_lengths() -> None:
    at = rectangular_bar_flexure(8.0, 0.5, 50.0, 0.0)
    for limit in (float(at.lp_in), float(at.lr_in)):
        steps = limit * np.array([1.0 - 1e-9, 1.0 + 1e-9])
        below, above = rectangular_bar_flexure(8.0, 0.5, 50.0, steps).mn_kip_in
        assert above == pytest.approx(below, rel=2e-3)  # 1.52, 0.274 and 1.9 are rounded


def test_unsymmetrical_shapes_end_at_the_yield_moment() -> None:
    strength = unsymmetrical_flexure([10.0, 10.0, 10.0, 10.0], 50.0, [80.0, 30.0, 80.0, 50.0], [90.0, 40.0, 20.0, 50.0])
    assert strength.mn_kip_in.tolist() == [500.0, 300.0, 200.0, 500.0]
    assert [StressState(code).clause for code in strength.governing] == ["F12.1", "F12.2", "F12.3", "F12.1"]
    assert float(unsymmetrical_flexure(10.0, 50.0).mn_kip_in) == 500.0


def test_bad_numbers_are_refused_by_name() -> None:
    bar = {"depth_in": 5.0, "thickness_in": 3.0, "fy_ksi": 50.0, "lb_in": 72.0, "cb": 1.0}
    assert_bad_numbers_are_refused(rectangular_bar_flexure, bar, frozenset({"lb_in"}))
    assert_quiet_at_the_edges(rectangular_bar_flexure, bar, frozenset({"lb_in"}))
    assert_bad_numbers_are_refused(round_bar_flexure, {"diameter_in": 1.0, "fy_ksi": 50.0})
    shape = {"s_min_in3": 10.0, "fy_ksi": 50.0, "fcr_ltb_ksi": 30.0, "fcr_local_ksi": 40.0}
    assert_bad_numbers_are_refused(unsymmetrical_flexure, shape)
    for call, good in ((rectangular_bar_flexure, bar), (unsymmetrical_flexure, shape)):
        for name in good:
            with pytest.raises(StructuralError) as error:
                call(**{**good, name: 1e308})
            assert error.value.field == name
