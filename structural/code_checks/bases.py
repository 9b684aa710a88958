"""Column bases: concrete bearing (J8), base plate bending (Manual Part 14) and anchor rods (J9)."""

import numpy as np

from structural.aisc.base_plates import (
    ANCHOR_ROD,
    CONCRETE_BEARING,
    Cantilevers,
    anchor_rod_combined_tension,
    anchor_rod_shear,
    anchor_rod_tension,
    concrete_bearing,
    hollow_column_cantilevers,
    i_column_cantilevers,
    required_plate_thickness_in,
)
from structural.aisc.method import available
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case, Part
from structural.code_checks.contract import Check, Outcome
from structural.elementwise import anywhere, maximum, minimum, numbered, squared, where
from structural.sections import Kind

_PLATE = ("base_plate_length_in", "base_plate_width_in")
_NEEDED = (*_PLATE, "base_plate_thickness_in", "concrete_strength_ksi")


def _has_base(case: Case) -> BoolArray:
    return case.any_stated(*_PLATE, "base_plate_thickness_in", "concrete_strength_ksi", "rod_diameter_in")


def _pr_kip(case: Case) -> tuple[FloatArray, BoolArray]:
    own = case.stated["base_compression_kip"]
    force = where(own, case.value["base_compression_kip"], case.value["axial_compression_kip"])
    return force, own | case.stated["axial_compression_kip"]


def _under(part: Part) -> dict[str, FloatArray]:
    """Return the longest cantilever of the plate under the columns of a kind that bases are made for."""
    n, b = part.value("base_plate_length_in"), part.value("base_plate_width_in")
    table = part.table
    cantilevers: Cantilevers
    if part.kind is Kind.I_SHAPE:
        cantilevers = i_column_cantilevers(table.d_in, table.bf_in, n, b)
    elif part.kind is Kind.RECTANGULAR_HSS:
        cantilevers = hollow_column_cantilevers(table.height_in, table.width_in, n, b)
    else:
        cantilevers = hollow_column_cantilevers(table.od_in, table.od_in, n, b, True)
    return {"l": cantilevers.l_in, "m": cantilevers.m_in, "n": cantilevers.n_in}


def _base(case: Case) -> Outcome:
    """Bearing, plate thickness and rods; the largest ratio is shown, as a number."""
    pr, pressed = _pr_kip(case)
    n, b = case.value["base_plate_length_in"], case.value["base_plate_width_in"]
    area = n * b
    support = where(case.stated["pedestal_area_in2"], maximum(case.value["pedestal_area_in2"], area), area)
    bearing = available(
        concrete_bearing(case.value["concrete_strength_ksi"], area, support), CONCRETE_BEARING, case.method
    )
    kinds = (Kind.I_SHAPE, Kind.RECTANGULAR_HSS, Kind.ROUND_HSS)
    columns = case.by_kind(dict.fromkeys(kinds, _under))
    longest = numbered(columns["l"])
    fy = case.value["base_plate_fy_ksi"]
    thickness = required_plate_thickness_in(longest, pr, n, b, fy, case.method)
    ratio = where(pressed, pr / bearing, 0.0)
    bends = pressed & case.known["base_plate_thickness_in"]
    plate = squared(thickness / case.value["base_plate_thickness_in"])
    ratio = maximum(ratio, where(bends, plate, 0.0))
    details = {
        "bearing_kip": bearing,
        "m_in": columns["m"],
        "n_in": columns["n"],
        "l_in": longest,
        "t_required_in": thickness,
    }
    rods = case.stated["rod_diameter_in"]
    if anywhere(rods):
        rod_ratio = _rods(case)
        ratio = maximum(ratio, where(rods, rod_ratio, 0.0))
        details["rod_ratio"] = where(rods, rod_ratio, np.nan)
    small = pressed & (minimum(columns["m"], columns["n"]) < 0.0)
    missing = pressed & ~case.all_known(_NEEDED)
    missing |= pressed & ~case.is_kind(*kinds)
    missing |= pressed & ~case.known["base_plate_fy_ksi"]
    missing |= rods & ~case.all_known(("rod_count", "rod_fu_ksi"))
    missing |= ~(pressed | rods)
    fails = ~missing & (small | (ratio > 1.0 + 1e-6))
    reasons = (
        (small & ~missing, "the plate is smaller than the column it carries"),
        (~(pressed | rods), "base_compression_kip or axial_compression_kip, or anchor rods"),
        (pressed & ~case.is_kind(*kinds), "shape: a W, M, S, HP, HSS or pipe column"),
        *(
            (pressed & ~case.known[name], name)
            for name in (*_PLATE, "base_plate_thickness_in", "concrete_strength_ksi")
        ),
        (pressed & ~case.known["base_plate_fy_ksi"], "a listed base_plate_grade"),
        (rods & ~case.known["rod_count"], "rod_count"),
        (rods & ~case.known["rod_fu_ksi"], "a listed rod_grade"),
    )
    return Outcome(ratio, case.full(1.0), fails=fails, missing=missing, details=details, reasons=reasons)


def _rods(case: Case) -> FloatArray:
    fu, diameter = case.value["rod_fu_ksi"], maximum(case.value["rod_diameter_in"], 0.25)
    count = maximum(case.value["rod_count"], 1.0)
    tension, shear = case.value["rod_tension_kip"], case.value["rod_shear_kip"]
    in_shear = available(anchor_rod_shear(fu, diameter, count), ANCHOR_ROD, case.method)
    plain = available(anchor_rod_tension(fu, diameter, count), ANCHOR_ROD, case.method)
    within = minimum(shear, in_shear)
    combined = available(anchor_rod_combined_tension(fu, diameter, within, case.method, count), ANCHOR_ROD, case.method)
    slight = (shear <= 0.3 * in_shear) | (tension <= 0.3 * plain)
    pull = where(tension > 0.0, tension / maximum(where(slight, plain, combined), 1e-9), 0.0)
    return maximum(shear / in_shear, pull)


EXTENDED_CHECKS = (
    Check(
        "BAS-01",
        "Column base",
        "J8, J9, Manual Part 14",
        "1",
        "no column base is described",
        _has_base,
        _base,
        uses=(
            *(*_PLATE, "base_plate_thickness_in", "base_plate_grade", "concrete_strength_ksi", "pedestal_area_in2"),
            *("base_compression_kip", "axial_compression_kip", "shape", "method", "rod_diameter_in", "rod_count"),
            *("rod_grade", "rod_tension_kip", "rod_shear_kip"),
        ),
        asks="shape, base_plate_length_in, base_plate_width_in, base_plate_thickness_in, concrete_strength_ksi, "
        "base_compression_kip or axial_compression_kip, rod_count, listed base_plate_grade and rod_grade",
        factor_note="0.65 / 2.31; 0.90 / 1.67; 0.75 / 2.00",
        formula="Pp = 0.85 f'c A1 √(A2/A1) ≤ 1.7 f'c A1; t = l √(2 fp/(0.9 Fy)); rods 0.75 Fu, 0.45 Fu",
    ),
)
