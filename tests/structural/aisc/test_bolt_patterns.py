"""Eccentric bolt groups against published coefficients, closed forms, equilibrium and a search of their own."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.aisc import instantaneous_centre
from structural.aisc.bolt_patterns import (
    BoltGroup,
    bolt_group,
    bolt_group_coefficient,
    bolt_response,
    centre_of_rotation,
    elastic_bolt_forces,
    elastic_coefficient,
    moment_coefficient_in,
    rectangular_pattern,
    tension_case_i,
    tension_case_ii,
)
from structural.checks import FloatArray
from structural.errors import StructuralError

FULL = (1.0 - np.exp(-3.4)) ** 0.55  # share of Rult at 0.34 in.: 0.9815
ECCENTRICITY = st.floats(0.05, 60.0)
ANGLE = st.floats(0.0, 90.0)
ROWS = st.integers(2, 12)
COLUMNS = st.integers(1, 4)
SPACING = st.floats(2.0, 8.0)
SCATTER = st.lists(st.tuples(st.floats(-9.0, 9.0), st.floats(-9.0, 9.0)), min_size=2, max_size=9)


@pytest.mark.parametrize(
    ("rows", "columns", "gage", "ex", "theta", "published"),
    [
        (6, 2, 5.5, 16.0, 0.0, 3.55),  # Design Examples v16.0, II.A-24 Solution A (Table 7-8)
        (6, 2, 5.5, 14.0, 15.0, 4.05),  # II.A-24 Solution B (Table 7-8)
        (6, 2, 5.5, 12.0, 0.0, 4.53),  # II.A-22 (Table 7-8)
        (4, 1, 0.0, 3.8, 0.0, 2.45),  # II.A-30 (Table 7-6, interpolated)
        (4, 1, 0.0, 2.5, 0.0, 3.07),  # II.A-20 (Table 7-6, interpolated)
    ],
)
def test_published_coefficients(
    rows: int, columns: int, gage: float, ex: float, theta: float, published: float
) -> None:
    group = rectangular_pattern(rows, columns, 3.0, gage)
    assert float(bolt_group_coefficient(group, ex, theta)) == pytest.approx(published, abs=0.0051)


def test_point_of_a_leaning_load_may_lie_anywhere_on_its_line() -> None:
    # II.A-24 Solution B: load at 16 in., 7.5 in. off the centroid, leaning 15 degrees: e_x = 16 - 7.5 tan 15
    group = rectangular_pattern(6, 2, 3.0, 5.5)
    through_point = bolt_group_coefficient(group, 16.0, 15.0, -7.5)
    assert float(through_point) == pytest.approx(4.05, abs=0.0051)
    assert float(through_point) == pytest.approx(
        float(bolt_group_coefficient(group, 16.0 - 7.5 * np.tan(np.radians(15.0)), 15.0)), rel=1e-9
    )


def test_elastic_method_of_design_example_ii_a_25() -> None:
    group = rectangular_pattern(6, 2, 3.0, 5.5)
    assert float(group.ip_in2) == pytest.approx(405.75)
    assert 1.0 / float(elastic_coefficient(group, 16.0)) == pytest.approx(0.352, abs=5e-4)


@given(st.floats(0.05, 50.0), SPACING)
def test_two_bolts_in_closed_form(ex: float, pitch: float) -> None:
    # Both bolts lie equally far from a centre at s^2/4e, so both carry 0.9815 Rult.
    group = rectangular_pattern(2, 1, pitch)
    solution = centre_of_rotation(group, ex)
    distance = pitch**2 / (4.0 * ex)
    assert float(solution.x_in) == pytest.approx(-distance, rel=1e-7)
    assert float(solution.y_in) == pytest.approx(0.0, abs=1e-7 * distance)
    assert float(solution.coefficient) == pytest.approx(2.0 * FULL * distance / np.hypot(distance, pitch / 2.0))


def _imbalance(
    group: BoltGroup, load: FloatArray, centre: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Return load factor and largest imbalance (kip a unit Rult, moment over 1 in.) for centres, by Eq. 7-1."""
    x, y = group.x_in - centre[0][..., None], group.y_in - centre[1][..., None]
    distance = np.hypot(x, y)
    force = (1.0 - np.exp(-10.0 * 0.34 * distance / distance.max(axis=-1, keepdims=True))) ** 0.55
    about = load[2] - centre[0] * load[1] + centre[1] * load[0]
    about = np.where(np.abs(about) > 1e-9, about, 1e-9)  # a centre on the line of action would need an endless load
    sense = np.sign(about)[..., None]
    factor = np.sum(force * distance, axis=-1) / np.abs(about)
    fx = np.sum(-sense * force * y / distance, axis=-1) - factor * load[0]
    fy = np.sum(sense * force * x / distance, axis=-1) - factor * load[1]
    return factor, np.hypot(fx, fy)


@given(SCATTER, ECCENTRICITY, ANGLE)
def test_three_equations_of_equilibrium_hold_about_the_centre(
    points: list[tuple[float, float]], ex: float, theta: float
) -> None:
    group = bolt_group(*np.array(points).T)
    angle = np.radians(theta)
    load = np.array([np.sin(angle), -np.cos(angle), -ex * np.cos(angle)])
    if group.ip_in2 < 1e-3 or abs(load[2]) < 1e-3:
        return
    solution = centre_of_rotation(group, ex, theta)
    # Moment gives the factor, the two force equations must then hold.
    distance = np.hypot(group.x_in - solution.x_in, group.y_in - solution.y_in)
    if distance.min() < 1e-6 * distance.max():
        return  # the direction of a bolt at the centre is lost in rounding
    factor, force = _imbalance(group, load, (np.asarray(solution.x_in), np.asarray(solution.y_in)))
    assert float(factor) == pytest.approx(float(solution.coefficient), rel=1e-5)
    assert float(force) == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize(("ex", "theta"), [(4.0, 0.0), (9.0, 30.0), (2.0, 60.0), (20.0, 75.0)])
def test_centre_agrees_with_a_search_over_a_grid(ex: float, theta: float) -> None:
    group = bolt_group([0.0, 0.0, 0.0, 4.0, 4.0], [0.0, 3.0, 6.0, 0.0, 4.5])
    angle = np.radians(theta)
    load = np.array([np.sin(angle), -np.cos(angle), -ex * np.cos(angle)])
    best, width = np.array([0.013, 0.017]), 12.0  # off the bolts
    for _ in range(14):
        steps = np.linspace(-width, width, 61)
        x, y = best[0] + steps[:, None], best[1] + steps[None, :]
        factor, force = _imbalance(group, load, tuple(np.broadcast_arrays(x, y)))
        at = np.unravel_index(np.argmin(force / factor), force.shape)
        best, width = np.array([x[at[0], 0], y[0, at[1]]]), width / 4.0
    assert force[at] < 1e-3
    solution = centre_of_rotation(group, ex, theta)
    assert [float(solution.x_in), float(solution.y_in)] == pytest.approx(best, abs=1e-3)
    assert float(solution.coefficient) == pytest.approx(float(factor[at]), rel=1e-3)


@given(ROWS, COLUMNS, SPACING, SPACING)
def test_concentric_load_takes_every_bolt(rows: int, columns: int, pitch: float, gage: float) -> None:
    group = rectangular_pattern(rows, columns, pitch, gage)
    assert float(bolt_group_coefficient(group, 0.0)) == rows * columns
    assert float(elastic_coefficient(group, 0.0)) == pytest.approx(rows * columns)
    # The method itself tends to the share that a bolt carries at its 0.34 in.
    assert float(bolt_group_coefficient(group, 1e-4)) == pytest.approx(FULL * rows * columns, rel=1e-3)
    assert float(centre_of_rotation(group, 0.0).x_in) == np.inf


def test_pure_moment_by_hand() -> None:
    # Two bolts 1.5 in. from the centroid; four bolts, the inner two at a third of the way.
    assert float(moment_coefficient_in(rectangular_pattern(2, 1, 3.0))) == pytest.approx(2.0 * 1.5 * FULL)
    inner = (1.0 - np.exp(-3.4 / 3.0)) ** 0.55
    assert float(moment_coefficient_in(rectangular_pattern(4, 1, 3.0))) == pytest.approx(9.0 * FULL + 3.0 * inner)
    # Tables 7-6 ff. print C' for three and four bolts 3 in. apart as 5.89 and 11.3.
    assert float(moment_coefficient_in(rectangular_pattern(3, 1, 3.0))) == pytest.approx(5.89, abs=0.005)
    assert float(moment_coefficient_in(rectangular_pattern(4, 1, 3.0))) == pytest.approx(11.3, abs=0.05)


@given(ROWS, COLUMNS, SPACING, SPACING)
def test_far_load_is_a_pure_moment(rows: int, columns: int, pitch: float, gage: float) -> None:
    group = rectangular_pattern(rows, columns, pitch, gage)
    far = 9.9e3
    assert far * float(bolt_group_coefficient(group, far)) == pytest.approx(
        float(moment_coefficient_in(group)), rel=5e-4
    )


@given(ROWS, COLUMNS, SPACING, SPACING, ECCENTRICITY, ECCENTRICITY)
def test_coefficients_fall_with_eccentricity(
    rows: int, columns: int, pitch: float, gage: float, one: float, other: float
) -> None:
    group = rectangular_pattern(rows, columns, pitch, gage)
    for method in (bolt_group_coefficient, elastic_coefficient):
        near, far = method(group, np.sort([one, other]))
        assert 0.0 < far <= near * (1.0 + 1e-9) <= rows * columns * (1.0 + 1e-8)


@settings(max_examples=40)
@given(SCATTER, ECCENTRICITY, ANGLE, st.floats(0.2, 5.0))
def test_turning_or_scaling_group_and_load_together_changes_nothing(
    points: list[tuple[float, float]], ex: float, theta: float, scale: float
) -> None:
    x, y = np.array(points).T
    group = bolt_group(x, y)
    if group.ip_in2 < 1e-3:
        return
    turned = bolt_group(-y, x)  # by 90 degrees counter-clockwise, so is the load: from theta to theta + 90
    for method in (bolt_group_coefficient, elastic_coefficient):
        plain = float(method(group, ex, theta))
        assert float(method(bolt_group(scale * x, scale * y), scale * ex, theta)) == pytest.approx(plain, rel=1e-5)
        assert float(method(turned, 0.0, theta + 90.0, ex)) == pytest.approx(plain, rel=1e-5)
        assert float(method(bolt_group(x, -y), ex, 180.0 - theta)) == pytest.approx(plain, rel=1e-5)


@given(SCATTER, ECCENTRICITY, ANGLE, st.floats(-20.0, 20.0))
def test_elastic_forces_balance_the_load(points: list[tuple[float, float]], ex: float, theta: float, ey: float) -> None:
    group = bolt_group(*np.array(points).T)
    if group.ip_in2 < 1e-3:
        return
    fx, fy = elastic_bolt_forces(group, ex, theta, ey)
    angle = np.radians(theta)
    assert float(fx.sum()) == pytest.approx(np.sin(angle), abs=1e-9)
    assert float(fy.sum()) == pytest.approx(-np.cos(angle), abs=1e-9)
    moment = np.sum(group.x_in * fy - group.y_in * fx)
    assert float(moment) == pytest.approx(-ex * np.cos(angle) - ey * np.sin(angle), abs=1e-6)


def test_many_cases_equal_single_ones() -> None:
    pitch, gage = np.array([3.0, 2.5, 4.0]), np.array([5.5, 3.0, 3.0])
    ex, theta = np.array([2.0, 0.0, 16.0, 40.0])[:, None], np.array([0.0, 30.0, 75.0])
    groups = rectangular_pattern(4, 2, pitch, gage)
    together = bolt_group_coefficient(groups, ex, theta)
    elastic = elastic_coefficient(groups, ex, theta)
    assert together.shape == elastic.shape == (4, 3)
    for row in range(4):
        for case in range(3):
            alone = rectangular_pattern(4, 2, pitch[case], gage[case])
            assert together[row, case] == pytest.approx(float(bolt_group_coefficient(alone, ex[row, 0], theta[case])))
            assert elastic[row, case] == pytest.approx(float(elastic_coefficient(alone, ex[row, 0], theta[case])))


def test_thousands_of_scattered_groups_converge() -> None:
    rng = np.random.default_rng(7)
    groups = bolt_group(rng.normal(0.0, 5.0, (4000, 6)), rng.normal(0.0, 5.0, (4000, 6)))
    ex = 10.0 ** rng.uniform(-4.0, 3.0, 4000)
    coefficient = bolt_group_coefficient(groups, ex, rng.uniform(-180.0, 180.0, 4000), rng.uniform(-5.0, 5.0, 4000))
    assert np.all((coefficient > 0.0) & (coefficient <= 6.0 * FULL))


def test_every_kind_of_load_is_solved_without_a_warning() -> None:
    ex, theta = [0.0, 1e-6, 3.0, 9e3], [[0.0], [90.0], [37.0]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(divide="raise", over="raise", invalid="raise"):
            for group in (
                rectangular_pattern(3, 3, 3.0, 3.0),
                rectangular_pattern(1, 4, 3.0, 3.0),
                bolt_group(0.0, 0.0),
            ):
                bolt_group_coefficient(group, ex if group.count > 1 else 0.0, theta, 0.0)
                elastic_coefficient(group, ex if group.count > 1 else 0.0, theta, 0.0)


def test_a_case_without_a_solution_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instantaneous_centre, "_STARTS", ())
    with pytest.raises(StructuralError, match="use the elastic method") as error:
        bolt_group_coefficient(rectangular_pattern(3, 1, 3.0), 4.0)
    assert error.value.field == "ex_in"


def test_one_bolt_carries_a_load_through_it_only() -> None:
    group = bolt_group(2.0, 3.0)
    assert float(bolt_group_coefficient(group, 0.0, 30.0)) == 1.0
    for method in (bolt_group_coefficient, elastic_coefficient):
        with pytest.raises(StructuralError) as error:
            method(group, 1.0)
        assert error.value.field == "ex_in"
    with pytest.raises(StructuralError) as error:
        moment_coefficient_in(group)
    assert error.value.field == "group"


def test_bolt_response_runs_from_zero_to_its_limit() -> None:
    assert bolt_response(np.array([0.0, 1.0])) == pytest.approx([0.0, FULL])


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e308, "ten"])
@pytest.mark.parametrize("name", ["ex_in", "theta_deg", "ey_in"])
def test_bad_loads_are_refused_by_name(name: str, bad: object) -> None:
    good = {"ex_in": 3.0, "theta_deg": 15.0, "ey_in": 1.0}
    group = rectangular_pattern(3, 2, 3.0, 3.0)
    for method in (bolt_group_coefficient, elastic_coefficient):
        with pytest.raises(StructuralError) as error:
            method(group, **{**good, name: bad})
        assert error.value.field == name


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((0, 1, 3.0), "rows"),
        ((2.5, 1, 3.0), "rows"),
        ((2, 0, 3.0), "columns"),
        ((2, 1, 0.0), "pitch_in"),
        ((2, 2, 3.0, 0.0), "gage_in"),
        ((2, 2, 3.0, np.nan), "gage_in"),
    ],
)
def test_bad_patterns_are_refused_by_name(arguments: tuple[float, ...], field: str) -> None:
    with pytest.raises(StructuralError) as error:
        rectangular_pattern(*arguments)  # type: ignore[arg-type]
    assert error.value.field == field


def test_bad_coordinates_are_refused_by_name() -> None:
    for x, y, field in ((np.nan, 0.0, "x_in"), ([], [], "x_in"), (0.0, 1e308, "y_in"), (0.0, "up", "y_in")):
        with pytest.raises(StructuralError) as error:
            bolt_group(x, y)  # type: ignore[arg-type]
        assert error.value.field == field


@given(st.floats(3.0, 10.0), st.floats(0.3, 1.0), st.floats(0.0, 5000.0))
def test_case_i_balances_bolts_and_bearing(width: float, area: float, moment: float) -> None:
    # Two bolts above the axis: 2 A (mean - c) = w c^2/2 gives c; stresses in proportion to the distance from it.
    low, high = 4.0, 10.0
    axis = (-2.0 * area + np.sqrt(4.0 * area**2 + 2.0 * width * area * (low + high))) / width
    top = float(tension_case_i([low, high], width, area, moment))
    tension = top * (1.0 + (low - axis) / (high - axis))
    compression = top / area * axis / (high - axis) * width * axis / 2.0
    assert axis < low
    assert tension == pytest.approx(compression)
    bolts = top * ((high - axis) + (low - axis) ** 2 / (high - axis))
    assert bolts + compression * axis * 2.0 / 3.0 == pytest.approx(moment)


def test_case_i_leaves_bolts_below_the_axis_out() -> None:
    heights = [0.1, 4.0, 10.0]
    cases = tension_case_i([heights, [0.2, 4.0, 10.0]], 6.0, 0.5, [300.0, 300.0])
    assert cases == pytest.approx([float(tension_case_i([4.0, 10.0], 6.0, 0.5, 300.0))] * 2)


def test_case_ii_by_hand() -> None:
    # Two columns of five: four bolts above, 4.5 in. from the middle on average, arm 9 in.; the middle ones do not count
    heights = np.repeat([1.5, 4.5, 7.5, 10.5, 13.5], 2)
    assert float(tension_case_ii(heights, 360.0)) == pytest.approx(360.0 / (4.0 * 9.0))
    assert tension_case_ii([heights, 2.0 * heights], [360.0, 360.0]) == pytest.approx([10.0, 5.0])


def test_case_ii_pairs_balance_where_bolts_are_uneven() -> None:
    heights = np.array([1.0, 2.0, 9.0])  # centroid at 4: one bolt above by 5, two below by 2.5
    assert float(tension_case_ii(heights, 75.0)) == pytest.approx(75.0 / (1.0 * 7.5))


@pytest.mark.parametrize("bad", [np.nan, -1.0, 1e308, "high"])
def test_bad_tension_cases_are_refused_by_name(bad: object) -> None:
    good = {"heights_in": [1.5, 4.5], "width_in": 6.0, "area_in2": 0.6, "moment_kip_in": 100.0}
    for name in good:
        if bad == 1e308 and name != "heights_in":
            continue
        with pytest.raises(StructuralError) as error:
            tension_case_i(**{**good, name: bad})
        assert error.value.field == name
    with pytest.raises(StructuralError) as error:
        tension_case_ii([3.0, 3.0], 100.0)
    assert error.value.field == "heights_in"
