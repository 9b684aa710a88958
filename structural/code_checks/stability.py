"""Local buckling classes, stability analysis, serviceability: B4.1, C2, Appendices 7 and 8, L2, L3."""

import numpy as np

from structural.aisc.classification import (
    flange_limit_compression,
    flange_limits_major,
    flange_limits_minor,
    web_limit_compression,
    web_limits_major,
)
from structural.aisc.interaction import tau_b
from structural.aisc.method import load_ratio
from structural.aisc.serviceability import uniform_load_deflection_in
from structural.code_checks.case import BoolArray, Case
from structural.code_checks.contract import Check, Outcome

_STIFFNESS = 0.8
_NOTIONAL = 0.002
_LARGEST_DRIFT_RATIO = 1.5
_DRIFT_SHARE = {"I": 0.020, "II": 0.020, "III": 0.015, "IV": 0.010}
"""ASCE 7 Table 12.12-1, all other structures."""


def _compression_class(case: Case) -> Outcome:
    fy = case.value["fy_ksi"]
    flange = case.shape.bf_2tf / flange_limit_compression(case.shape, fy)
    web = case.shape.h_tw / web_limit_compression(fy)
    slender = np.maximum(flange, web) > 1.0
    return _worse_element(case, flange, web, slender)


def _flexure_class(case: Case) -> Outcome:
    fy = case.value["fy_ksi"]
    major, minor = flange_limits_major(case.shape, fy), flange_limits_minor(fy)
    flange = case.shape.bf_2tf / np.where(case.flexure_x, major.compact, minor.compact)
    web = np.where(case.flexure_x, case.shape.h_tw / web_limits_major(fy).compact, 0.0)
    return _worse_element(case, flange, web, np.maximum(flange, web) > 1.0)


def _worse_element(case: Case, flange: np.ndarray, web: np.ndarray, noted: BoolArray) -> Outcome:
    """Return slenderness and limit of the element nearer its limit; a class is a fact, never a failure."""
    is_flange = flange >= web
    slenderness = np.where(is_flange, case.shape.bf_2tf, case.shape.h_tw)
    limit = slenderness / np.maximum(np.where(is_flange, flange, web), 1e-9)
    return Outcome(slenderness, limit, fails=np.zeros(case.size, dtype=bool), advisory=noted)


def _stiffness(case: Case) -> Outcome:
    """C2.3: 0.8 on all stiffness, times tau_b on flexural stiffness where the axial force is known."""
    squash = case.value["fy_ksi"] * case.shape.area_in2
    share = load_ratio(case.method) * case.value["axial_compression_kip"] / squash
    usable = case.compression & case.known["shape"] & case.known["fy_ksi"]
    reduction = np.where(usable, tau_b(np.clip(share, 0.0, 1.0)), 1.0)
    return Outcome(case.value["stiffness_factor"], np.maximum(_STIFFNESS * reduction, 1e-6) * (1.0 + 1e-3))


def _notional(case: Case) -> Outcome:
    """Eq. C2-1: Ni = 0.002 alpha Yi."""
    needed = _NOTIONAL * load_ratio(case.method) * case.value["gravity_load_kip"]
    return Outcome(needed, case.value["notional_load_kip"] * (1.0 + 1e-3))


def _method_limit(case: Case) -> Outcome:
    limit = np.full(case.size, _LARGEST_DRIFT_RATIO)
    return Outcome(case.value["second_order_ratio"], limit)


def _amplified(case: Case) -> Outcome:
    """App. 8.1.2: alpha Pr stays below the elastic buckling load of each axis that is bent."""
    elastic = np.minimum(
        np.where(case.flexure_x, case.value["pe1x_kip"], np.inf),
        np.where(case.flexure_y, case.value["pe1y_kip"], np.inf),
    )
    elastic = np.where(np.isfinite(elastic), elastic, 1.0)
    return Outcome(load_ratio(case.method) * case.value["axial_compression_kip"], elastic)


def _deflection_in(case: Case, load_klf: np.ndarray) -> np.ndarray:
    return uniform_load_deflection_in(load_klf / 12.0, case.value["length_in"], case.shape.ix_in4)


def _live_deflection(case: Case) -> Outcome:
    limit = case.value["length_in"] / case.value["live_deflection_limit"]
    return Outcome(_deflection_in(case, case.value["live_load_klf"]), limit)


def _total_deflection(case: Case) -> Outcome:
    load = case.value["dead_load_klf"] + case.value["live_load_klf"]
    net = np.maximum(_deflection_in(case, load) - case.value["camber_in"], 0.0)
    return Outcome(net, case.value["length_in"] / case.value["total_deflection_limit"])


def _drift(case: Case) -> Outcome:
    share = np.array([_DRIFT_SHARE.get(word, 0.020) for word in case.words["risk_category"].tolist()])
    return Outcome(case.value["story_drift_in"], share * case.value["story_height_ft"] * 12.0)


def _uses_drift_limited_method(case: Case) -> BoolArray:
    return np.isin(case.words["analysis_method"], ["effective_length", "first_order"])


CHECKS = (
    Check(
        "CLS-01",
        "Local buckling class, axial compression",
        "B4.1, Table B4.1a",
        "1",
        "no axial compression in a member",
        lambda case: case.compression,
        _compression_class,
        requires=("shape", "fy_ksi"),
    ),
    Check(
        "CLS-02",
        "Local buckling class, flexure",
        "B4.1, Table B4.1b",
        "1",
        "no flexure",
        lambda case: case.flexure,
        _flexure_class,
        requires=("shape", "fy_ksi"),
    ),
    Check(
        "STB-01",
        "Direct analysis stiffness",
        "C2.1, C2.3",
        "1",
        "the direct analysis method is not named",
        lambda case: (case.words["analysis_method"] == "direct_analysis") | case.stated["stiffness_factor"],
        _stiffness,
        requires=("stiffness_factor",),
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
    ),
    Check(
        "STB-03",
        "Limits of the stability method",
        "App. 7.2.1, 7.3.1",
        "1",
        "neither the effective length nor the first-order analysis method is named",
        _uses_drift_limited_method,
        _method_limit,
        requires=("second_order_ratio",),
    ),
    Check(
        "STB-04",
        "Amplified moments",
        "App. 8, Eq. A-8-1 to A-8-7",
        "kip",
        "no moments of a first-order analysis together with compression",
        lambda case: case.compression & case.flexure & (case.words["moment_basis"] == "first_order"),
        _amplified,
        requires=("shape", "lcx_in", "lcy_in"),
    ),
    Check(
        "SRV-01",
        "Live-load deflection",
        "L2, IBC Table 1604.3",
        "in",
        "no uniform load on a span",
        lambda case: case.beam,
        _live_deflection,
        requires=("shape", "length_in", "live_load_klf"),
    ),
    Check(
        "SRV-02",
        "Total-load deflection",
        "L2, IBC Table 1604.3",
        "in",
        "no uniform load on a span",
        lambda case: case.beam,
        _total_deflection,
        requires=("shape", "length_in", "dead_load_klf", "live_load_klf"),
    ),
    Check(
        "SRV-03",
        "Storey drift",
        "L3, ASCE 7 12.12",
        "in",
        "no storey drift is given",
        lambda case: case.stated["story_drift_in"],
        _drift,
        requires=("story_drift_in", "story_height_ft"),
    ),
)
