"""Coped beam ends against published examples, continuity of the regimes, and sections cut into strips."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.copes import (
    COPE_YIELDING,
    buckling_coefficient,
    coped_flexural_rupture,
    double_cope_flexure,
    section_coped_at_both_flanges,
    section_coped_at_one_flange,
    top_cope_flexure,
)
from structural.aisc.method import available
from structural.errors import StructuralError
from structural.shapes import load_shapes
from tests.structural.aisc.refusal import assert_bad_numbers_are_refused, assert_quiet_at_the_edges

W_SHAPES = load_shapes("W")
ROWS = st.integers(0, len(W_SHAPES) - 1)
W21X62 = W_SHAPES.rows("W21X62")


@pytest.mark.parametrize(
    ("name", "depth", "sc", "zc"),
    [  # Manual Tables 9-2a and 9-2b, as quoted in the Design Examples v16.0 named
        ("W21X62", 8.0, 17.8, 32.2),  # II.A-6 Solution A
        ("W21X73", 8.0, 21.0, 37.6),  # II.A-6 Solution B
        ("W18X50", 2.0, 23.4, 42.5),  # II.A-4
        ("W18X35", 2.0, 18.2, 32.1),  # II.A-28A
    ],
)
def test_published_coped_sections(name: str, depth: float, sc: float, zc: float) -> None:
    section = section_coped_at_one_flange(W_SHAPES.rows(name), depth)
    assert float(section.sc_in3) == pytest.approx(sc, rel=5e-3)
    assert float(section.zc_in3) == pytest.approx(zc, rel=5e-3)


@pytest.mark.parametrize(
    ("name", "length", "depth", "e", "mn", "design", "allowable"),
    [  # Design Examples v16.0; Rn = Mn/e
        ("W21X62", 9.0, 8.0, 9.5, 1230.0, 116.0, 77.2),  # II.A-6 Solution A
        ("W21X73", 9.0, 8.0, 9.5, 1590.0, 150.0, 100.0),  # II.A-6 Solution B
        ("W18X50", 4.0, 2.0, 4.5, 1870.0, 374.0, 249.0),  # II.A-4
        ("W18X35", 4.0, 2.0, 1.0, 1270.0, 1140.0, 760.0),  # II.A-28A (moments)
    ],
)
def test_published_top_copes(
    name: str, length: float, depth: float, e: float, mn: float, design: float, allowable: float
) -> None:
    strength = top_cope_flexure(W_SHAPES.rows(name), 50.0, length, depth)
    assert float(strength.mn_kip_in) == pytest.approx(mn, rel=5e-3)
    assert float(available(strength.mn_kip_in / e, COPE_YIELDING, "LRFD")) == pytest.approx(design, rel=0.01)
    assert float(available(strength.mn_kip_in / e, COPE_YIELDING, "ASD")) == pytest.approx(allowable, rel=0.01)


def test_published_buckling_coefficients() -> None:
    # II.A-6: k1 3.47 (A) and 3.52 (B); II.A-4: 9.63; II.A-28A: 9.49
    shapes = W_SHAPES.rows(["W21X62", "W21X73", "W18X50", "W18X35"])
    k1 = buckling_coefficient(shapes, [9.0, 9.0, 4.0, 4.0], [13.0, 13.2, 16.0, 15.7])
    assert k1 == pytest.approx([3.47, 3.52, 9.63, 9.49], rel=5e-3)


def test_published_double_cope() -> None:
    # Design Examples v16.0, II.A-7: W16X40, copes 9-1/2 in. long, 3-1/2 and 2 in. deep, e 10 in.
    strength = double_cope_flexure(W_SHAPES.rows("W16X40"), 50.0, 9.5, 3.5, 2.0)
    assert float(strength.slenderness) == pytest.approx(1070.0, rel=5e-3)
    assert float(strength.my_kip_in) == pytest.approx(280.0, rel=2e-3)
    assert float(strength.mn_kip_in) == pytest.approx(421.0, rel=2e-3)
    assert float(available(strength.mn_kip_in / 10.0, COPE_YIELDING, "LRFD")) == pytest.approx(37.9, rel=3e-3)
    assert float(available(strength.mn_kip_in / 10.0, COPE_YIELDING, "ASD")) == pytest.approx(25.2, rel=3e-3)


@given(ROWS, st.floats(0.06, 0.49))
def test_coped_section_agrees_with_strips(row: int, share: float) -> None:
    shape = W_SHAPES.take(row)
    depth = max(share * float(shape.d_in), float(shape.tf_in))
    section = section_coped_at_one_flange(shape, depth)
    height = float(section.ho_in)
    y = (np.arange(20_000) + 0.5) / 20_000 * height
    area = np.where(y < float(shape.tf_in), float(shape.bf_in), float(shape.tw_in)) * height / 20_000
    axis = np.sum(area * y) / area.sum()
    assert float(section.sc_in3) == pytest.approx(np.sum(area * (y - axis) ** 2) / (height - axis), rel=1e-3)
    plastic = y[np.searchsorted(np.cumsum(area), area.sum() / 2.0)]
    assert float(section.zc_in3) == pytest.approx(np.sum(area * np.abs(y - plastic)), rel=1e-3)
    assert float(section.sc_in3) < float(section.zc_in3)


def test_double_coped_section_is_a_rectangle() -> None:
    section = section_coped_at_both_flanges(W21X62, 4.0, 3.0)
    assert float(section.sc_in3) == pytest.approx(0.400 * 14.0**2 / 6.0)
    assert float(section.zc_in3) == pytest.approx(0.400 * 14.0**2 / 4.0)
    assert float(coped_flexural_rupture(section, 65.0)) == pytest.approx(65.0 * 0.400 * 14.0**2 / 6.0)


@given(ROWS, st.floats(36.0, 100.0), st.floats(0.01, 2.0), st.floats(0.01, 2.0), st.floats(0.1, 0.5))
def test_longer_cope_never_strengthens_a_short_one(
    row: int, fy: float, one: float, other: float, depth_share: float
) -> None:
    # k1 falls with c up to the depth of the beam, and not below 1.61.
    shape = W_SHAPES.take(row)
    d = float(shape.d_in)
    depth = min(max(depth_share * d, float(shape.tf_in)), d / 2.0)
    strength = top_cope_flexure(shape, fy, np.sort([one, other]) * d / 2.0, depth)
    assert strength.mn_kip_in[1] <= strength.mn_kip_in[0] * (1.0 + 1e-12)
    assert np.all((strength.mn_kip_in > 0.0) & (strength.mn_kip_in <= strength.mp_kip_in))
    assert np.all(strength.my_kip_in < strength.mp_kip_in)


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_top_cope_is_continuous_at_its_limits(factor: float) -> None:
    # The yield stress at which lambda is the limit itself, and twice it.
    start = top_cope_flexure(W21X62, 50.0, 9.0, 8.0)
    fy = 50.0 * float(start.slenderness_p / start.slenderness * factor) ** 2
    below, above = top_cope_flexure(W21X62, [fy * (1.0 - 1e-9), fy * (1.0 + 1e-9)], 9.0, 8.0).mn_kip_in
    assert below == pytest.approx(above, rel=1e-6)
    at = top_cope_flexure(W21X62, fy, 9.0, 8.0)
    assert float(at.mn_kip_in) == pytest.approx(float(at.mp_kip_in if factor == 1.0 else at.my_kip_in), rel=1e-6)


def test_slender_web_buckles_elastically() -> None:
    start = top_cope_flexure(W21X62, 50.0, 9.0, 8.0)
    fy = 1.3 * 50.0 * float(2.0 * start.slenderness_p / start.slenderness) ** 2
    section = section_coped_at_one_flange(W21X62, 8.0)
    k1 = float(buckling_coefficient(W21X62, 9.0, 13.0))
    expected = 0.903 * 29_000.0 * k1 / (13.0 / 0.400) ** 2 * float(section.sc_in3)
    assert float(top_cope_flexure(W21X62, fy, 9.0, 8.0).mn_kip_in) == pytest.approx(expected)


def test_buckling_coefficient_is_continuous_and_never_below_its_floor() -> None:
    d, ho = 21.0, 13.0
    for edge in (ho, d):
        below, above = buckling_coefficient(W21X62, [edge * (1.0 - 1e-9), edge * (1.0 + 1e-9)], ho)
        assert below == pytest.approx(above, rel=1e-6)
    assert float(buckling_coefficient(W21X62, 40.0, 2.0)) == 1.61


@given(ROWS, st.floats(36.0, 100.0), st.floats(0.05, 2.0), st.floats(0.1, 0.45))
def test_double_cope_follows_f11(row: int, fy: float, length_share: float, depth_share: float) -> None:
    shape = W_SHAPES.take(row)
    d, tw = float(shape.d_in), float(shape.tw_in)
    depth = max(depth_share * d, float(shape.tf_in))
    if depth > d / 2.0 or 2.0 * depth >= d - 0.01:
        return
    strength = double_cope_flexure(shape, fy, length_share * d, depth, depth)
    height = d - 2.0 * depth
    cb = max((3.0 + np.log(length_share)) * (1.0 - depth / d), 1.84)
    my = fy * tw * height**2 / 6.0
    ratio = length_share * d * height / tw**2
    if height <= tw or ratio <= 0.08 * 29_000.0 / fy:
        expected = 1.5 * my
    elif ratio <= 1.9 * 29_000.0 / fy:
        expected = min(cb * (1.52 - 0.274 * ratio * fy / 29_000.0) * my, 1.5 * my)
    else:
        expected = min(1.9 * 29_000.0 * cb / ratio * my / fy, 1.5 * my)
    assert float(strength.mn_kip_in) == pytest.approx(expected)


def test_family_equals_single_members() -> None:
    depth = np.maximum(0.2 * W_SHAPES.d_in, W_SHAPES.tf_in)
    top = top_cope_flexure(W_SHAPES, 50.0, 0.5 * W_SHAPES.d_in, depth).mn_kip_in
    double = double_cope_flexure(W_SHAPES, 50.0, 0.5 * W_SHAPES.d_in, depth, depth).mn_kip_in
    for row in range(0, len(W_SHAPES), 37):
        shape = W_SHAPES.take(row)
        arguments = (shape, 50.0, 0.5 * float(shape.d_in), depth[row])
        assert float(top_cope_flexure(*arguments).mn_kip_in) == pytest.approx(top[row])
        assert float(double_cope_flexure(*arguments, depth[row]).mn_kip_in) == pytest.approx(double[row])


def test_bad_numbers_are_refused_by_name() -> None:
    section = section_coped_at_one_flange(W21X62, 8.0)
    base = {"shape": W21X62, "fy_ksi": 50.0, "length_in": 9.0}
    for call, good in (
        (section_coped_at_one_flange, {"shape": W21X62, "depth_in": 8.0}),
        (section_coped_at_both_flanges, {"shape": W21X62, "top_depth_in": 4.0, "bottom_depth_in": 3.0}),
        (buckling_coefficient, {"shape": W21X62, "length_in": 9.0, "ho_in": 13.0}),
        (top_cope_flexure, {**base, "depth_in": 8.0}),
        (double_cope_flexure, {**base, "top_depth_in": 4.0, "bottom_depth_in": 3.0}),
        (coped_flexural_rupture, {"section": section, "fu_ksi": 65.0}),
    ):
        assert_bad_numbers_are_refused(call, good)
        assert_quiet_at_the_edges(call, good)
        for name, value in good.items():
            if isinstance(value, float):
                with pytest.raises(StructuralError) as error:
                    call(**{**good, name: 1e308})
                assert error.value.field == name


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: top_cope_flexure(W21X62, 50.0, 42.1, 8.0), "length_in"),
        (lambda: top_cope_flexure(W21X62, 50.0, 9.0, 10.6), "depth_in"),
        (lambda: top_cope_flexure(W21X62, 50.0, 9.0, 0.6), "depth_in"),
        (lambda: double_cope_flexure(W21X62, 50.0, 42.1, 4.0, 4.0), "length_in"),
        (lambda: double_cope_flexure(W21X62, 50.0, 9.0, 10.6, 4.0), "top_depth_in"),
        (lambda: double_cope_flexure(W21X62, 50.0, 9.0, 10.0, 11.0), "bottom_depth_in"),
        (lambda: section_coped_at_one_flange(W21X62, 20.5), "depth_in"),
        (lambda: top_cope_flexure(load_shapes("C").rows("C15X50"), 50.0, 4.0, 2.0), "shape"),
    ],
)
def test_copes_outside_the_method_are_refused_by_name(call: object, field: str) -> None:
    with pytest.raises(StructuralError) as error:
        call()  # type: ignore[operator]
    assert error.value.field == field
