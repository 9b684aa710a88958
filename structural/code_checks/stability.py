"""Stability of the frame: C2, Appendices 7 and 8."""

import numpy as np

from structural.aisc.interaction import tau_b
from structural.aisc.method import load_ratio
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case
from structural.code_checks.contract import Check, Outcome
from structural.code_checks.uses import SECTION, SWAY, UNIFORM_LOADS
from structural.elementwise import maximum, minimum, where, within

_STIFFNESS = 0.8
_NOTIONAL = 0.002
_LARGEST_DRIFT_RATIO = 1.5
_GRAVITY_ONLY_DRIFT_RATIO = 1.7
"""C2.2b(d), on reduced stiffness: above this, notional loads go with every combination."""


def _stiffness(case: Case) -> Outcome:
    """C2.3: 0.8 on all stiffness, times tau_b on flexural stiffness where the axial force is known."""
    squash = case.value["fy_ksi"] * case.property("area_in2")
    share = load_ratio(case.method) * case.value["axial_compression_kip"] / squash
    usable = case.compression & case.known["shape"] & case.known["fy_ksi"]
    reduction = where(usable, tau_b(within(share, 0.0, 1.0)), 1.0)
    limit = maximum(_STIFFNESS * reduction, 1e-6) * (1.0 + 1e-3)
    details = {"alpha_Pr_over_Pns": where(usable, share, np.nan), "tau_b": reduction}
    return Outcome(case.value["stiffness_factor"], limit, details=details)


def _notional(case: Case) -> Outcome:
    """Eq. C2-1: Ni = 0.002 alpha Yi; with gravity loads alone only up to a drift ratio of 1.7."""
    needed = _NOTIONAL * load_ratio(case.method) * case.value["gravity_load_kip"]
    given = case.value["notional_load_kip"] * (1.0 + 1e-3)
    ratio = case.value["second_order_ratio"]
    left_out = case.says("notional_combinations", "gravity_only") & case.known["second_order_ratio"]
    left_out &= ratio > _GRAVITY_ONLY_DRIFT_RATIO
    reasons = ((left_out, "notional loads go with every combination where the drift ratio is above 1.7 (C2.2b(d))"),)
    return Outcome(needed, given, fails=left_out | (needed > given * (1.0 + 1e-6)), reasons=reasons)


def _method_limit(case: Case) -> Outcome:
    return Outcome(case.value["second_order_ratio"], case.full(_LARGEST_DRIFT_RATIO))


def _amplified(case: Case) -> Outcome:
    """App. 8.1.2: alpha Pr stays below the elastic buckling load of each axis that is bent."""
    elastic = minimum(
        where(case.flexure_x, case.value["pe1x_kip"], np.inf),
        where(case.flexure_y, case.value["pe1y_kip"], np.inf),
    )
    elastic = where(np.isfinite(elastic), elastic, 1.0)
    axial = load_ratio(case.method) * case.value["axial_compression_kip"]
    details = {
        "Pe1x_kip": _where(case.flexure_x, case.value["pe1x_kip"]),
        "B1x": _where(case.flexure_x, case.value["b1x"]),
        "Pe1y_kip": _where(case.flexure_y, case.value["pe1y_kip"]),
        "B1y": _where(case.flexure_y, case.value["b1y"]),
        "B2": _where(case.stated["sway_moment_x_kip_ft"], case.value["b2"]),
        "Mrx_kip_ft": _where(case.flexure_x, case.value["mrx_kip_in"] / 12.0),
        "Mry_kip_ft": _where(case.flexure_y, case.value["mry_kip_in"] / 12.0),
    }
    sways = case.stated["sway_moment_x_kip_ft"]
    missing = sways & ~case.all_known(("story_load_kip", "story_elastic_load_kip"))
    return Outcome(axial, elastic, missing=missing, details=details)


def _where(rows: BoolArray, values: FloatArray) -> FloatArray:
    return where(rows, values, np.nan)


CHECKS = (
    Check(
        "STB-01",
        "Direct analysis stiffness",
        "C2.1, C2.3",
        "1",
        "the direct analysis method is not named",
        lambda case: case.says("analysis_method", "direct_analysis") | case.stated["stiffness_factor"],
        _stiffness,
        requires=("stiffness_factor",),
        uses=(
            "analysis_method",
            "stiffness_factor",
            "axial_compression_kip",
            "shape",
            "steel_grade",
            "fy_ksi",
            "method",
        ),
        can_govern=False,
        formula="factor ≤ 0.8 τb; τb = 1 for α Pr/Pns ≤ 0.5, else 4 x (1 − x)",
    ),
    Check(
        "STB-02",
        "Notional loads",
        "C2.2b, Eq. C2-1",
        "kip",
        "no notional or storey gravity load is given",
        lambda case: case.any_stated("notional_load_kip", "gravity_load_kip"),
        _notional,
        requires=("notional_load_kip", "gravity_load_kip"),
        uses=("notional_load_kip", "gravity_load_kip", "notional_combinations", "second_order_ratio", "method"),
        can_govern=False,
        formula="Ni ≥ 0.002 α Yi",
    ),
    Check(
        "STB-03",
        "Limits of the stability method",
        "App. 7.2.1, 7.3.1",
        "1",
        "neither the effective length nor the first-order analysis method is named",
        lambda case: case.says("analysis_method", "effective_length", "first_order"),
        _method_limit,
        requires=("second_order_ratio",),
        uses=("analysis_method", "second_order_ratio"),
        can_govern=False,
        formula="Δ2nd/Δ1st ≤ 1.5",
    ),
    Check(
        "STB-04",
        "Amplified moments",
        "App. 8, Eq. A-8-1 to A-8-7",
        "kip",
        "no moments of a first-order analysis together with compression",
        lambda case: case.compression & case.flexure & case.says("moment_basis", "first_order"),
        _amplified,
        requires=("shape", "lcx_in", "lcy_in"),
        uses=(
            "axial_compression_kip",
            "moment_x_kip_ft",
            "moment_y_kip_ft",
            *SWAY,
            *SECTION,
            "length_ft",
            "lcx_ft",
            "lcy_ft",
            "kx",
            "ky",
            *UNIFORM_LOADS,
        ),
        asks="story_load_kip, story_elastic_load_kip",
        can_govern=False,
        formula="Mr = B1 Mnt + B2 Mlt; B1 = Cm/(1 − α Pr/Pe1) ≥ 1; α Pr < Pe1",
    ),
)
