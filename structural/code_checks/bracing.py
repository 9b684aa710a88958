"""Stability bracing (Appendix 6) and structural integrity ties (B3.9)."""

import numpy as np

from structural.aisc.bracing import (
    BraceDemand,
    beam_end_tie_kip,
    beam_panel_brace,
    beam_point_brace,
    column_panel_brace,
    column_point_brace,
)
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case
from structural.code_checks.contract import Check, Outcome
from structural.code_checks.uses import SECTION, SWAY, UNIFORM_LOADS
from structural.elementwise import maximum, numbered, where

_COLUMN = ("column_panel", "column_point")
_BEAM = ("beam_panel", "beam_point")
_INPUTS = ("brace_spacing_ft", "brace_strength_kip", "brace_stiffness_kip_in")


def _required(case: Case) -> tuple[FloatArray, FloatArray]:
    """Return required strength (kip) and stiffness (kip/in.) of the brace."""
    spacing = case.value["brace_spacing_ft"] * 12.0
    axial = case.value["axial_compression_kip"]
    moment, ho = case.value["mrx_kip_in"], numbered(case.property("ho_in"), nan=1.0)
    cd = where(case.says("double_curvature", "yes"), 2.0, 1.0)
    demands: dict[str, BraceDemand] = {
        "column_panel": column_panel_brace(axial, spacing, case.method),
        "column_point": column_point_brace(axial, spacing, case.method),
        "beam_panel": beam_panel_brace(moment, ho, spacing, case.method, cd),
        "beam_point": beam_point_brace(moment, ho, spacing, case.method, cd),
    }
    strength, stiffness = case.full(np.nan), case.full(np.nan)
    for word, demand in demands.items():
        rows = case.says("brace_of", word)
        strength = where(rows, demand.strength, strength)
        stiffness = where(rows, demand.stiffness, stiffness)
    return strength, stiffness


def _bracing(case: Case) -> Outcome:
    """Strength and stiffness of the brace, and the tie at a beam end; the largest ratio is shown."""
    strength, stiffness = _required(case)
    braces, ties = case.stated["brace_of"], case.stated["end_tie_strength_kip"]
    by_strength = strength / maximum(case.value["brace_strength_kip"], 1e-9)
    by_stiffness = stiffness / maximum(case.value["brace_stiffness_kip_in"], 1e-9)
    ratio = where(braces, numbered(maximum(by_strength, by_stiffness)), 0.0)
    tie = beam_end_tie_kip(case.value["member_shear_kip"], case.method)
    tie_ratio = tie / maximum(case.value["end_tie_strength_kip"], 1e-9)
    ratio = maximum(ratio, where(ties, tie_ratio, 0.0))
    details = {
        "Pbr_kip": where(braces, strength, np.nan),
        "beta_br_kip_in": where(braces, stiffness, np.nan),
        "tie_kip": where(ties, tie, np.nan),
    }
    missing = braces & ~case.all_known(_INPUTS)
    missing |= case.says("brace_of", *_COLUMN) & ~case.known["axial_compression_kip"]
    missing |= case.says("brace_of", *_BEAM) & ~_beam_known(case)
    missing |= ties & ~case.known["member_shear_kip"]
    return Outcome(ratio, case.full(1.0), missing=missing, details=details)


def _beam_known(case: Case) -> BoolArray:
    return case.known["mrx_kip_in"] & case.known["shape"] & np.isfinite(case.property("ho_in"))


EXTENDED_CHECKS = (
    Check(
        "BRC-01",
        "Stability bracing and integrity",
        "App. 6, B3.9",
        "1",
        "no brace or tie is described",
        lambda case: case.any_stated("brace_of", "end_tie_strength_kip"),
        _bracing,
        uses=(
            *(*_INPUTS, "brace_of", "double_curvature", "end_tie_strength_kip", "axial_compression_kip"),
            *("moment_x_kip_ft", *SWAY, *UNIFORM_LOADS, "length_ft", "lcx_ft", "kx", "shear_kip", *SECTION),
        ),
        asks="brace_spacing_ft, brace_strength_kip, brace_stiffness_kip_in, the force or moment of the braced member",
        factor_note="0.75 / 2.00 on stiffness",
        formula="column point 0.01 Pr, 8 Pr/(φ Lbr); beam point 0.02 Mr Cd/ho, 10 Mr Cd/(φ Lbr ho); tie ≥ ⅔ Vr, 10 kip",
        confirmed=False,
    ),
)
