"""Members: tension (D), compression (E), flexure (F), shear (G), combined forces (H)."""

import numpy as np

from structural.aisc.compression import (
    COMPRESSION,
    compressive_strength,
    critical_stress,
    torsional_stress_ksi,
)
from structural.aisc.flexure import FLEXURE, Flexure, major_axis_flexure, minor_axis_flexure
from structural.aisc.interaction import h1_interaction, tension_cb_multiplier
from structural.aisc.method import Factor, available
from structural.aisc.shear import major_axis_shear
from structural.aisc.tension import HOLE_ALLOWANCE_IN, TENSION_RUPTURE, TENSION_YIELD
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case
from structural.code_checks.contract import Check, Outcome
from structural.code_checks.general import blank, never

_TENSION_SLENDERNESS = 300.0
_COMPRESSION_SLENDERNESS = 200.0
_LEAST_LENGTH_IN = 1e-3


def _tension_capacity(case: Case) -> tuple[FloatArray, FloatArray]:
    """Return available yielding and rupture strength, kip; rupture counts only where holes or U are given."""
    return case.remember("tension", lambda: _compute_tension(case))


def _compute_tension(case: Case) -> tuple[FloatArray, FloatArray]:
    yielding = available(case.value["fy_ksi"] * case.shape.area_in2, TENSION_YIELD, case.method)
    holes = np.where(case.stated["hole_count"], case.value["hole_count"], 0.0)
    lost = holes * (case.value["member_hole_in"] + HOLE_ALLOWANCE_IN) * case.shape.tf_in
    net = np.maximum(case.shape.area_in2 - lost, 1e-6) * case.value["shear_lag_u"]
    rupture = available(case.value["fu_ksi"] * net, TENSION_RUPTURE, case.method)
    return yielding, rupture


def _tension_yielding(case: Case) -> Outcome:
    return Outcome(case.value["axial_tension_kip"], _tension_capacity(case)[0])


def _tension_rupture(case: Case) -> Outcome:
    missing = case.stated["hole_count"] & (case.value["hole_count"] > 0) & ~case.known["member_hole_in"]
    return Outcome(case.value["axial_tension_kip"], _tension_capacity(case)[1], missing=missing)


def _slenderness_note(case: Case, ratio: FloatArray, limit: float) -> Outcome:
    return Outcome(ratio, np.full(case.size, limit))


def _tension_slenderness(case: Case) -> Outcome:
    return _slenderness_note(case, case.value["length_in"] / case.shape.ry_in, _TENSION_SLENDERNESS)


def _slenderness(case: Case, axis: str) -> FloatArray:
    radius = case.shape.rx_in if axis == "x" else case.shape.ry_in
    return case.value[f"lc{axis}_in"] / radius


def _flexural_buckling(case: Case, axis: str) -> Outcome:
    stress = critical_stress(case.value["fy_ksi"], _slenderness(case, axis))
    capacity = available(stress * case.shape.area_in2, COMPRESSION, case.method)
    return Outcome(case.value["axial_compression_kip"], capacity)


def _twists(case: Case) -> BoolArray:
    """E4(b): doubly symmetric members whose torsional length exceeds the lateral one."""
    lcz = case.value["lcz_ft"] * 12.0
    lateral = np.where(case.known["lcy_in"], case.value["lcy_in"], 0.0)
    return np.asarray(case.compression & case.stated["lcz_ft"] & (lcz > lateral * (1.0 + 1e-6)))


def _twist_slenderness(case: Case) -> FloatArray:
    """Return the Lc/r that gives the elastic torsional buckling stress."""
    lcz = np.maximum(case.value["lcz_ft"] * 12.0, _LEAST_LENGTH_IN)
    return np.asarray(np.pi * np.sqrt(29000.0 / torsional_stress_ksi(case.shape, lcz)))


def _torsional_buckling(case: Case) -> Outcome:
    stress = critical_stress(case.value["fy_ksi"], _twist_slenderness(case))
    return Outcome(
        case.value["axial_compression_kip"], available(stress * case.shape.area_in2, COMPRESSION, case.method)
    )


def _axial_capacity(case: Case) -> tuple[FloatArray, BoolArray]:
    """Return the governing available compressive strength (E3, E4 where it applies, E7), kip, and slender or not."""
    return case.remember("compression", lambda: _compute_compression(case))


def _compute_compression(case: Case) -> tuple[FloatArray, BoolArray]:
    equivalent = np.where(_twists(case), _twist_slenderness(case) * case.shape.rx_in, 0.0)
    lcx = np.maximum(case.value["lcx_in"], equivalent)
    result = compressive_strength(case.shape, case.value["fy_ksi"], lcx, case.value["lcy_in"])
    return available(result.pn_kip, COMPRESSION, case.method), result.is_slender


def _slender_elements(case: Case) -> BoolArray:
    return case.compression & _axial_capacity(case)[1] & case.known["shape"] & case.known["fy_ksi"]


def _slender_strength(case: Case) -> Outcome:
    return Outcome(case.value["axial_compression_kip"], _axial_capacity(case)[0])


def _compression_slenderness(case: Case) -> Outcome:
    ratio = np.maximum(_slenderness(case, "x"), _slenderness(case, "y"))
    return _slenderness_note(case, ratio, _COMPRESSION_SLENDERNESS)


def _flexure(case: Case, cb: FloatArray | None = None) -> Flexure:
    if cb is None:
        return case.remember("flexure", lambda: _flexure(case, case.value["cb"]))
    return major_axis_flexure(case.shape, case.value["fy_ksi"], case.value["lb_in"], cb)


def _yielding(case: Case) -> Outcome:
    return Outcome(case.value["mrx_kip_in"], available(_flexure(case).mp_kip_in, FLEXURE, case.method))


def _lateral_buckling(case: Case) -> Outcome:
    return Outcome(case.value["mrx_kip_in"], available(_flexure(case).mn_ltb_kip_in, FLEXURE, case.method))


def _noncompact(case: Case) -> BoolArray:
    result = _flexure(case)
    concerned = case.flexure_x & case.known["shape"] & case.known["fy_ksi"]
    return np.asarray(concerned & (result.mn_flb_kip_in < result.mp_kip_in * (1.0 - 1e-12)))


def _flange_buckling(case: Case) -> Outcome:
    return Outcome(case.value["mrx_kip_in"], available(_flexure(case).mn_flb_kip_in, FLEXURE, case.method))


def _minor_capacity(case: Case) -> FloatArray:
    return available(minor_axis_flexure(case.shape, case.value["fy_ksi"]).mn_kip_in, FLEXURE, case.method)


def _minor_flexure(case: Case) -> Outcome:
    return Outcome(case.value["mry_kip_in"], _minor_capacity(case))


def _web_shear(case: Case) -> Outcome:
    shear = major_axis_shear(case.shape, case.value["fy_ksi"])
    capacity = available(shear.vn_kip, Factor(shear.phi, shear.omega), case.method)
    return Outcome(case.value["member_shear_kip"], capacity)


def _interaction(case: Case, axial_ratio: FloatArray, cb: FloatArray | None) -> Outcome:
    major = available(_flexure(case, cb).mn_kip_in, FLEXURE, case.method)
    ratio_x = np.where(case.flexure_x, case.value["mrx_kip_in"] / major, 0.0)
    ratio_y = np.where(case.flexure_y, case.value["mry_kip_in"] / _minor_capacity(case), 0.0)
    return Outcome(h1_interaction(axial_ratio, ratio_x, ratio_y), np.ones(case.size), missing=_bending_unknown(case))


def _bending_unknown(case: Case) -> BoolArray:
    lacks_x = case.flexure_x & ~(case.known["mrx_kip_in"] & case.known["lb_in"])
    return lacks_x | (case.flexure_y & ~case.known["mry_kip_in"])


def _compression_and_flexure(case: Case) -> Outcome:
    return _interaction(case, case.value["axial_compression_kip"] / _axial_capacity(case)[0], None)


def _tension_and_flexure(case: Case) -> Outcome:
    tension = case.value["axial_tension_kip"]
    yielding, rupture = _tension_capacity(case)
    known_rupture = case.known["shear_lag_u"] & (case.known["member_hole_in"] | ~case.stated["hole_count"])
    axial = tension / np.where(known_rupture, np.minimum(yielding, rupture), yielding)
    pey = np.pi**2 * 29000.0 * case.shape.iy_in4 / np.maximum(case.value["lb_in"], 1.0) ** 2
    cb = case.value["cb"] * tension_cb_multiplier(tension, pey, case.method)
    return _interaction(case, axial, cb)


def _shear_applies(case: Case) -> BoolArray:
    return case.beam | (case.stated["shear_kip"] & (case.stated["shape"] | case.flexure_x))


_BENDING_INPUTS = "moments or loads with length_ft, unbraced_length_ft or bracing"
_COMPRESSION_INPUTS = ("shape", "fy_ksi", "lcx_in", "lcy_in")

CHECKS = (
    Check(
        "TEN-01",
        "Tensile yielding",
        "D2(a)",
        "kip",
        "no member in tension",
        lambda case: case.tension,
        _tension_yielding,
        requires=("shape", "fy_ksi"),
    ),
    Check(
        "TEN-02",
        "Tensile rupture",
        "D2(b), D3, B4.3b",
        "kip",
        "no member in tension",
        lambda case: case.tension,
        _tension_rupture,
        requires=("shape", "fu_ksi", "shear_lag_u"),
        asks="hole_diameter_in",
    ),
    Check(
        "TEN-03",
        "Slenderness preference, tension",
        "D1 user note",
        "1",
        "no member in tension, or its length is not given",
        lambda case: case.tension & case.known["length_in"],
        _tension_slenderness,
        requires=("shape",),
        advisory_only=True,
    ),
    Check(
        "CMP-01",
        "Flexural buckling, x axis",
        "E3",
        "kip",
        "no axial compression in a member",
        lambda case: case.compression,
        lambda case: _flexural_buckling(case, "x"),
        requires=("shape", "fy_ksi", "lcx_in"),
    ),
    Check(
        "CMP-02",
        "Flexural buckling, y axis",
        "E3",
        "kip",
        "no axial compression in a member",
        lambda case: case.compression,
        lambda case: _flexural_buckling(case, "y"),
        requires=("shape", "fy_ksi", "lcy_in"),
    ),
    Check(
        "CMP-03",
        "Torsional buckling",
        "E4",
        "kip",
        "the torsional length does not exceed the lateral one",
        _twists,
        _torsional_buckling,
        requires=("shape", "fy_ksi", "lcy_in"),
    ),
    Check(
        "CMP-04",
        "Slender elements",
        "E7",
        "kip",
        "no slender element in compression",
        _slender_elements,
        _slender_strength,
        requires=_COMPRESSION_INPUTS,
    ),
    Check(
        "CMP-05",
        "Slenderness preference, compression",
        "E2 user note",
        "1",
        "no axial compression in a member",
        lambda case: case.compression,
        _compression_slenderness,
        requires=("shape", "lcx_in", "lcy_in"),
        advisory_only=True,
    ),
    Check(
        "FLX-01",
        "Flexural yielding",
        "F2.1",
        "kip*in",
        "no major-axis flexure",
        lambda case: case.flexure_x,
        _yielding,
        requires=("shape", "fy_ksi", "mrx_kip_in"),
    ),
    Check(
        "FLX-02",
        "Lateral-torsional buckling",
        "F2.2",
        "kip*in",
        "no major-axis flexure",
        lambda case: case.flexure_x,
        _lateral_buckling,
        requires=("shape", "fy_ksi", "mrx_kip_in", "lb_in"),
    ),
    Check(
        "FLX-03",
        "Compression flange local buckling",
        "F3.2",
        "kip*in",
        "no noncompact flange in major-axis flexure",
        _noncompact,
        _flange_buckling,
        requires=("mrx_kip_in",),
    ),
    Check(
        "FLX-04",
        "Minor-axis flexure",
        "F6",
        "kip*in",
        "no minor-axis flexure",
        lambda case: case.flexure_y,
        _minor_flexure,
        requires=("shape", "fy_ksi", "mry_kip_in"),
    ),
    Check(
        "FLX-05",
        "Hollow section flexure",
        "F7, F8",
        "kip*in",
        "hollow sections only; that family is not covered yet",
        never,
        blank,
    ),
    Check(
        "SHR-01",
        "Major-axis web shear",
        "G2.1",
        "kip",
        "no shear in a member",
        _shear_applies,
        _web_shear,
        requires=("shape", "fy_ksi", "member_shear_kip"),
    ),
    Check(
        "SHR-02",
        "Other shear",
        "G3 to G6",
        "kip",
        "angles, tees, hollow sections and minor-axis shear; those are not covered yet",
        never,
        blank,
    ),
    Check(
        "CMB-01",
        "Compression and flexure",
        "H1.1, Eq. H1-1",
        "1",
        "no compression together with flexure",
        lambda case: case.compression & case.flexure,
        _compression_and_flexure,
        requires=_COMPRESSION_INPUTS,
        asks=_BENDING_INPUTS,
    ),
    Check(
        "CMB-02",
        "Tension and flexure",
        "H1.2",
        "1",
        "no tension together with flexure",
        lambda case: case.tension & case.flexure,
        _tension_and_flexure,
        requires=("shape", "fy_ksi"),
        asks=_BENDING_INPUTS,
    ),
)
