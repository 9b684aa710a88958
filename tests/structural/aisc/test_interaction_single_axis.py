"""Single-axis flexure and compression: both limit states by hand, never less strict than it may be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.interaction import h1_interaction
from structural.aisc.interaction_single_axis import AxialRatios, SingleAxisState, single_axis_interaction
from structural.errors import StructuralError
from tests.structural.aisc.refusal import assert_bad_numbers_are_refused

SHARES = st.floats(0.0, 3.0)


def test_both_limit_states_by_hand() -> None:
    # In plane 0.30 + 8/9 x 0.45 = 0.70; out of plane 0.40 (1.5 - 0.2) + (0.60/1.5)^2 = 0.68
    result = single_axis_interaction(AxialRatios([0.30, 0.10], [0.40, 0.80]), [0.45, 0.30], [0.60, 0.30], [1.5, 1.0])
    assert result.in_plane.tolist() == pytest.approx([0.70, 0.35])
    assert result.out_of_plane.tolist() == pytest.approx([0.68, 0.80 * 1.1 + 0.09])
    assert result.ratio.tolist() == pytest.approx([0.70, 0.97])
    assert [SingleAxisState(code).clause for code in result.governing] == ["H1.3(a)", "H1.3(b)"]


def test_bending_alone_and_compression_alone() -> None:
    bent = single_axis_interaction(AxialRatios(0.0, 0.0), 0.8, 0.9)
    assert (float(bent.in_plane), float(bent.out_of_plane)) == pytest.approx((0.8, 0.81))
    pressed = single_axis_interaction(AxialRatios(0.5, 1.0), 0.0, 0.0)
    assert (float(pressed.in_plane), float(pressed.out_of_plane)) == pytest.approx((0.5, 1.0))


@given(SHARES, SHARES, SHARES, SHARES)
def test_more_load_never_helps(one: float, other: float, bending: float, buckling: float) -> None:
    axial = np.sort([one, other])
    result = single_axis_interaction(AxialRatios(axial, axial), bending, buckling)
    assert result.ratio[0] <= result.ratio[1] + 1e-12 or axial[0] < 0.2 <= axial[1]
    assert result.out_of_plane[0] <= result.out_of_plane[1] + 1e-12


@given(SHARES, SHARES, SHARES)
def test_overloaded_in_compression_is_never_adequate(axial: float, bending: float, buckling: float) -> None:
    result = single_axis_interaction(AxialRatios(axial / 2.0, axial), bending, buckling)
    assert result.out_of_plane >= axial
    assert result.in_plane == h1_interaction(axial / 2.0, bending)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(1.0, 2.5))
def test_out_of_plane_as_printed(axial: float, moment: float, cb: float) -> None:
    result = single_axis_interaction(AxialRatios(0.0, axial), 0.0, moment, cb)
    assert float(result.out_of_plane) == pytest.approx(axial * (1.5 - 0.5 * axial) + (moment / cb) ** 2)


def test_bending_about_y_needs_h11() -> None:
    with pytest.raises(StructuralError, match=r"H1\.1") as error:
        single_axis_interaction(AxialRatios(0.3, 0.3), 0.5, 0.5, 1.0, [0.04, 0.05])
    assert error.value.field == "moment_ratio_y"


def test_bad_numbers_are_refused_by_name() -> None:
    good = {
        "axial": AxialRatios(0.3, 0.4),
        "yield_moment_ratio": 0.5,
        "buckling_moment_ratio": 0.6,
        "cb": 1.2,
        "moment_ratio_y": 0.01,
    }
    may_be_zero = frozenset({"yield_moment_ratio", "buckling_moment_ratio", "moment_ratio_y"})
    assert_bad_numbers_are_refused(single_axis_interaction, good, may_be_zero)
    for bad in (np.nan, -0.1, 1e308, "ten"):
        for axial, field in ((AxialRatios(bad, 0.3), "in_plane"), (AxialRatios(0.3, bad), "out_of_plane")):
            with pytest.raises(StructuralError) as error:
                single_axis_interaction(**{**good, "axial": axial})
            assert error.value.field == field
