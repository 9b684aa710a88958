"""Section optimizer: the lightest adequate W shape for a member."""

import numpy as np
from numpy.typing import NDArray

from structural.problem import PhysicsRule, Problem, Role
from structural.problems.section_optimizer.catalogue import catalogue
from structural.problems.section_optimizer.request import COLUMNS, NO_SECTION
from structural.problems.section_optimizer.sampler import sample
from structural.problems.section_optimizer.truth import label
from structural.slicing import by_category, by_completeness, by_range
from structural.tables import Table

_OPTIONAL_INPUTS = tuple(column.name for column in COLUMNS if column.role is Role.QUESTION and column.optional)


def _utilization_holds(table: Table) -> NDArray[np.bool_]:
    return np.asarray((table["utilization_ratio"] <= 1.0) == (table["section"] != NO_SECTION))


def _depth_holds(table: Table) -> NDArray[np.bool_]:
    return np.asarray(~(table["depth_in"] > table["depth_limit_in"]))


def _unbraced_holds(table: Table) -> NDArray[np.bool_]:
    return np.asarray(~(table["unbraced_length_ft"] > table["span_feet"]))


def _properties_hold(table: Table) -> NDArray[np.bool_]:
    shapes = catalogue()
    known = {str(name): row for row, name in enumerate(shapes.name)}
    rows = np.array([known.get(str(name), -1) for name in table["section"]], dtype=np.int64)
    same = (shapes.weight_lb_ft[rows] == table["weight_lb_ft"]) & (shapes.d_in[rows] == table["depth_in"])
    return np.asarray(np.where(rows >= 0, same, table["section"] == NO_SECTION))


def _limits_hold(table: Table) -> NDArray[np.bool_]:
    live = np.where(np.isnan(table["live_deflection_limit"]), 360.0, table["live_deflection_limit"])
    return np.asarray(~(table["total_deflection_limit"] > live))


PROBLEM = Problem(
    name="section_optimizer",
    title="Lightest adequate W shape of a member",
    columns=COLUMNS,
    answer_column="section",
    sample=sample,
    label=label,
    rules=(
        PhysicsRule("utilization", "a chosen section is used to at most 1; 'none' means above 1", _utilization_holds),
        PhysicsRule("depth", "the section is not deeper than the depth limit", _depth_holds),
        PhysicsRule("unbraced_length", "the unbraced length is at most the span", _unbraced_holds),
        PhysicsRule("properties", "weight and depth are those of the named section", _properties_hold),
        PhysicsRule("deflection_limits", "the total-load limit is not stricter than the live-load limit", _limits_hold),
    ),
    slices=(
        by_category("member_type"),
        by_range("span_ft", "ft", (15.0, 25.0, 40.0, 60.0), "span_feet"),
        by_range("load_psf", "psf", (75.0, 150.0, 300.0), "tributary_load_psf"),
        by_range("axial_load_kip", "kip", (50.0, 250.0, 1000.0), "axial_load_kips"),
        by_range("unbraced_length_ft", "ft", (5.0, 10.0, 20.0), "unbraced_length_ft"),
        by_range("depth_limit_in", "in", (14.5, 21.0, 30.0), "depth_limit_in"),
        by_category("steel_grade"),
        by_category("end_condition"),
        by_category("design_method"),
        by_completeness("optional_inputs", _OPTIONAL_INPUTS),
    ),
)

__all__ = ["PROBLEM"]
