"""How questions are drawn: practical sizes, and a load of the order of what the joint can carry."""

import numpy as np
from numpy.typing import NDArray

from structural.decimals import significant
from structural.problems.connection_designer.request import (
    BEAM_TO_COLUMN_FLANGE,
    BEAM_TO_GIRDER_WEB,
    BOLT_DIAMETERS_IN,
    BOLT_GRADES,
    DEFAULTS,
    ELECTRODES,
    FAYING_SURFACES,
    HOLE_TYPES,
    JOINT_TYPES,
    LAP_SPLICE,
    LOAD_CHARACTERS,
    MAX_BOLTS,
    METHODS,
    MIN_BOLTS,
    PLY_GRADES,
    THREADS,
    BoolArray,
    FloatArray,
    Joint,
    resolve,
)
from structural.problems.connection_designer.strengths import (
    MEMBER_FY_KSI,
    bolt_shear,
    bolt_slip,
    slip_is_required_to_be_prevented,
)
from structural.shapes import load_shapes
from structural.tables import UNSPECIFIED, Table

BARE_SHARE = 0.10
"""Rows that give only the four required fields."""
LOAD_FACTOR_RANGE = (0.2, 2.0)
"""Load over rough capacity, drawn log-uniformly."""

_DIAMETER_WEIGHTS = (0.04, 0.08, 0.25, 0.19, 0.22, 0.08, 0.07, 0.04, 0.03)
_GRADE_WEIGHTS = (0.06, 0.44, 0.10, 0.08, 0.24, 0.08)
_JOINT_WEIGHTS = (0.42, 0.15, 0.30, 0.13)
_HOLE_WEIGHTS = (0.72, 0.08, 0.13, 0.07)
_CHARACTER_WEIGHTS = (0.50, 0.09, 0.10, 0.10, 0.21)


def _choose(rng: np.random.Generator, values: tuple[str, ...], weights: tuple[float, ...], n: int) -> NDArray[np.str_]:
    return np.asarray(values)[rng.choice(len(values), size=n, p=weights)]


def _round_to(values: FloatArray, step: float) -> FloatArray:
    return np.round(values / step) * step


def _maybe(rng: np.random.Generator, values: FloatArray, share_given: float) -> FloatArray:
    """Return the values with all but ``share_given`` of them NaN."""
    return np.where(rng.random(len(values)) < share_given, values, np.nan)


def _counts(rng: np.random.Generator, joint: NDArray[np.str_], moment: BoolArray) -> NDArray[np.int64]:
    n = len(joint)
    lap = MIN_BOLTS + np.floor(rng.beta(1.2, 2.4, n) * (MAX_BOLTS - MIN_BOLTS + 1))
    shear = MIN_BOLTS + np.floor(rng.beta(1.5, 3.2, n) * 10.0)
    end_plate = 2.0 * rng.integers(4, 9, n)
    counts = np.where(joint == LAP_SPLICE, lap, np.where(moment, end_plate, shear))
    return np.clip(counts, MIN_BOLTS, MAX_BOLTS).astype(np.int64)


def _members(
    rng: np.random.Generator, joint: NDArray[np.str_], moment: BoolArray
) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Return supported and supporting members, unspecified for lap splices and for one beam joint in ten."""
    shapes = load_shapes("W")
    n = len(joint)

    def pick(keep: BoolArray) -> NDArray[np.str_]:
        names = shapes.name[keep]
        return names[rng.integers(0, len(names), n)]

    beams = pick((shapes.d_in > 9.0) & (shapes.d_in < 37.0) & (shapes.weight_lb_ft < 240.0))
    girders = pick((shapes.d_in > 15.0) & (shapes.weight_lb_ft < 330.0))
    columns = pick((shapes.d_in > 9.5) & (shapes.d_in < 19.0) & (shapes.bf_in > 7.9) & (shapes.weight_lb_ft < 430.0))
    wide_beams = pick((shapes.d_in > 13.0) & (shapes.bf_in > 6.9) & (shapes.weight_lb_ft < 240.0))
    wide_columns = pick((shapes.d_in > 9.5) & (shapes.d_in < 19.0) & (shapes.bf_in > 9.9) & (shapes.tf_in > 0.6))
    beams = np.where(moment, wide_beams, beams)
    columns = np.where(moment, wide_columns, columns)
    supports = np.where(joint == BEAM_TO_GIRDER_WEB, girders, columns)
    given = (joint != LAP_SPLICE)[:, None] & (rng.random((n, 2)) < 0.9)
    return np.where(given[:, 0], beams, UNSPECIFIED), np.where(given[:, 1], supports, UNSPECIFIED)


def _eccentricities(rng: np.random.Generator, joint: NDArray[np.str_], moment: BoolArray) -> FloatArray:
    n = len(joint)
    lap = _round_to(rng.uniform(0.25, 10.0, n), 0.25) * (rng.random(n) < 0.25)
    shear = _round_to(rng.uniform(0.25, 6.0, n), 0.25) * (rng.random(n) < 0.35)
    bracket = _round_to(np.exp(rng.uniform(np.log(5.0), np.log(45.0), n)), 0.5)
    return np.where(joint == LAP_SPLICE, lap, np.where(moment, bracket, shear))


def _sizes(rng: np.random.Generator, diameter: FloatArray, lap: BoolArray) -> Table:
    """Return ply thickness, edge distance, spacing and width, NaN where not given, within J3.4 to J3.6."""
    n = len(diameter)
    lap_plate = np.clip(_round_to(diameter * rng.uniform(0.4, 1.6, n), 0.125), 0.25, 2.5)
    tab_plate = np.clip(_round_to(diameter * rng.uniform(0.3, 0.75, n), 0.0625), 0.25, 0.75)
    thickness = _maybe(rng, np.where(lap, lap_plate, tab_plate), 0.55)
    filled = np.where(np.isnan(thickness), np.where(lap, diameter, 0.5 * diameter), thickness)
    thinnest = np.where(lap, 0.5 * filled, filled)
    edge = _round_to(diameter * rng.uniform(1.25, 2.6, n), 0.0625)
    edge = _maybe(rng, np.clip(edge, diameter, np.minimum(12.0 * thinnest, 6.0)), 0.5)
    spacing = np.ceil(diameter * rng.uniform(2.667, 4.5, n) * 16.0 - 1e-6) / 16.0
    greatest = np.minimum(24.0 * thinnest, 12.0)
    spacing = _maybe(rng, np.clip(spacing, np.ceil(8.0 / 3.0 * diameter * 16.0) / 16.0, greatest), 0.5)
    return {
        "ply_thickness_in": thickness,
        "edge_distance_in": edge,
        "spacing_in": spacing,
        "ply_width_in": np.full(n, np.nan),
    }


def _widths(rng: np.random.Generator, joint: Joint) -> FloatArray:
    """Return the width of lap plies where it is given: bolt lines and edges, and up to as much again."""
    least = np.where(joint.lap_lines == 2.0, joint.gage, 0.0) + 2.0 * np.maximum(joint.edge, 1.25 * joint.diameter)
    width = np.ceil(least * rng.uniform(1.0, 2.6, len(joint)) * 8.0) / 8.0
    return np.where(joint.lap, _maybe(rng, np.minimum(width, 100.0), 0.45), np.nan)


def rough_capacity_kip(joint: Joint) -> FloatArray:
    """Return the order of magnitude of what a joint carries, (n,): bolts in shear or slip, less for eccentricity."""
    planes = np.where(joint.lap, joint.planes, 1.3)
    shear = joint.count * bolt_shear(joint, planes)
    needs_slip = slip_is_required_to_be_prevented(joint) & (joint.grade != BOLT_GRADES.index("A307"))
    bolts = np.where(needs_slip, np.minimum(shear, joint.count * bolt_slip(joint, planes)), shear)
    reach = np.where(
        joint.lap, 0.25 * joint.count * joint.spacing, np.where(joint.eccentricity > 6.0, 1.0, 0.5) * joint.beam.d_in
    )
    bolts = bolts / (1.0 + joint.eccentricity / np.maximum(reach, 1.0))
    web = np.where(joint.lrfd, 0.6, 0.4) * MEMBER_FY_KSI * joint.beam.d_in * joint.beam.tw_in
    return np.where(joint.lap, bolts, np.minimum(0.55 * bolts, 0.6 * web))


def sample(n: int, rng: np.random.Generator) -> Table:
    """Return ``n`` questions, the QUESTION columns; pure in ``rng``."""
    joint_type = _choose(rng, JOINT_TYPES, _JOINT_WEIGHTS, n)
    moment = (joint_type == BEAM_TO_COLUMN_FLANGE) & (rng.random(n) < 0.68)
    count = _counts(rng, joint_type, moment)
    diameter = np.asarray(BOLT_DIAMETERS_IN)[rng.choice(len(BOLT_DIAMETERS_IN), size=n, p=_DIAMETER_WEIGHTS)]
    hole = _choose(rng, HOLE_TYPES, _HOLE_WEIGHTS, n)
    supported, supporting = _members(rng, joint_type, moment)
    table: Table = {
        "bolt_diameter": diameter,
        "bolt_count": count,
        "bolt_grade": _choose(rng, BOLT_GRADES, _GRADE_WEIGHTS, n),
        "tributary_load_kips": np.ones(n),
        "design_method": _choose(rng, METHODS, (0.72, 0.28), n),
        "thread_condition": _choose(rng, THREADS, (0.6, 0.4), n),
        "shear_planes": np.where((joint_type == LAP_SPLICE) & (rng.random(n) < 0.35), 2, 1).astype(np.int64),
        "hole_type": np.where(moment & (rng.random(n) < 0.9), "standard", hole),
        "faying_surface": _choose(rng, FAYING_SURFACES, (0.65, 0.35), n),
        "load_character": _choose(rng, LOAD_CHARACTERS, _CHARACTER_WEIGHTS, n),
        "joint_type": joint_type,
        "supported_member": supported,
        "supporting_member": supporting,
        "ply_grade": _choose(rng, PLY_GRADES, (0.6, 0.4), n),
        "eccentricity_in": _eccentricities(rng, joint_type, moment),
        "weld_electrode": _choose(rng, ELECTRODES, (0.8, 0.08, 0.12), n),
        **_sizes(rng, diameter, joint_type == LAP_SPLICE),
    }
    table["ply_width_in"] = _widths(rng, resolve(table))
    _strip(table, rng.random(n) < BARE_SHARE)
    joint = resolve(table)
    low, high = np.log(LOAD_FACTOR_RANGE)
    load = rough_capacity_kip(joint) * np.exp(rng.uniform(low, high, n))
    table["tributary_load_kips"] = significant(np.maximum(load, 0.5), 6)
    return table


def _strip(table: Table, bare: BoolArray) -> None:
    """Put the defaults into the optional columns of the ``bare`` rows."""
    for name, default in DEFAULTS.items():
        table[name] = np.where(bare, np.asarray(default), table[name]).astype(table[name].dtype)
