"""Block shear of rectangular bolt patterns and of welded elements, ANSI/AISC 360-22 J4.3.

A pattern has ``lines`` of bolts along the force, ``gage`` apart, with ``bolts`` at a ``pitch`` in each. A path is its
areas in shear and in tension with Ubs; `strength` puts it into Eq. J4-5 and `governing` picks the least of several.
Lengths in in., up to 10,000, areas in in.2, stresses in ksi, 1 to 1,000. Factor: `elements.BLOCK_SHEAR`. Every function
raises `StructuralError` naming a number out of range, and ``net_hole_in`` where the holes leave no net area.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc import elements
from structural.aisc.bolt_geometry import HoleType, hole_diameter_in
from structural.aisc.limit_states import checked_dimension, checked_length, checked_stress, governing_state, weakest
from structural.checks import FloatArray, IntArray, require_between
from structural.errors import StructuralError

NET_HOLE_ADDITION_IN = 1.0 / 16.0
"""Damage around a hole in net areas (B4.3b)."""


@dataclass(frozen=True, slots=True)
class BlockPattern:
    """Bolt pattern of one ply; made by `block_pattern`. ``lines`` and ``bolts`` whole numbers, the rest in in."""

    lines: FloatArray
    bolts: FloatArray
    pitch_in: FloatArray
    gage_in: FloatArray
    end_in: FloatArray
    edge_in: FloatArray
    thickness_in: FloatArray
    net_hole_in: FloatArray

    @property
    def run_in(self) -> FloatArray:
        """Length of a shear plane: end distance and all pitches."""
        return np.asarray(self.end_in + (self.bolts - 1.0) * self.pitch_in)


@dataclass(frozen=True, slots=True)
class BlockPath:
    """Failure path: gross and net area in shear, net area in tension, and Ubs."""

    agv_in2: FloatArray
    anv_in2: FloatArray
    ant_in2: FloatArray
    ubs: FloatArray


def net_hole_in(diameter_in: ArrayLike, hole_type: HoleType | ArrayLike = HoleType.STANDARD) -> FloatArray:
    """Return the width a hole takes from a net area: hole of Table J3.3 (slots: their width) + 1/16 in."""
    return np.asarray(hole_diameter_in(diameter_in, hole_type) + NET_HOLE_ADDITION_IN)


def block_pattern(
    layout: tuple[ArrayLike, ArrayLike],
    spacing_in: tuple[ArrayLike, ArrayLike],
    edge_in: tuple[ArrayLike, ArrayLike],
    thickness_in: ArrayLike,
    net_hole_in: ArrayLike,
) -> BlockPattern:
    """Return a bolt pattern; all arrays broadcast.

    Parameters
    ----------
    layout : pair of array_like
        Lines of bolts along the force, and bolts in a line; whole numbers >= 1.
    spacing_in : pair of array_like
        Pitch along the force and gage across it, in., more than the net hole where there are several bolts or lines.
    edge_in : pair of array_like
        From the last bolts to the end along the force, and from an outer line to the edge across it, in.
    thickness_in, net_hole_in : array_like
        Ply, and `net_hole_in`, in.

    Raises
    ------
    StructuralError
        Naming ``lines``, ``bolts``, ``pitch_in``, ``gage_in``, ``end_in``, ``edge_in``, ``thickness_in`` or
        ``net_hole_in``.
    """
    hole = checked_dimension("net_hole_in", net_hole_in)
    lines, bolts = _whole("lines", layout[0]), _whole("bolts", layout[1])
    pitch, gage = (checked_length(name, value) for name, value in zip(("pitch_in", "gage_in"), spacing_in, strict=True))
    for name, number, spacing in (("pitch_in", bolts, pitch), ("gage_in", lines, gage)):
        if np.any((number > 1.0) & (spacing <= hole)):
            raise StructuralError(f"{name} must be more than the hole", field=name)
    return BlockPattern(
        lines,
        bolts,
        pitch,
        gage,
        checked_dimension("end_in", edge_in[0]),
        checked_dimension("edge_in", edge_in[1]),
        checked_dimension("thickness_in", thickness_in),
        hole,
    )


def beam_end_path(pattern: BlockPattern) -> BlockPath:
    """Return the L of a beam web, shear tab or angle under the reaction: down the inner line, out to the vertical edge.

    ``lines`` are vertical, ``end_in`` l_ev to the coped or cut edge, ``edge_in`` l_eh. Ubs is 1.0 for one line and 0.5
    for more, where the tension stress is not uniform (Commentary Figure C-J4.2).
    """
    path = corner_path(pattern)
    return BlockPath(path.agv_in2, path.anv_in2, path.ant_in2, np.where(pattern.lines > 1.0, 0.5, path.ubs))


def corner_path(pattern: BlockPattern) -> BlockPath:
    """Return the L of a tension plate or angle leg: shear along one outer line, tension out to the far edge; Ubs 1.0.

    For an angle leg ``edge_in`` is the distance to the toe.
    """
    across = pattern.edge_in + (pattern.lines - 1.0) * pattern.gage_in - (pattern.lines - 0.5) * pattern.net_hole_in
    return _path(pattern, planes=1.0, tension_in=across)


def inner_path(pattern: BlockPattern) -> BlockPath:
    """Return the U of a tension plate: shear along both outer lines, tension between; two lines at least, Ubs 1.0."""
    _require_two_lines(pattern)
    return _path(pattern, planes=2.0, tension_in=(pattern.lines - 1.0) * (pattern.gage_in - pattern.net_hole_in))


def outer_path(pattern: BlockPattern) -> BlockPath:
    """Return both edge strips outside the outer lines, of a plate or a beam flange; two lines or more; Ubs 1.0."""
    _require_two_lines(pattern)
    return _path(pattern, planes=2.0, tension_in=2.0 * (pattern.edge_in - 0.5 * pattern.net_hole_in))


def welded_path(
    shear_in: ArrayLike, tension_in: ArrayLike, thickness_in: ArrayLike, planes: ArrayLike = 1, ubs: ArrayLike = 1.0
) -> BlockPath:
    """Return the path around a weld, which has no holes.

    ``shear_in`` length of a shear plane, ``tension_in`` length in tension (0 or more), ``planes`` of shear, 1 (an L) or
    2 (a U), ``ubs`` as in `elements.block_shear`.
    """
    thickness = checked_dimension("thickness_in", thickness_in)
    shear = checked_dimension("shear_in", shear_in) * require_between("planes", planes, 1.0, 10.0) * thickness
    tension = checked_length("tension_in", tension_in) * thickness
    return BlockPath(*np.broadcast_arrays(shear, shear, tension, require_between("ubs", ubs, 0.0, 1.0)))


def strength(path: BlockPath, fy_ksi: ArrayLike, fu_ksi: ArrayLike) -> FloatArray:
    """Return Rn of a path (Eq. J4-5), kip; Fy and Fu in ksi."""
    fy, fu = checked_stress("fy_ksi", fy_ksi), checked_stress("fu_ksi", fu_ksi)
    return elements.block_shear(path.agv_in2, path.anv_in2, path.ant_in2, path.ubs, fy, fu)


def governing(paths: tuple[BlockPath, ...], fy_ksi: ArrayLike, fu_ksi: ArrayLike) -> tuple[FloatArray, IntArray]:
    """Return the least Rn of several paths, kip, and the position of its path; ties go to the first.

    Raises
    ------
    StructuralError
        ``field="paths"`` for none.
    """
    if not paths:
        raise StructuralError("paths must hold at least one failure path", field="paths")
    strengths = tuple(strength(path, fy_ksi, fu_ksi) for path in paths)
    return weakest(strengths), governing_state(strengths)


def _path(pattern: BlockPattern, planes: float, tension_in: FloatArray) -> BlockPath:
    net_run = pattern.run_in - (pattern.bolts - 0.5) * pattern.net_hole_in
    if np.any(net_run <= 0.0) or np.any(tension_in < 0.0):
        raise StructuralError("the holes leave no net area; use smaller holes or larger distances", field="net_hole_in")
    thickness = pattern.thickness_in
    gross, net = planes * pattern.run_in * thickness, planes * net_run * thickness
    return BlockPath(*np.broadcast_arrays(gross, net, tension_in * thickness, np.ones(())))


def _whole(name: str, value: ArrayLike) -> FloatArray:
    number = require_between(name, value, 1.0, 1e3)
    if np.any(number != np.floor(number)):
        raise StructuralError(f"{name} must be whole numbers", field=name)
    return number


def _require_two_lines(pattern: BlockPattern) -> None:
    if np.any(pattern.lines < 2.0):
        raise StructuralError("lines must be at least 2 on this path; use corner_path for one", field="lines")
