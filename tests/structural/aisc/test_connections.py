"""Welds, connecting elements, concentrated forces and net sections by hand and by their limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc import concentrated, elements, tension, welds
from structural.aisc.method import available
from structural.errors import StructuralError
from structural.shapes import load_shapes

SIZE = st.floats(0.1, 1.0)


def test_one_sixteenth_of_e70_fillet_an_inch_long() -> None:
    nominal = welds.fillet_weld_strength(1.0 / 16.0, 1.0, 70.0)
    assert float(available(nominal, welds.WELD, "LRFD")) == pytest.approx(1.392, abs=5e-4)
    assert float(available(nominal, welds.WELD, "ASD")) == pytest.approx(0.928, abs=5e-4)


@given(st.floats(0.0, 90.0), st.floats(0.0, 90.0))
def test_directional_factor_grows_from_one_to_one_and_a_half(one: float, other: float) -> None:
    low, high = welds.directional_factor(np.sort([one, other]))
    assert 1.0 <= low <= high <= 1.5


@pytest.mark.parametrize(
    ("thickness", "fillet", "throat"),
    [
        (0.25, 1 / 8, 1 / 8),
        (0.2501, 3 / 16, 3 / 16),
        (0.5, 3 / 16, 3 / 16),
        (0.75, 1 / 4, 1 / 4),
        (0.7501, 5 / 16, 5 / 16),
        (2.0, 5 / 16, 3 / 8),
        (6.0, 5 / 16, 1 / 2),
        (6.1, 5 / 16, 5 / 8),
    ],
)
def test_least_weld_sizes(thickness: float, fillet: float, throat: float) -> None:
    assert float(welds.min_fillet_size_in(thickness)) == fillet
    assert float(welds.min_pjp_throat_in(thickness)) == throat


def test_greatest_fillet_along_an_edge() -> None:
    assert welds.max_fillet_size_in([0.1875, 0.25, 0.5]).tolist() == [0.1875, 0.1875, 0.4375]


def test_short_and_long_welds() -> None:
    assert welds.effective_size_in(0.25, [0.5, 1.0, 2.0]).tolist() == [0.125, 0.25, 0.25]
    assert welds.long_weld_factor([50.0, 100.0, 200.0, 300.0, 600.0]) == pytest.approx([1.0, 1.0, 0.8, 0.6, 0.3])
    assert float(welds.effective_length_in(0.25, 100.0)) == pytest.approx(45.0)


@given(SIZE, st.floats(1.0, 400.0), st.floats(1.0, 400.0))
def test_a_longer_weld_never_loses_effective_length_beyond_the_plateau(size: float, one: float, other: float) -> None:
    # 1.2 l - 0.002 l^2/w peaks at l/w = 300 and stays at 180 w.
    short, long = welds.effective_length_in(size, np.sort([one, other]))
    assert short <= long + 1e-9
    assert long <= 180.0 * size + 1e-9


@given(st.floats(0.0, 500.0), st.floats(0.0, 500.0))
def test_weld_group_is_never_less_than_either_rule(longitudinal: float, transverse: float) -> None:
    group = welds.weld_group_strength(longitudinal, transverse)
    assert group == max(longitudinal + transverse, 0.85 * longitudinal + 1.5 * transverse)


def test_block_shear_takes_the_lesser_shear_term() -> None:
    # Fy 36, Fu 58: rupture 0.6 x 58 x 2 = 69.6, yielding 0.6 x 36 x 3 = 64.8, tension 58 x 1
    strength = elements.block_shear(3.0, [2.0, 1.5], 1.0, [1.0, 0.5], 36.0, 58.0)
    assert strength == pytest.approx([64.8 + 58.0, 52.2 + 29.0])


def test_element_strengths_by_hand() -> None:
    assert float(elements.tension_yielding(36.0, 2.0)) == pytest.approx(72.0)
    assert float(elements.tension_rupture(58.0, 1.5)) == pytest.approx(87.0)
    assert float(elements.shear_yielding(36.0, 2.0)) == pytest.approx(43.2)
    assert float(elements.shear_rupture(58.0, 1.5)) == pytest.approx(52.2)
    assert float(elements.plate_flexural_yielding(36.0, 0.5, 6.0)) == pytest.approx(162.0)


def test_stocky_element_yields_and_slender_one_buckles() -> None:
    strength = elements.compression(36.0, 2.0, [0.0, 25.0, 25.1, 100.0])
    assert strength[:2].tolist() == [72.0, 72.0]
    assert strength[2] < 72.0
    assert np.all(np.diff(strength) <= 0.0)


def test_concentrated_forces_by_hand() -> None:
    # W18X50: d 18.0, tw 0.355, tf 0.570, kdes 0.972; lb 4 in. (Eq. J10-2 to J10-5b)
    shape = load_shapes("W").rows("W18X50")
    far, near = 20.0, 0.0
    assert float(concentrated.web_local_yielding(shape, 50.0, 4.0, far)) == pytest.approx(
        50.0 * 0.355 * (5 * 0.972 + 4.0)
    )
    assert float(concentrated.web_local_yielding(shape, 50.0, 4.0, near)) == pytest.approx(
        50.0 * 0.355 * (2.5 * 0.972 + 4.0)
    )
    root = np.sqrt(29_000.0 * 50.0 * 0.570 / 0.355)
    slim = (0.355 / 0.570) ** 1.5
    interior = 0.80 * 0.355**2 * (1.0 + 3.0 * 4.0 / 18.0 * slim) * root
    exterior = 0.40 * 0.355**2 * (1.0 + (4.0 * 4.0 / 18.0 - 0.2) * slim) * root
    assert concentrated.web_crippling(shape, 50.0, 4.0, [far, near]) == pytest.approx([interior, exterior])
    assert concentrated.flange_local_bending(50.0, 0.570, [5.7, 5.6]) == pytest.approx(
        [6.25 * 50.0 * 0.570**2, 0.5 * 6.25 * 50.0 * 0.570**2]
    )


@given(st.floats(0.0, 20.0), st.floats(0.0, 20.0), st.floats(0.0, 40.0))
def test_longer_bearing_never_weakens_a_web(one: float, other: float, end: float) -> None:
    shape = load_shapes("W").rows("W24X55")
    for state in (concentrated.web_local_yielding, concentrated.web_crippling):
        short, long = state(shape, 50.0, np.sort([one, other]), end)
        assert short <= long


def test_end_crippling_is_continuous_at_a_fifth_of_the_depth() -> None:
    shape = load_shapes("W").rows("W24X55")
    edge = 0.2 * float(shape.d_in)
    below, above = concentrated.web_crippling(shape, 50.0, [edge * (1 - 1e-9), edge * (1 + 1e-9)], 0.0)
    assert above == pytest.approx(below, rel=1e-6)


@given(st.floats(0.0, 5.0), st.floats(1.0, 40.0), st.floats(1.0, 40.0))
def test_shear_lag_never_falls_with_length(x_bar: float, one: float, other: float) -> None:
    low, high = tension.shear_lag_partial(x_bar, np.sort([one, other]))
    assert 0.0 <= low <= high <= 1.0
    low, high = tension.shear_lag_longitudinal_welds(np.sort([one, other]), 8.0, x_bar)
    assert 0.0 <= low <= high <= 1.0


def test_shear_lag_of_flange_bolts() -> None:
    assert tension.shear_lag_i_flange_bolts([8.0, 6.0], [12.0, 12.0]).tolist() == [0.90, 0.85]


def test_holes_that_leave_nothing_are_refused() -> None:
    for call in (
        lambda: tension.net_area_in2(2.0, 1.0, 4, 0.5),
        lambda: tension.net_width_in(3.0, 1.0, 3),
    ):
        with pytest.raises(StructuralError, match="leave no net") as error:
            call()
        assert error.value.field == "holes"
