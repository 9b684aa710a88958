"""Canonical designs by topic: members and connections as an engineer would draw them, before their loads are scaled.

Every function takes a row count and a generator and returns columns of canonical parameters (NaN or ``""`` where the
document is to stay silent). Loads are trial values; `sampler` scales them to the neighbourhood of the capacity.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from structural.aisc.bolts import min_edge_distance_in
from structural.aisc.welds import min_fillet_size_in
from structural.shapes import load_shapes
from structural.tables import Table

Rng = np.random.Generator
Column = NDArray

_MEMBER_GRADES = (
    "A992",
    "A36",
    "A572-50",
    "A572-60",
    "A913-65",
    "A913-50",
    "A588",
    "A529-50",
    "A500-C",
    "S355",
    "S275",
)
_MEMBER_ODDS = (0.62, 0.06, 0.08, 0.03, 0.06, 0.04, 0.06, 0.015, 0.015, 0.01, 0.01)
_PLATE_GRADES = ("A36", "A572-50", "A588", "A572-55", "A992", "A514", "S275")
_PLATE_ODDS = (0.5, 0.35, 0.07, 0.03, 0.02, 0.015, 0.015)
_BOLTS = ("A325", "A490", "F1852", "F3148", "F2280", "A307", "F3043", "F3111")
_BOLT_ODDS = (0.56, 0.2, 0.06, 0.05, 0.05, 0.06, 0.01, 0.01)


def pick(rng: Rng, options: tuple, odds: tuple[float, ...] | None, n: int) -> Column:
    """Return n draws of the options."""
    return np.asarray(options)[rng.choice(len(options), size=n, p=odds)]


def sometimes(rng: Rng, share: float, column: Column) -> Column:
    """Return the column, blank in all but ``share`` of the rows."""
    blank: float | str = "" if column.dtype.kind == "U" else np.nan
    return np.where(rng.random(len(column)) < share, column, blank)


def to_step(values: Column, step: float) -> Column:
    """Return values rounded to a step, at least one step."""
    return np.maximum(np.round(values / step), 1.0) * step


def _member(n: int, rng: Rng, slender: tuple[float, float]) -> Table:
    """Return shape, material and a length of ``slender`` = length over depth."""
    shapes = load_shapes("W")
    rows = rng.integers(0, len(shapes), n)
    depth_ft = shapes.d_in[rows] / 12.0
    length = to_step(np.clip(depth_ft * rng.uniform(*slender, n), 6.0, 70.0), 0.25)
    grade = pick(rng, _MEMBER_GRADES, _MEMBER_ODDS, n)
    stated_fy = np.select(
        [np.isin(grade, ["A36"]), np.isin(grade, ["A572-60"]), np.isin(grade, ["A913-65"])], [36.0, 60.0, 65.0], 50.0
    )
    stated_fy = np.where(rng.random(n) < 0.06, stated_fy + 5.0, stated_fy)
    return {
        "shape": shapes.name[rows],
        "steel_grade": sometimes(rng, 0.96, grade),
        "fy_ksi": sometimes(rng, 0.25, stated_fy),
        "length_ft": length,
    }


def _uniform_loads(n: int, rng: Rng) -> Table:
    dead = rng.uniform(0.25, 0.65, n)
    return {"dead_load_klf": dead, "live_load_klf": 1.0 - dead}


def _bracing(n: int, rng: Rng, length: Column) -> Table:
    words = pick(rng, ("continuous", "quarter_points", "third_points", "midspan", "ends_only"), None, n)
    given = rng.random(n) < 0.5
    unbraced = to_step(length * rng.choice([0.2, 0.25, 1 / 3, 0.5, 1.0], n), 0.25)
    return {
        "bracing": np.where(given, words, ""),
        "unbraced_length_ft": np.where(given, np.nan, unbraced),
        "cb": sometimes(rng, 0.4, np.round(rng.uniform(1.0, 1.8, n), 2)),
    }


def beam(n: int, rng: Rng) -> Table:
    """Simple-span floor beams under uniform dead and live load."""
    table = _member(n, rng, (12.0, 26.0))
    table |= _uniform_loads(n, rng) | _bracing(n, rng, table["length_ft"])
    table["factored_load_klf"] = sometimes(rng, 0.15, np.ones(n))
    table["live_deflection_limit"] = sometimes(rng, 0.5, rng.choice([240.0, 360.0, 360.0, 480.0], n))
    table["total_deflection_limit"] = sometimes(rng, 0.5, rng.choice([180.0, 240.0, 240.0, 300.0], n))
    camber = to_step(table["length_ft"] / 40.0 * rng.uniform(0.5, 1.2, n), 0.25)
    table["camber_in"] = sometimes(rng, 0.35, camber)
    return table


def column(n: int, rng: Rng) -> Table:
    """Columns under axial compression, some with data of the storey and the stability analysis."""
    table = _member(n, rng, (8.0, 30.0))
    return table | _effective_lengths(n, rng, table) | {"axial_compression_kip": np.full(n, 100.0)} | _frame(n, rng)


def beam_column(n: int, rng: Rng) -> Table:
    """Members with compression and bending about one or both axes."""
    table = column(n, rng) | {"moment_x_kip_ft": rng.uniform(20.0, 400.0, n)}
    table["moment_y_kip_ft"] = sometimes(rng, 0.4, rng.uniform(5.0, 60.0, n))
    table["moment_basis"] = sometimes(rng, 0.6, pick(rng, ("first_order", "second_order"), None, n))
    table["cm"] = sometimes(rng, 0.4, np.round(rng.uniform(0.4, 1.0, n), 2))
    table["shear_kip"] = sometimes(rng, 0.4, rng.uniform(5.0, 60.0, n))
    return table | _bracing(n, rng, table["length_ft"])


def tension_member(n: int, rng: Rng) -> Table:
    """W shapes in tension, bolted through their flanges; some with bending."""
    table = _member(n, rng, (10.0, 40.0))
    bolt = rng.choice([0.75, 0.875, 1.0], n)
    table["axial_tension_kip"] = np.full(n, 100.0)
    table["hole_count"] = rng.choice([2.0, 4.0, 4.0], n)
    table["hole_diameter_in"] = bolt + np.where(bolt > 0.9, 0.125, 0.0625)
    table["shear_lag_u"] = np.round(rng.uniform(0.7, 0.95, n), 2)
    bent = rng.random(n) < 0.25
    moment = np.where(bent, rng.uniform(10.0, 200.0, n), np.nan)
    bracing = _bracing(n, rng, table["length_ft"])
    for name, values in bracing.items():
        bracing[name] = np.where(bent, values, "" if values.dtype.kind == "U" else np.nan)
    return table | bracing | {"moment_x_kip_ft": moment}


def _effective_lengths(n: int, rng: Rng, table: Table) -> Table:
    length = table["length_ft"]
    direct = rng.random(n) < 0.45
    factor = rng.random(n) < 0.6
    lcy = to_step(length * rng.choice([0.5, 1.0, 1.0], n), 0.25)
    given = {
        "lcx_ft": np.where(direct, to_step(length * rng.choice([1.0, 1.0, 1.3], n), 0.25), np.nan),
        "lcy_ft": np.where(direct, lcy, np.nan),
        "kx": np.where(~direct & factor, rng.choice([0.65, 0.8, 1.0, 1.2, 1.5, 2.0], n), np.nan),
        "ky": np.where(~direct & factor, rng.choice([0.8, 1.0, 1.0, 1.2], n), np.nan),
    }
    lateral = np.where(direct, lcy, length * np.nan_to_num(given["ky"], nan=1.0))
    given["lcz_ft"] = sometimes(rng, 0.12, to_step(lateral * rng.choice([0.5, 1.5, 2.0], n), 0.25))
    return given


def _frame(n: int, rng: Rng) -> Table:
    """Return stability and drift data; three rows in ten have some."""
    some = rng.random(n) < 0.45
    method = pick(rng, ("direct_analysis", "effective_length", "first_order"), (0.5, 0.35, 0.15), n)
    gravity = np.round(rng.uniform(200.0, 4000.0, n), -1)
    direct = method == "direct_analysis"
    height = to_step(rng.uniform(10.0, 18.0, n), 0.5)
    drift = rng.random(n) < 0.4
    table = {
        "analysis_method": method,
        "stiffness_factor": np.where(direct, rng.choice([0.8, 0.8, 0.8, 0.72, 0.9], n), np.nan),
        "notional_load_kip": np.where(direct, np.round(gravity * rng.choice([0.002, 0.0033, 0.004], n), 2), np.nan),
        "gravity_load_kip": np.where(direct, gravity, np.nan),
        "second_order_ratio": np.where(direct, np.nan, np.round(rng.uniform(1.02, 1.62, n), 2)),
        "story_drift_in": np.where(drift, np.round(height * 12.0 * rng.uniform(0.006, 0.019, n), 2), np.nan),
        "story_height_ft": np.where(drift, height, np.nan),
        "risk_category": np.where(drift, pick(rng, ("I", "II", "III", "IV"), (0.1, 0.6, 0.2, 0.1), n), ""),
    }
    return {name: np.where(some, values, "" if values.dtype.kind == "U" else np.nan) for name, values in table.items()}


def _plate(n: int, rng: Rng) -> Table:
    return {
        "plate_grade": pick(rng, _PLATE_GRADES, _PLATE_ODDS, n),
        "plate_thickness_in": rng.choice([0.25, 0.3125, 0.375, 0.5, 0.625, 0.75, 1.0], n),
    }


def _bolts(n: int, rng: Rng, counts: tuple[int, ...]) -> Table:
    diameter = rng.choice([0.625, 0.75, 0.75, 0.875, 1.0, 1.125], n)
    spacing = diameter * rng.choice([3.0, 3.0, 3.5, 2.75, 2.4, 5.0], n, p=[0.35, 0.2, 0.2, 0.17, 0.05, 0.03])
    edge = min_edge_distance_in(diameter) + rng.choice(
        [0.0, 0.25, 0.5, 1.0, -0.125, 4.0], n, p=[0.2, 0.3, 0.3, 0.13, 0.05, 0.02]
    )
    joint = pick(rng, ("bearing", "pretensioned", "slip_critical"), (0.5, 0.2, 0.3), n)
    hole = pick(rng, ("standard", "oversized", "short_slot", "long_slot"), (0.7, 0.12, 0.12, 0.06), n)
    return {
        "bolt_diameter_in": diameter,
        "bolt_count": rng.choice(counts, n).astype(float),
        "bolt_grade": pick(rng, _BOLTS, _BOLT_ODDS, n),
        "thread_condition": sometimes(rng, 0.7, pick(rng, ("N", "X"), None, n)),
        "hole_type": sometimes(rng, 0.6, hole),
        "joint_type": sometimes(rng, 0.5, joint),
        "faying_surface": np.where(
            (joint == "slip_critical") & (rng.random(n) < 0.7), pick(rng, ("A", "B"), None, n), ""
        ),
        "shear_planes": sometimes(rng, 0.4, rng.choice([1.0, 1.0, 2.0], n)),
        "bolt_spacing_in": to_step(spacing, 0.125),
        "edge_distance_in": edge,
    }


def _weld(n: int, rng: Rng, thickness: Column) -> Table:
    least = min_fillet_size_in(thickness)
    size = least + rng.choice([0.0, 0.0625, 0.125, -0.0625], n, p=[0.4, 0.35, 0.19, 0.06])
    electrode = pick(rng, (70.0, 60.0, 80.0, 90.0), (0.82, 0.06, 0.08, 0.04), n)
    return {
        "weld_size_in": np.maximum(size, 0.125),
        "weld_length_in": to_step(rng.uniform(3.0, 24.0, n), 0.5),
        "weld_lines": sometimes(rng, 0.7, rng.choice([1.0, 2.0, 2.0], n)),
        "electrode_ksi": electrode,
        "weld_angle_deg": sometimes(rng, 0.3, rng.choice([0.0, 30.0, 45.0, 60.0, 90.0], n)),
    }


def shear_tab(n: int, rng: Rng) -> Table:
    """Bolted plates in shear: one or two lines of bolts."""
    table = _plate(n, rng) | _bolts(n, rng, (2, 3, 4, 5, 6, 8)) | {"shear_kip": np.full(n, 50.0)}
    even = table["bolt_count"] % 2 == 0
    table["bolt_columns"] = np.where(even & (rng.random(n) < 0.3), 2.0, np.nan)
    return table


def splice(n: int, rng: Rng) -> Table:
    """Bolted plates in tension."""
    table = _plate(n, rng) | _bolts(n, rng, (4, 6, 8, 10, 12)) | {"axial_tension_kip": np.full(n, 100.0)}
    lines = rng.choice([1.0, 2.0, 2.0], n)
    table["bolt_columns"] = np.where(lines > 1.0, lines, np.nan)
    width = 2.0 * table["edge_distance_in"] + (lines - 1.0) * table["bolt_spacing_in"] + rng.choice([0.0, 1.0, 2.0], n)
    table["plate_width_in"] = to_step(np.clip(width, 2.5, 40.0), 0.25)
    return table


def hanger(n: int, rng: Rng) -> Table:
    """Bolts in tension, most with shear beside it."""
    table = _plate(n, rng) | _bolts(n, rng, (2, 4, 6, 8)) | {"bolt_tension_kip": rng.uniform(10.0, 80.0, n)}
    table["shear_kip"] = sometimes(rng, 0.8, rng.uniform(5.0, 80.0, n))
    return table


def gusset(n: int, rng: Rng) -> Table:
    """Welded gussets in compression."""
    table = _plate(n, rng)
    table |= _weld(n, rng, table["plate_thickness_in"]) | {"axial_compression_kip": np.full(n, 60.0)}
    table["plate_width_in"] = to_step(rng.uniform(5.0, 16.0, n), 0.25)
    table["gusset_length_in"] = to_step(table["plate_thickness_in"] * rng.uniform(5.0, 35.0, n), 0.25)
    return table


def welded_joint(n: int, rng: Rng) -> Table:
    """Fillet welds along a plate, in shear or along a plate in tension."""
    table = _plate(n, rng)
    table |= _weld(n, rng, table["plate_thickness_in"])
    pulled = rng.random(n) < 0.5
    table["shear_kip"] = np.where(pulled, np.nan, 40.0)
    table["axial_tension_kip"] = np.where(pulled, 40.0, np.nan)
    table["plate_width_in"] = np.where(pulled, to_step(rng.uniform(3.0, 12.0, n), 0.25), np.nan)
    table["shear_lag_u"] = np.where(pulled & (rng.random(n) < 0.4), np.round(rng.uniform(0.7, 1.0, n), 2), np.nan)
    return table


def beam_with_connection(n: int, rng: Rng) -> Table:
    """A beam and the shear tab at its end: one line of bolts, welded to its support."""
    table = beam(n, rng) | _plate(n, rng) | _bolts(n, rng, (3, 4, 5, 6))
    welds = _weld(n, rng, table["plate_thickness_in"])
    welds.pop("weld_angle_deg")
    welded = rng.random(n) < 0.5
    return table | {name: np.where(welded, values, np.nan) for name, values in welds.items()}


TOPICS: dict[str, tuple[float, Callable[[int, Rng], Table]]] = {
    "beam": (0.20, beam),
    "column": (0.12, column),
    "beam_column": (0.13, beam_column),
    "tension_member": (0.09, tension_member),
    "shear_tab": (0.13, shear_tab),
    "splice": (0.08, splice),
    "hanger": (0.06, hanger),
    "gusset": (0.05, gusset),
    "welded_joint": (0.06, welded_joint),
    "beam_with_connection": (0.08, beam_with_connection),
}
"""Topic to its share of the documents and its sampler."""

DROPPABLE = (
    *("shape", "steel_grade", "length_ft", "unbraced_length_ft", "bracing", "dead_load_klf", "live_load_klf"),
    *("shear_lag_u", "hole_diameter_in", "bolt_diameter_in", "bolt_count", "bolt_grade", "bolt_spacing_in"),
    *("edge_distance_in", "plate_grade", "plate_thickness_in", "plate_width_in", "weld_size_in", "weld_length_in"),
    *("electrode_ksi", "gusset_length_in", "stiffness_factor", "second_order_ratio", "story_height_ft"),
)
"""Parameters that an incomplete document may leave out."""
