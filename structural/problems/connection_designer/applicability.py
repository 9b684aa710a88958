"""When a family may be used at all: the rules, each with its clause, before any strength is looked at.

A family that a rule bars is masked out of the model's answer and never detailed as adequate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from structural.problems.connection_designer.beam import ANGLE_LEG_IN
from structural.problems.connection_designer.catalogue import DETAILED_FAMILIES, FAMILIES_OF_JOINT, Family
from structural.problems.connection_designer.end_plate import (
    BOLT_CLEARANCE_IN,
    GAGE_IN,
    MAX_PLATE_IN,
    TENSION_BOLTS,
    plate_thickness_in,
    plate_width_in,
)
from structural.problems.connection_designer.layout import BeamEnd, tab_lines
from structural.problems.connection_designer.request import FATIGUE, JOINT_TYPES, SEISMIC, BoolArray, Joint
from structural.problems.connection_designer.strengths import (
    SIXTEENTH_IN,
    is_pretensionable,
    pretension_is_required,
    slip_is_required_to_be_prevented,
)

MAX_ANGLE_ECCENTRICITY_IN = 3.0
MAX_ANGLE_THICKNESS_IN = 0.625
"""Angles up to 5/8 in. bend enough to count as a simple connection (AISC Manual Part 10)."""
MIN_WEB_WELD_IN = 4.0
TOLERANCE_IN = 1e-6

_BOLTED = (
    Family.BOLTED_BEARING,
    Family.BOLTED_SLIP_CRITICAL,
    Family.SHEAR_TAB,
    Family.DOUBLE_ANGLE,
    Family.EXTENDED_END_PLATE,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: the families it bars where ``holds`` is False, with the clause and the reason given to the engineer."""

    families: tuple[Family, ...]
    clause: str
    reason: str
    holds: Callable[[Joint, BeamEnd], BoolArray]


def _tab_fits(joint: Joint, end: BeamEnd) -> BoolArray:
    rows = np.ceil(joint.count / tab_lines(joint, end))
    return (rows <= end.fitting_rows) & (rows >= 2.0)


def _tab_is_ductile(joint: Joint, end: BeamEnd) -> BoolArray:
    del end
    return joint.thickness <= 0.5 * joint.diameter + SIXTEENTH_IN + TOLERANCE_IN


def _angles_fit(joint: Joint, end: BeamEnd) -> BoolArray:
    gage = 2.0 * ANGLE_LEG_IN - 3.0 + joint.beam.tw_in
    return (joint.count <= end.fitting_rows) & (end.support_face >= gage + 2.5 * joint.diameter)


def _angles_are_simple(joint: Joint, end: BeamEnd) -> BoolArray:
    del end
    near = joint.eccentricity <= MAX_ANGLE_ECCENTRICITY_IN
    return near & (joint.thickness <= MAX_ANGLE_THICKNESS_IN + TOLERANCE_IN)


def _plate_bolts_fit(joint: Joint, end: BeamEnd) -> BoolArray:
    room = GAGE_IN + 2.5 * joint.diameter
    inside = joint.beam.d_in - 2.0 * joint.beam.tf_in - 2.0 * (joint.diameter + BOLT_CLEARANCE_IN)
    between = (joint.count - 2.0 * TENSION_BOLTS) / 2.0
    fit: BoolArray = (
        (np.mod(joint.count, 2.0) == 0.0)
        & (joint.count >= 2.0 * TENSION_BOLTS)
        & (end.support_face >= room)
        & (plate_width_in(joint) >= room)
        & (inside >= (between + 1.0) * joint.spacing)
        & (plate_thickness_in(joint) <= MAX_PLATE_IN)
    )
    return fit


RULES = (
    Rule(
        (Family.BOLTED_BEARING,),
        "J3.3, J3.9",
        "slip must be prevented (fatigue, slip not tolerated, or oversized holes), so the joint is slip-critical",
        lambda joint, _: ~slip_is_required_to_be_prevented(joint),
    ),
    Rule(
        (Family.BOLTED_SLIP_CRITICAL, Family.EXTENDED_END_PLATE),
        "J3.2",
        "A307 bolts cannot be pretensioned",
        lambda joint, _: is_pretensionable(joint),
    ),
    Rule(
        _BOLTED,
        "J3.2",
        "the load character or the holes ask for pretensioned bolts, which A307 bolts cannot be",
        lambda joint, _: is_pretensionable(joint) | ~pretension_is_required(joint),
    ),
    Rule(
        _BOLTED,
        "AISC 341 D2.2",
        "seismic joints take standard holes or short slots across the load",
        lambda joint, _: ~joint.has_character(SEISMIC) | joint.has_hole("standard", "short_slot"),
    ),
    Rule(
        (Family.SHEAR_TAB, Family.WELDED, Family.EXTENDED_END_PLATE),
        "Appendix 3",
        "load-carrying welds under fatigue need stress ranges and cycles, which the request does not hold",
        lambda joint, _: ~joint.has_character(FATIGUE),
    ),
    Rule((Family.SHEAR_TAB,), "J3.4, J3.5", "the bolts do not fit two lines on the beam web", _tab_fits),
    Rule(
        (Family.SHEAR_TAB,),
        "Manual Part 10",
        "the plate is thicker than d/2 + 1/16 in., so the bolts could not yield it",
        _tab_is_ductile,
    ),
    Rule((Family.DOUBLE_ANGLE,), "J3.4, J3.5", "the bolts do not fit one line on web and support", _angles_fit),
    Rule(
        (Family.DOUBLE_ANGLE,),
        "Manual Part 10",
        "angles over 5/8 in., or a load more than 3 in. off, make this no simple connection",
        _angles_are_simple,
    ),
    Rule(
        (Family.EXTENDED_END_PLATE,),
        "AISC 358 Chapter 6",
        "it takes an even number of at least 8 bolts that fit beam and column, and a plate of at most 2-1/2 in.",
        _plate_bolts_fit,
    ),
    Rule(
        (Family.EXTENDED_END_PLATE,),
        "AISC 358 Chapter 6",
        "it takes standard holes",
        lambda joint, _: joint.has_hole("standard"),
    ),
    Rule(
        (Family.WELDED,),
        "J2.2b",
        "the straight web is too short for a weld",
        lambda joint, end: joint.lap | (end.web_depth >= MIN_WEB_WELD_IN),
    ),
)


def exists_for_joint(joint: Joint) -> BoolArray:
    """Return which families exist for the kind of joint, shape (n, families)."""
    return _families_of_joints()[joint.joint]


@cache
def _families_of_joints() -> BoolArray:
    return np.array([[family in FAMILIES_OF_JOINT[name] for family in DETAILED_FAMILIES] for name in JOINT_TYPES])


def applicable_families(joint: Joint, end: BeamEnd) -> BoolArray:
    """Return which families may be used, shape (n, families): they exist for the joint and no rule bars them."""
    allowed = exists_for_joint(joint).copy()
    exists: BoolArray = np.any(allowed.reshape(-1, len(DETAILED_FAMILIES)), axis=0)
    for rule in RULES:
        places = [place for place in _places(rule.families) if exists[place]]
        if places:  # else the rule is about families of other joints
            holds = rule.holds(joint, end)
            for place in places:
                allowed[..., place] &= holds
    return allowed


@cache
def _places(families: tuple[Family, ...]) -> tuple[int, ...]:
    return tuple(DETAILED_FAMILIES.index(family) for family in families)


def why_not(joint: Joint, end: BeamEnd, family: Family) -> Rule | None:
    """Return the first rule that bars a family from the (single) joint, None where none does."""
    for rule in RULES:
        if family in rule.families and not rule.holds(joint, end):
            return rule
    return None
