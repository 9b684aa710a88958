"""Prying (Manual Part 9), and installation and hole use of bolts (J1.8, J3.2, J3.3, J5.2)."""

from typing import Any

import numpy as np

from structural.aisc.bolts import BOLT, bolt_tension, nominal_tensile_stress_ksi
from structural.aisc.fasteners import BoltAction, BoltedJoint, Tightening, hole_ruling, tightening_ruling
from structural.aisc.method import available
from structural.aisc.prying import PRYING, available_tension_kip, flange, prying_force_kip
from structural.checks import FloatArray
from structural.code_checks.bolts import bolt_groups_of
from structural.code_checks.case import BoolArray, Case
from structural.code_checks.contract import Check, Outcome, by_words
from structural.code_checks.uses import JOINT_FORCES
from structural.elementwise import anywhere, maximum, where
from structural.tables import distinct

_FITTING = ("prying_a_in", "prying_length_in")


def _prying(case: Case) -> Outcome:
    """One bolt: its share of the tension against Q Tc. A fitting without room for its bolt carries nothing."""
    diameter, hole = case.value["bolt_diameter_in"], case.value["bolt_hole_in"]
    b, p = case.value["prying_b_in"], case.value["prying_length_in"]
    demand = case.value["bolt_tension_kip"] / maximum(case.value["bolt_count"], 1.0)
    fits = (b > diameter / 2.0 * (1.0 + 1e-9)) & (p > hole * (1.0 + 1e-9)) & (demand > 0.0)
    capacity, force, alone = case.full(0.0), case.full(np.nan), case.full(np.nan)
    rows: Any = np.flatnonzero(fits) if fits.ndim else ()  # of a single design, all of it
    if anywhere(fits):
        part = flange(b[rows], case.value["prying_a_in"][rows], p[rows], diameter[rows], hole[rows])
        method = case.method[rows] if fits.ndim else case.method
        thickness = case.value["plate_thickness_in"][rows]
        stress = nominal_tensile_stress_ksi(bolt_groups_of(case)[rows])
        own = available(bolt_tension(stress, diameter[rows]), BOLT, method)
        fu = available(case.value["plate_fu_ksi"][rows], PRYING, method)
        capacity = _placed(capacity, rows, available_tension_kip(part, own, thickness, fu))
        force = _placed(force, rows, prying_force_kip(part, demand[rows], thickness, fu))
        alone = _placed(alone, rows, own)
    details = {"bolt_alone_kip": alone, "prying_kip": where(np.isfinite(force), force, np.nan)}
    return Outcome(demand, capacity, details=details)


def _placed(column: FloatArray, rows: Any, values: FloatArray) -> FloatArray:
    """Return the column with values at these rows."""
    if column.ndim == 0:
        return values
    column[rows] = values
    return column


def _pried(case: Case) -> BoolArray:
    return case.bolted & case.all_stated("bolt_tension_kip", "prying_b_in")


def _tightening(case: Case) -> np.ndarray:
    """Return how far the bolts are tightened: by the joint's type, or as installed."""
    firm = case.says("joint_type", "pretensioned") | case.says("bolt_tightening", "pretensioned")
    words = where(firm, Tightening.PRETENSIONED.value, Tightening.SNUG_TIGHT.value)
    return where(case.says("joint_type", "slip_critical"), Tightening.SLIP_CRITICAL.value, words)


@by_words(
    *("bolt_grade", "hole_type", "slot_direction", "joint_type", "bolt_tightening", "vibration"),
    *("shares_load_with_welds", "bolt_tension_kip", "joint_force_kip"),
)
def _installation(case: Case) -> Outcome:
    """J3.3 always; J3.2 where the design says how its bolts are installed; J1.8 where bolts share load with welds."""
    tightening = _tightening(case)
    along = case.says("slot_direction", "along")
    holes = hole_ruling(case.words["hole_type"], tightening, along)
    pulled, sheared = case.stated["bolt_tension_kip"], case.known["joint_force_kip"]
    action = where(pulled, where(sheared, BoltAction.COMBINED.value, BoltAction.TENSION.value), BoltAction.SHEAR.value)
    joint = BoltedJoint(
        bolt_groups_of(case),
        action,
        case.words["hole_type"],
        along,
        vibration=case.says("vibration", "yes"),
    )
    said = case.any_stated("joint_type", "bolt_tightening") & case.known["bolt_grade"]
    installed = tightening_ruling(joint, tightening)
    shares = case.says("shares_load_with_welds", "yes") & ~case.slip_critical
    fails = ~holes.allowed | (said & ~installed.allowed) | shares
    blank = case.full(np.nan)
    reasons = [(holes.reason == text, text) for text in distinct(np.atleast_1d(holes.reason))[0] if text]
    reasons += [
        (said & (installed.reason == text), text) for text in distinct(np.atleast_1d(installed.reason))[0] if text
    ]
    reasons.append((shares, "bolts share load with welds only in slip-critical joints (J1.8)"))
    return Outcome(blank, blank, fails=fails, reasons=reasons)


_BOLTS = ("bolt_diameter_in", "bolt_count", "bolt_grade")

EXTENDED_CHECKS = (
    Check(
        "BLT-10",
        "Prying",
        "J3.7, Manual Part 9",
        "kip",
        "no tension on bolts through a flange or leg of given geometry",
        _pried,
        _prying,
        requires=(*_BOLTS, "bolt_tension_kip", "prying_b_in", *_FITTING, "plate_thickness_in", "plate_fu_ksi"),
        uses=(
            *(*_BOLTS, "bolt_tension_kip", "prying_b_in", *_FITTING, "plate_thickness_in", "plate_grade"),
            *("steel_grade", "fu_ksi", "hole_type", "method"),
        ),
        factor_note="0.75 / 2.00 bolt; 0.90 / 1.67 fitting",
        formula="T = Q Tc; Q by α' = [(tc/t)² − 1]/[δ (1 + ρ)], tc with Fu",
    ),
    Check(
        "BLT-11",
        "Installation and hole use",
        "J1.8, J3.2, J3.3",
        "1",
        "no bolts",
        lambda case: case.bolted,
        _installation,
        uses=(
            *(*_BOLTS, "hole_type", "slot_direction", "joint_type", "bolt_tightening", "vibration"),
            *("shares_load_with_welds", "bolt_tension_kip", *JOINT_FORCES),
        ),
        formula="oversized holes and slots along the load only slip-critical; pretension where J3.2 asks for it",
    ),
)
