"""Members in shear: G2 to G6, for every shape family."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.girder_section import girder_of_shape
from structural.aisc.method import Factor, available
from structural.aisc.shear import SHEAR, SHEAR_ROLLED_WEB, cv2, major_axis_shear, minor_axis_shear
from structural.aisc.shear_other import (
    AngleLeg,
    HollowWall,
    angle_shear,
    double_angle_shear,
    rectangular_hss_shear,
    round_hss_shear,
    tee_minor_axis_shear,
    tee_shear,
)
from structural.aisc.shear_stiffened import interior_panel_shear, needs_stiffeners, required_stiffener_inertia_in4
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case, Part
from structural.code_checks.contract import Check, Outcome
from structural.code_checks.uses import SECTION, UNIFORM_LOADS
from structural.elementwise import maximum, minimum, numbered, where
from structural.sections import Kind

Found = Mapping[str, ArrayLike]
_FLANGED = (Kind.I_SHAPE, Kind.CHANNEL)
_OTHERS = (Kind.TEE, Kind.ANGLE, Kind.DOUBLE_ANGLE, Kind.RECTANGULAR_HSS, Kind.ROUND_HSS)
_KV_LEG = 1.2
_LARGEST_PANEL = 3.0
"""G2.1(b)(2), G2.2: longer panels count as unstiffened."""


def _sheared(case: Case) -> BoolArray:
    member = case.stated["shape"] | case.built_up | case.flexure_x
    return case.beam | (case.stated["shear_kip"] & member)


def _web(part: Part) -> Found:
    shear = major_axis_shear(part.table, part.value("fy_ksi"))
    return {"vn": shear.vn_kip, "phi": shear.phi, "cv1": shear.cv1}


def _major_web(case: Case) -> Outcome:
    columns = case.by_kind({Kind.I_SHAPE: _web, Kind.CHANNEL: _web})
    stocky = columns["phi"] == SHEAR_ROLLED_WEB.phi
    factor = Factor(where(stocky, SHEAR_ROLLED_WEB.phi, SHEAR.phi), where(stocky, SHEAR_ROLLED_WEB.omega, SHEAR.omega))
    details = {"Aw_in2": case.property("d_in") * case.property("tw_in"), "Cv1": columns["cv1"], "phi": columns["phi"]}
    return Outcome(case.value["member_shear_kip"], available(columns["vn"], factor, case.method), details=details)


def major_shear_kip(case: Case) -> FloatArray:
    """Return the available shear strength along the web, stem, legs back to back, tall walls or diameter, kip."""
    return available(case.by_kind(_MAJOR)["vn"], SHEAR, case.method)


def _round(part: Part) -> Found:
    """Lv runs from the largest to zero shear: half the span of a beam; half the length where nothing else is known."""
    known = part.of(part.case.known["length_in"])
    lv = where(known, part.value("length_in") / 2.0, 0.0)
    return {"vn": round_hss_shear(part.table, part.value("fy_ksi"), lv).vn_kip}


def _outstanding_legs(part: Part) -> Found:
    """The outstanding legs of double angles, by Eq. G3-1."""
    fy, table = part.value("fy_ksi"), part.table
    return {"vn": 2.0 * 0.6 * fy * table.b_in * table.t_in * cv2(table.b_in / table.t_in, fy, _KV_LEG)}


_MAJOR = {
    Kind.I_SHAPE: lambda part: {"vn": major_axis_shear(part.table, part.value("fy_ksi")).vn_kip},
    Kind.CHANNEL: lambda part: {"vn": major_axis_shear(part.table, part.value("fy_ksi")).vn_kip},
    Kind.TEE: lambda part: {"vn": tee_shear(part.table, part.value("fy_ksi")).vn_kip},
    Kind.ANGLE: lambda part: {"vn": angle_shear(part.table, part.value("fy_ksi")).vn_kip},
    Kind.DOUBLE_ANGLE: lambda part: {"vn": double_angle_shear(part.table, part.value("fy_ksi")).vn_kip},
    Kind.RECTANGULAR_HSS: lambda part: {"vn": rectangular_hss_shear(part.table, part.value("fy_ksi")).vn_kip},
    Kind.ROUND_HSS: _round,
}
_MINOR = {
    Kind.I_SHAPE: lambda part: {"vn": minor_axis_shear(part.table, part.value("fy_ksi"))},
    Kind.CHANNEL: lambda part: {"vn": minor_axis_shear(part.table, part.value("fy_ksi"))},
    Kind.TEE: lambda part: {"vn": tee_minor_axis_shear(part.table, part.value("fy_ksi")).vn_kip},
    Kind.ANGLE: lambda part: {"vn": angle_shear(part.table, part.value("fy_ksi"), AngleLeg.SHORT).vn_kip},
    Kind.DOUBLE_ANGLE: _outstanding_legs,
    Kind.RECTANGULAR_HSS: lambda part: {
        "vn": rectangular_hss_shear(part.table, part.value("fy_ksi"), HollowWall.WIDTH).vn_kip
    },
    Kind.ROUND_HSS: _round,
}


def minor_shear_kip(case: Case) -> FloatArray:
    """Return the available shear strength parallel to the flanges, outstanding legs or wide walls, kip."""
    return available(case.by_kind(_MINOR)["vn"], SHEAR, case.method)


def _other(case: Case) -> Outcome:
    """The direction with the larger ratio is shown."""
    major, minor = major_shear_kip(case), minor_shear_kip(case)
    along = case.is_kind(*_OTHERS) & _sheared(case)
    across = case.stated["shear_y_kip"]
    demand_x, demand_y = case.value["member_shear_kip"], case.value["shear_y_kip"]
    ratio_x = where(along, demand_x / maximum(numbered(major), 1e-9), -1.0)
    ratio_y = where(across, demand_y / maximum(numbered(minor), 1e-9), -1.0)
    is_major = ratio_x >= ratio_y
    missing = along & ~case.known["member_shear_kip"]
    details = {
        "Vnx_available_kip": where(along, major, np.nan),
        "Vny_available_kip": where(across, minor, np.nan),
    }
    capacity = numbered(where(is_major, major, minor))
    return Outcome(where(is_major, demand_x, demand_y), capacity, missing=missing, details=details)


def _other_applies(case: Case) -> BoolArray:
    return case.stated["shear_y_kip"] | (_sheared(case) & case.is_kind(*_OTHERS))


def _panel(part: Part) -> Found:
    fy, spacing = part.value("fy_ksi"), part.value("stiffener_spacing_in")
    ratio = maximum(spacing / part.table.h_in, 0.01)
    girder = girder_of_shape(part.table)
    short = minimum(ratio, _LARGEST_PANEL)
    panel = interior_panel_shear(girder, fy, short)
    unstiffened = major_axis_shear(part.table, fy)
    # End panels count without tension field action: G2.3 also asks for the end stiffener and the moment.
    web = where(ratio > _LARGEST_PANEL, unstiffened.vn_kip, panel.vn_web_kip)
    end = part.of(part.case.says("shear_panel", "end"))
    vn = where(end | (ratio > _LARGEST_PANEL), web, panel.vn_kip)
    bare = available(unstiffened.vn_kip, SHEAR, part.of(part.case.method))
    share = minimum(part.value("member_shear_kip") / maximum(bare, 1e-9), 1e6)
    return {
        "vn": vn,
        "a_h": ratio,
        "kv": panel.kv,
        "cv2": panel.cv2,
        "needed": needs_stiffeners(maximum(part.table.h_tw, 1e-3), fy, share),
        "ist": required_stiffener_inertia_in4(girder, ratio, fy, fy),
    }


def _stiffened(case: Case) -> Outcome:
    columns = case.by_kind({Kind.I_SHAPE: _panel})
    capacity = available(columns["vn"], SHEAR, case.method)
    demand = case.value["member_shear_kip"]
    weak = case.known["stiffener_inertia_in4"] & (columns["needed"] > 0.0)
    weak &= case.value["stiffener_inertia_in4"] < columns["ist"] * (1.0 - 1e-6)
    details = {
        "a_over_h": columns["a_h"],
        "kv": columns["kv"],
        "Cv2": columns["cv2"],
        "Ist_required_in4": columns["ist"],
    }
    reasons = ((weak, "the transverse stiffeners are not stiff enough (G2.4)"),)
    fails = weak | (demand > capacity * (1.0 + 1e-6))
    return Outcome(demand, capacity, fails=fails, details=details, reasons=reasons)


_LOADS = ("shear_kip", "length_ft", "moment_x_kip_ft", "sway_moment_x_kip_ft", *UNIFORM_LOADS)

CHECKS = (
    Check(
        "SHR-01",
        "Major-axis web shear",
        "G2.1",
        "kip",
        "no shear in a member, or not an I shape or channel (see SHR-02), or stiffened (see SHR-03)",
        lambda case: (
            _sheared(case)
            & (case.is_kind(*_FLANGED) | ~case.known["shape"])
            & ~(case.stated["stiffener_spacing_in"] & case.is_kind(Kind.I_SHAPE))
        ),
        _major_web,
        requires=("shape", "fy_ksi", "member_shear_kip"),
        uses=(*SECTION, *_LOADS, "stiffener_spacing_in"),
        factor_note=f"{SHEAR_ROLLED_WEB.phi:.2f} / {SHEAR_ROLLED_WEB.omega:.2f} for rolled I with h/tw ≤ 2.24 √(E/Fy); "
        f"else {SHEAR.phi:.2f} / {SHEAR.omega:.2f}",
        formula="Vn = 0.6 Fy Aw Cv1",
    ),
    Check(
        "SHR-02",
        "Other shear",
        "G3 to G6",
        "kip",
        "no minor-axis shear, and not a tee, angle or hollow section in shear",
        _other_applies,
        _other,
        requires=("shape", "fy_ksi"),
        uses=(*SECTION, *_LOADS, "shear_y_kip"),
        asks="shear_kip or loads with length_ft",
        factor=SHEAR,
        formula="Vn = 0.6 Fy Aw Cv2 (kv 1.2 legs, stems, flanges; 5 rectangular HSS); Fcr Ag/2 (round)",
    ),
)
EXTENDED_CHECKS = (
    Check(
        "SHR-03",
        "Stiffened webs",
        "G2.2, G2.3, G2.4",
        "kip",
        "no transverse stiffeners on the web of an I shape in shear",
        lambda case: _sheared(case) & case.stated["stiffener_spacing_in"] & case.is_kind(Kind.I_SHAPE),
        _stiffened,
        requires=("shape", "fy_ksi", "member_shear_kip"),
        uses=(*SECTION, *_LOADS, "stiffener_spacing_in", "stiffener_inertia_in4", "shear_panel"),
        factor=SHEAR,
        formula="Vn = 0.6 Fy Aw [Cv2 + (1 − Cv2)/(1.15 √(1 + (a/h)²))] (interior), 0.6 Fy Aw Cv1 (end panel)",
    ),
)
