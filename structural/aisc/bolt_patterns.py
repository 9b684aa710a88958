"""Eccentrically loaded bolt groups, AISC Manual 16th ed. Part 7.

In the plane of the faying surface: `elastic_coefficient` (vector method) and `bolt_group_coefficient` (instantaneous
centre, Tables 7-6 to 7-13); either multiplies the available strength of one bolt. Normal to it: `tension_case_i` and
`tension_case_ii`. Coordinates in in., x to the right and y up, from the centroid of the group.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.instantaneous_centre import MAX_COORDINATE_IN, rigid_displacements, solve_motion, unit_load
from structural.aisc.limit_states import checked_dimension
from structural.checks import FloatArray, IntArray, require_between
from structural.errors import StructuralError

DEFORMATION_LIMIT_IN = 0.34
"""Deformation of the bolt farthest from the instantaneous centre, in. (Crawford and Kulak)."""
_MAX_BOLTS_PER_LINE = 200
_POINT_IN2 = 1e-12


@dataclass(frozen=True, slots=True)
class BoltGroup:
    """Bolts of equal strength, from their centroid: ``x_in`` and ``y_in`` of shape (..., b); made by `bolt_group`."""

    x_in: FloatArray
    y_in: FloatArray

    @property
    def count(self) -> int:
        """Bolts in the group."""
        return int(self.x_in.shape[-1])

    @property
    def ip_in2(self) -> FloatArray:
        """Polar moment of inertia over the bolt area, sum of x^2 + y^2, in.2."""
        return np.asarray(np.sum(self.x_in**2 + self.y_in**2, axis=-1))


@dataclass(frozen=True, slots=True)
class CentreOfRotation:
    """Solution of the instantaneous-centre method, one value a load case.

    ``coefficient`` C = P/rn; ``x_in`` and ``y_in`` the centre from the centroid, in., infinite for a concentric load
    (every bolt moves alike).
    """

    coefficient: FloatArray
    x_in: FloatArray
    y_in: FloatArray


def bolt_group(x_in: ArrayLike, y_in: ArrayLike) -> BoltGroup:
    """Return a bolt group from coordinates in any axes, in., -10,000..10,000, shape (b,) or (..., b).

    Raises
    ------
    StructuralError
        Naming a coordinate out of range; ``field="x_in"`` for no bolt at all.
    """
    x = require_between("x_in", x_in, -MAX_COORDINATE_IN, MAX_COORDINATE_IN)
    y = require_between("y_in", y_in, -MAX_COORDINATE_IN, MAX_COORDINATE_IN)
    x, y = np.broadcast_arrays(np.atleast_1d(x), np.atleast_1d(y))
    if x.shape[-1] == 0:
        raise StructuralError("a bolt group needs at least one bolt", field="x_in")
    return BoltGroup(x - x.mean(axis=-1, keepdims=True), y - y.mean(axis=-1, keepdims=True))


def rectangular_pattern(rows: int, columns: int, pitch_in: ArrayLike, gage_in: ArrayLike = 0.0) -> BoltGroup:
    """Return ``rows`` x ``columns`` bolts (1..200 each) centred on the origin.

    ``pitch_in`` between rows (vertical), ``gage_in`` between columns (horizontal; 0 for a single one), in.;
    arrays give a group a case, shape (..., rows * columns).
    """
    for name, number in (("rows", rows), ("columns", columns)):
        require_between(name, number, 1, _MAX_BOLTS_PER_LINE)
        if number != int(number):
            raise StructuralError(f"{name} must be a whole number, got {number}", field=name)
    least = 1e-3 if columns > 1 else 0.0
    pitch, gage = np.broadcast_arrays(
        checked_dimension("pitch_in", pitch_in), require_between("gage_in", gage_in, least, MAX_COORDINATE_IN)
    )
    across = np.tile(np.arange(columns) - (columns - 1) / 2.0, int(rows))
    along = np.repeat((rows - 1) / 2.0 - np.arange(rows), int(columns))
    return bolt_group(gage[..., None] * across, pitch[..., None] * along)


def elastic_bolt_forces(
    group: BoltGroup, ex_in: ArrayLike, theta_deg: ArrayLike = 0.0, ey_in: ArrayLike = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Return the horizontal and vertical force on every bolt from a unit load, vector method (Eq. 7-2 to 7-7).

    Parameters
    ----------
    group : BoltGroup
        Batch dimensions broadcast with the loads.
    ex_in, ey_in : array_like
        A point of the line of action from the centroid, in., -10,000..10,000. With ``ey_in`` 0, ``ex_in`` is the
        horizontal distance of the Manual's tables.
    theta_deg : array_like
        Angle of the load from the vertical, -180..180 degrees; 0 points down, positive turns it towards +x.

    Returns
    -------
    tuple of ndarray
        Shapes (..., b), force over load.

    Raises
    ------
    StructuralError
        Naming a number out of range; ``field="ex_in"`` where bolts at one point would have to resist a moment.
    """
    load = unit_load(ex_in, theta_deg, ey_in)
    _require_lever(group, load)
    ip = group.ip_in2
    twist = (load[..., 2] / np.where(ip > _POINT_IN2, ip, 1.0))[..., None]
    return (
        load[..., :1] / group.count - twist * group.y_in,
        load[..., 1:2] / group.count + twist * group.x_in,
    )


def elastic_coefficient(
    group: BoltGroup, ex_in: ArrayLike, theta_deg: ArrayLike = 0.0, ey_in: ArrayLike = 0.0
) -> FloatArray:
    """Return P over the force on the most loaded bolt by the vector method (Eq. 7-8); arguments and errors as above.

    Two columns of six 3 in. apart, gage 5-1/2 in., loaded 16 in. out: 2.84 (1/0.352 of Design Example II.A-25).
    """
    fx, fy = elastic_bolt_forces(group, ex_in, theta_deg, ey_in)
    return np.asarray(1.0 / np.hypot(fx, fy).max(axis=-1))


def bolt_group_coefficient(
    group: BoltGroup, ex_in: ArrayLike, theta_deg: ArrayLike = 0.0, ey_in: ArrayLike = 0.0
) -> FloatArray:
    """Return C = P/rn by the instantaneous-centre method (Tables 7-6 to 7-13); arguments as above, errors as below."""
    return centre_of_rotation(group, ex_in, theta_deg, ey_in).coefficient


def centre_of_rotation(
    group: BoltGroup, ex_in: ArrayLike, theta_deg: ArrayLike = 0.0, ey_in: ArrayLike = 0.0
) -> CentreOfRotation:
    """Return C = P/rn and the instantaneous centre; arguments of `elastic_bolt_forces`.

    A bolt at distance r from the centre carries R = Rult (1 - exp(-10 delta))^0.55 square to r (Eq. 7-1), delta in
    proportion to r and 0.34 in. at the farthest bolt. The method approaches 0.982 b as the load nears the centroid of b
    bolts; a load through the centroid gets b, as in J3.7.

    Raises
    ------
    StructuralError
        Naming a number out of range; ``field="ex_in"`` where bolts at one point would have to resist a moment.
    """
    load = unit_load(ex_in, theta_deg, ey_in)
    _require_lever(group, load)
    shape = np.broadcast_shapes(load.shape[:-1], group.x_in.shape[:-1])
    flat = np.broadcast_to(load, (*shape, 3)).reshape(-1, 3)
    x, y, rho = _flatten(group, shape)
    concentric = np.abs(flat[:, 2]) <= 1e-9 * rho
    coefficient = np.full(len(flat), float(group.count))
    centre = np.full((2, len(flat)), np.inf)
    rows = np.flatnonzero(~concentric)
    if len(rows):
        motion, coefficient[rows] = _solve(x, y, rho, flat, rows)
        centre[:, rows] = rho[rows] * np.stack([-motion[:, 1], motion[:, 0]]) / motion[:, 2]
    return CentreOfRotation(coefficient.reshape(shape), centre[0].reshape(shape), centre[1].reshape(shape))


def moment_coefficient_in(group: BoltGroup) -> FloatArray:
    """Return C' = M/rn of a bolt group in pure moment, in. (Tables 7-6 to 7-13): e C approaches it as e grows.

    Raises
    ------
    StructuralError
        ``field="group"`` where the bolts lie at one point.
    """
    shape = group.x_in.shape[:-1]
    if np.any(group.ip_in2 <= _POINT_IN2):
        raise StructuralError("bolts at one point resist no moment", field="group")
    x, y, rho = _flatten(group, shape)
    load = np.broadcast_to([0.0, 0.0, 1.0], (len(rho), 3))
    return _solve(x, y, rho, load, np.arange(len(rho)))[1].reshape(shape)


def bolt_response(stretch: FloatArray) -> FloatArray:
    """Return R/Rult (Eq. 7-1) for a deformation given as a share of `DEFORMATION_LIMIT_IN`, 0..1."""
    return np.asarray((-np.expm1(-10.0 * DEFORMATION_LIMIT_IN * stretch)) ** 0.55)


def tension_case_i(
    heights_in: ArrayLike, width_in: ArrayLike, area_in2: ArrayLike, moment_kip_in: ArrayLike
) -> FloatArray:
    """Return the tension of the most loaded bolt, load eccentric normal to the faying surface, Case I (Part 7).

    The neutral axis lies where the bolts above it balance the block bearing below it, in first moments of area; bolt
    stress grows in proportion to the distance from it.

    Parameters
    ----------
    heights_in : array_like, (..., b)
        Height of every bolt above the bottom of the bracket, in., 0.001 to 10,000.
    width_in : array_like
        Effective width of the compression block, in.: 8 tf of the connecting element, at most its width.
    area_in2 : array_like
        Nominal area of one bolt, 0.001 to 1,000.
    moment_kip_in : array_like
        P e, 0 to 1e9.

    Returns
    -------
    ndarray of float
        Kip, broadcast shape without the bolt axis.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    heights = np.atleast_1d(checked_dimension("heights_in", heights_in))
    width, area = checked_dimension("width_in", width_in), require_between("area_in2", area_in2, 1e-3, 1e3)
    axis = _neutral_axis(heights, width, area)[..., None]
    above = np.maximum(heights - axis, 0.0)
    inertia = area * np.sum(above**2, axis=-1) + width * axis[..., 0] ** 3 / 3.0
    return np.asarray(require_between("moment_kip_in", moment_kip_in, 0.0, 1e9) * above.max(axis=-1) / inertia * area)


def tension_case_ii(heights_in: ArrayLike, moment_kip_in: ArrayLike) -> FloatArray:
    """Return the tension of each bolt above the neutral axis, taken at the centroid, Case II (Part 7): P e/(n' dm).

    ``heights_in`` (..., b) from any level, in.; n' bolts lie above the centroid and dm is the distance between the
    centroids of the bolts above and below it; bolts on it do not count. ``moment_kip_in`` P e, >= 0. Kip.

    Raises
    ------
    StructuralError
        Naming a number out of range; ``field="heights_in"`` where all bolts lie at one height.
    """
    heights = np.atleast_1d(checked_dimension("heights_in", heights_in))
    from_axis = heights - heights.mean(axis=-1, keepdims=True)
    above, below = from_axis > 1e-9, from_axis < -1e-9
    if not np.all(above.any(axis=-1)):
        raise StructuralError("bolts at one height have no lever arm", field="heights_in")
    number = above.sum(axis=-1)
    # Distances above and below the centroid add up to the same sum.
    total = np.sum(np.where(above, from_axis, 0.0), axis=-1)
    arm = total / number + total / below.sum(axis=-1)
    return np.asarray(require_between("moment_kip_in", moment_kip_in, 0.0, 1e9) / (number * arm))


def _neutral_axis(heights: FloatArray, width: FloatArray, area: FloatArray) -> FloatArray:
    low = np.zeros(np.broadcast_shapes(heights.shape[:-1], width.shape, area.shape))
    high = low + heights.max(axis=-1)
    for _ in range(60):
        middle = 0.5 * (low + high)
        bolts = area * np.sum(np.maximum(heights - middle[..., None], 0.0), axis=-1)
        raise_axis = bolts > width * middle**2 / 2.0
        low, high = np.where(raise_axis, middle, low), np.where(raise_axis, high, middle)
    return np.asarray(0.5 * (low + high))


def _require_lever(group: BoltGroup, load: FloatArray) -> None:
    if np.any((group.ip_in2 <= _POINT_IN2) & (np.abs(load[..., 2]) > 1e-9)):
        raise StructuralError(
            "bolts at one point resist no moment; ex_in must put the load through them", field="ex_in"
        )


def _flatten(group: BoltGroup, shape: tuple[int, ...]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return x and y over the radius of gyration, (1, b) or (m, b), and that radius, (m,), 1 where it is 0."""
    rho = np.where(group.ip_in2 > _POINT_IN2, np.sqrt(group.ip_in2 / group.count), 1.0)
    x, y = group.x_in / rho[..., None], group.y_in / rho[..., None]
    if group.x_in.ndim == 1:
        return x[None], y[None], np.full(int(np.prod(shape)), rho)
    full = (*shape, group.count)
    return (
        np.broadcast_to(x, full).reshape(-1, group.count),
        np.broadcast_to(y, full).reshape(-1, group.count),
        np.broadcast_to(rho, shape).reshape(-1),
    )


def _solve(
    x: FloatArray, y: FloatArray, rho: FloatArray, load: FloatArray, rows: IntArray
) -> tuple[FloatArray, FloatArray]:
    def response(motion: FloatArray, cases: IntArray) -> FloatArray:
        own = slice(None) if len(x) == 1 else rows[cases]
        dx, dy = rigid_displacements(motion, x[own], y[own])
        path = np.hypot(dx, dy)
        force = bolt_response(path / path.max(axis=-1, keepdims=True)) / np.maximum(path, 1e-300)
        fx, fy = force * dx, force * dy
        return np.stack([fx.sum(axis=-1), fy.sum(axis=-1), np.sum(fy * x[own] - fx * y[own], axis=-1)], axis=-1)

    return solve_motion(response, load[rows], rho[rows], x.shape[-1])
