"""Members in tension: D1, D2, D3 and B4.3b, for every shape family."""

from collections.abc import Callable

import numpy as np

from structural.aisc.method import available
from structural.aisc.tension import HOLE_ALLOWANCE_IN, TENSION_RUPTURE, TENSION_YIELD
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case, Part
from structural.code_checks.contract import Check, Outcome
from structural.elementwise import maximum, minimum, where
from structural.sections import Kind

_SLENDERNESS = 300.0
"""Preferred largest L/r of tension members (D1, user note)."""
_LEAST_AREA_IN2 = 1e-6


def tension_strengths(case: Case) -> dict[str, FloatArray]:
    """Return available yielding and rupture strength (``yielding``, ``rupture``, kip) and the areas behind them."""
    return case.remember("tension", lambda: _compute(case))


def _compute(case: Case) -> dict[str, FloatArray]:
    gross = case.property("area_in2")
    yielding = available(case.value["fy_ksi"] * gross, TENSION_YIELD, case.method)
    holes = where(case.stated["hole_count"], case.value["hole_count"], 0.0)
    lost = holes * (case.value["member_hole_in"] + HOLE_ALLOWANCE_IN) * _pierced_thickness_in(case)
    net = maximum(gross - lost, _LEAST_AREA_IN2)
    effective = net * case.value["shear_lag_u"]
    rupture = available(case.value["fu_ksi"] * effective, TENSION_RUPTURE, case.method)
    return {"yielding": yielding, "rupture": rupture, "An_in2": net, "Ae_in2": effective}


def _pierced_thickness_in(case: Case) -> FloatArray:
    """Return the thickness that holes are deducted from: flanges, the web of channels, legs, walls."""

    def thickness(name: str) -> Callable[[Part], dict[str, FloatArray]]:
        return lambda part: {"t": getattr(part.table, name)}

    flange, web, wall = thickness("tf_in"), thickness("tw_in"), thickness("t_in")
    kinds = {Kind.I_SHAPE: flange, Kind.TEE: flange, Kind.CHANNEL: web}
    kinds |= dict.fromkeys((Kind.ANGLE, Kind.DOUBLE_ANGLE, Kind.RECTANGULAR_HSS, Kind.ROUND_HSS), wall)
    return case.by_kind(kinds)["t"]


def least_radius_in(case: Case) -> FloatArray:
    """Return the least radius of gyration: rz of single angles, else the lesser of rx and ry."""
    geometric = minimum(case.property("rx_in"), case.property("ry_in"))
    principal = case.property("rz_in")
    return where(np.isnan(principal), geometric, principal)


def axial_tension_kip(case: Case) -> FloatArray:
    """Return the available tensile strength as far as it can be told, kip: yielding, and rupture where U is known."""
    strengths = tension_strengths(case)
    known = case.known["shear_lag_u"] & (case.known["member_hole_in"] | ~case.stated["hole_count"])
    return where(known, minimum(strengths["yielding"], strengths["rupture"]), strengths["yielding"])


def _yielding(case: Case) -> Outcome:
    return Outcome(
        case.value["axial_tension_kip"],
        tension_strengths(case)["yielding"],
        details={"Ag_in2": case.property("area_in2"), "Fy_ksi": case.value["fy_ksi"]},
    )


def _rupture(case: Case) -> Outcome:
    strengths = tension_strengths(case)
    pierced = case.bolted & ~case.stated["hole_count"] & ~case.plate
    unsized = case.stated["hole_count"] & (case.value["hole_count"] > 0) & ~case.known["member_hole_in"]
    details = {
        "An_in2": strengths["An_in2"],
        "U": case.value["shear_lag_u"],
        "Ae_in2": strengths["Ae_in2"],
        "Fu_ksi": case.value["fu_ksi"],
    }
    reasons = ((pierced, "hole_count, the holes at the critical section"), (unsized, "hole_diameter_in"))
    return Outcome(
        case.value["axial_tension_kip"],
        strengths["rupture"],
        missing=pierced | unsized,
        details=details,
        reasons=reasons,
    )


def _slenderness(case: Case) -> Outcome:
    radius = least_radius_in(case)
    return Outcome(case.value["length_in"] / radius, case.full(_SLENDERNESS), details={"r_in": radius})


def _pulled_with_length(case: Case) -> BoolArray:
    return case.tension & case.known["length_in"]


CHECKS = (
    Check(
        "TEN-01",
        "Tensile yielding",
        "D2(a)",
        "kip",
        "no member in tension",
        lambda case: case.tension,
        _yielding,
        requires=("shape", "fy_ksi"),
        uses=("axial_tension_kip", "shape", "steel_grade", "fy_ksi", "method"),
        factor=TENSION_YIELD,
        formula="Pn = Fy Ag",
    ),
    Check(
        "TEN-02",
        "Tensile rupture",
        "D2(b), D3, B4.3b",
        "kip",
        "no member in tension",
        lambda case: case.tension,
        _rupture,
        requires=("shape", "fu_ksi", "shear_lag_u"),
        uses=(
            "axial_tension_kip",
            "shape",
            "steel_grade",
            "fu_ksi",
            "hole_count",
            "hole_diameter_in",
            "bolt_diameter_in",
            "hole_type",
            "shear_lag_u",
            "connection_length_in",
            "x_bar_in",
            "method",
        ),
        asks="hole_diameter_in, hole_count",
        factor=TENSION_RUPTURE,
        formula="Pn = Fu Ae, Ae = An U, An = Ag − n (dh + 1/16) t",
    ),
    Check(
        "TEN-03",
        "Slenderness preference, tension",
        "D1 user note",
        "1",
        "no member in tension, or its length is not given",
        _pulled_with_length,
        _slenderness,
        requires=("shape",),
        uses=("axial_tension_kip", "length_ft", "shape"),
        can_govern=False,
        formula="L/r ≤ 300",
        advisory_only=True,
    ),
)
