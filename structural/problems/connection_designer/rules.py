"""Physics that must hold in every entry, and the groups in which accuracy is reported."""

import numpy as np
from numpy.typing import NDArray

from structural.errors import StructuralError
from structural.problem import PhysicsRule, Slice
from structural.problems.connection_designer.catalogue import Family
from structural.problems.connection_designer.limits import request_limits
from structural.problems.connection_designer.request import BoolArray, Joint, resolve
from structural.problems.connection_designer.strengths import bolt_shear
from structural.slicing import by_category, by_completeness, by_range
from structural.tables import Table

_BOLTED_SPLICES = (Family.BOLTED_BEARING, Family.BOLTED_SLIP_CRITICAL)
_ROUNDING = 1.0 + 1e-4


def _is(table: Table, *families: Family) -> BoolArray:
    return np.isin(table["connection_type"], [str(family) for family in families])


def _adequate_carries_load(table: Table) -> BoolArray:
    return _is(table, Family.INADEQUATE) | (table["capacity_kips"] * _ROUNDING >= table["tributary_load_kips"])


def _bolts_bound_capacity(table: Table) -> BoolArray:
    joint = _joint(table)
    if joint is None:
        return np.zeros(len(table["bolt_count"]), dtype=bool)
    within = table["capacity_kips"] <= joint.count * bolt_shear(joint, joint.planes) * _ROUNDING
    return np.asarray(~_is(table, *_BOLTED_SPLICES) | within)


def _joint(table: Table) -> Joint | None:
    """Return the requests, None where a value is none that the engine knows (the schema rules name that row)."""
    try:
        return resolve(table)
    except StructuralError:
        return None


def _request_is_detailable(table: Table) -> BoolArray:
    joint = _joint(table)
    if joint is None:
        return np.zeros(len(table["bolt_count"]), dtype=bool)
    return np.asarray(np.logical_and.reduce([limit.holds for limit in request_limits(joint)]))


def _slip_critical_is_pretensionable(table: Table) -> BoolArray:
    return np.asarray(~table["slip_critical"].astype(bool) | (table["bolt_grade"] != "A307"))


def _slip_critical_is_bolted(table: Table) -> BoolArray:
    barred = _is(table, Family.WELDED, Family.INADEQUATE, Family.BOLTED_BEARING)
    always = _is(table, Family.BOLTED_SLIP_CRITICAL)
    slip = table["slip_critical"].astype(bool)
    return np.asarray(~(slip & barred) & (slip | ~always))


RULES = (
    PhysicsRule("capacity_positive", "capacity_kips > 0", lambda table: table["capacity_kips"] > 0.0),
    PhysicsRule("cost_positive", "cost_usd > 0", lambda table: table["cost_usd"] > 0.0),
    PhysicsRule("adequate_carries_load", "an adequate answer has capacity >= load", _adequate_carries_load),
    PhysicsRule(
        "capacity_grows_with_bolts", "a bolted splice carries at most bolts x single bolt", _bolts_bound_capacity
    ),
    PhysicsRule("request_is_detailable", "spacing, edge distance and width obey J3.4 to J3.6", _request_is_detailable),
    PhysicsRule(
        "slip_critical_is_pretensionable", "slip-critical bolts are not A307", _slip_critical_is_pretensionable
    ),
    PhysicsRule("slip_critical_is_bolted", "only bolted answers are slip-critical", _slip_critical_is_bolted),
)


def _eccentric(table: Table) -> NDArray[np.str_]:
    return np.where(table["eccentricity_in"] > 0.0, "eccentric", "concentric")


SLICES = (
    by_category("joint_type"),
    by_category("bolt_grade"),
    by_category("load_character"),
    by_category("hole_type"),
    by_category("thread_condition"),
    by_category("faying_surface"),
    by_category("shear_planes"),
    by_category("ply_grade"),
    by_category("design_method"),
    by_range("load_kip", "kip", (25.0, 75.0, 200.0, 500.0), "tributary_load_kips"),
    by_range("bolt_diameter_in", "in", (0.75, 1.0, 1.25), "bolt_diameter"),
    by_range("bolt_count", "bolts", (4, 8, 14), "bolt_count"),
    by_completeness("optional_sizes", ("ply_thickness_in", "edge_distance_in", "spacing_in")),
    Slice("eccentricity", _eccentric),
)
