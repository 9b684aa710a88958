"""Eccentric weld groups against published coefficients, lines worked by hand, and a solution of their own."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.aisc import weld_groups
from structural.aisc.method import available
from structural.aisc.weld_groups import (
    KIP_PER_SIXTEENTH,
    WeldGroup,
    c_shape,
    eccentric_weld_strength,
    elastic_unit_force,
    electrode_coefficient,
    equivalent_length_in,
    l_shape,
    parallel_lines,
    table_coefficient,
    weld_group,
)
from structural.aisc.welds import WELD, fillet_weld_strength
from structural.errors import StructuralError

LENGTH = st.floats(3.0, 24.0)
ECCENTRICITY = st.floats(1.0, 60.0)
ANGLE = st.floats(0.0, 75.0)
LINE = weld_group([[0.0, 0.0, 0.0, 10.0]])


@pytest.mark.parametrize(
    ("group", "length", "ex", "theta", "published"),
    [
        (c_shape(10.0, 5.0), 10.0, 8.75, 0.0, 1.88),  # Design Examples v16.0, II.A-26 Solution A (Table 8-8)
        (c_shape(10.0, 5.0), 10.0, 8.75, 75.0, 3.45),  # II.A-26 Solution B (Table 8-8)
        (c_shape(18.0, 3.0), 18.0, 0.606 * 18.0, 0.0, 1.46),  # II.A-23 (Table 8-8, interpolated)
        (c_shape(12.0, 3.5), 12.0, 0.488 * 12.0, 0.0, 2.15),  # II.A-21 (Table 8-8, interpolated)
        (l_shape(11.5, 4.0), 11.5, 0.319 * 11.5, 0.0, 2.19),  # II.A-29 (Table 8-10, interpolated)
        (parallel_lines(23.5, 1e-3), 23.5, 4.0, 0.0, 3.61),  # II.A-2A (Table 8-4, k = 0)
    ],
)
def test_published_coefficients(group: WeldGroup, length: float, ex: float, theta: float, published: float) -> None:
    assert float(table_coefficient(group, length, ex, theta)) == pytest.approx(published, rel=5e-3)


def test_strength_of_design_example_ii_a_26() -> None:
    nominal = eccentric_weld_strength(c_shape(10.0, 5.0), 0.375, 70.0, 8.75, [0.0, 75.0])
    assert available(nominal, WELD, "LRFD") == pytest.approx([84.8, 155.0], rel=0.01)
    assert available(nominal, WELD, "ASD") == pytest.approx([56.5, 104.0], rel=0.01)
    assert nominal == pytest.approx(6.0 * 10.0 * table_coefficient(c_shape(10.0, 5.0), 10.0, 8.75, [0.0, 75.0]))


def test_elastic_method_of_design_example_ii_a_27() -> None:
    group = c_shape(10.0, 5.0)
    assert float(group.ip_in3) == pytest.approx(385.0, abs=0.5)
    unit_force = float(elastic_unit_force(group, 8.75))
    assert unit_force == pytest.approx(0.177, abs=6e-4)
    assert 1.392 * 6.0 / unit_force == pytest.approx(47.2, rel=5e-3)


def test_an_inch_of_e70_is_the_manuals_constant() -> None:
    assert float(fillet_weld_strength(1.0 / 16.0, 1.0, 70.0)) == pytest.approx(KIP_PER_SIXTEENTH)


def _share(theta: float, deformation: float) -> float:
    peak = 0.209 * (theta + 2.0) ** -0.32
    ratio = deformation / peak
    return float((1.0 + 0.5 * np.sin(np.radians(theta)) ** 1.5) * (ratio * (1.9 - 0.9 * ratio)) ** 0.3)


def _limit(theta: float) -> float:
    return min(1.087 * (theta + 6.0) ** -0.65, 0.17)


def test_single_lines_through_the_centroid() -> None:
    along, across = equivalent_length_in(LINE, 0.0, [0.0, 90.0]) / 10.0
    assert along == pytest.approx(_share(0.0, 0.17), rel=1e-9)
    assert across == pytest.approx(_share(90.0, _limit(90.0)), rel=1e-9)
    assert (along, across) == pytest.approx((1.0, 1.5), rel=2e-3)


def test_sides_of_a_box_share_a_central_load_by_compatibility() -> None:
    # Both directions deform alike; the transverse sides reach their limit first.
    box = weld_group([[0, 0, 6, 0], [0, 10, 6, 10], [0, 0, 0, 10], [6, 0, 6, 10]])
    expected = 20.0 * _share(0.0, _limit(90.0)) + 12.0 * _share(90.0, _limit(90.0))
    assert float(equivalent_length_in(box, 0.0)) == pytest.approx(expected, rel=1e-6)


def _line_by_bisection(length: float, ex: float) -> float:
    """Return the equivalent length of a vertical line under a vertical load: the centre lies on the x axis."""
    y = (np.arange(4000) + 0.5) / 4000 * length - length / 2.0
    low, high = 1e-9, length**2 / ex  # distance of the centre
    for _ in range(100):
        distance = 0.5 * (low + high)
        radius = np.hypot(distance, y)
        theta = np.degrees(np.arcsin(np.abs(y) / radius))
        limit = np.minimum(1.087 * (theta + 6.0) ** -0.65, 0.17)
        p = radius * (limit / radius).min() / (0.209 * (theta + 2.0) ** -0.32)
        force = (1.0 + 0.5 * np.sin(np.radians(theta)) ** 1.5) * (p * (1.9 - 0.9 * p)) ** 0.3 * length / 4000
        vertical, moment = np.sum(force * distance / radius), np.sum(force * radius)
        if vertical * (ex + distance) > moment:
            high = distance
        else:
            low = distance
    return float(vertical)


@settings(max_examples=15)
@given(LENGTH, ECCENTRICITY)
def test_line_agrees_with_a_solution_by_bisection(length: float, ex: float) -> None:
    group = weld_group([[3.0, 0.0, 3.0, length]])
    assert float(equivalent_length_in(group, ex)) == pytest.approx(_line_by_bisection(length, ex), rel=1e-3)


def test_finer_elements_change_nothing_that_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    ex, theta = np.array([1.0, 4.0, 15.0, 60.0])[:, None], np.array([0.0, 30.0, 75.0])
    groups = (LINE, c_shape(10.0, 1.0), c_shape(10.0, 10.0), l_shape(10.0, 4.0), parallel_lines(10.0, 6.0))
    coarse = [equivalent_length_in(group, ex, theta) for group in groups]
    monkeypatch.setattr(weld_groups, "ELEMENTS", 4 * weld_groups.ELEMENTS)
    for group, before in zip(groups, coarse, strict=True):
        np.testing.assert_allclose(before, equivalent_length_in(group, ex, theta), rtol=1e-3)


@settings(max_examples=40)
@given(LENGTH, LENGTH, ECCENTRICITY, ANGLE, st.floats(0.3, 3.0))
def test_turning_or_scaling_group_and_load_together_changes_nothing(
    length: float, side: float, ex: float, theta: float, scale: float
) -> None:
    segments = l_shape(length, side).segments_in
    x1, y1, x2, y2 = segments.T
    turned = weld_group(np.stack([-y1, x1, -y2, x2], axis=-1))
    mirrored = weld_group(np.stack([x1, -y1, x2, -y2], axis=-1))
    plain = float(equivalent_length_in(l_shape(length, side), ex, theta))
    assert float(equivalent_length_in(weld_group(scale * segments), scale * ex, theta)) == pytest.approx(
        scale * plain, rel=1e-5
    )
    assert float(equivalent_length_in(turned, 0.0, theta + 90.0, ex)) == pytest.approx(plain, rel=1e-5)
    assert float(equivalent_length_in(mirrored, ex, 180.0 - theta)) == pytest.approx(plain, rel=1e-5)
    force = float(elastic_unit_force(l_shape(length, side), ex, theta))
    assert float(elastic_unit_force(turned, 0.0, theta + 90.0, ex)) == pytest.approx(force, rel=1e-9)


@settings(max_examples=40)
@given(LENGTH, LENGTH, ECCENTRICITY, ECCENTRICITY)
def test_strength_falls_with_eccentricity_and_beats_the_elastic_method(
    length: float, side: float, one: float, other: float
) -> None:
    group = c_shape(length, side)
    # Near the centroid the returns and the vertical line do not reach their strengths together; see the docstring.
    ex = 0.2 * np.sqrt(group.ip_in3 / group.length_in) + np.sort([one, other])
    near, far = equivalent_length_in(group, ex)
    assert far <= near * (1.0 + 1e-6)
    assert np.all(equivalent_length_in(group, ex) >= 1.0 / elastic_unit_force(group, ex))


def test_many_cases_equal_single_ones() -> None:
    length, side = np.array([10.0, 18.0, 12.0]), np.array([5.0, 3.0, 3.5])
    ex, theta = np.array([2.0, 8.75, 30.0])[:, None], np.array([0.0, 30.0, 75.0])
    together = table_coefficient(c_shape(length, side), length, ex, theta)
    elastic = elastic_unit_force(c_shape(length, side), ex, theta)
    assert together.shape == elastic.shape == (3, 3)
    for row in range(3):
        for case in range(3):
            alone = c_shape(length[case], side[case])
            one = table_coefficient(alone, length[case], ex[row, 0], theta[case])
            assert together[row, case] == pytest.approx(float(one), rel=1e-6)
            assert elastic[row, case] == pytest.approx(float(elastic_unit_force(alone, ex[row, 0], theta[case])))


def test_scattered_lines_under_any_load_converge() -> None:
    rng = np.random.default_rng(11)
    groups = weld_group(rng.normal(0.0, 5.0, (400, 3, 4)))
    ex = 10.0 ** rng.uniform(-4.0, 3.0, 400)
    length = equivalent_length_in(groups, ex, rng.uniform(-180.0, 180.0, 400))
    assert np.all((length > 0.0) & (length < 1.5 * groups.length_in))


def test_every_kind_of_load_is_solved_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(divide="raise", over="raise", invalid="raise"):
            for group in (LINE, c_shape(10.0, 5.0), parallel_lines(10.0, 6.0)):
                equivalent_length_in(group, [0.0, 1e-6, 3.0, 9e3], [[0.0], [90.0], [37.0]])


def test_electrode_coefficient_falls_behind_its_strength() -> None:
    # Table 8-3: E60 and E70 in proportion, 10 % less for E80 and E90, 15 % less above.
    ratio = electrode_coefficient([60.0, 70.0, 80.0, 90.0, 100.0, 110.0]) / (np.arange(60.0, 111.0, 10.0) / 70.0)
    assert ratio == pytest.approx([1.0, 1.0, 0.9, 0.9, 0.85, 0.85], abs=5e-3)
    for bad in (75.0, np.nan, -70.0, "E70"):
        with pytest.raises(StructuralError) as error:
            electrode_coefficient(bad)
        assert error.value.field == "fexx_ksi"


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e308, "ten"])
def test_bad_numbers_are_refused_by_name(bad: object) -> None:
    good = {"size_in": 0.25, "fexx_ksi": 70.0, "ex_in": 3.0, "theta_deg": 15.0, "ey_in": 1.0}
    for name in good:
        if bad == 1e308 and name in ("size_in", "fexx_ksi"):
            continue
        with pytest.raises(StructuralError) as error:
            eccentric_weld_strength(LINE, **{**good, name: bad})
        assert error.value.field == name
    with pytest.raises(StructuralError) as error:
        weld_group([[0.0, 0.0, 0.0, bad]])
    assert error.value.field == "segments_in"


@pytest.mark.parametrize("segments", [[], [[0.0, 0.0, 1.0]], [0.0, 0.0, 0.0, 5.0], [[1.0, 1.0, 1.0, 1.0]]])
def test_segments_of_no_length_or_another_shape_are_refused(segments: list[object]) -> None:
    with pytest.raises(StructuralError) as error:
        weld_group(segments)
    assert error.value.field == "segments_in"


def test_bad_shapes_are_refused_by_name() -> None:
    for call, field in (
        (lambda: c_shape(0.0, 3.0), "length_in"),
        (lambda: l_shape(3.0, np.nan), "return_in"),
        (lambda: parallel_lines(3.0, -1.0), "spacing_in"),
        (lambda: table_coefficient(LINE, 0.0, 3.0), "length_in"),
    ):
        with pytest.raises(StructuralError) as error:
            call()
        assert error.value.field == field
