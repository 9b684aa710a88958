"""Section optimizer: the lightest adequate W shape for a member."""

import numpy as np
from numpy.typing import NDArray

from structural.problem import PhysicsRule, Problem, Slice
from structural.problems.section_optimizer.catalogue import catalogue
from structural.problems.section_optimizer.request import COLUMNS, NO_SECTION
from structural.problems.section_optimizer.sampler import sample
from structural.problems.section_optimizer.truth import label
from structural.tables import Table

LOAD_BANDS_PSF = (75.0, 150.0, 300.0)


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


def _load_band(table: Table) -> NDArray[np.str_]:
    names = np.array(["below 75 psf", "75-150 psf", "150-300 psf", "300 psf and more"])
    return names[np.searchsorted(LOAD_BANDS_PSF, table["tributary_load_psf"], side="right")]


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
        Slice("member_type", lambda table: np.asarray(table["member_type"], dtype=np.str_)),
        Slice("load", _load_band),
        Slice("steel_grade", lambda table: np.asarray(table["steel_grade"], dtype=np.str_)),
    ),
)

__all__ = ["PROBLEM"]
