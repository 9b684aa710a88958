"""Instantaneous centre of rotation of a fastener group loaded eccentrically in its plane (Manual Parts 7 and 8).

The connected part moves as a rigid body: a translation and a rotation about the centroid of the group, or one rotation
about the instantaneous centre. Each fastener answers along its own displacement with a force that follows from the
amount. The group is in equilibrium when the answer (Fx, Fy, M) is parallel with the load. Only the direction of the
motion is unknown, since the fastener that reaches its limit first sets the amount: two equations in two unknowns,
solved for all load cases at once. Unit vectors (tx, ty, rho omega) cover every centre alike, from one at infinity (pure
translation) to one at the centroid (pure rotation); rho is the radius of gyration of the group.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from structural.checks import FloatArray, IntArray, require_between
from structural.errors import StructuralError

MAX_COORDINATE_IN = 1.0e4
"""Coordinates and eccentricities accepted, in."""

Response = Callable[[FloatArray, IntArray], FloatArray]
"""Motions (r, 3) of the load cases (r,) -> forces (Fx, Fy, M/rho) of the group at its limit, (r, 3)."""

_TOLERANCE, _ACCEPTED = 1.0e-9, 1.0e-6
_ITERATIONS = 40
_HALVINGS = 8
_BLOCK = 1_000_000
# First guesses: least rotation and turn aside of the elastic motion, and widest span of the differences. The narrow
# span serves where the centre meets a bolt (a pole of its stiffness), the wide one where another fastener takes over.
_NARROW, _WIDE = 1.0e-7, 1.0e-2
_NEARLY_CONCENTRIC = 0.1
_STARTS = (
    (0.3, 0.0, _NARROW),
    (0.0, 0.0, _WIDE),
    (0.3, 0.0, _WIDE),
    (0.0, 0.0, _NARROW),
    (-0.3, 0.0, _WIDE),
    (0.3, 0.5, _WIDE),
    (0.3, -0.5, _WIDE),
    (1.0, 0.7, _WIDE),
    (-1.0, -0.7, _WIDE),
    (0.0, 1.5, _WIDE),
    (0.0, -1.5, _WIDE),
)


def unit_load(ex_in: ArrayLike, theta_deg: ArrayLike, ey_in: ArrayLike) -> FloatArray:
    """Return (Fx, Fy, M about the centroid) of a unit load, shape (..., 3).

    ``ex_in``, ``ey_in`` locate a point of its line of action from the centroid, in., -10,000..10,000; ``theta_deg`` is
    its angle from the vertical, -180..180: at 0 it points down, positive angles turn it towards +x.
    """
    ex = require_between("ex_in", ex_in, -MAX_COORDINATE_IN, MAX_COORDINATE_IN)
    ey = require_between("ey_in", ey_in, -MAX_COORDINATE_IN, MAX_COORDINATE_IN)
    theta = np.radians(require_between("theta_deg", theta_deg, -180.0, 180.0))
    fx, fy, ex, ey = np.broadcast_arrays(np.sin(theta), -np.cos(theta), ex, ey)
    return np.stack([fx, fy, ex * fy - ey * fx], axis=-1)


def solve_motion(
    response: Response, load: FloatArray, rho_in: FloatArray, size: int, *, branches: int = 1
) -> tuple[FloatArray, FloatArray]:
    """Return the motion (tx, ty, rho omega), a unit vector, and the load factor of every case.

    Parameters
    ----------
    response : Response
        Forces of the group for a direction of motion.
    load : ndarray, (m, 3)
        (Fx, Fy, M) of a unit load.
    rho_in : ndarray, (m,)
        Radius of gyration, in., > 0.
    size : int
        Fasteners of a case, which bounds the cases solved in one block.
    branches : int
        First guesses tried for a nearly concentric case, of whose solutions the least load counts: 1 where fasteners
        never soften, so that there is one solution only; 2 where they do.

    Returns
    -------
    tuple of ndarray
        (m, 3) and (m,): the group carries the factor times ``load``.

    Raises
    ------
    StructuralError
        When a case does not converge.
    """
    scaled = load.copy()
    scaled[:, 2] /= rho_in
    length = np.linalg.norm(scaled, axis=-1)
    motion, force = np.empty_like(scaled), np.empty(len(scaled))
    for rows in np.array_split(np.arange(len(scaled)), max(1, -(-len(scaled) * size // _BLOCK))):
        motion[rows], force[rows] = _solve(_Cases(response, scaled[rows] / length[rows, None], rows), branches)
    return motion, force / length


@dataclass(frozen=True, slots=True)
class _Cases:
    """Load cases ``rows`` and the directions ``target`` that the response must take."""

    response: Response
    target: FloatArray
    rows: IntArray

    def take(self, index: IntArray) -> "_Cases":
        return _Cases(self.response, self.target[index], self.rows[index])

    def misfit(self, motion: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the response across the target over its size (2 components), along the target, and the error."""
        forces = self.response(motion, self.rows)
        along = np.sum(forces * self.target, axis=-1)
        across = np.stack([np.sum(forces * side, axis=-1) for side in _sides(self.target)], axis=-1)
        across /= np.linalg.norm(forces, axis=-1)[:, None]
        # The opposite direction has no component across either; 2 is more than any error on the right side.
        return across, along, np.hypot(across[:, 0], across[:, 1]) + np.where(along > 0.0, 0.0, 2.0)


def _solve(cases: _Cases, branches: int) -> tuple[FloatArray, FloatArray]:
    motion, force = np.empty_like(cases.target), np.full(len(cases.rows), np.inf)
    for attempt, (rotation, turn, span) in enumerate(_STARTS):
        again = np.abs(cases.target[:, 2]) < (_NEARLY_CONCENTRIC if attempt < branches else 0.0)
        left = np.flatnonzero((force == np.inf) | again)
        if not len(left):
            return motion, force
        part = cases.take(left)
        found, load, error = _newton(part, _first(part.target, rotation, turn), span)
        better = (error <= _ACCEPTED) & (load < force[left])
        motion[left[better]], force[left[better]] = found[better], load[better]
    if np.any(force == np.inf):
        raise StructuralError("a load case has no instantaneous centre; use the elastic method for it", field="ex_in")
    return motion, force


def _first(target: FloatArray, rotation: float, turn: float) -> FloatArray:
    """Return the elastic motion, which is the load itself, turned aside and with at least some rotation."""
    first = target + turn * _sides(target)[0]
    least = rotation * np.where(first[:, 2] < 0.0, -1.0, 1.0)
    first[:, 2] = np.where(np.abs(first[:, 2]) < abs(rotation), least, first[:, 2])
    return _unit(first)


def _newton(cases: _Cases, motion: FloatArray, span: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    across, force, error = cases.misfit(motion)
    live = np.flatnonzero(error > _TOLERANCE)
    for _ in range(_ITERATIONS):
        if not len(live):
            break
        part = cases.take(live)
        step = _newton_step(part, motion[live], across[live], np.clip(error[live], _NARROW, span))
        base, before = motion[live], error[live]
        for _ in range(_HALVINGS):
            rest = np.flatnonzero(error[live] > 0.5 * before)
            if not len(rest):
                break
            trial = _unit(base[rest] + step[rest])
            values = part.take(rest).misfit(trial)
            better = values[2] < error[live[rest]]
            won = live[rest[better]]
            motion[won] = trial[better]
            across[won], force[won], error[won] = (value[better] for value in values)
            step *= 0.5
        live = live[(error[live] < before) & (error[live] > _TOLERANCE)]
    return motion, force, error


def _newton_step(cases: _Cases, motion: FloatArray, across: FloatArray, width: FloatArray) -> FloatArray:
    """Return the step of Newton's method on the unit sphere, at most half a radian; slopes over the width."""
    axes = _sides(motion)
    w = width[:, None]
    slopes = [(cases.misfit(motion + w * axis)[0] - across) / w for axis in axes]
    (a, c), (b, d) = slopes[0].T, slopes[1].T
    determinant = a * d - b * c
    safe = np.where(np.abs(determinant) > 1e-30, determinant, 1e-30)
    first = (b * across[:, 1] - d * across[:, 0]) / safe
    second = (c * across[:, 0] - a * across[:, 1]) / safe
    shrink = np.minimum(1.0, 0.5 / np.maximum(np.hypot(first, second), 1e-300))
    return np.asarray((shrink * first)[:, None] * axes[0] + (shrink * second)[:, None] * axes[1])


def _sides(vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return two unit vectors square to each unit vector and to each other."""
    helper = np.zeros_like(vectors)
    helper[np.arange(len(vectors)), np.argmin(np.abs(vectors), axis=-1)] = 1.0
    first = _unit(np.cross(vectors, helper))
    return first, np.cross(vectors, first)


def _unit(vectors: FloatArray) -> FloatArray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def rigid_displacements(motion: FloatArray, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the displacements of points (x, y) over rho, (r, b), in a motion (tx, ty, rho omega)."""
    return motion[:, :1] - motion[:, 2:] * y, motion[:, 1:2] + motion[:, 2:] * x
