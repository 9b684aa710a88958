"""Deflection and drift: L2, L3, IBC Table 1604.3 and ASCE 7 12.12."""

from functools import reduce

from structural.aisc.serviceability import uniform_load_deflection_in
from structural.checks import FloatArray
from structural.code_checks.case import Case
from structural.code_checks.contract import Check, Outcome
from structural.code_checks.uses import BUILT_UP_PLATES, UNIFORM_LOADS
from structural.elementwise import maximum, where

_DRIFT_SHARE = {"I": 0.020, "II": 0.020, "III": 0.015, "IV": 0.010}
"""ASCE 7 Table 12.12-1, all other structures."""


def _deflection_in(case: Case, load_klf: FloatArray) -> FloatArray:
    return uniform_load_deflection_in(load_klf / 12.0, case.value["length_in"], case.property("ix_in4"))


def _variable_load_klf(case: Case) -> FloatArray:
    """Return the largest of live, roof live, snow and rain load, kip/ft (IBC Table 1604.3: L, or S or W for roofs)."""
    names = ("live_load_klf", "roof_live_load_klf", "snow_load_klf", "rain_load_klf")
    return reduce(maximum, (case.value[name] for name in names))


def _live_deflection(case: Case) -> Outcome:
    divisor = case.value["live_deflection_limit"]
    details = {"Ix_in4": case.property("ix_in4"), "L_over": divisor}
    return Outcome(_deflection_in(case, _variable_load_klf(case)), case.value["length_in"] / divisor, details=details)


def _total_deflection(case: Case) -> Outcome:
    divisor = case.value["total_deflection_limit"]
    sag = _deflection_in(case, case.value["dead_load_klf"] + _variable_load_klf(case))
    net = maximum(sag - case.value["camber_in"], 0.0)
    details = {"sag_in": sag, "camber_in": case.value["camber_in"], "L_over": divisor}
    return Outcome(net, case.value["length_in"] / divisor, details=details)


def _drift(case: Case) -> Outcome:
    height = case.value["story_height_ft"] * 12.0
    seismic = case.each(lambda word: _DRIFT_SHARE.get(word, 0.020), "risk_category") * height
    wind = height / case.value["wind_drift_divisor"]
    limit = where(case.says("drift_basis", "wind"), wind, seismic)
    return Outcome(case.value["story_drift_in"], limit, details={"hsx_in": height})


_LOADS = (*UNIFORM_LOADS, *BUILT_UP_PLATES)

CHECKS = (
    Check(
        "SRV-01",
        "Live-load deflection",
        "L2, IBC Table 1604.3",
        "in",
        "no uniform load on a span",
        lambda case: case.beam,
        _live_deflection,
        requires=("shape", "length_in", "live_load_klf"),
        uses=(*_LOADS, "shape", "length_ft", "live_deflection_limit"),
        formula="5 w L^4 / (384 E I) ≤ L / limit, w the largest of L, Lr, S, R",
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
        uses=(*_LOADS, "shape", "length_ft", "total_deflection_limit", "camber_in"),
        formula="5 (wD + w) L^4 / (384 E I) − camber ≤ L / limit",
        confirmed=False,
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
        uses=("story_drift_in", "story_height_ft", "risk_category", "drift_basis", "wind_drift_divisor"),
        formula="Δ ≤ share of hsx (seismic) or hsx / limit (wind)",
    ),
)
