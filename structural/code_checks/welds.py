"""Fillet and partial-penetration welds: J2.2b, J2.3, J2.4."""

import numpy as np

from structural.aisc.method import available
from structural.aisc.welds import (
    WELD,
    directional_factor,
    effective_size_in,
    long_weld_factor,
    max_fillet_size_in,
    min_fillet_size_in,
    min_pjp_throat_in,
    weld_group_strength,
)
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case
from structural.code_checks.contract import Check, Outcome
from structural.code_checks.uses import JOINT_FORCES
from structural.elementwise import maximum, where

_SHORTEST_WELD_LEGS = 4.0
_ROUNDING = 1e-9


def _pjp(case: Case) -> BoolArray:
    return case.says("weld_type", "pjp")


def _length_share(case: Case) -> FloatArray:
    """Return the share of the length that counts: end-loaded fillets longer than 100 legs lose some (J2.2b(d))."""
    end_loaded = (case.plate_tension | case.plate_compression) & ~_pjp(case)
    ratio = case.value["weld_length_in"] / case.value["weld_size_in"]
    return where(end_loaded, long_weld_factor(ratio), 1.0)


def _strength(case: Case) -> Outcome:
    """J2.4: equal parallel lines through the centroid of the force, with a transverse fillet by J2.4(b) where given."""
    length, share = case.value["weld_length_in"], _length_share(case)
    leg_share = where(
        _pjp(case), 1.0, effective_size_in(case.value["weld_size_in"], length) / case.value["weld_size_in"]
    )
    throat = case.value["weld_throat_in"] * leg_share
    stress = 0.60 * case.value["electrode_ksi"]
    plain = stress * throat * length * share * case.value["weld_lines"]
    compatible = case.says("weld_strain_compatible", "yes") & case.says("weld_at_hss_end", "no") & ~_pjp(case)
    kds = where(compatible, directional_factor(case.value["weld_angle_deg"]), 1.0)
    grouped = case.stated["transverse_weld_length_in"] & ~_pjp(case)
    across = stress * throat * case.value["transverse_weld_length_in"]
    group = where(case.says("weld_at_hss_end", "yes"), plain + across, weld_group_strength(plain, across))
    nominal = where(grouped, group, plain * kds)
    details = {"throat_in": throat, "kds": where(grouped, np.nan, kds), "beta": share}
    return Outcome(case.value["joint_force_kip"], available(nominal, WELD, case.method), details=details)


def _least_size(case: Case) -> Outcome:
    thickness, pjp = case.value["plate_thickness_in"], _pjp(case)
    needed = where(pjp, min_pjp_throat_in(thickness), min_fillet_size_in(thickness))
    given = where(pjp, case.value["weld_throat_in"], case.value["weld_size_in"])
    missing = where(pjp, ~case.known["pjp_throat_in"], ~case.known["weld_size_in"])
    return Outcome(needed, given, missing=missing)


def _largest_size(case: Case) -> Outcome:
    size, length = case.value["weld_size_in"], case.value["weld_length_in"]
    along_edge = max_fillet_size_in(case.value["plate_thickness_in"])
    most = where(case.says("weld_joint", "lap"), along_edge, maximum(size, along_edge))
    too_short = length < _SHORTEST_WELD_LEGS * size * (1.0 - _ROUNDING)
    details = {"l_over_w": length / size, "beta": _length_share(case)}
    fails = too_short | (size > most * (1.0 + 1e-6))
    reasons = ((too_short, "the weld is shorter than 4 times its leg; lengthen it or take l/4 as its size"),)
    return Outcome(size, most, fails=fails, details=details, reasons=reasons)


_WELD_STATED = ("weld_size_in", "weld_length_in", "electrode_ksi", "pjp_throat_in")
CHECKS = (
    Check(
        "WLD-01",
        "Weld strength",
        "J2.4, Table J2.5",
        "kip",
        "no welds",
        lambda case: case.welded,
        _strength,
        requires=("weld_throat_in", "weld_length_in", "electrode_ksi", "joint_force_kip"),
        uses=(
            *(*_WELD_STATED, "weld_lines", "weld_angle_deg", "weld_type", "transverse_weld_length_in"),
            *("weld_strain_compatible", "weld_at_hss_end", *JOINT_FORCES),
        ),
        factor=WELD,
        formula="Rn = 0.60 FEXX Awe kds; group: max(Rwl + Rwt, 0.85 Rwl + 1.5 Rwt)",
    ),
    Check(
        "WLD-02",
        "Minimum weld size",
        "J2.2b(a), Table J2.4; J2.3",
        "in",
        "no welds",
        lambda case: case.welded,
        _least_size,
        requires=("plate_thickness_in",),
        uses=(*_WELD_STATED, "plate_thickness_in", "weld_type"),
        asks="weld_size_in, or pjp_throat_in of a partial-penetration weld",
        can_govern=False,
        formula="w ≥ Table J2.4 (fillet), throat ≥ Table J2.3 (PJP), by the thinner part",
    ),
    Check(
        "WLD-03",
        "Maximum weld size, minimum length",
        "J2.2b(b) to (e)",
        "in",
        "no fillet welds",
        lambda case: case.welded & ~_pjp(case),
        _largest_size,
        requires=("weld_size_in", "weld_length_in", "plate_thickness_in"),
        uses=(*_WELD_STATED, "plate_thickness_in", "weld_type", "weld_joint", *JOINT_FORCES),
        can_govern=False,
        formula="w ≤ t (t < 1/4 in.) or t − 1/16 in. along an edge; l ≥ 4 w",
    ),
)
