"""Eccentrically loaded fillet weld groups in their plane, AISC Manual 16th ed. Part 8 and ANSI/AISC 360-22 J2.4.

`elastic_unit_force` (vector method, line properties) and `eccentric_weld_strength` (instantaneous centre, the theory of
Tables 8-4 to 8-11). One weld size throughout a group. Coordinates in in., x to the right and y up, from the centroid of
the weld lines. Factor of the strengths: `welds.WELD`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.instantaneous_centre import MAX_COORDINATE_IN, rigid_displacements, solve_motion, unit_load
from structural.aisc.limit_states import checked_dimension, checked_stress
from structural.aisc.welds import THROAT_RATIO
from structural.checks import FloatArray, IntArray, as_floats, require_between
from structural.errors import StructuralError

ELEMENTS = 48
"""Elements of a segment; doubling them changes strengths by less than 0.05 %."""
KIP_PER_SIXTEENTH = 0.60 * 70.0 * THROAT_RATIO / 16.0
"""Nominal strength of an E70 fillet a sixteenth in leg, kip/in.: 1.856, of which 1.392 (LRFD) and 0.928 (ASD)."""


@dataclass(frozen=True, slots=True)
class WeldGroup:
    """Straight weld segments (x1, y1, x2, y2) from their centroid, shape (..., k, 4); made by `weld_group`."""

    segments_in: FloatArray

    @property
    def lengths_in(self) -> FloatArray:
        """Length of every segment, (..., k)."""
        return np.asarray(np.hypot(*_run(self.segments_in)))

    @property
    def length_in(self) -> FloatArray:
        """Length of the group, in."""
        return np.asarray(self.lengths_in.sum(axis=-1))

    @property
    def ip_in3(self) -> FloatArray:
        """Polar moment of inertia of the lines, in.3 (in.4 an inch of throat)."""
        dx, dy = _run(self.segments_in)
        x, y = _middle(self.segments_in)
        return np.asarray(np.sum(self.lengths_in * (x**2 + y**2 + (dx**2 + dy**2) / 12.0), axis=-1))


def weld_group(segments_in: ArrayLike) -> WeldGroup:
    """Return a weld group from segments (x1, y1, x2, y2) in any axes, in., -10,000..10,000, shape (..., k, 4).

    Raises
    ------
    StructuralError
        ``field="segments_in"`` for a coordinate out of range, another shape or a segment without length.
    """
    segments = require_between("segments_in", segments_in, -MAX_COORDINATE_IN, MAX_COORDINATE_IN)
    if segments.ndim < 2 or segments.shape[-1] != 4 or segments.shape[-2] == 0:
        raise StructuralError("segments_in must be rows of x1, y1, x2, y2", field="segments_in")
    lengths = np.hypot(*_run(segments))
    if np.any(lengths < 1e-6):
        raise StructuralError("segments_in has a segment without length; leave it out", field="segments_in")
    share = lengths / lengths.sum(axis=-1, keepdims=True)
    centre = np.stack([np.sum(share * middle, axis=-1) for middle in _middle(segments)], axis=-1)
    return WeldGroup(segments - np.tile(centre, 2)[..., None, :])


def c_shape(length_in: ArrayLike, return_in: ArrayLike) -> WeldGroup:
    """Return a vertical weld with equal horizontal returns at both ends towards +x (Table 8-8), in."""
    half, kl = _lengths(length_in, "return_in", return_in)
    zero = np.zeros_like(half)
    return weld_group(_stack([(zero, -half, zero, half), (zero, half, kl, half), (zero, -half, kl, -half)]))


def l_shape(length_in: ArrayLike, return_in: ArrayLike) -> WeldGroup:
    """Return a vertical weld with a horizontal return at its bottom towards +x (Table 8-10), in."""
    half, kl = _lengths(length_in, "return_in", return_in)
    zero = np.zeros_like(half)
    return weld_group(_stack([(zero, -half, zero, half), (zero, -half, kl, -half)]))


def parallel_lines(length_in: ArrayLike, spacing_in: ArrayLike) -> WeldGroup:
    """Return two vertical welds (Table 8-4), in."""
    half, spacing = _lengths(length_in, "spacing_in", spacing_in)
    zero = np.zeros_like(half)
    return weld_group(_stack([(zero, -half, zero, half), (spacing, -half, spacing, half)]))


def elastic_unit_force(
    group: WeldGroup, ex_in: ArrayLike, theta_deg: ArrayLike = 0.0, ey_in: ArrayLike = 0.0
) -> FloatArray:
    """Return the largest force an inch of weld from a unit load, 1/in., by the vector method (Eq. 8-11 to 8-17).

    Parameters
    ----------
    group : WeldGroup
        Batch dimensions broadcast with the loads.
    ex_in, ey_in : array_like
        A point of the line of action from the centroid, in., -10,000..10,000. With ``ey_in`` 0, ``ex_in`` is the
        horizontal distance e_x = a l of the Manual's tables.
    theta_deg : array_like
        Angle of the load from the vertical, -180..180 degrees; 0 points down, positive turns it towards +x.

    Returns
    -------
    ndarray of float
        Broadcast shape. The strength of an inch of weld (kds = 1) over it is the strength of the group.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    load = unit_load(ex_in, theta_deg, ey_in)
    x, y = _ends(group.segments_in)
    direct = load[..., :2] / group.length_in[..., None]
    twist = (load[..., 2] / group.ip_in3)[..., None]
    # The force grows linearly along a segment, so its largest value is at an end.
    return np.asarray(np.hypot(direct[..., :1] - twist * y, direct[..., 1:] + twist * x).max(axis=-1))


def equivalent_length_in(
    group: WeldGroup, ex_in: ArrayLike, theta_deg: ArrayLike = 0.0, ey_in: ArrayLike = 0.0
) -> FloatArray:
    """Return the length of longitudinally loaded fillet as strong as the eccentrically loaded group, in.

    Instantaneous-centre method; arguments as above. An element whose force runs at theta degrees to its axis carries
    1 + 0.5 sin^1.5(theta) times [p (1.9 - 0.9 p)]^0.3 of a longitudinal one, p its deformation over
    0.209 (theta + 2)^-0.32 w. Deformations grow with the distance from the centre until the first element reaches
    1.087 (theta + 6)^-0.65 w, at most 0.17 w (Manual Part 8). Welds of several directions under a nearly concentric
    load have more than one such state; the least load counts.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    load = unit_load(ex_in, theta_deg, ey_in)
    shape = np.broadcast_shapes(load.shape[:-1], group.segments_in.shape[:-2])
    flat = np.broadcast_to(load, (*shape, 3)).reshape(-1, 3)
    rho = np.sqrt(group.ip_in3 / group.length_in)
    own = WeldGroup(group.segments_in / rho[..., None, None])
    if group.segments_in.ndim > 2:
        full = (*shape, *group.segments_in.shape[-2:])
        own = WeldGroup(np.broadcast_to(own.segments_in, full).reshape(-1, *full[-2:]))
    rho = np.broadcast_to(rho, shape).reshape(-1)
    points = _Points.of(own)
    _, share = solve_motion(points.forces, flat, rho, points.x.shape[-1], branches=2)
    return np.asarray((share * rho).reshape(shape))


def eccentric_weld_strength(
    group: WeldGroup,
    size_in: ArrayLike,
    fexx_ksi: ArrayLike,
    ex_in: ArrayLike,
    theta_deg: ArrayLike = 0.0,
    ey_in: ArrayLike = 0.0,
) -> FloatArray:
    """Return Pn = 0.60 FEXX (0.707 w) times `equivalent_length_in`, kip (J2.4, Manual Part 8).

    ``size_in`` leg w of the fillet, 0.001 to 10,000; ``fexx_ksi`` 1 to 1,000; the others and the errors as above. The
    Manual takes less than FEXX for electrodes above E70 (`electrode_coefficient`).
    """
    strength = 0.60 * checked_stress("fexx_ksi", fexx_ksi) * THROAT_RATIO * checked_dimension("size_in", size_in)
    return np.asarray(strength * equivalent_length_in(group, ex_in, theta_deg, ey_in))


def table_coefficient(
    group: WeldGroup,
    length_in: ArrayLike,
    ex_in: ArrayLike,
    theta_deg: ArrayLike = 0.0,
    ey_in: ArrayLike = 0.0,
) -> FloatArray:
    """Return C of Pn = C C1 D l (Eq. 8-30): D sixteenths of leg, l = ``length_in``, C1 `electrode_coefficient`.

    Other arguments as above. C-shaped group 10 x 5 in., e_x 8.75 in.: 1.87 (Table 8-8, interpolated: 1.88).
    """
    length = checked_dimension("length_in", length_in)
    return np.asarray(KIP_PER_SIXTEENTH * equivalent_length_in(group, ex_in, theta_deg, ey_in) / length)


def electrode_coefficient(fexx_ksi: ArrayLike) -> FloatArray:
    """Return C1 (Table 8-3, verify): 0.857, 1.00, 1.03, 1.16, 1.21, 1.34 for FEXX 60, 70, 80, 90, 100, 110 ksi.

    From 80 ksi up it is less than FEXX/70, by 10 % (80, 90) and 15 % (100, 110).

    Raises
    ------
    StructuralError
        ``field="fexx_ksi"`` for another strength.
    """
    fexx = as_floats("fexx_ksi", fexx_ksi)
    grades = np.array([60.0, 70.0, 80.0, 90.0, 100.0, 110.0])
    known = np.isin(fexx, grades)
    if not known.all():
        raise StructuralError(
            f"fexx_ksi must be 60, 70, 80, 90, 100 or 110, got {fexx[~known].ravel()[0]:g}", field="fexx_ksi"
        )
    return np.array([0.857, 1.00, 1.03, 1.16, 1.21, 1.34])[np.searchsorted(grades, fexx)]


@dataclass(frozen=True, slots=True)
class _Points:
    """Weld elements, and after them the segment ends (length 0), whose deformation may govern; arrays (1 or m, n)."""

    x: FloatArray
    y: FloatArray
    along_x: FloatArray
    along_y: FloatArray
    length: FloatArray

    @classmethod
    def of(cls, group: WeldGroup) -> "_Points":
        segments = group.segments_in if group.segments_in.ndim > 2 else group.segments_in[None]
        places = np.concatenate([(np.arange(ELEMENTS) + 0.5) / ELEMENTS, [0.0, 1.0]])
        dx, dy = (side[..., None] for side in _run(segments))
        x, y = (segments[..., 0, None] + dx * places, segments[..., 1, None] + dy * places)
        total = np.hypot(dx, dy)
        weight = np.where(np.arange(len(places)) < ELEMENTS, 1.0 / ELEMENTS, 0.0)
        parts = (x, y, dx / total + 0.0 * places, dy / total + 0.0 * places, total * weight)
        return cls(*(part.reshape(len(segments), -1) for part in parts))

    def forces(self, motion: FloatArray, cases: IntArray) -> FloatArray:
        """Return the `Response` of the group, forces over 0.60 FEXX times throat."""
        own = slice(None) if len(self.x) == 1 else cases
        x, y = self.x[own], self.y[own]
        dx, dy = rigid_displacements(motion, x, y)
        path = np.maximum(np.hypot(dx, dy), 1e-300)
        sine = np.minimum(np.abs(dx * self.along_y[own] - dy * self.along_x[own]) / path, 1.0)
        theta = np.degrees(np.arcsin(sine))
        rupture = np.minimum(1.087 * (theta + 6.0) ** -0.65, 0.17)
        amount = np.min(rupture / path, axis=-1, keepdims=True)
        p = amount * path / (0.209 * (theta + 2.0) ** -0.32)
        share = (1.0 + 0.5 * sine**1.5) * (p * (1.9 - 0.9 * p)) ** 0.3 * self.length[own] / path
        fx, fy = share * dx, share * dy
        return np.stack([fx.sum(axis=-1), fy.sum(axis=-1), np.sum(fy * x - fx * y, axis=-1)], axis=-1)


def _lengths(length_in: ArrayLike, name: str, other_in: ArrayLike) -> tuple[FloatArray, FloatArray]:
    length, other = np.broadcast_arrays(checked_dimension("length_in", length_in), checked_dimension(name, other_in))
    return length / 2.0, other


def _stack(segments: list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]]) -> FloatArray:
    return np.stack([np.stack(segment, axis=-1) for segment in segments], axis=-2)


def _run(segments: FloatArray) -> tuple[FloatArray, FloatArray]:
    return segments[..., 2] - segments[..., 0], segments[..., 3] - segments[..., 1]


def _middle(segments: FloatArray) -> tuple[FloatArray, FloatArray]:
    return (segments[..., 0] + segments[..., 2]) / 2.0, (segments[..., 1] + segments[..., 3]) / 2.0


def _ends(segments: FloatArray) -> tuple[FloatArray, FloatArray]:
    return (
        np.concatenate([segments[..., 0], segments[..., 2]], axis=-1),
        np.concatenate([segments[..., 1], segments[..., 3]], axis=-1),
    )
