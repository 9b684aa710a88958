"""Bolts: strength (J3.7 to J3.11), spacing and edges (J3.4 to J3.6).

Slots are taken with their length normal to the force unless the design says otherwise. Prying (BLT-10) is not added to
the tension given; the required bolt tension must contain it.
"""

import numpy as np

from structural.aisc.bolt_grades import PRETENSION_DIAMETERS_IN, BoltGroup
from structural.aisc.bolt_patterns import bolt_group_coefficient, rectangular_pattern
from structural.aisc.bolts import (
    BOLT,
    SLIP_COEFFICIENTS,
    BearingCase,
    bearing,
    bolt_area_in2,
    bolt_groups,
    bolt_shear,
    bolt_tension,
    combined_tension_stress,
    edge_increment_in,
    filler_factor,
    ksc_factor,
    long_joint_factor,
    max_edge_distance_in,
    max_spacing_in,
    min_edge_distance_in,
    min_pretension_kip,
    min_spacing_in,
    nominal_shear_stress_ksi,
    nominal_tensile_stress_ksi,
    slip_factor,
    slip_resistance,
    slot_length_in,
    tearout,
)
from structural.aisc.method import available
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case
from structural.code_checks.contract import Check, Outcome
from structural.code_checks.uses import JOINT_FORCES
from structural.elementwise import anywhere, maximum, minimum, where

# As plain numbers: NumPy asks a member of an enum many questions before it compares with it.
_A307, _GROUP_120, _GROUP_200 = (int(group) for group in (BoltGroup.A307, BoltGroup.GROUP_120, BoltGroup.GROUP_200))
_MOST_PER_LINE = 200.0
"""Bolts a line that `rectangular_pattern` lays out."""
_PRETENSIONED_IN = np.array(PRETENSION_DIAMETERS_IN)
_NEGLIGIBLE_STRESS_SHARE = 0.30
"""J3.8: combined stresses need not be checked where either is at most this share of its available stress."""


def bolt_groups_of(case: Case) -> np.ndarray:
    """Return the `BoltGroup` number of each design's bolts, (size,); A325's where no listed grade is given."""
    return case.remember("bolt_groups", lambda: _compute_bolt_groups(case))


def _compute_bolt_groups(case: Case) -> np.ndarray:
    return bolt_groups(where(case.known["bolt_grade"], case.words["bolt_grade"], "A325"))


def _sheared(case: Case) -> BoolArray:
    """Bolts carry shear, or nothing says what they carry."""
    return case.bolted & (case.known["joint_force_kip"] | ~case.stated["bolt_tension_kip"])


def _shear_stress_ksi(case: Case) -> FloatArray:
    return case.remember("bolt_shear_stress", lambda: _compute_shear_stress(case))


def _compute_shear_stress(case: Case) -> FloatArray:
    excluded = case.says("thread_condition", "X")
    stress = nominal_shear_stress_ksi(bolt_groups_of(case), excluded)
    spacing = where(case.known["bolt_spacing_in"], case.value["bolt_spacing_in"], 0.0)
    pattern = (case.value["bolts_per_line"] - 1.0) * spacing
    end_loaded = case.plate_tension | case.plate_compression
    long_joint = where(end_loaded, long_joint_factor(maximum(pattern, 0.0)), 1.0)
    return stress * long_joint * filler_factor(case.value["filler_thickness_in"])


def _shear(case: Case) -> Outcome:
    stress, diameter = _shear_stress_ksi(case), case.value["bolt_diameter_in"]
    one = bolt_shear(stress, diameter, maximum(case.value["shear_planes"], 1.0))
    effective = effective_bolts(case)
    capacity = available(one * effective, BOLT, case.method)
    alone = _eccentric(case) & (case.value["bolt_count"] <= 1.0)
    details = {
        "Fnv_ksi": stress,
        "Ab_in2": bolt_area_in2(diameter),
        "rn_kip": one,
        "C": effective,
    }
    reasons = ((alone, "one bolt resists no moment; use two or more for an eccentric load"),)
    missing = _layout_unknown(case)
    return Outcome(case.value["joint_force_kip"], capacity, missing=missing, details=details, reasons=reasons)


def _eccentric(case: Case) -> BoolArray:
    return case.bolted & (case.value["bolt_eccentricity_in"] > 0.0)


def _layout_unknown(case: Case) -> BoolArray:
    """An eccentric group cannot be judged without its spacing, nor unless its lines hold one number of bolts."""
    count, lines = case.value["bolt_count"], case.value["bolt_columns"]
    uneven = (count % maximum(lines, 1.0) != 0.0) | (count / maximum(lines, 1.0) > _MOST_PER_LINE)
    unknown: BoolArray = _eccentric(case) & (count > 1.0) & (~case.known["bolt_spacing_in"] | uneven)
    return unknown


def effective_bolts(case: Case) -> FloatArray:
    """Return how many bolts the group counts as: all of them, or C of the instantaneous-centre method if eccentric."""
    return case.remember("effective_bolts", lambda: _compute_effective_bolts(case))


def _compute_effective_bolts(case: Case) -> FloatArray:
    count = maximum(case.value["bolt_count"], 1.0)
    eccentric = _eccentric(case)
    # One bolt resists no moment.
    result = where(eccentric & (count <= 1.0), 0.0, count)
    computed = eccentric & (count > 1.0) & ~_layout_unknown(case)
    if not anywhere(computed):
        return result
    names = ("bolt_count", "bolt_columns", "bolt_spacing_in", "bolt_eccentricity_in")
    if computed.ndim == 0:
        return minimum(_coefficient(*(float(case.value[name]) for name in names)), count)
    rows = np.flatnonzero(computed)
    layouts, which = np.unique(np.stack([case.value[name][rows] for name in names]), axis=1, return_inverse=True)
    # A call a layout: patterns of different size do not stand in one array, and few designs are eccentric.
    coefficients = np.array([_coefficient(*layout) for layout in layouts.T.tolist()])
    result[rows] = minimum(coefficients[which.ravel()], count[rows])
    return result


def _coefficient(count: float, columns: float, spacing_in: float, eccentricity_in: float) -> float:
    pattern = rectangular_pattern(round(count / columns), round(columns), spacing_in, spacing_in)
    return float(bolt_group_coefficient(pattern, eccentricity_in))


def _tension(case: Case) -> Outcome:
    stress = nominal_tensile_stress_ksi(bolt_groups_of(case))
    strength = bolt_tension(stress, case.value["bolt_diameter_in"], maximum(case.value["bolt_count"], 1.0))
    capacity = available(strength, BOLT, case.method)
    return Outcome(case.value["bolt_tension_kip"], capacity, details={"Fnt_ksi": stress})


def _combined(case: Case) -> Outcome:
    """J3.8; where one stress is small the plain tensile strength stands."""
    group, count = bolt_groups_of(case), maximum(case.value["bolt_count"], 1.0)
    fnt, fnv = nominal_tensile_stress_ksi(group), _shear_stress_ksi(case)
    planes = maximum(case.value["shear_planes"], 1.0)
    area = bolt_area_in2(case.value["bolt_diameter_in"])
    required = maximum(case.value["joint_force_kip"], 0.0) / (area * planes * count)
    reduced = combined_tension_stress(fnt, fnv, required, case.method)
    plain = available(fnt, BOLT, case.method)
    tension = case.value["bolt_tension_kip"] / (area * count)
    small = (required <= _NEGLIGIBLE_STRESS_SHARE * available(fnv, BOLT, case.method)) | (
        tension <= _NEGLIGIBLE_STRESS_SHARE * plain
    )
    stress = where(small, plain, available(reduced, BOLT, case.method))
    details = {"frv_ksi": required, "frt_ksi": tension, "Fnt_prime_ksi": where(small, fnt, reduced)}
    spent = (stress <= 0.0, "the shear uses up the bolts; nothing is left for tension (Eq. J3-3)")
    return Outcome(case.value["bolt_tension_kip"], stress * area * count, details=details, reasons=(spent,))


def _bearing_case(case: Case) -> np.ndarray:
    slotted = case.says("hole_type", "long_slot") & case.says("slot_direction", "normal")
    ignored = case.says("hole_deformation", "ignored")
    round_hole = where(ignored, BearingCase.DEFORMATION_IGNORED.value, BearingCase.DEFORMATION_CONSIDERED.value)
    return where(slotted, BearingCase.LONG_SLOT_NORMAL.value, round_hole)


def _opening_in(case: Case) -> FloatArray:
    """Return the size of the hole along the force: its width, or the slot's length where that runs along it."""
    along = case.says("slot_direction", "along") & case.says("hole_type", "short_slot", "long_slot")
    if not anywhere(along):
        return case.value["bolt_hole_in"]
    length = slot_length_in(case.value["bolt_diameter_in"], where(along, case.words["hole_type"], "short_slot"))
    return where(along, length, case.value["bolt_hole_in"])


def _bearing(case: Case) -> Outcome:
    one = bearing(
        case.value["bolt_diameter_in"],
        case.value["plate_thickness_in"],
        case.value["plate_fu_ksi"],
        _bearing_case(case),
    )
    capacity = available(one * effective_bolts(case), BOLT, case.method)
    return Outcome(case.value["joint_force_kip"], capacity, missing=_layout_unknown(case), details={"rn_kip": one})


def _tearout(case: Case) -> Outcome:
    """End bolts tear to the edge, the others to the next hole; the group is the sum (user note of J3.11)."""
    hole, count = _opening_in(case), maximum(case.value["bolt_count"], 1.0)
    thickness, fu, kind = case.value["plate_thickness_in"], case.value["plate_fu_ksi"], _bearing_case(case)
    ends = minimum(maximum(case.value["bolt_columns"], 1.0), count)
    to_edge = maximum(case.value["edge_distance_in"] - hole / 2.0, 0.0)
    to_next = where(count > ends, maximum(case.value["bolt_spacing_in"] - hole, 0.0), 0.0)
    # J3.11 (user note): the group is the sum of what each bolt carries, the least of shear, bearing and tearout.
    each = bearing(case.value["bolt_diameter_in"], thickness, fu, kind)
    sheared = bolt_shear(
        _shear_stress_ksi(case), case.value["bolt_diameter_in"], maximum(case.value["shear_planes"], 1.0)
    )
    each = where(case.known["bolt_grade"], minimum(each, sheared), each)
    at_end = minimum(tearout(to_edge, thickness, fu, kind), each)
    inside = minimum(tearout(to_next, thickness, fu, kind), each)
    strength = ends * at_end + (count - ends) * inside
    capacity = available(maximum(strength * effective_bolts(case) / count, 1e-6), BOLT, case.method)
    details = {"lc_edge_in": to_edge, "lc_between_in": to_next, "rn_end_kip": at_end, "rn_inside_kip": inside}
    return Outcome(case.value["joint_force_kip"], capacity, missing=_layout_unknown(case), details=details)


def _slip(case: Case) -> Outcome:
    group = bolt_groups_of(case)
    hard = group != _A307
    diameter = case.value["bolt_diameter_in"]
    tabulated = (np.abs(diameter[..., None] - _PRETENSIONED_IN) <= 1e-6).any(axis=-1)
    tabulated &= (group != _GROUP_200) | ((diameter > 0.99) & (diameter < 1.26))
    pretension = min_pretension_kip(where(tabulated, diameter, 1.0), where(hard, group, _GROUP_120))
    count = maximum(case.value["bolt_count"], 1.0)
    pull = where(case.stated["bolt_tension_kip"], case.value["bolt_tension_kip"], 0.0)
    mu = where(case.says("faying_surface", "B"), SLIP_COEFFICIENTS["B"], SLIP_COEFFICIENTS["A"])
    ksc = ksc_factor(pull, pretension, count, case.method)
    one = slip_resistance(mu, 1.0, pretension, maximum(case.value["shear_planes"], 1.0), ksc)
    factor = slip_factor(case.words["hole_type"], case.says("slot_direction", "along"))
    capacity = where(hard, available(one * effective_bolts(case), factor, case.method), 0.0)
    details = {"mu": mu, "Tb_kip": pretension, "ksc": ksc, "rn_kip": one}
    missing = ~tabulated | _layout_unknown(case)
    reasons = (
        (~hard, "A307 bolts are not pretensioned and have no slip resistance (J3.1)"),
        (~tabulated, "a bolt size that Table J3.1 lists for this group"),
        (_layout_unknown(case), "bolt_spacing_in, and a bolt_count that bolt_columns divides"),
    )
    return Outcome(case.value["joint_force_kip"], capacity, missing=missing, details=details, reasons=reasons)


def _spacing(case: Case) -> Outcome:
    needed = min_spacing_in(case.value["bolt_diameter_in"], _opening_in(case))
    preferred = 3.0 * case.value["bolt_diameter_in"]
    close = case.value["bolt_spacing_in"] < preferred * (1.0 - 1e-6)
    return Outcome(needed, case.value["bolt_spacing_in"], advisory=close, details={"preferred_in": preferred})


def _edge(case: Case) -> Outcome:
    diameter = case.value["bolt_diameter_in"]
    increment = edge_increment_in(diameter, case.words["hole_type"], case.says("slot_direction", "along"))
    needed = min_edge_distance_in(diameter) + increment
    return Outcome(needed, case.value["edge_distance_in"], details={"C2_in": increment})


def _largest(case: Case) -> Outcome:
    thickness = case.value["plate_thickness_in"]
    edge, most_edge = case.value["edge_distance_in"], max_edge_distance_in(thickness)
    several = case.value["bolt_count"] > 1.0
    spacing = where(several, case.value["bolt_spacing_in"], 0.0)
    most_spacing = max_spacing_in(thickness, case.says("weathering_steel", "yes"))
    edge_governs = edge / most_edge >= spacing / most_spacing
    return Outcome(where(edge_governs, edge, spacing), where(edge_governs, most_edge, most_spacing))


def _several(case: Case) -> BoolArray:
    return case.bolted & ~(case.known["bolt_count"] & (case.value["bolt_count"] <= 1.0))


_BOLTS = ("bolt_diameter_in", "bolt_count", "bolt_grade")
_PLY = ("plate_thickness_in", "plate_fu_ksi")
_NO_BOLTS = "no bolts"
_NO_SHEAR = "no bolts in shear"
_SHEAR_USES = (
    *(*_BOLTS, "thread_condition", "shear_planes", "bolt_columns", "bolt_spacing_in", "bolt_eccentricity_in"),
    *("filler_thickness_in", *JOINT_FORCES),
)
_PLY_USES = ("plate_thickness_in", "plate_grade", "steel_grade", "fu_ksi", "hole_type", "slot_direction")

CHECKS = (
    Check(
        "BLT-01",
        "Bolt shear",
        "J3.7",
        "kip",
        _NO_SHEAR,
        _sheared,
        _shear,
        requires=(*_BOLTS, "joint_force_kip"),
        uses=_SHEAR_USES,
        asks="bolt_spacing_in, and a bolt_count that bolt_columns divides",
        factor=BOLT,
        formula="Rn = C Fnv Ab × planes; C = number of bolts, or by instantaneous centre where eccentric",
    ),
    Check(
        "BLT-02",
        "Bolt tension",
        "J3.7",
        "kip",
        "no tension on bolts",
        lambda case: case.bolted & case.stated["bolt_tension_kip"],
        _tension,
        requires=(*_BOLTS, "bolt_tension_kip"),
        uses=(*_BOLTS, "bolt_tension_kip", "method"),
        factor=BOLT,
        formula="Rn = Fnt Ab × bolts",
    ),
    Check(
        "BLT-03",
        "Bolts in combined shear and tension",
        "J3.8, Eq. J3-3",
        "kip",
        "no shear together with tension on bolts of a bearing joint",
        lambda case: (
            case.bolted & case.stated["bolt_tension_kip"] & case.known["joint_force_kip"] & ~case.slip_critical
        ),
        _combined,
        requires=(*_BOLTS, "bolt_tension_kip", "joint_force_kip"),
        uses=(*_SHEAR_USES, "bolt_tension_kip", "joint_type"),
        factor=BOLT,
        formula="Rn = F'nt Ab; F'nt = 1.3 Fnt − Fnt frv / available Fnv ≤ Fnt",
    ),
    Check(
        "BLT-04",
        "Bearing at bolt holes",
        "J3.11a(1)(a)",
        "kip",
        _NO_SHEAR,
        _sheared,
        _bearing,
        requires=("bolt_diameter_in", "bolt_count", "joint_force_kip", *_PLY),
        uses=(*_SHEAR_USES, *_PLY_USES, "hole_deformation"),
        asks="bolt_spacing_in, and a bolt_count that bolt_columns divides",
        factor=BOLT,
        formula="rn = 2.4 d t Fu (3.0 if deformation is ignored; 2.0 long slot normal to the force)",
    ),
    Check(
        "BLT-05",
        "Tearout, and the group bolt by bolt",
        "J3.11a(1)(b)",
        "kip",
        _NO_SHEAR,
        _sheared,
        _tearout,
        requires=("bolt_diameter_in", "bolt_count", "edge_distance_in", "spacing_if_several", "joint_force_kip", *_PLY),
        uses=(*_SHEAR_USES, *_PLY_USES, "edge_distance_in", "hole_deformation"),
        asks="bolt_spacing_in, and a bolt_count that bolt_columns divides",
        factor=BOLT,
        formula="Rn = Σ min(shear, bearing, tearout); tearout 1.2 lc t Fu (1.5 deformation ignored; 1.0 long slot)",
    ),
    Check(
        "BLT-06",
        "Slip resistance",
        "J3.9, J3.10",
        "kip",
        "the joint is not slip-critical",
        lambda case: case.slip_critical & _sheared(case),
        _slip,
        requires=(*_BOLTS, "joint_force_kip"),
        uses=(*_SHEAR_USES, "bolt_tension_kip", "joint_type", "faying_surface", "hole_type", "slot_direction"),
        asks="a bolt_diameter_in of Table J3.1, bolt_spacing_in, and a bolt_count that bolt_columns divides",
        factor_note="1.00 / 1.50; 0.85 / 1.76; 0.70 / 2.14 by hole",
        formula="rn = μ Du hf Tb ns ksc, Du = 1.13, hf = 1.0",
    ),
    Check(
        "BLT-07",
        "Minimum bolt spacing",
        "J3.4",
        "in",
        "fewer than two bolts",
        _several,
        _spacing,
        requires=("bolt_diameter_in", "bolt_spacing_in"),
        uses=(*_BOLTS, "bolt_spacing_in", "hole_type", "slot_direction"),
        can_govern=False,
        formula="s ≥ 2⅔ d, clear distance ≥ d; 3 d preferred",
    ),
    Check(
        "BLT-08",
        "Minimum edge distance",
        "J3.5, Tables J3.4, J3.5",
        "in",
        _NO_BOLTS,
        lambda case: case.bolted,
        _edge,
        requires=("bolt_diameter_in", "edge_distance_in"),
        uses=(*_BOLTS, "edge_distance_in", "hole_type", "slot_direction"),
        can_govern=False,
        formula="le ≥ Table J3.4 + C2",
    ),
    Check(
        "BLT-09",
        "Maximum spacing and edge distance",
        "J3.6",
        "in",
        _NO_BOLTS,
        lambda case: case.bolted,
        _largest,
        requires=("edge_distance_in", "spacing_if_several", "plate_thickness_in"),
        uses=(*_BOLTS, "edge_distance_in", "bolt_spacing_in", "plate_thickness_in", "weathering_steel"),
        can_govern=False,
        formula="le ≤ 12 t ≤ 6 in.; s ≤ 24 t ≤ 12 in. (14 t ≤ 7 in. bare weathering steel)",
    ),
)
