"""Use of bolts, ANSI/AISC 360-22 J3.2 (tightening), J3.3 (holes), J1.8 (bolts beside welds), and threaded parts.

Rules answer with a `Ruling`: whether the thing is allowed and, where it is not, the first reason against it, a row a
joint. Rules of the RCSC Specification that J3.2 calls in carry its section number. Filler and grip factors are in
`bolts`.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.aisc.bolt_geometry import HoleType
from structural.aisc.bolt_grades import BoltGroup, nominal_tensile_stress_ksi
from structural.aisc.method import Factor
from structural.checks import FloatArray, IntArray, enum_codes, require_between, require_non_negative, require_positive
from structural.errors import StructuralError

SHARED_JOINT = Factor(0.75, 2.00)
"""J1.8(a): bolts and longitudinal fillets that share a load."""

BoolArray = NDArray[np.bool_]


class Tightening(StrEnum):
    """How far bolts are tightened, least first."""

    SNUG_TIGHT = "snug_tight"
    PRETENSIONED = "pretensioned"
    SLIP_CRITICAL = "slip_critical"


class BoltAction(StrEnum):
    """What a bolt carries."""

    SHEAR = "shear"
    TENSION = "tension"
    COMBINED = "combined"


@dataclass(frozen=True, slots=True)
class Ruling:
    """``allowed``, and ``reason`` against it (empty where allowed), each of the shape of the joints."""

    allowed: BoolArray
    reason: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class BoltedJoint:
    """What decides the tightening of a joint; every field broadcasts.

    ``group`` numbers of `BoltGroup`, ``action`` of `BoltAction`, ``hole_type`` of `HoleType`. ``vibration``: loosening
    by vibration or load fluctuation is a design consideration. ``fatigue``: cyclic load counts; ``reversal``: the load
    changes direction significantly. ``slip_matters``: slip would harm the structure. ``built_up_end``: end connection
    of a built-up member of two shapes (E6.1). ``cover_plate``: extended part of a partial-length cover plate (F13.3).
    """

    group: ArrayLike
    action: BoltAction | ArrayLike = BoltAction.SHEAR
    hole_type: HoleType | ArrayLike = HoleType.STANDARD
    slot_along_load: ArrayLike = False
    vibration: ArrayLike = False
    fatigue: ArrayLike = False
    reversal: ArrayLike = False
    slip_matters: ArrayLike = False
    built_up_end: ArrayLike = False
    cover_plate: ArrayLike = False


def required_tightening(joint: BoltedJoint) -> tuple[IntArray, NDArray[np.str_]]:
    """Return the least tightening of each joint and why (J3.2(a) to (c); RCSC 4.1 to 4.3).

    Returns
    -------
    tuple of ndarray
        Positions among `Tightening` (0 snug tight, 1 pretensioned, 2 slip critical) and the clause that asks for it,
        empty for snug tight.

    Raises
    ------
    StructuralError
        ``field="bolt_group"``, ``"action"`` or ``"hole_type"`` for a value that is none of the known ones.
    """
    rules = _tightening_rules(joint)
    holds = [rule[0] for rule in rules]
    first = np.argmax([*holds, np.ones_like(holds[0])], axis=0)
    levels, reasons = np.array([*(rule[1] for rule in rules), 0]), np.array([*(rule[2] for rule in rules), ""])
    return levels[first], np.asarray(reasons[first], dtype=np.str_)


def _tightening_rules(joint: BoltedJoint) -> list[tuple[BoolArray, int, str]]:
    """Return (where it holds, least tightening, why), the strictest first."""
    group = _group(joint.group)
    shear = enum_codes("action", joint.action, BoltAction) == 0
    hole = enum_codes("hole_type", joint.hole_type, HoleType)
    flags = (joint.slot_along_load, joint.vibration, joint.fatigue, joint.reversal)
    along, vibration, fatigue, reversal = (np.asarray(flag, dtype=bool) for flag in flags)
    slip, built_up, cover = (
        np.asarray(flag, dtype=bool) for flag in (joint.slip_matters, joint.built_up_end, joint.cover_plate)
    )
    rules = [
        (cover, 2, "extended part of a partial-length cover plate (J3.2(c), F13.3)"),
        (hole == 1, 2, "oversized holes (J3.3(d))"),
        ((hole >= 2) & along, 2, "slots along the load (J3.3(e), (f))"),
        (fatigue & reversal, 2, "fatigue with reversal of load (RCSC 4.3)"),
        (slip, 2, "slip would harm the structure (RCSC 4.3)"),
        (built_up, 1, "end connection of a built-up member (J3.2(b), E6.1)"),
        (vibration, 1, "loosening by vibration (J3.2(b))"),
        (fatigue, 1, "fatigue load (RCSC 4.2)"),
        (reversal, 1, "significant reversal of load (RCSC 4.2)"),
        (
            ~shear & (group > BoltGroup.GROUP_120) & (group != BoltGroup.A307),
            1,
            "tension on bolts of a group over 120 (J3.2(a))",
        ),
    ]
    _, *masks = np.broadcast_arrays(group, *(mask for mask, _, _ in rules))
    return [(mask, level, text) for mask, (_, level, text) in zip(masks, rules, strict=True)]


def tightening_ruling(
    joint: BoltedJoint, tightening: Tightening | ArrayLike, group_200_grade_1: ArrayLike = False
) -> Ruling:
    """Return whether the chosen tightening suits the joint and the bolt (J3.1, J3.2).

    A307 bolts, and Grade 1 assemblies of Group 200 (``group_200_grade_1``), are installed snug tight only. Errors as in
    `required_tightening`, and ``field="tightening"``.
    """
    chosen = enum_codes("tightening", tightening, Tightening)
    least, reason = required_tightening(joint)
    group = _group(joint.group)
    grade_1 = (group == BoltGroup.GROUP_200) & np.asarray(group_200_grade_1, dtype=bool)
    return _ruling(
        ((group == BoltGroup.A307) & (chosen > 0), "A307 bolts are not pretensioned (J3.1)"),
        (grade_1 & (chosen > 0), "Grade 1 assemblies of Group 200 are installed snug tight only (J3.2)"),
        (chosen < least, reason),
    )


def hole_ruling(
    hole_type: HoleType | ArrayLike,
    tightening: Tightening | ArrayLike,
    slot_along_load: ArrayLike = False,
    slotted_plies: ArrayLike = 1,
    approved: ArrayLike = True,
) -> Ruling:
    """Return whether a hole may be used (J3.3(b), (d) to (f)).

    Parameters
    ----------
    hole_type : HoleType, str or array_like of str
        Hole of the ply that decides.
    tightening : Tightening, str or array_like of str
        Snug-tight and pretensioned joints are bearing-type joints.
    slot_along_load : array_like of bool
        The slot runs along the load; False where it is normal to it.
    slotted_plies : array_like
        Plies with long slots at one faying surface, >= 0.
    approved : array_like of bool
        The engineer of record approves holes other than standard ones and short slots across the load.

    Returns
    -------
    Ruling
        Broadcast shape.

    Raises
    ------
    StructuralError
        Naming an argument that is out of range or unknown.
    """
    hole = enum_codes("hole_type", hole_type, HoleType)
    bearing = enum_codes("tightening", tightening, Tightening) < 2
    along = np.asarray(slot_along_load, dtype=bool)
    special = (hole == 1) | (hole == 3) | ((hole == 2) & along)
    plies = require_non_negative("slotted_plies", slotted_plies)
    return _ruling(
        ((hole == 1) & bearing, "oversized holes only in slip-critical joints (J3.3(d))"),
        ((hole >= 2) & along & bearing, "slots in bearing-type joints must be normal to the load (J3.3(e), (f))"),
        ((hole == 3) & (plies > 1.0), "long slots in one ply of a faying surface only (J3.3(f))"),
        (special & ~np.asarray(approved, dtype=bool), "needs the approval of the engineer of record (J3.3(b))"),
    )


def shared_joint_ruling(
    required_kip: ArrayLike,
    weld_available_kip: ArrayLike,
    bolt_available_kip: ArrayLike,
    turn_of_nut: ArrayLike = True,
) -> Ruling:
    """Return whether high-strength bolts and longitudinal fillets may share a load on one faying surface (J1.8).

    Parameters
    ----------
    required_kip : array_like
        Required strength of the connection, kip, > 0.
    weld_available_kip, bolt_available_kip : array_like
        Available strength of the fillets (J2.4) and of the bolts (slip, J3.9), kip, >= 0.
    turn_of_nut : array_like of bool
        Bolts are pretensioned by the turn-of-nut or combined method (welds of at least 50 % of the required strength),
        else another one (70 %). Bolts need at least 33 %.

    Returns
    -------
    Ruling
        Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    required = require_positive("required_kip", required_kip)
    weld_share = require_non_negative("weld_available_kip", weld_available_kip) / required
    bolt_share = require_non_negative("bolt_available_kip", bolt_available_kip) / required
    turned = np.asarray(turn_of_nut, dtype=bool)
    return _ruling(
        (turned & (weld_share < 0.50), "welds carry less than 50 % of the required strength (J1.8(b))"),
        (~turned & (weld_share < 0.70), "welds carry less than 70 % of the required strength (J1.8(c))"),
        (bolt_share < 0.33, "bolts carry less than 33 % of the required strength (J1.8(d))"),
    )


def shared_joint_strength(slip_kip: ArrayLike, weld_kip: ArrayLike) -> FloatArray:
    """Return Rn of bolts and longitudinal fillets together: slip resistance plus weld strength (J1.8).

    Both nominal, kip, >= 0 (`bolts.slip_resistance`, `welds.fillet_weld_strength`); factor `SHARED_JOINT`. The
    connection need not be taken as weaker than its bolts alone or its welds alone.
    """
    return np.asarray(require_non_negative("slip_kip", slip_kip) + require_non_negative("weld_kip", weld_kip))


def threaded_tensile_stress_ksi(fu_ksi: ArrayLike) -> FloatArray:
    """Return Fnt = 0.75 Fu of threaded parts, on the unthreaded area (Table J3.2); ``fu_ksi`` in ksi, > 0."""
    return np.asarray(0.75 * require_positive("fu_ksi", fu_ksi))


def threaded_shear_stress_ksi(fu_ksi: ArrayLike, threads_excluded: ArrayLike = False) -> FloatArray:
    """Return Fnv of threaded parts: 0.450 Fu, or 0.563 Fu with threads excluded from shear planes (Table J3.2)."""
    share = np.where(np.asarray(threads_excluded, dtype=bool), 0.563, 0.450)
    return np.asarray(share * require_positive("fu_ksi", fu_ksi))


UNC_THREADS_PER_INCH = {
    0.5: 13.0,
    0.625: 11.0,
    0.75: 10.0,
    0.875: 9.0,
    1.0: 8.0,
    1.125: 7.0,
    1.25: 7.0,
    1.375: 6.0,
    1.5: 6.0,
    1.75: 5.0,
    2.0: 4.5,
    2.25: 4.5,
    2.5: 4.0,
    2.75: 4.0,
    3.0: 4.0,
    3.25: 4.0,
    3.5: 4.0,
    3.75: 4.0,
    4.0: 4.0,
}
"""Threads per inch of the Unified Coarse series by diameter, in. (ASME B1.1)."""


def threads_per_inch(diameter_in: ArrayLike) -> FloatArray:
    """Return the threads per inch of the coarse series, shape of ``diameter_in``.

    A diameter that is not in `UNC_THREADS_PER_INCH` raises `StructuralError`, ``field="diameter_in"``.
    """
    diameter = require_positive("diameter_in", diameter_in)
    sizes = np.array(list(UNC_THREADS_PER_INCH))
    row = np.minimum(np.searchsorted(sizes, diameter - 1e-6), len(sizes) - 1)
    if np.any(np.abs(sizes[row] - diameter) > 1e-6):
        raise StructuralError("not a size of the coarse thread series from 1/2 to 4 in.", field="diameter_in")
    return np.array(list(UNC_THREADS_PER_INCH.values()))[row]


def net_tensile_area_in2(diameter_in: ArrayLike, threads_per_in: ArrayLike | None = None) -> FloatArray:
    """Return the tensile stress area pi/4 (d - 0.9743/n)^2 (ASME B1.1; note b of Table J3.2), in2.

    ``diameter_in`` in., > 0; ``threads_per_in`` n, 1..80, by default `threads_per_inch`; 8UN threads have n = 8.
    """
    pitch = threads_per_inch(diameter_in) if threads_per_in is None else threads_per_in
    count = require_between("threads_per_in", pitch, 1.0, 80.0)
    core = require_positive("diameter_in", diameter_in) - 0.9743 / count
    if np.any(core <= 0.0):
        raise StructuralError("the thread is deeper than the rod; use a finer one", field="threads_per_in")
    return np.asarray(np.pi / 4.0 * core**2)


def net_area_tension(fu_ksi: ArrayLike, diameter_in: ArrayLike, count: ArrayLike = 1) -> FloatArray:
    """Return Rn = Fu times the tensile stress area times bolts, kip, in lieu of Fnt Ab (note b of Table J3.2).

    ``fu_ksi`` specified minimum tensile stress (`group_tensile_strength_ksi`), ksi, > 0; coarse threads. Factor
    `bolts.BOLT`.
    """
    area = net_tensile_area_in2(diameter_in) * require_positive("count", count)
    return np.asarray(require_positive("fu_ksi", fu_ksi) * area)


def group_tensile_strength_ksi(group: ArrayLike) -> FloatArray:
    """Return the minimum tensile strength of each `BoltGroup`, ksi: its number, and 60 for A307 (Grade A).

    Shape of ``group``; an unknown one raises `StructuralError`, ``field="bolt_group"``.
    """
    groups = _group(group)
    return np.where(groups == BoltGroup.A307, 60.0, groups.astype(np.float64))


def _group(group: ArrayLike) -> IntArray:
    nominal_tensile_stress_ksi(group)  # refuses a number that is no group
    return np.asarray(group, dtype=np.int64)


def _ruling(*objections: tuple[BoolArray, str | NDArray[np.str_]]) -> Ruling:
    """Return the first objection that holds in each row."""
    masks = np.broadcast_arrays(*(mask for mask, _ in objections))
    allowed = ~np.logical_or.reduce(masks)
    reason = np.full(masks[0].shape, "")
    for mask, (_, text) in zip(reversed(masks), reversed(objections), strict=True):
        reason = np.where(mask, text, reason)
    return Ruling(np.asarray(allowed), reason)
