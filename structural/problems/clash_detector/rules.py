"""What must hold in every entry, and how entries are cut into groups for robustness figures."""

import numpy as np
from numpy.typing import NDArray

from structural.problem import PhysicsRule, Slice
from structural.problems.clash_detector.members import boxes_within, read_members
from structural.problems.clash_detector.request import AXIS, SERVICES, SIDES, UP
from structural.slicing import by_category, by_range
from structural.tables import Table

_HOLLOW_OR_FLANGED = ("i_shape", "box", "channel", "angle", "tee")
_TWO_FLANGES = ("i_shape", "box", "channel")
_ROUNDING_MM = 0.011


def _each_side(table: Table, holds: str) -> NDArray[np.bool_]:
    checks = {"flanges": _flanges_fit, "webs": _webs_fit, "directions": _directions_are_unit, "trims": _trims_fit}
    return checks[holds](table, "1") & checks[holds](table, "2")


def _flanges_fit(table: Table, side: str) -> NDArray[np.bool_]:
    two = np.isin(table[f"section_{side}"], _TWO_FLANGES)
    one = np.isin(table[f"section_{side}"], _HOLLOW_OR_FLANGED)
    depth, flange = table[f"depth_mm_{side}"], table[f"flange_mm_{side}"]
    return (~two | (depth > 2 * flange)) & (~one | (depth > flange))


def _webs_fit(table: Table, side: str) -> NDArray[np.bool_]:
    shaped = np.isin(table[f"section_{side}"], _HOLLOW_OR_FLANGED)
    return ~shaped | (table[f"width_mm_{side}"] > table[f"web_mm_{side}"])


def _directions_are_unit(table: Table, side: str) -> NDArray[np.bool_]:
    axis = np.stack([table[f"{name}_{side}"] for name in AXIS], axis=-1)
    up = np.stack([table[f"{name}_{side}"] for name in UP], axis=-1)
    unit = np.abs(np.linalg.norm(axis, axis=1) - 1) < 1e-6
    unit &= np.abs(np.linalg.norm(up, axis=1) - 1) < 1e-6
    holds: NDArray[np.bool_] = unit & (np.abs(np.sum(axis * up, axis=1)) < 1e-6)
    return holds


def _trims_fit(table: Table, side: str) -> NDArray[np.bool_]:
    depth, length = table[f"depth_mm_{side}"], table[f"length_mm_{side}"]
    at, half = table[f"opening_at_mm_{side}"], table[f"opening_length_mm_{side}"] / 2
    inside = (half == 0) | ((at - half >= 0) & (at + half <= length + _ROUNDING_MM))
    fits = (table[f"opening_height_mm_{side}"] < depth) & (table[f"cope_depth_mm_{side}"] < depth)
    holds: NDArray[np.bool_] = inside & fits & (table[f"cope_length_mm_{side}"] < length)
    return holds


def _boxes_near(table: Table) -> NDArray[np.bool_]:
    first, second = read_members(table)
    return boxes_within(first.prisms, second.prisms, table["tolerance_mm"] + _ROUNDING_MM)


def _severity_needs_contact(table: Table) -> NDArray[np.bool_]:
    severe = np.isin(table["pair_class"], ("MEDIUM", "HIGH"))
    return ~severe | (table["distance_mm"] < 0)


def _beyond_tolerance_is_none(table: Table) -> NDArray[np.bool_]:
    holds: NDArray[np.bool_] = (table["distance_mm"] <= table["tolerance_mm"]) | (table["pair_class"] == "NONE")
    return holds


def _overlap_is_not_none(table: Table) -> NDArray[np.bool_]:
    holds: NDArray[np.bool_] = (table["pair_class"] != "NONE") | (table["distance_mm"] >= -1.0)
    return holds


def _hours_follow_class(table: Table) -> NDArray[np.bool_]:
    clash = ~np.isin(table["pair_class"], ("CONNECTION", "NONE"))
    holds: NDArray[np.bool_] = clash == (table["resolution_hours"] > 0)
    return holds


RULES: tuple[PhysicsRule, ...] = (
    PhysicsRule(
        "flanges_fit", "depth is more than the flange thicknesses it holds", lambda t: _each_side(t, "flanges")
    ),
    PhysicsRule("web_fits", "width is more than the web thickness", lambda t: _each_side(t, "webs")),
    PhysicsRule("directions", "axis and up are unit vectors at right angles", lambda t: _each_side(t, "directions")),
    PhysicsRule("trims_fit", "copes and openings lie within their member", lambda t: _each_side(t, "trims")),
    PhysicsRule("boxes_near", "the bounding boxes come within the tolerance", _boxes_near),
    PhysicsRule("severity_needs_contact", "MEDIUM and HIGH need shared volume", _severity_needs_contact),
    PhysicsRule("beyond_tolerance_is_none", "a gap above the tolerance is NONE", _beyond_tolerance_is_none),
    PhysicsRule("overlap_is_not_none", "members that overlap by more than 1 mm are not NONE", _overlap_is_not_none),
    PhysicsRule("hours_follow_class", "only clashes take hours to resolve", _hours_follow_class),
)


def _kinds(table: Table) -> NDArray[np.str_]:
    both = np.sort(np.stack([table[f"kind_{side}"] for side in SIDES], axis=1), axis=1)
    return np.char.add(np.char.add(both[:, 0], "-"), both[:, 1])


def _sections(table: Table) -> NDArray[np.str_]:
    both = np.sort(np.stack([table[f"section_{side}"] for side in SIDES], axis=1), axis=1)
    return np.char.add(np.char.add(both[:, 0], "-"), both[:, 1])


def _trades(table: Table) -> NDArray[np.str_]:
    services = np.sum([np.isin(table[f"kind_{side}"], SERVICES) for side in SIDES], axis=0)
    return np.asarray(np.array(["steel and steel", "steel and service", "service and service"])[services])


def _greater_depth_mm(table: Table) -> NDArray[np.float64]:
    return np.asarray(np.maximum(table["depth_mm_1"], table["depth_mm_2"]))


def _angle_deg(table: Table) -> NDArray[np.float64]:
    cosine = np.sum([table[f"{name}_1"] * table[f"{name}_2"] for name in AXIS], axis=0)
    return np.asarray(np.degrees(np.arccos(np.clip(np.abs(cosine), 0.0, 1.0))))


def _trims(table: Table) -> NDArray[np.str_]:
    coped = np.any([table[f"cope_length_mm_{side}"] > 0 for side in SIDES], axis=0)
    opened = np.any([table[f"opening_length_mm_{side}"] > 0 for side in SIDES], axis=0)
    return np.where(opened, "web opening", np.where(coped, "cope", "plain"))


SLICES: tuple[Slice, ...] = (
    Slice("kinds", _kinds),
    Slice("sections", _sections),
    Slice("trades", _trades),
    Slice("trims", _trims),
    by_range("tolerance_mm", "mm", (30.0, 70.0), "tolerance_mm"),
    by_range("greater_depth_mm", "mm", (200.0, 400.0, 600.0), _greater_depth_mm),
    by_range("angle_deg", "deg", (2.0, 12.0, 45.0, 88.0), _angle_deg),
    by_range("distance_mm", "mm", (-100.0, -10.0, -1.0, 0.0, 10.0, 50.0), "distance_mm"),
    by_category("joint_type"),
    by_category("error_kind"),
    by_category("origin"),
    by_category("building_kind"),
    Slice(
        "guard_band",
        lambda table: np.where(table["in_guard_band"].astype(bool), "in a guard band", "clear").astype(np.str_),
    ),
)
"""The last six read labels and provenance: they need entries as built, not bare questions."""
