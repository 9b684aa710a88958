"""Where the bolts are, and how an eccentric load shares itself among them.

Axes of a pattern: y along the load, x across it, origin at the centroid of the bolts.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.problems.connection_designer.request import (
    BEAM_TO_COLUMN_WEB,
    BEAM_TO_GIRDER_WEB,
    JOINT_TYPES,
    MAX_BOLTS,
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
    """Bolt centres, shape (n, `MAX_BOLTS`), zeros where ``mask`` is False."""

    x: FloatArray
    y: FloatArray
    mask: BoolArray


def bolt_pattern(count: FloatArray, lines: FloatArray, spacing: FloatArray, gage: FloatArray) -> BoltPattern:
    """Return bolts in ``lines`` (1 or 2) lines ``gage`` apart, rows ``spacing`` apart, filled row by row.

    All arguments have shape (n,), lengths in in. An odd last bolt sits on the centre line.
    """
    index = np.arange(MAX_BOLTS, dtype=float)
    lines_column, count_column = lines[:, None], count[:, None]
    mask = index < count_column
    row = np.floor(index / lines_column)
    place = index - row * lines_column - 0.5 * (lines_column - 1.0)
    alone = (index == count_column - 1.0) & (np.mod(count_column, lines_column) == 1.0)
    x = np.where(mask & ~alone, place * gage[:, None], 0.0)
    y = np.where(mask, row * spacing[:, None], 0.0)
    y = np.where(mask, y - (y.sum(axis=1) / count)[:, None], 0.0)
    return BoltPattern(x, y, mask)


def elastic_shares(pattern: BoltPattern, eccentricity: ArrayLike) -> FloatArray:
    """Return each bolt's force as a share of the load, shape (n, `MAX_BOLTS`): elastic method, AISC Manual Part 7.

    ``eccentricity`` (n,), in., is the distance from the centroid to the line of the load; the shares of a concentric
    load are 1/count.
    """
    count = pattern.mask.sum(axis=1)
    polar = np.maximum((pattern.x**2 + pattern.y**2).sum(axis=1), 1e-9)
    twist = (np.asarray(eccentricity, dtype=float) / polar)[:, None]
    along = 1.0 / count[:, None] + twist * pattern.x
    return np.where(pattern.mask, np.hypot(twist * pattern.y, along), 0.0)


def effective_bolts(pattern: BoltPattern, eccentricity: ArrayLike) -> FloatArray:
    """Return how many bolts' worth of load the group takes, (n,): the coefficient C, bolt count when concentric."""
    return np.asarray(1.0 / elastic_shares(pattern, eccentricity).max(axis=1))


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

    def take(self, rows: NDArray) -> "BeamEnd":
        """Return these rows."""
        return BeamEnd(*(getattr(self, item.name)[rows] for item in fields(self)))


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
    cope = np.where(coped, np.maximum(support.kdes_in, MIN_COPE_DEPTH_IN), 0.0)
    coped_depth = np.minimum(beam.d_in, support.d_in) - cope - beam.kdes_in
    web_depth = np.maximum(np.where(coped, coped_depth, beam.h_in), 2.0)
    past_flange = np.where(at_column_web, 0.5 * (support.bf_in - support.tw_in), 0.0)
    fitting = np.floor((web_depth - 2.0 * joint.edge) / joint.spacing + 1e-9) + 1.0
    face = np.where(coped, 1e3, np.where(at_column_web, support.h_in, support.bf_in))
    return BeamEnd(
        coped=coped,
        cope_depth=cope,
        web_depth=web_depth,
        lever=past_flange + SETBACK_IN + 2.0 * joint.diameter,
        fitting_rows=np.maximum(fitting, 0.0),
        support_thickness=np.where(coped | at_column_web, support.tw_in, support.tf_in),
        support_face=face,
    )


def tab_lines(joint: Joint, end: BeamEnd) -> FloatArray:
    """Return the vertical bolt lines of a shear tab, (n,): two where one line does not fit the web."""
    return np.where(joint.count <= end.fitting_rows, 1.0, 2.0)


@once
def drawn_pattern(joint: Joint) -> BoltPattern:
    """Return the pattern that stands for the request: the lap splice's rows, or the bolts of the beam web."""
    lines = np.where(joint.lap, joint.lap_lines, tab_lines(joint, beam_end(joint)))
    return bolt_pattern(joint.count, lines, joint.spacing, joint.gage)
