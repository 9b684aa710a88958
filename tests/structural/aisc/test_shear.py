"""Shear of webs and flanges, and the factors that go with each row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.method import available
from structural.aisc.shear import cv2, major_axis_shear, minor_axis_shear, web_buckling_coefficient
from structural.built_up import welded_i_shapes
from structural.shapes import load_shapes

W_SHAPES = load_shapes("W")


def test_rows_carry_their_own_factors() -> None:
    strength = major_axis_shear(W_SHAPES.rows(["W18X50", "W24X55"]), 50.0)
    assert strength.phi.tolist() == [1.0, 0.9]
    assert strength.omega.tolist() == [1.5, 1.67]
    # W18X50: 0.6 x 50 x 18.0 x 0.355; W24X55: 0.9 x 0.6 x 50 x 23.6 x 0.395 (Manual Table 3-2: 192 and 252 kip)
    assert available(strength.vn_kip, strength.factor, "LRFD") == pytest.approx([191.7, 251.7], rel=1e-3)


def test_welded_webs_never_take_the_rolled_factor() -> None:
    stocky = major_axis_shear(welded_i_shapes(10.0, 1.0, 20.0, 0.75), 50.0)
    assert stocky.phi.tolist() == [0.9]
    assert stocky.cv1.tolist() == [1.0]


@given(st.floats(0.2, 1.0))
def test_web_shear_is_continuous_where_buckling_starts(thickness: float) -> None:
    height = 1.10 * np.sqrt(5.34 * 29_000.0 / 50.0) * thickness
    near = welded_i_shapes(10.0, 1.0, [height * (1.0 - 1e-9), height * (1.0 + 1e-9)], thickness)
    cv1 = major_axis_shear(near, 50.0).cv1
    assert cv1 == pytest.approx([1.0, 1.0], abs=1e-6)


@given(st.floats(0.3, 10.0), st.floats(0.3, 10.0))
def test_stiffeners_closer_never_weaken(one: float, other: float) -> None:
    wide, close = web_buckling_coefficient(np.sort([one, other])[::-1])
    shape = welded_i_shapes(12.0, 1.0, 60.0, 0.3)
    weak, strong = (major_axis_shear(shape, 50.0, kv).vn_kip[0] for kv in (wide, close))
    assert weak <= strong + 1e-9


def test_stiffened_coefficient() -> None:
    assert web_buckling_coefficient([1.0, 2.0, 3.5]).tolist() == [10.0, 6.25, 5.34]


def test_cv2_branches_and_continuity() -> None:
    root = np.sqrt(1.2 * 29_000.0 / 50.0)
    ratios = root * np.array([1.0, 1.10, 1.2, 1.37, 2.0])
    expected = [1.0, 1.0, 1.10 / 1.2, 1.10 / 1.37, 1.51 / 4.0]
    assert cv2(ratios, 50.0, 1.2) == pytest.approx(expected)
    below, above = cv2(1.37 * root * np.array([1.0 - 1e-9, 1.0 + 1e-9]), 50.0, 1.2)
    assert above == pytest.approx(below, rel=3e-3)


def test_minor_axis_shear_is_both_flanges() -> None:
    shape = W_SHAPES.rows("W12X58")
    assert float(minor_axis_shear(shape, 50.0)) == pytest.approx(0.6 * 50.0 * 2.0 * 10.0 * 0.640)
