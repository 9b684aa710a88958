"""Where the bolts are, and how an eccentric load shares itself among them.

Axes of a pattern: y along the load, x across it, origin at the centroid of the bolts.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from structural.elementwise import maximum, minimum, where
from structural.problems.connection_designer.request import (
    BEAM_TO_COLUMN_WEB,
    BEAM_TO_GIRDER_WEB,
    JOINT_TYPES,
    MAX_BOLTS,
    ONE,
    BoolArray,
    FloatArray,
    Joint,
    once,
)

SETBACK_IN = 0.5
"""Gap between beam end and support."""
MIN_COPE_DEPTH_IN = 1.5


@dataclass(frozen=True, slots=True)
class BoltPattern:
    """Bolt centres, shape (n, `MAX_BOLTS`), zeros where ``mask`` is False; without the first axis for one request."""

    x: FloatArray
    y: FloatArray
    mask: BoolArray


@cache
def _unit_patterns() -> BoltPattern:
    """Return the patterns of all counts and lines, (`MAX_BOLTS` + 1, 3, `MAX_BOLTS`): x in gages, y in rows."""
    count = np.arange(MAX_BOLTS + 1.0)[:, None, None]
    lines = np.array([1.0, 1.0, 2.0])[:, None]  # by the number of lines, of which there is at least one
    index = np.arange(MAX_BOLTS, dtype=float)
    mask = np.broadcast_to(index < count, (MAX_BOLTS + 1, 3, MAX_BOLTS))
    row = np.floor(index / lines)
    place = index - row * lines - 0.5 * (lines - 1.0)
    alone = (index == count - 1.0) & (np.mod(count, lines) == 1.0)
    return BoltPattern(np.where(mask & ~alone, place, 0.0), np.where(mask, row, 0.0), mask)


def bolt_pattern(count: FloatArray, lines: FloatArray, spacing: FloatArray, gage: FloatArray) -> BoltPattern:
    """Return bolts in ``lines`` (1 or 2) lines ``gage`` apart, rows ``spacing`` apart, filled row by row.

    All arguments have shape (n,), lengths in in. An odd last bolt sits on the centre line.
    """
    units = _unit_patterns()
    at = count.astype(np.intp), lines.astype(np.intp)
    mask = units.mask[at]
    y = units.y[at] * spacing[..., None]
    y = np.where(mask, y - (y.sum(axis=-1) / count)[..., None], 0.0)
    return BoltPattern(units.x[at] * gage[..., None], y, mask)


def elastic_shares(pattern: BoltPattern, eccentricity: ArrayLike) -> FloatArray:
    """Return each bolt's force as a share of the load, shape (n, `MAX_BOLTS`): elastic method, AISC Manual Part 7.

    ``eccentricity`` (n,), in., is the distance from the centroid to the line of the load; the shares of a concentric
    load are 1/count.
    """
    count = pattern.mask.sum(axis=-1)
    polar = maximum((pattern.x**2 + pattern.y**2).sum(axis=-1), 1e-9)
    twist = (eccentricity / polar)[..., None]
    along = 1.0 / count[..., None] + twist * pattern.x
    return np.where(pattern.mask, np.hypot(twist * pattern.y, along), 0.0)


def effective_bolts(pattern: BoltPattern, eccentricity: ArrayLike) -> FloatArray:
    """Return how many bolts' worth of load the group takes, (n,): the coefficient C, bolt count when concentric."""
    coefficient: FloatArray = 1.0 / elastic_shares(pattern, eccentricity).max(axis=-1)
    return coefficient


@dataclass(frozen=True, slots=True)
class BeamEnd:
    """Geometry of a beam end at its support, each (n,), in.

    ``web_depth`` is the straight depth of web that a plate can lie on, ``cope_depth`` zero where there is no cope,
    ``lever`` the distance from the support to the first bolt line of a shear tab, ``fitting_rows`` the bolts that one
    vertical line can hold, ``support_thickness`` the wall the connection lands on and ``support_face`` its clear
    width.
    """

    coped: BoolArray
    cope_depth: FloatArray
    web_depth: FloatArray
    lever: FloatArray
    fitting_rows: FloatArray
    support_thickness: FloatArray
    support_face: FloatArray


@once
def beam_end(joint: Joint) -> BeamEnd:
    """Return the geometry of the supported beam's end.

    A beam at a girder is coped at the top by the girder's k (1-1/2 in. at least) so that the top flanges are flush.
    At a column web the tab must reach past the flange tips; elsewhere its bolt line stands 2 d behind the beam end
    (the horizontal edge distance of the Manual's conventional single-plate connection, Part 10).
    """
    beam, support = joint.beam, joint.support
    coped = joint.joint == JOINT_TYPES.index(BEAM_TO_GIRDER_WEB)
    at_column_web = joint.joint == JOINT_TYPES.index(BEAM_TO_COLUMN_WEB)
    cope = where(coped, maximum(support.kdes_in, MIN_COPE_DEPTH_IN), 0.0)
    coped_depth = minimum(beam.d_in, support.d_in) - cope - beam.kdes_in
    web_depth = maximum(where(coped, coped_depth, beam.h_in), 2.0)
    past_flange = where(at_column_web, 0.5 * (support.bf_in - support.tw_in), 0.0)
    fitting = np.floor((web_depth - 2.0 * joint.edge) / joint.spacing + 1e-9) + 1.0
    face = where(coped, 1e3, where(at_column_web, support.h_in, support.bf_in))
    return BeamEnd(
        coped=coped,
        cope_depth=cope,
        web_depth=web_depth,
        lever=past_flange + SETBACK_IN + 2.0 * joint.diameter,
        fitting_rows=maximum(fitting, 0.0),
        support_thickness=where(coped | at_column_web, support.tw_in, support.tf_in),
        support_face=face,
    )


def tab_lines(joint: Joint, end: BeamEnd) -> FloatArray:
    """Return the vertical bolt lines of a shear tab, (n,): two where one line does not fit the web."""
    return where(joint.count <= end.fitting_rows, 1.0, 2.0)


@once
def angle_pattern(joint: Joint) -> BoltPattern:
    """Return the pattern of a double angle: one line of all bolts."""
    return bolt_pattern(joint.count, ONE, joint.spacing, joint.gage)


@once
def drawn_pattern(joint: Joint) -> BoltPattern:
    """Return the pattern that stands for the request: the lap splice's rows, or the bolts of the beam web."""
    lines = where(joint.lap, joint.lap_lines, tab_lines(joint, beam_end(joint)))
    return bolt_pattern(joint.count, lines, joint.spacing, joint.gage)
