"""The written rule: which pair is an intended joint, which is a clash, and how severe.

There are no public labels for the severity of clashes, so the classes are rules of this project, stated here. They
read only what is visible in a pair: the exact geometry of the two members and what they are. In order:

1. A **duplicate** (same kind and section, same place) is HIGH.
2. A gap above the tolerance is NONE.
3. An **intended joint** is CONNECTION. Members meet on purpose in one of five ways:

   * *framed end*: a column, beam or brace ends at another one. Its axis aims at the other's axis (eccentricity within
     the tolerance; a beam may sit anywhere within the depth of the girder it frames into), it comes square or clearly
     skewed but not slightly off square, a beam is not twisted, and its end either stands clear of the other by at most
     the largest setback, or was drawn to the other's axis (then the overlap is on purpose; the other may end in that
     node too). The axis is the middle of the section; channels, angles and tees are placed by their back or centroid
     as well. An end that stops somewhere between face and axis and overlaps is too long: a clash;
   * *splice*: two collinear primary members end to end;
   * *bearing*: aligned faces in contact (cap and base plates, gusset edges, lapped braces, beams on girders);
   * *slotted brace*: a brace ends within a gusset, in its plane, centred on it.

   Services (pipes, ducts) never form a joint with steel.
4. Clear, within the tolerance: a service through a web opening with enough room is NONE; two primary members that
   both end near one node, clear of one another, are NONE; everything else violates the clearance: LOW.
5. **Hard clashes** are graded by what is hit and how deep, relative to the plate's thickness:

   * steel on steel: the flange or wall of a column or beam weighs most, then webs, then braces and plates;
   * a service through a flange or wall is HIGH when it takes half of the thickness, else MEDIUM; through a web only,
     MEDIUM while an opening of its size fits (up to half the depth), else HIGH; a nick of a few millimetres is LOW;
   * services with one another, braces and plates: by depth.

Each threshold has a guard band (`GUARD_BANDS`): within it a class is a matter of modelling accuracy. Entries whose
class changes when one threshold moves through its band are marked, kept out of training, and reported apart.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from structural.geometry.contact import Contact
from structural.geometry.prisms import FLANGE, WEB, FloatArray, IntArray
from structural.problems.clash_detector.measures import BoolArray, Measures, NearEnd, aims_within, measure
from structural.problems.clash_detector.members import Members, read_members
from structural.problems.clash_detector.request import (
    BEAM,
    BRACE,
    CLASSES,
    COLUMN,
    CONNECTION,
    HIGH,
    LOW,
    MEDIUM,
    NONE,
    PLATE_KIND,
)
from structural.tables import Table


@dataclass(frozen=True, slots=True)
class Rule:
    """Thresholds of the written rule. Lengths in mm, angles in degrees, ratios to a plate's thickness."""

    hard_mm: float = 0.2
    tolerance_shift_mm: float = 0.0
    setback_max_mm: float = 25.0
    eccentricity_max_mm: float = 18.0
    node_max_mm: float = 15.0
    square_max_deg: float = 2.0
    skew_min_deg: float = 12.0
    twist_max_deg: float = 3.0
    splice_gap_max_mm: float = 20.0
    bearing_gap_max_mm: float = 2.5
    facing_max_deg: float = 2.0
    slot_offset_max_mm: float = 10.0
    duplicate_offset_max_mm: float = 15.0
    sibling_reach_mm: float = 300.0
    sibling_clear_min_mm: float = 8.0
    opening_clear_min_mm: float = 15.0
    flange_low_ratio: float = 0.6
    flange_high_ratio: float = 2.0
    web_low_ratio: float = 1.0
    web_high_ratio: float = 5.0
    secondary_low_ratio: float = 1.0
    secondary_high_ratio: float = 6.0
    service_nick_mm: float = 4.0
    service_flange_ratio: float = 0.5
    service_depth_ratio: float = 0.5
    service_low_mm: float = 10.0
    service_high_mm: float = 60.0


RULE = Rule()

GUARD_BANDS: dict[str, tuple[float, float]] = {
    "hard_mm": (0.02, 1.0),
    "tolerance_shift_mm": (-0.5, 0.5),
    "setback_max_mm": (22.0, 28.0),
    "eccentricity_max_mm": (14.0, 22.0),
    "node_max_mm": (10.0, 20.0),
    "square_max_deg": (1.5, 2.5),
    "skew_min_deg": (11.0, 13.0),
    "twist_max_deg": (2.0, 4.0),
    "splice_gap_max_mm": (17.0, 23.0),
    "bearing_gap_max_mm": (1.9, 3.4),
    "facing_max_deg": (1.5, 2.5),
    "slot_offset_max_mm": (7.0, 13.0),
    "duplicate_offset_max_mm": (10.0, 20.0),
    "sibling_reach_mm": (275.0, 325.0),
    "sibling_clear_min_mm": (6.5, 9.5),
    "opening_clear_min_mm": (13.5, 16.5),
    "flange_low_ratio": (0.53, 0.67),
    "flange_high_ratio": (1.8, 2.2),
    "web_low_ratio": (0.9, 1.1),
    "web_high_ratio": (4.5, 5.5),
    "secondary_low_ratio": (0.9, 1.1),
    "secondary_high_ratio": (5.4, 6.6),
    "service_nick_mm": (3.5, 4.5),
    "service_flange_ratio": (0.45, 0.55),
    "service_depth_ratio": (0.47, 0.53),
    "service_low_mm": (9.0, 11.0),
    "service_high_mm": (54.0, 66.0),
}
"""Each threshold's band (low, high); every field of `Rule` has one."""

HOURS_CLEARANCE, HOURS_DUPLICATE = 0.5, 1.0
HOURS_SERVICE = {LOW: 1.0, MEDIUM: 3.0, HIGH: 8.0}
HOURS_STEEL = {LOW: 1.0, MEDIUM: 4.0, HIGH: 12.0}
"""Hours to resolve: a duplicate is deleted, a clearance is reviewed, services are rerouted, steel is detailed again."""


def label(table: Table) -> Table:
    """Return the LABEL columns of a table of pairs: class, distance (mm) and hours."""
    first, second = read_members(table)
    measures = measure(first, second)
    classes = classify(first, second, measures, np.asarray(table["tolerance_mm"], dtype=float))
    return {
        "pair_class": np.array(CLASSES)[classes],
        "distance_mm": np.round(distance_mm(measures.contact), 3),
        "resolution_hours": resolution_hours(
            classes, first, second, measures.contact.depth > RULE.hard_mm, is_duplicate(first, second)
        ),
    }


def distance_mm(contact: Contact) -> FloatArray:
    """Return the gap, or minus the depth of penetration, (n,) in mm."""
    return np.where(contact.depth > 0, -contact.depth, contact.gap)


def classify(
    first: Members, second: Members, measures: Measures, tolerance_mm: FloatArray, rule: Rule = RULE
) -> IntArray:
    """Return the class of each pair, (n,) codes into `CLASSES`."""
    hard = measures.contact.depth > rule.hard_mm
    duplicate = is_duplicate(first, second, rule)
    near = measures.contact.gap <= tolerance_mm + rule.tolerance_shift_mm
    joint = _is_joint(first, second, measures, rule) & near & ~duplicate
    clear = np.where(_is_fine_though_near(first, second, measures, rule), NONE, LOW)
    answer = np.where(hard, _grade(first, second, measures, rule), np.where(near, clear, NONE))
    answer = np.where(joint, CONNECTION, answer)
    return np.where(duplicate, HIGH, answer).astype(np.int64)


def in_guard_band(first: Members, second: Members, measures: Measures, tolerance_mm: FloatArray) -> BoolArray:
    """Return whether a pair's class changes when any one threshold moves within its guard band, (n,)."""
    nominal = classify(first, second, measures, tolerance_mm)
    changed = np.zeros(len(first), dtype=bool)
    for item in fields(Rule):
        for value in GUARD_BANDS[item.name]:
            moved = replace(RULE, **{item.name: value})
            changed |= classify(first, second, measures, tolerance_mm, moved) != nominal
    return changed


def is_primary(members: Members) -> BoolArray:
    """Return whether each member is a column, beam or brace."""
    return members.kind <= BRACE


def is_service(members: Members) -> BoolArray:
    """Return whether each member is a pipe or a duct."""
    return members.kind > PLATE_KIND


def is_same_size(first: Members, second: Members) -> BoolArray:
    """Return which pairs are of one depth and width, as far as modelling is accurate."""
    a, b = first.prisms, second.prisms
    found: BoolArray = (np.abs(a.depth - b.depth) < 2.0) & (np.abs(a.width - b.width) < 2.0)
    return found


def is_duplicate(first: Members, second: Members, rule: Rule = RULE) -> BoolArray:
    """Return which pairs are the same member modelled twice: same kind and section, coincident ends."""
    a, b = first.prisms, second.prisms
    alike = (first.kind == second.kind) & (a.section == b.section)
    alike &= is_same_size(first, second)
    straight = np.maximum(np.linalg.norm(a.origin - b.origin, axis=1), np.linalg.norm(a.end - b.end, axis=1))
    turned = np.maximum(np.linalg.norm(a.origin - b.end, axis=1), np.linalg.norm(a.end - b.origin, axis=1))
    found: BoolArray = alike & (np.minimum(straight, turned) <= rule.duplicate_offset_max_mm)
    return found


def _is_joint(first: Members, second: Members, measures: Measures, rule: Rule) -> BoolArray:
    steel = ~is_service(first) & ~is_service(second)
    hard = measures.contact.depth > rule.hard_mm
    bearing = ~hard & (measures.contact.gap <= rule.bearing_gap_max_mm)
    bearing &= measures.contact.facing >= _cos(rule.facing_max_deg)
    ends = measures.ends
    framed = _is_framed(first, second, measures, ends[0], rule) | _is_framed(second, first, measures, ends[1], rule)
    slotted = _is_slotted(first, second, ends[0], rule) | _is_slotted(second, first, ends[1], rule)
    return steel & (bearing | framed | slotted | _is_splice(first, second, measures, rule))


def _is_framed(x: Members, y: Members, measures: Measures, end: NearEnd, rule: Rule) -> BoolArray:
    """Return which members X end at members Y as a framed or node joint."""
    cosine = np.abs(measures.cosines[:, 0, 0])
    square, skewed = cosine <= _sin(rule.square_max_deg), cosine >= _sin(rule.skew_min_deg)
    straight = (square | skewed | (x.kind == BRACE)) & (cosine <= _cos(rule.skew_min_deg))
    matrix = measures.cosines if end is measures.ends[0] else measures.cosines.transpose(0, 2, 1)
    upright = np.abs(matrix[:, 1:, 0]).max(axis=1) >= _cos(rule.twist_max_deg)
    straight &= upright | ~square | (x.kind != BEAM)
    allowed = np.full(len(x), rule.eccentricity_max_mm)
    within = (y.prisms.depth - x.prisms.depth) / 2 + rule.eccentricity_max_mm
    allowed = np.where((y.kind == BEAM) & (end.across_depth > 0.9), np.maximum(allowed, within), allowed)
    near_axis = end.eccentricity <= allowed
    near_lines = end.line_eccentricity <= allowed[:, None]
    hard = measures.contact.depth > rule.hard_mm
    set_back = ~hard & (measures.contact.gap <= rule.setback_max_mm)
    set_back &= (end.to_axis >= 0) & (end.short_of <= end_reach(x, end, rule.setback_max_mm)) & end.aims_at
    # members that end in one node need not reach into one another: a line may pass the other's end by the same margin
    at_node = near_axis & (np.abs(end.to_axis) <= rule.node_max_mm)
    at_node |= np.any(near_lines & (np.abs(end.to_lines) <= rule.node_max_mm), axis=1)
    at_node &= aims_within(end, y.prisms, rule.node_max_mm)
    set_back &= near_axis | near_lines.any(axis=1)
    found: BoolArray = is_primary(x) & is_primary(y) & straight & (set_back | at_node)
    return found


def end_reach(x: Members, end: NearEnd, setback_mm: float) -> FloatArray:
    """Return how far along its axis a (skewed) end may stand off while its corners keep the setback, (n,) mm."""
    cosine = np.clip(np.abs(end.outward[:, 0]), 0.0, 0.98)
    half = np.maximum(x.prisms.depth, x.prisms.width) / 2
    reach: FloatArray = (setback_mm + half * cosine) / np.sqrt(1 - cosine**2)
    return reach


def _is_splice(first: Members, second: Members, measures: Measures, rule: Rule) -> BoolArray:
    offset = np.hypot(measures.ends[0].position[:, 1], measures.ends[0].position[:, 2])
    collinear = np.abs(measures.cosines[:, 0, 0]) >= _cos(rule.square_max_deg)
    close = (measures.contact.depth <= rule.hard_mm) & (measures.contact.gap <= rule.splice_gap_max_mm)
    # one that stands within the other goes on from no end of it
    close &= measures.ends[0].short_of >= -rule.splice_gap_max_mm
    return is_primary(first) & is_primary(second) & collinear & close & (offset <= rule.eccentricity_max_mm)


def _is_slotted(x: Members, y: Members, end: NearEnd, rule: Rule) -> BoolArray:
    """Return which braces X end within plates Y, in their plane and centred on it."""
    thin_side = y.prisms.width <= y.prisms.depth
    thin = np.where(thin_side, 1, 2)[:, None]
    offset = np.abs(np.take_along_axis(end.position, thin, axis=1)[:, 0])
    lean = np.abs(np.take_along_axis(end.outward, thin, axis=1)[:, 0])
    within = (x.kind == BRACE) & (y.kind == PLATE_KIND) & (end.to_box <= rule.slot_offset_max_mm)
    found: BoolArray = within & (offset <= rule.slot_offset_max_mm) & (lean <= _sin(rule.square_max_deg))
    return found


def _is_fine_though_near(first: Members, second: Members, measures: Measures, rule: Rule) -> BoolArray:
    gap = measures.contact.gap
    opening = np.where(is_service(second), measures.through_opening[:, 0], np.inf)
    opening = np.where(is_service(first), measures.through_opening[:, 1], opening)
    passes = (opening < 1.0) & (gap >= rule.opening_clear_min_mm)
    siblings = is_primary(first) & is_primary(second) & (measures.end_to_end <= rule.sibling_reach_mm)
    return passes | (siblings & (gap >= rule.sibling_clear_min_mm))


def _grade(first: Members, second: Members, measures: Measures, rule: Rule) -> IntArray:
    """Return the severity of hard clashes, (n,)."""
    services = (is_service(first), is_service(second))
    steel = np.maximum(_grade_steel(first, measures.contact, 0, rule), _grade_steel(second, measures.contact, 1, rule))
    minor = _step(measures.contact.depth, rule.service_low_mm, rule.service_high_mm)
    hits_first = _grade_service(first, second, measures.contact, 0, rule)
    hits_second = _grade_service(second, first, measures.contact, 1, rule)
    graded = np.where(services[0], hits_second, np.where(services[1], hits_first, steel))
    return np.where(services[0] & services[1], minor, graded)


def _grade_steel(members: Members, contact: Contact, side: int, rule: Rule) -> IntArray:
    """Return how severely this member is hit by other steel, (n,)."""
    prisms, depth = members.prisms, contact.part_depth[:, side]
    thick = np.minimum(np.minimum(prisms.depth, prisms.width), prisms.flange)
    flange = _step(depth[:, FLANGE] / thick, rule.flange_low_ratio, rule.flange_high_ratio)
    web = _step(depth[:, WEB] / prisms.web, rule.web_low_ratio, rule.web_high_ratio)
    primary = np.maximum(flange, np.where(depth[:, WEB] > rule.hard_mm, web, LOW))
    secondary = _step(depth.max(axis=1) / thick, rule.secondary_low_ratio, rule.secondary_high_ratio)
    framing = (members.kind == COLUMN) | (members.kind == BEAM)
    return np.where(framing, np.where(depth[:, FLANGE] > rule.hard_mm, primary, web), secondary)


def _grade_service(steel: Members, service: Members, contact: Contact, side: int, rule: Rule) -> IntArray:
    """Return how severely a service hits this steel member, (n,)."""
    depth, overlap = contact.part_depth[:, side], contact.part_overlap[:, side]
    taken = overlap[:, FLANGE] / steel.prisms.flange
    size = np.maximum(service.prisms.depth, service.prisms.width) / steel.prisms.depth
    flange = np.where(taken >= rule.service_flange_ratio, HIGH, MEDIUM)
    web = np.where(size > rule.service_depth_ratio, HIGH, MEDIUM)
    primary = np.where(depth[:, FLANGE] > rule.hard_mm, flange, web)
    primary = np.where(depth.max(axis=1) <= rule.service_nick_mm, LOW, primary)
    secondary = _step(depth.max(axis=1), rule.service_low_mm, rule.service_high_mm)
    framing = (steel.kind == COLUMN) | (steel.kind == BEAM)
    return np.where(framing, primary, secondary)


def severity_of_depth(depth_mm: FloatArray) -> IntArray:
    """Return the severity (n,) of a hard clash of which the depth alone is known."""
    return _step(depth_mm, RULE.service_low_mm, RULE.service_high_mm)


def resolution_hours(
    classes: IntArray, first: Members, second: Members, hard: BoolArray, duplicate: BoolArray
) -> FloatArray:
    """Return the hours to resolve each pair of these classes, (n,): 0 for joints and nothing.

    ``hard`` (n,) says which pairs share volume, ``duplicate`` (n,) which are one member modelled twice.
    """
    service = is_service(first) | is_service(second)
    hours = np.zeros(len(classes))
    for severity in (LOW, MEDIUM, HIGH):
        hours = np.where(classes == severity, np.where(service, HOURS_SERVICE[severity], HOURS_STEEL[severity]), hours)
    hours = np.where((classes == LOW) & ~hard, HOURS_CLEARANCE, hours)
    return np.where((classes == HIGH) & duplicate, HOURS_DUPLICATE, hours)


def _step(value: FloatArray, low: float, high: float) -> IntArray:
    return np.where(value >= high, HIGH, np.where(value >= low, MEDIUM, LOW))


def _cos(degrees: float) -> float:
    return float(np.cos(np.radians(degrees)))


def _sin(degrees: float) -> float:
    return float(np.sin(np.radians(degrees)))


def names_of(classes: IntArray) -> NDArray[np.str_]:
    """Return the class names of codes, (n,)."""
    return np.array(CLASSES)[classes]
