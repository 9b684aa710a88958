"""Members in flexure: F2 to F13, for every shape family."""

from collections.abc import Callable

import numpy as np

from structural.aisc.classification import web_limits_major
from structural.aisc.flexure import FLEXURE
from structural.aisc.flexure_girders import proportioning_limits, tension_flange_rupture
from structural.aisc.girder_section import girder_of_shape
from structural.aisc.method import available
from structural.aisc.tension import HOLE_ALLOWANCE_IN
from structural.checks import FloatArray
from structural.code_checks.bending import has_compact_web, major_strengths, minor_strengths
from structural.code_checks.case import BoolArray, Case, Part
from structural.code_checks.contract import Check, Outcome
from structural.code_checks.uses import QUARTER_MOMENTS, SECTION, SWAY, UNIFORM_LOADS
from structural.elementwise import anywhere, at, maximum, minimum, where, within
from structural.sections import Kind

_FLANGED = (Kind.I_SHAPE, Kind.CHANNEL)
_HOLLOW = (Kind.RECTANGULAR_HSS, Kind.ROUND_HSS)
_LEGGED = (Kind.TEE, Kind.ANGLE, Kind.DOUBLE_ANGLE)
_EXACT = 1.0 - 1e-12


def _shape_unknown(case: Case) -> BoolArray:
    """Where no shape is given the flanged checks ask for one."""
    return ~case.known["shape"]


def _major(case: Case, name: str, **details: FloatArray) -> Outcome:
    strengths = major_strengths(case)
    nominal = strengths[name]
    return Outcome(case.value["mrx_kip_in"], available(nominal, FLEXURE, case.method), details=details)


def _in_kip_ft(case: Case, name: str) -> FloatArray:
    return major_strengths(case)[name] / 12.0


def _yielding(case: Case) -> Outcome:
    return _major(case, "mp", Mp_kip_ft=_in_kip_ft(case, "mp"), Zx_in3=case.property("zx_in3"))


def _lateral_buckling(case: Case) -> Outcome:
    strengths = major_strengths(case)
    lengths = {f"{symbol}_ft": strengths[name] / 12.0 for symbol, name in (("Lp", "lp"), ("Lr", "lr"))}
    lb_ft = case.value["lb_in"] / 12.0
    return _major(case, "ltb", Lb_ft=lb_ft, **lengths, Cb=case.value["cb"], Mn_kip_ft=_in_kip_ft(case, "ltb"))


def _flanged(case: Case) -> BoolArray:
    return case.flexure_x & (case.is_kind(*_FLANGED) | _shape_unknown(case))


def _noncompact_flange(case: Case) -> BoolArray:
    concerned = case.flexure_x & case.is_kind(*_FLANGED) & case.known["fy_ksi"]
    if not anywhere(concerned):
        return concerned
    strengths = major_strengths(case)
    return concerned & (strengths["flb"] < strengths["mp"] * _EXACT)


def _flange_buckling(case: Case) -> Outcome:
    return _major(case, "flb", bf_2tf=case.property("bf_2tf"), Mn_kip_ft=_in_kip_ft(case, "flb"))


def _minor(case: Case) -> Outcome:
    strengths = minor_strengths(case)
    details = {"Mp_kip_ft": strengths["mp"] / 12.0, "Sy_in3": case.property("sy_in3")}
    capacity = available(strengths["mn"], FLEXURE, case.method)
    missing = case.is_kind(Kind.ANGLE) & ~case.known["lb_in"]
    return Outcome(case.value["mry_kip_in"], capacity, missing=missing, details=details)


def _hollow(case: Case) -> Outcome:
    """The axis with the larger ratio is shown."""
    x = available(major_strengths(case)["mn"], FLEXURE, case.method)
    y = available(minor_strengths(case)["mn"], FLEXURE, case.method)
    ratio_x = where(case.flexure_x, case.value["mrx_kip_in"] / maximum(x, 1e-9), -1.0)
    ratio_y = where(case.flexure_y, case.value["mry_kip_in"] / maximum(y, 1e-9), -1.0)
    about_x = ratio_x >= ratio_y
    demand = where(about_x, case.value["mrx_kip_in"], case.value["mry_kip_in"])
    slim = case.is_kind(Kind.RECTANGULAR_HSS) & (case.property("height_in") != case.property("width_in"))
    lacks_moment = case.flexure_x & ~case.known["mrx_kip_in"]
    lacks_length = case.flexure_x & slim & ~case.known["lb_in"]
    missing = lacks_moment | lacks_length
    details = {
        "Mnx_kip_ft": where(case.flexure_x, _in_kip_ft(case, "mn"), np.nan),
        "Mny_kip_ft": where(case.flexure_y, minor_strengths(case)["mn"] / 12.0, np.nan),
        "Lp_ft": _in_kip_ft(case, "lp"),
        "Lr_ft": _in_kip_ft(case, "lr"),
    }
    missing |= case.flexure_y & ~case.known["mry_kip_in"]
    reasons = (
        (lacks_moment, "moment_x_kip_ft, or loads and length_ft"),
        (lacks_length, "unbraced_length_ft or bracing"),
    )
    return Outcome(demand, where(about_x, x, y), missing=missing, details=details, reasons=reasons)


def _hollow_bent(case: Case) -> BoolArray:
    return case.flexure & case.is_kind(*_HOLLOW)


def _tension_flange(case: Case) -> Outcome:
    columns = case.by_kind({Kind.I_SHAPE: _flange_rupture})
    rupture = columns["mn"]
    strength = available(minimum(rupture, major_strengths(case)["mp"]), FLEXURE, case.method)
    details = {"Afg_in2": columns["afg"], "Afn_in2": columns["afn"]}
    return Outcome(case.value["mrx_kip_in"], strength, details=details)


def _flange_rupture(part: Part) -> dict[str, FloatArray]:
    table, hole = part.table, part.value("member_hole_in") + HOLE_ALLOWANCE_IN
    gross = table.bf_in * table.tf_in
    net = maximum(gross - part.value("flange_hole_count") * hole * table.tf_in, 1e-6)
    nominal = tension_flange_rupture(part.value("fy_ksi"), part.value("fu_ksi"), gross, net, table.sx_in3)
    return {"mn": nominal, "afg": gross, "afn": net}


def _tees_and_angles(case: Case) -> Outcome:
    strengths = major_strengths(case)
    states = {"Mp": "mp", "Mn_ltb": "ltb", "Mn_flange": "flb", "Mn_leg_or_stem": "local", "Mcr": "mcr"}
    details = {f"{symbol}_kip_ft": strengths[name] / 12.0 for symbol, name in states.items()}
    return Outcome(case.value["mrx_kip_in"], available(strengths["mn"], FLEXURE, case.method), details=details)


def _girder(case: Case) -> Outcome:
    """F4, F5 and the proportions of F13.2."""
    strengths = major_strengths(case)
    columns = case.by_kind({Kind.I_SHAPE: _proportions})
    capacity = available(strengths["mn"], FLEXURE, case.method)
    demand = case.value["mrx_kip_in"]
    ill = ~(columns["satisfied"] > 0.0)
    details = {
        "h_tw": case.property("h_tw"),
        "h_tw_max": columns["h_tw_max"],
        "web_factor": strengths["web_factor"],
        "Mn_kip_ft": strengths["mn"] / 12.0,
    }
    reasons = ((ill, "the proportions are outside F13.2 (h/tw, aw); thicken the web or add stiffeners"),)
    fails = ill | (demand > capacity * (1.0 + 1e-6))
    return Outcome(demand, capacity, fails=fails, details=details, reasons=reasons)


def _proportions(part: Part) -> dict[str, np.ndarray]:
    case, fy = part.case, part.value("fy_ksi")
    girder = girder_of_shape(part.table)
    stiffened = part.of(case.stated["stiffener_spacing_in"])
    ratio = part.value("stiffener_spacing_in") / part.table.h_in
    with_stiffeners = proportioning_limits(girder, fy, within(ratio, 1e-3, 1e3))
    without = proportioning_limits(girder, fy)
    return {
        "satisfied": where(stiffened, with_stiffeners.is_satisfied, without.is_satisfied),
        "h_tw_max": where(stiffened, with_stiffeners.h_tw_max, without.h_tw_max),
    }


def _thin_web(case: Case) -> BoolArray:
    concerned = case.flexure_x & case.is_kind(Kind.I_SHAPE) & case.known["fy_ksi"]
    return concerned & ~has_compact_web(case) if anywhere(concerned) else concerned


_CLAUSES = {
    Kind.TEE: "F9",
    Kind.ANGLE: "F10",
    Kind.DOUBLE_ANGLE: "F9",
    Kind.RECTANGULAR_HSS: "F7",
    Kind.ROUND_HSS: "F8",
}


def _clause(state: str, compact_state: str = "") -> Callable[[Case, int], str]:
    """Return what names the clause of a limit state: number ``state`` of the chapter that covers the section."""

    def name(case: Case, row: int) -> str:
        kind = Kind(int(case.sections.kind[row]))
        if kind in _CLAUSES:
            return f"{_CLAUSES[kind]}.{state}"
        if at(has_compact_web(case), row):
            return compact_state or f"F2.{state}"
        slender = at(case.property("h_tw") > web_limits_major(case.value["fy_ksi"]).slender, row)
        return f"F{5 if slender else 4}.{state}"

    return name


_LOADS = (
    *("moment_x_kip_ft", *SWAY, *UNIFORM_LOADS),
    *("length_ft", "axial_compression_kip", "lcx_ft", "kx"),
)
_LENGTHS = ("unbraced_length_ft", "bracing", "cb", *QUARTER_MOMENTS)
_MOMENT_Y = ("moment_y_kip_ft", "lcy_ft", "ky")

CHECKS = (
    Check(
        "FLX-01",
        "Flexural yielding",
        "F2.1; F4.1, F5.1, F7.1, F8.1, F9.1, F10.1",
        "kip*in",
        "no major-axis flexure",
        lambda case: case.flexure_x,
        _yielding,
        requires=("shape", "fy_ksi", "mrx_kip_in"),
        uses=(*_LOADS, *SECTION, "toe_sense", "angle_restraint", *_LENGTHS),
        factor=FLEXURE,
        formula="Mn = Mp = Fy Zx (Rpc Myc, 1.6 My, My, 1.5 My by shape)",
        clause_of=_clause("1"),
    ),
    Check(
        "FLX-02",
        "Lateral-torsional buckling",
        "F2.2, F4.2, F5.2",
        "kip*in",
        "no major-axis flexure, or not an I shape or channel (see FLX-05, FLX-07)",
        _flanged,
        _lateral_buckling,
        requires=("shape", "fy_ksi", "mrx_kip_in", "lb_in"),
        uses=(*_LOADS, *SECTION, *_LENGTHS),
        factor=FLEXURE,
        formula="Mn = Cb [Mp − (Mp − 0.7 Fy Sx)(Lb − Lp)/(Lr − Lp)] ≤ Mp for Lb ≤ Lr, else Fcr Sx ≤ Mp",
        clause_of=_clause("2"),
    ),
    Check(
        "FLX-03",
        "Compression flange local buckling",
        "F3.2, F4.3, F5.3",
        "kip*in",
        "no noncompact flange in major-axis flexure",
        _noncompact_flange,
        _flange_buckling,
        requires=("mrx_kip_in",),
        uses=(*_LOADS, *SECTION, *_LENGTHS),
        factor=FLEXURE,
        formula="Mn = Mp − (Mp − 0.7 Fy Sx)(λ − λpf)/(λrf − λpf); slender 0.9 E kc Sx/λ²",
        clause_of=_clause("3", "F3.2"),
    ),
    Check(
        "FLX-04",
        "Minor-axis flexure",
        "F6; F10 angles; F12 tees",
        "kip*in",
        "no minor-axis flexure, or a hollow section (see FLX-05)",
        lambda case: case.flexure_y & ~case.is_kind(*_HOLLOW),
        _minor,
        requires=("shape", "fy_ksi", "mry_kip_in"),
        uses=(*_LOADS, *SECTION, *_LENGTHS, *_MOMENT_Y, "toe_sense", "angle_restraint"),
        asks="unbraced_length_ft or bracing",
        factor=FLEXURE,
        formula="Mn = min(Fy Zy, 1.6 Fy Sy), flange local buckling; angles by F10, tees Fy Sy",
    ),
    Check(
        "FLX-05",
        "Hollow section flexure",
        "F7, F8",
        "kip*in",
        "not a hollow section in flexure",
        _hollow_bent,
        _hollow,
        requires=("shape", "fy_ksi"),
        uses=(*_LOADS, *SECTION, *_LENGTHS, *_MOMENT_Y),
        asks="moment_x_kip_ft or loads, unbraced_length_ft or bracing, moment_y_kip_ft",
        factor=FLEXURE,
        formula="Mn = least of Fy Z, flange, web and lateral-torsional buckling (rectangular); by D/t (round)",
    ),
)
EXTENDED_CHECKS = (
    Check(
        "FLX-06",
        "Bolt holes in the tension flange",
        "F13.1",
        "kip*in",
        "no holes in the tension flange of a bent I shape are given",
        lambda case: case.flexure_x & case.stated["flange_hole_count"] & case.is_kind(Kind.I_SHAPE),
        _tension_flange,
        requires=("shape", "fy_ksi", "fu_ksi", "mrx_kip_in", "member_hole_in"),
        uses=(
            *(*_LOADS, *SECTION, *_LENGTHS, "fu_ksi", "flange_hole_count", "hole_diameter_in"),
            *("bolt_diameter_in", "hole_type"),
        ),
        factor=FLEXURE,
        formula="Mn ≤ Fu Afn/Afg Sx where Fu Afn < Yt Fy Afg",
    ),
    Check(
        "FLX-07",
        "Tees, double and single angles",
        "F9, F10",
        "kip*in",
        "not a tee or angle in flexure about x",
        lambda case: case.flexure_x & case.is_kind(*_LEGGED),
        _tees_and_angles,
        requires=("shape", "fy_ksi", "mrx_kip_in", "lb_in"),
        uses=(*_LOADS, *SECTION, *_LENGTHS, "toe_sense", "angle_restraint"),
        factor=FLEXURE,
        formula="Mn = least of yielding, lateral-torsional, flange or leg and stem buckling",
    ),
    Check(
        "FLX-08",
        "Girders with noncompact or slender webs",
        "F4, F5, F13.2",
        "kip*in",
        "no noncompact or slender web in major-axis flexure",
        _thin_web,
        _girder,
        requires=("shape", "fy_ksi", "mrx_kip_in", "lb_in"),
        uses=(*_LOADS, *SECTION, *_LENGTHS, "stiffener_spacing_in"),
        factor=FLEXURE,
        formula="Mn = least of Rpc or Rpg forms; h/tw within F13.2",
    ),
)
