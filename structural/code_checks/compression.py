"""Members in compression: E3, E4, E5, E6 and E7, for every shape family."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.buckling import elastic_stress, flexural_flexibility, nominal_stress, torsional_flexibility
from structural.aisc.compression import COMPRESSION, Compression, ModalCompression, compressive_strength
from structural.aisc.compression_angles import (
    AngleCompression,
    angle_compression,
    is_leg_connection_permitted,
    leg_connected_compression,
)
from structural.aisc.compression_built_up import ConnectorKind, Connectors
from structural.aisc.compression_channels import channel_compression
from structural.aisc.compression_double_angles import double_angle_compression
from structural.aisc.compression_hollow import rectangular_hss_compression, round_hss_compression
from structural.aisc.compression_tees import tee_compression
from structural.aisc.constants import E_KSI
from structural.aisc.method import available
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case, Columns, Part
from structural.code_checks.contract import Check, Outcome
from structural.code_checks.tension import least_radius_in
from structural.code_checks.uses import SECTION
from structural.elementwise import anywhere, at, maximum, where
from structural.sections import Kind

_SLENDERNESS = 200.0
"""Preferred largest Lc/r of compression members (E2, user note)."""
_LONGER = 1.0 + 1e-6
Found = Mapping[str, ArrayLike]


def compression_strengths(case: Case) -> Columns:
    """Return what E3 to E7 give over all members, NaN where something has no meaning for a section.

    ``pn`` nominal strength (kip) with every mode that applies and slender elements; ``fe_x``, ``fe_y``, ``fe_t``
    elastic stresses (ksi), ``fn`` and ``ae`` at that strength, ``slender`` 1 or 0. Round sections past the
    Specification's limit of D/t have no strength.
    """
    return case.remember("compression", lambda: case.by_kind(_STRENGTHS))


def axial_compression_kip(case: Case) -> FloatArray:
    """Return the governing available compressive strength, kip."""
    return available(compression_strengths(case)["pn"], COMPRESSION, case.method)


def _lengths(part: Part) -> tuple[FloatArray, FloatArray, FloatArray]:
    return part.value("lcx_in"), part.value("lcy_in"), part.value("lcz_in")


def _i_shapes(part: Part) -> Found:
    """E4(a) counts where the torsional length exceeds the lateral one; welded shapes are always checked."""
    fy, (lcx, lcy, lcz) = part.value("fy_ksi"), _lengths(part)
    twist = elastic_stress(torsional_flexibility(part.table, lcz))
    twists = part.of(part.case.stated["lcz_ft"]) & (lcz > lcy * _LONGER) | ~part.table.is_rolled
    equivalent = where(twists, np.pi * np.sqrt(E_KSI / twist), 0.0)
    result = compressive_strength(part.table, fy, maximum(lcx, equivalent * part.table.rx_in), lcy)
    fe_x = elastic_stress(flexural_flexibility(lcx / part.table.rx_in))
    fe_y = elastic_stress(flexural_flexibility(lcy / part.table.ry_in))
    return {"fe_x": fe_x, "fe_y": fe_y, "fe_t": where(twists, twist, np.nan), **_columns(result)}


def _modal(result: ModalCompression) -> Found:
    return {
        "fe_x": result.fe_x_ksi,
        "fe_y": result.fe_y_ksi,
        "fe_t": result.fe_torsional_ksi,
        **_columns(result),
    }


def _columns(result: Compression) -> Found:
    return {"pn": result.pn_kip, "fn": result.fn_ksi, "ae": result.ae_in2, "slender": result.is_slender}


def _double_angles(part: Part) -> Found:
    """Without intermediate connectors the angles are held together at their ends alone."""
    case = part.case
    lcx, lcy, lcz = _lengths(part)
    known = part.of(case.known["connector_spacing_in"])
    spacing = where(known, part.value("connector_spacing_in"), maximum(maximum(lcx, lcy), 1.0))
    snug = part.of(case.says("connector_type", "snug"))
    kind = where(snug, ConnectorKind.SNUG_TIGHT.value, ConnectorKind.WELDED_OR_PRETENSIONED.value)
    result = double_angle_compression(part.table, part.value("fy_ksi"), lcx, lcy, lcz, Connectors(spacing, kind))
    return {
        **_modal(result),
        "slenderness": result.slenderness_y_modified,
        "spacing_ratio": result.spacing_ratio,
        "spacing_limit": result.spacing_ratio_limit,
    }


def _angles(part: Part) -> Found:
    """E5 where a leg is named and E5 may be used; else buckling about the least axis through the centroid."""
    case, fy = part.case, part.value("fy_ksi")
    result = angle_compression(part.table, fy, maximum(part.value("lcx_in"), part.value("lcy_in")))
    columns = {name: np.array(values, dtype=np.float64) for name, values in _angle_columns(result).items()}
    leg = where(part.of(case.stated["connected_leg"]), part.of(case.words["connected_leg"]), "long")
    use, length = part.of(case.words["angle_use"]), part.value("length_in")
    by_leg = part.of(case.stated["connected_leg"] & case.known["length_in"])
    permitted = is_leg_connection_permitted(part.table, length, leg, use)
    columns["outside_e5"] = (part.of(case.stated["connected_leg"]) & ~(by_leg & permitted)).astype(np.float64)
    connected, at = part.split(by_leg & permitted)
    if len(at):
        member = leg_connected_compression(connected.table, fy[at], length[at], leg[at], use[at])
        for name, values in _angle_columns(member).items():
            columns[name][at] = values
    return columns


def _angle_columns(result: AngleCompression) -> Found:
    torsional = where(np.isfinite(result.fe_torsional_ksi), result.fe_torsional_ksi, np.nan)
    return {"fe_t": torsional, "slenderness": result.slenderness, **_columns(result)}


def _rounds(part: Part) -> Found:
    fy = part.value("fy_ksi")
    covered, at = part.split(part.table.d_t < 0.45 * E_KSI / fy)
    columns = {name: np.zeros(len(part.rows)) for name in ("pn", "fn", "ae")}
    columns |= {name: np.full(len(part.rows), np.nan) for name in ("fe_x", "fe_y", "slender")}
    if len(at):
        result = round_hss_compression(covered.table, fy[at], part.value("lcx_in")[at], part.value("lcy_in")[at])
        found = {"fe_x": result.fe_x_ksi, "fe_y": result.fe_y_ksi, **_columns(result)}
        for name, values in found.items():
            columns[name][at] = values
    return columns


def _rectangles(part: Part) -> Found:
    lcx, lcy, _ = _lengths(part)
    result = rectangular_hss_compression(part.table, part.value("fy_ksi"), lcx, lcy)
    return {"fe_x": result.fe_x_ksi, "fe_y": result.fe_y_ksi, **_columns(result)}


_STRENGTHS = {
    Kind.I_SHAPE: _i_shapes,
    Kind.CHANNEL: lambda part: _modal(channel_compression(part.table, part.value("fy_ksi"), *_lengths(part))),
    Kind.TEE: lambda part: _modal(tee_compression(part.table, part.value("fy_ksi"), *_lengths(part))),
    Kind.ANGLE: _angles,
    Kind.DOUBLE_ANGLE: _double_angles,
    Kind.RECTANGULAR_HSS: _rectangles,
    Kind.ROUND_HSS: _rounds,
}


def _mode(case: Case, name: str) -> Outcome:
    """Return one mode of member buckling on the gross area."""
    strengths = compression_strengths(case)
    elastic = strengths[name]
    stress = nominal_stress(case.value["fy_ksi"], case.value["fy_ksi"] / elastic)
    # A section without a rule has no strength in any mode.
    nominal = where(strengths["pn"] > 0.0, stress * case.property("area_in2"), 0.0)
    details = {
        "Lc_over_r": np.pi * np.sqrt(E_KSI / elastic),
        "Fe_ksi": elastic,
        "Fn_ksi": stress,
        "Ag_in2": case.property("area_in2"),
    }
    return Outcome(case.value["axial_compression_kip"], available(nominal, COMPRESSION, case.method), details=details)


def _buckles_about_axes(case: Case) -> BoolArray:
    """Single angles buckle about a principal axis; E5 and E3 about z stand in CMP-06."""
    return case.compression & ~case.is_kind(Kind.ANGLE)


def _twists(case: Case) -> BoolArray:
    if not anywhere(case.compression):
        return case.compression
    finite = np.isfinite(compression_strengths(case)["fe_t"])
    known = case.known["shape"] & case.known["lcy_in"]
    return case.compression & where(known, finite, case.stated["lcz_ft"])


def _slender_elements(case: Case) -> BoolArray:
    if not anywhere(case.compression):
        return case.compression
    slender = compression_strengths(case)["slender"] > 0.0
    return case.compression & slender & case.known["shape"] & case.known["fy_ksi"]


def _slender_strength(case: Case) -> Outcome:
    strengths = compression_strengths(case)
    details = {"Fn_ksi": strengths["fn"], "Ae_in2": strengths["ae"], "Ag_in2": case.property("area_in2")}
    return Outcome(case.value["axial_compression_kip"], axial_compression_kip(case), details=details)


def _least_slenderness(case: Case) -> Outcome:
    x, y = case.value["lcx_in"] / case.property("rx_in"), case.value["lcy_in"] / case.property("ry_in")
    angle = maximum(case.value["lcx_in"], case.value["lcy_in"]) / least_radius_in(case)
    ratio = where(case.is_kind(Kind.ANGLE), angle, maximum(x, y))
    return Outcome(ratio, case.full(_SLENDERNESS))


def _assembled(case: Case) -> Outcome:
    """E5 or E3 and E4 of single angles; for double angles the connectors too: a/ri within 3/4 of the governing Lc/r."""
    strengths = compression_strengths(case)
    capacity = axial_compression_kip(case)
    demand = case.value["axial_compression_kip"]
    double = case.is_kind(Kind.DOUBLE_ANGLE)
    spacing, limit = strengths["spacing_ratio"], strengths["spacing_limit"]
    loose = double & case.known["connector_spacing_in"] & (spacing > limit * (1.0 + 1e-9))
    details = {
        "Lc_over_r": strengths["slenderness"],
        "Fn_ksi": strengths["fn"],
        "a_over_ri": spacing,
        "a_over_ri_limit": limit,
    }
    apart = double & ~case.known["connector_spacing_in"]
    eccentric = strengths["outside_e5"] > 0.0
    missing = apart | eccentric
    fails = loose | (demand > capacity * _LONGER)
    reasons = (
        (eccentric, "length_ft and an angle within E5 (leg ratio < 1.7, Lc/r ≤ 200); else a beam-column by H2"),
        (apart, "connector_spacing_in"),
        (loose, "the connectors are farther apart than 3/4 of the governing Lc/r allows (E6.2)"),
    )
    return Outcome(demand, capacity, fails=fails, missing=missing, details=details, reasons=reasons)


def _why_not_assembled(case: Case, row: int) -> str:
    if not at(case.compression, row):
        return "no axial compression in a member"
    return "neither a single nor a double angle"


_INPUTS = ("shape", "fy_ksi")
_USES = (
    *("axial_compression_kip", *SECTION, "length_ft", "lcx_ft", "lcy_ft", "lcz_ft", "kx", "ky"),
    *("connector_spacing_in", "connector_type", "connected_leg", "angle_use"),
)
_NO_COMPRESSION = "no axial compression in a member"

CHECKS = (
    Check(
        "CMP-01",
        "Flexural buckling, x axis",
        "E3",
        "kip",
        "no axial compression in a member, or a single angle (see CMP-06)",
        _buckles_about_axes,
        lambda case: _mode(case, "fe_x"),
        requires=(*_INPUTS, "lcx_in"),
        uses=_USES,
        factor=COMPRESSION,
        formula="Pn = Fn Ag; Fn = 0.658^(Fy/Fe) Fy for Fy/Fe ≤ 2.25, else 0.877 Fe; Fe = π² E/(Lc/r)²",
    ),
    Check(
        "CMP-02",
        "Flexural buckling, y axis",
        "E3",
        "kip",
        "no axial compression in a member, or a single angle (see CMP-06)",
        _buckles_about_axes,
        lambda case: _mode(case, "fe_y"),
        requires=(*_INPUTS, "lcy_in"),
        uses=_USES,
        factor=COMPRESSION,
        formula="Pn = Fn Ag as in CMP-01; double angles with the modified slenderness of E6.1",
    ),
    Check(
        "CMP-03",
        "Torsional or flexural-torsional buckling",
        "E4",
        "kip",
        "E4 does not ask for it: closed section, or doubly symmetric with Lcz no longer than Lcy",
        _twists,
        lambda case: _mode(case, "fe_t"),
        requires=(*_INPUTS, "lcx_in", "lcy_in"),
        uses=_USES,
        factor=COMPRESSION,
        formula="Pn = Fn Ag with Fe of Eq. E4-2 (doubly), E4-3 (singly symmetric) or E4-4 (unsymmetric)",
    ),
    Check(
        "CMP-04",
        "Slender elements",
        "E7",
        "kip",
        "no slender element in compression",
        _slender_elements,
        _slender_strength,
        requires=(*_INPUTS, "lcx_in", "lcy_in"),
        uses=_USES,
        factor=COMPRESSION,
        formula="Pn = Fn Ae; be = b (1 − c1 √(Fel/Fn)) √(Fel/Fn), round: Ae by E7.2",
    ),
    Check(
        "CMP-05",
        "Slenderness preference, compression",
        "E2 user note",
        "1",
        _NO_COMPRESSION,
        lambda case: case.compression,
        _least_slenderness,
        requires=("shape", "lcx_in", "lcy_in"),
        uses=_USES,
        can_govern=False,
        formula="Lc/r ≤ 200",
        advisory_only=True,
    ),
)
EXTENDED_CHECKS = (
    Check(
        "CMP-06",
        "Single and built-up double angles",
        "E5, E6",
        "kip",
        _why_not_assembled,
        lambda case: case.compression & case.is_kind(Kind.ANGLE, Kind.DOUBLE_ANGLE),
        _assembled,
        requires=(*_INPUTS, "lcx_in", "lcy_in"),
        uses=_USES,
        asks="connector_spacing_in",
        factor=COMPRESSION,
        formula="angle: Lc/r of E5, or Lc/rz with E4; double angle: (Lc/r)m of E6.1, a/ri ≤ ¾ (Lc/r) governing",
    ),
)
