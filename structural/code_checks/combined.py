"""Combined forces: H1.1, H1.2, H1.3, H2 and H3."""

from dataclasses import replace

import numpy as np

from structural.aisc.buckling import nominal_stress
from structural.aisc.compression import COMPRESSION
from structural.aisc.flexure import FLEXURE
from structural.aisc.interaction import euler_load_kip, h1_interaction, h2_interaction, tension_cb_multiplier
from structural.aisc.interaction_single_axis import AxialRatios, single_axis_interaction
from structural.aisc.method import available
from structural.aisc.torsion import TORSION, hss_interaction, rectangular_hss_torsion, round_hss_torsion
from structural.checks import FloatArray
from structural.code_checks.bending import has_compact_web, major_strengths, minor_strengths
from structural.code_checks.case import BoolArray, Case, Part
from structural.code_checks.compression import axial_compression_kip, compression_strengths
from structural.code_checks.contract import Check, Outcome
from structural.code_checks.shear import major_shear_kip, minor_shear_kip
from structural.code_checks.tension import axial_tension_kip
from structural.code_checks.uses import QUARTER_MOMENTS, SECTION, SWAY, UNIFORM_LOADS
from structural.elementwise import anywhere, maximum, minimum, numbered, where
from structural.sections import Kind

_HOLLOW = (Kind.RECTANGULAR_HSS, Kind.ROUND_HSS)
_LEAST = 1e-9
_LARGEST_CB = 100.0
"""Far beyond this Mp governs in any case."""


def _ratio(demand: FloatArray, capacity: FloatArray) -> FloatArray:
    """Return demand over capacity, huge where the Specification leaves no capacity."""
    return minimum(demand / maximum(numbered(capacity), _LEAST), 1e6)


def _moment_ratios(case: Case, cb: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
    major = available(major_strengths(case, cb)["mn"], FLEXURE, case.method)
    x = where(case.flexure_x, _ratio(case.value["mrx_kip_in"], major), 0.0)
    if not anywhere(case.flexure_y):
        return x, case.full(0.0)
    minor = available(minor_strengths(case)["mn"], FLEXURE, case.method)
    return x, where(case.flexure_y, _ratio(case.value["mry_kip_in"], minor), 0.0)


def _bending_unknown(case: Case) -> BoolArray:
    lacks_x = case.flexure_x & ~(case.known["mrx_kip_in"] & case.known["lb_in"])
    return lacks_x | (case.flexure_y & ~case.known["mry_kip_in"])


def _interaction(case: Case, axial: FloatArray, cb: FloatArray | None) -> Outcome:
    x, y = _moment_ratios(case, cb)
    details = {"Pr_over_Pc": axial, "Mrx_over_Mcx": x, "Mry_over_Mcy": y}
    ones = case.full(1.0)
    return Outcome(h1_interaction(axial, x, y), ones, missing=_bending_unknown(case), details=details)


def _compression_ratio(case: Case) -> FloatArray:
    return _ratio(case.value["axial_compression_kip"], axial_compression_kip(case))


def _compression_and_flexure(case: Case) -> Outcome:
    """H1.1; where H1.3 is open to the member and met, an excess over H1.1 is noted and does not fail."""
    outcome = _interaction(case, _compression_ratio(case), None)
    over, single = outcome.demand > 1.0 + 1e-6, _single_axis(case)
    if not anywhere(over & single):
        return outcome
    met = over & single & (_single_axis_ratio(case, single) <= 1.0)
    reasons = ((met, "H1.1 is exceeded, but H1.3, permitted in its place, is met (CMB-03)"),)
    return replace(outcome, fails=over & ~met, advisory=met, reasons=reasons)


def _tension_and_flexure(case: Case) -> Outcome:
    tension = case.value["axial_tension_kip"]
    pey = euler_load_kip(case.property("iy_in4"), maximum(case.value["lb_in"], 1.0))
    # The increase of Cb is for doubly symmetric members.
    symmetric = case.is_kind(Kind.I_SHAPE, *_HOLLOW)
    cb = case.value["cb"] * where(symmetric, tension_cb_multiplier(tension, pey, case.method), 1.0)
    cb = minimum(cb, _LARGEST_CB)
    return _interaction(case, _ratio(tension, axial_tension_kip(case)), cb)


def _axial_ratio(case: Case) -> FloatArray:
    pushed = where(case.compression, _compression_ratio(case), 0.0) if anywhere(case.compression) else 0.0
    pulled = where(case.tension, _ratio(case.value["axial_tension_kip"], axial_tension_kip(case)), 0.0)
    return maximum(pushed, pulled)


def _single_axis(case: Case) -> BoolArray:
    """H1.3 is offered where everything is known: rolled doubly symmetric compact nonslender members bent about x."""
    concerned = case.compression & case.flexure_x & ~case.flexure_y & case.is_kind(Kind.I_SHAPE) & ~case.built_up
    concerned &= case.all_known(("fy_ksi", "lcx_in", "lcy_in", "lb_in", "mrx_kip_in"))
    if not anywhere(concerned):
        return concerned
    strengths = major_strengths(case)
    compact = ~(strengths["flb"] < strengths["mp"] * (1.0 - 1e-12)) & has_compact_web(case)
    columns = compression_strengths(case)
    return concerned & compact & ~(columns["slender"] > 0.0) & ~np.isfinite(columns["fe_t"])


def _twisted(case: Case) -> BoolArray:
    return case.stated["torsion_kip_ft"] & case.is_kind(*_HOLLOW)


def _twisted_open(case: Case) -> BoolArray:
    """Torsion of open sections needs the stresses of H3.3, which depend on more than the parameters say."""
    return case.stated["torsion_kip_ft"] & ~case.is_kind(*_HOLLOW)


def _angle_combined(case: Case) -> BoolArray:
    several = case.flexure & (case.compression | case.tension) | (case.flexure_x & case.flexure_y)
    return case.is_kind(Kind.ANGLE) & several


def _other_applies(case: Case) -> BoolArray:
    return _twisted(case) | _twisted_open(case) | _angle_combined(case) | _single_axis(case)


def _other(case: Case) -> Outcome:
    x, y = _moment_ratios(case)
    axial = _axial_ratio(case)
    twisted, single = _twisted(case), _single_axis(case)
    ratio = h2_interaction(axial, x, y)
    details: dict[str, FloatArray] = {"Pr_over_Pc": axial, "Mrx_over_Mcx": x, "Mry_over_Mcy": y}
    if anywhere(twisted):
        shear, torsion = _shear_ratio(case), _torsion_ratio(case)
        ratio = where(twisted, hss_interaction(axial, x, y, shear, torsion), ratio)
        details |= {"Vr_over_Vc": where(twisted, shear, np.nan), "Tr_over_Tc": where(twisted, torsion, np.nan)}
    if anywhere(single):
        ratio = where(single & ~twisted, _single_axis_ratio(case, single), ratio)
    noted = single & ~twisted & (ratio > 1.0)
    # H1.3 is an alternative to H1.1 (CMB-01): not meeting it is no failure.
    fails = (ratio > 1.0 + 1e-6) & ~(single & ~twisted)
    missing = _bending_unknown(case) & case.flexure
    missing |= case.compression & ~case.all_known(("lcx_in", "lcy_in"))
    twisted_open = _twisted_open(case)
    reasons = (
        (twisted_open, "torsional stresses of an open section (H3.3), by analysis; or a hollow section"),
        (noted, "H1.3 is not met; H1.1 decides (CMB-01)"),
    )
    return Outcome(
        ratio,
        case.full(1.0),
        fails=fails & ~twisted_open,
        missing=missing | twisted_open,
        advisory=noted,
        details=details,
        reasons=reasons,
    )


def _shear_ratio(case: Case) -> FloatArray:
    """Return the larger of the two directions' shear ratios."""
    along = where(case.known["member_shear_kip"], _ratio(case.value["member_shear_kip"], major_shear_kip(case)), 0.0)
    across = where(case.stated["shear_y_kip"], _ratio(case.value["shear_y_kip"], minor_shear_kip(case)), 0.0)
    return maximum(along, across)


def _torsion_ratio(case: Case) -> FloatArray:
    def rectangular(part: Part) -> dict[str, FloatArray]:
        return {"tn": rectangular_hss_torsion(part.table, part.value("fy_ksi")).tn_kip_in}

    def tubular(part: Part) -> dict[str, FloatArray]:
        length = where(part.of(case.known["length_in"]), part.value("length_in"), 0.0)
        return {"tn": round_hss_torsion(part.table, part.value("fy_ksi"), length).tn_kip_in}

    columns = case.by_kind({Kind.RECTANGULAR_HSS: rectangular, Kind.ROUND_HSS: tubular})
    return _ratio(case.value["torsion_kip_ft"] * 12.0, available(columns["tn"], TORSION, case.method))


def _single_axis_ratio(case: Case, rows: BoolArray) -> FloatArray:
    strengths, columns = major_strengths(case, case.full(1.0)), compression_strengths(case)
    demand, moment, fy = case.value["axial_compression_kip"], case.value["mrx_kip_in"], case.value["fy_ksi"]
    in_plane, out_of_plane = (
        _ratio(demand, available(nominal_stress(fy, fy / columns[mode]) * columns["ae"], COMPRESSION, case.method))
        for mode in ("fe_x", "fe_y")
    )
    yielding = _ratio(moment, available(strengths["mp"], FLEXURE, case.method))
    buckling = _ratio(moment, available(strengths["ltb"], FLEXURE, case.method))
    safe = [where(rows, values, 0.0) for values in (in_plane, out_of_plane, yielding, buckling)]
    result = single_axis_interaction(AxialRatios(safe[0], safe[1]), safe[2], safe[3], case.value["cb"])
    return result.ratio


_BENDING_INPUTS = "moments or loads with length_ft, unbraced_length_ft or bracing"
_COMPRESSION_INPUTS = ("shape", "fy_ksi", "lcx_in", "lcy_in")
_USES = (
    *("axial_compression_kip", "axial_tension_kip", "moment_x_kip_ft", "moment_y_kip_ft", *SWAY, *UNIFORM_LOADS),
    *("length_ft", "lcx_ft", "lcy_ft", "lcz_ft", "kx", "ky", "unbraced_length_ft", "bracing", "cb", *QUARTER_MOMENTS),
    *(*SECTION, "fu_ksi", "connector_spacing_in", "connector_type", "connected_leg", "angle_use"),
    *("angle_restraint", "toe_sense", "shear_lag_u", "connection_length_in", "x_bar_in"),
    *("hole_count", "hole_diameter_in", "bolt_diameter_in", "hole_type"),
)

CHECKS = (
    Check(
        "CMB-01",
        "Compression and flexure",
        "H1.1, Eq. H1-1",
        "1",
        "no compression together with flexure, or a single angle (see CMB-03)",
        lambda case: case.compression & case.flexure & ~case.is_kind(Kind.ANGLE),
        _compression_and_flexure,
        requires=_COMPRESSION_INPUTS,
        uses=_USES,
        asks=_BENDING_INPUTS,
        formula="Pr/Pc + 8/9 (Mrx/Mcx + Mry/Mcy) ≤ 1 for Pr/Pc ≥ 0.2, else Pr/(2 Pc) + Mrx/Mcx + Mry/Mcy ≤ 1",
    ),
    Check(
        "CMB-02",
        "Tension and flexure",
        "H1.2",
        "1",
        "no tension together with flexure, or a single angle (see CMB-03)",
        lambda case: case.tension & case.flexure & ~case.is_kind(Kind.ANGLE),
        _tension_and_flexure,
        requires=("shape", "fy_ksi"),
        uses=_USES,
        asks=_BENDING_INPUTS,
        formula="Eq. H1-1 with Cb × √(1 + α Pr/Pey)",
    ),
)
EXTENDED_CHECKS = (
    Check(
        "CMB-03",
        "Other interaction",
        "H1.3, H2, H3",
        "1",
        "no torsion, no combined forces in an angle, and H1.3 is not open to this member",
        _other_applies,
        _other,
        requires=("shape", "fy_ksi"),
        uses=(*_USES, "torsion_kip_ft", "shear_kip", "shear_y_kip"),
        asks=f"{_BENDING_INPUTS}, lcx_ft and lcy_ft or length_ft",
        factor_note=f"{TORSION.phi:.2f} / {TORSION.omega:.2f} for torsion",
        formula="H1.3 (alternative to CMB-01, never a failure); H2: sum of ratios ≤ 1; H3-6 where Tr > 0.2 Tc",
    ),
)
