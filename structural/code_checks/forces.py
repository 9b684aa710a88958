"""Concentrated forces on flanges and webs: J10.1 to J10.6, for I shapes."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.concentrated import (
    FLANGE_BENDING,
    WEB_CRIPPLING,
    WEB_YIELDING,
    flange_local_bending,
    web_crippling,
    web_local_yielding,
)
from structural.aisc.concentrated_webs import (
    PANEL_ZONE,
    WEB_BUCKLING,
    WEB_SIDESWAY,
    panel_zone_shear,
    panel_zone_shear_deforming,
    web_compression_buckling,
    web_sidesway_buckling,
)
from structural.aisc.method import Factor, available
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case, Columns, Part
from structural.code_checks.contract import Check, Outcome
from structural.code_checks.uses import SECTION, SWAY, UNIFORM_LOADS
from structural.elementwise import anywhere, maximum, minimum, where
from structural.sections import Kind

Found = Mapping[str, ArrayLike]


def _loaded(case: Case) -> BoolArray:
    return case.stated["concentrated_force_kip"] & case.is_kind(Kind.I_SHAPE)


def _strengths(part: Part) -> Found:
    """Return nominal strengths of J10.1 to J10.5."""
    case, table, fy = part.case, part.table, part.value("fy_ksi")
    end = part.value("force_end_distance_in")
    bearing = part.value("bearing_length_in")
    restrained = part.of(case.says("flange_rotation", "restrained"))
    lb = maximum(where(part.of(case.known["lb_in"]), part.value("lb_in"), 1.0), 1.0)
    moment = where(part.of(case.known["mrx_kip_in"]), part.value("mrx_kip_in"), 0.0)
    method = part.of(case.method)
    sidesway = web_sidesway_buckling(table, fy, lb, moment, method, flange_restrained=restrained)
    return {
        "bending": flange_local_bending(fy, table.tf_in, end),
        "yielding": web_local_yielding(table, fy, bearing, end),
        "crippling": web_crippling(table, fy, bearing, end),
        "sidesway": sidesway,
        "buckling": web_compression_buckling(table, fy, end),
    }


def _columns(case: Case) -> Columns:
    return case.remember("concentrated", lambda: case.by_kind({Kind.I_SHAPE: _strengths}))


def _available(case: Case, name: str, factor: Factor) -> FloatArray:
    return available(_columns(case)[name], factor, case.method)


def _local(case: Case) -> Outcome:
    """Tension bends the flange and yields the web; compression yields and cripples it; a pair does both."""
    pulls = case.says("force_sense", "tension", "pair")
    pushes = case.says("force_sense", "compression", "pair")
    bending = where(pulls, _available(case, "bending", FLANGE_BENDING), np.inf)
    yielding = _available(case, "yielding", WEB_YIELDING)
    crippling = where(pushes, _available(case, "crippling", WEB_CRIPPLING), np.inf)
    details = {
        "flange_bending_kip": where(pulls, bending, np.nan),
        "web_yielding_kip": yielding,
        "web_crippling_kip": where(pushes, crippling, np.nan),
    }
    capacity = minimum(minimum(bending, yielding), crippling)
    return Outcome(case.value["concentrated_force_kip"], capacity, details=details)


def _sways(case: Case) -> BoolArray:
    return _loaded(case) & case.says("force_sense", "compression") & case.says("flange_braced_at_force", "no")


def _paired(case: Case) -> BoolArray:
    return _loaded(case) & case.says("force_sense", "pair")


def _panel(case: Case) -> BoolArray:
    return case.stated["panel_shear_kip"] & case.is_kind(Kind.I_SHAPE)


def _panel_strength(part: Part) -> Found:
    case, fy, method = part.case, part.value("fy_ksi"), part.of(part.case.method)
    axial = where(part.of(case.stated["axial_compression_kip"]), part.value("axial_compression_kip"), 0.0)
    plain = panel_zone_shear(part.table, fy, axial, method)
    deforming = panel_zone_shear_deforming(part.table, fy, axial, method, part.value("panel_beam_depth_in"))
    counted = part.of(case.says("panel_deformation", "yes") & case.known["panel_beam_depth_in"])
    return {"panel": where(counted, deforming, plain)}


def _whole_web(case: Case) -> Outcome:
    """The limit state with the largest ratio is shown."""
    states: dict[str, tuple[BoolArray, FloatArray, FloatArray]] = {}
    force = case.value["concentrated_force_kip"]
    if anywhere(_loaded(case)):
        states["web_sidesway_kip"] = (_sways(case), force, _available(case, "sidesway", WEB_SIDESWAY))
        states["web_buckling_kip"] = (_paired(case), force, _available(case, "buckling", WEB_BUCKLING))
    if anywhere(_panel(case)):
        panel = available(case.by_kind({Kind.I_SHAPE: _panel_strength})["panel"], PANEL_ZONE, case.method)
        states["panel_zone_kip"] = (_panel(case), case.value["panel_shear_kip"], panel)
    demand, capacity, worst = case.full(0.0), case.full(1.0), case.full(-1.0)
    for rows, required, strength in states.values():
        ratio = where(rows, required / maximum(strength, 1e-9), -1.0)
        worse = ratio > worst
        demand, capacity = where(worse, required, demand), where(worse, strength, capacity)
        worst = maximum(worst, ratio)
    missing = _sways(case) & ~case.known["lb_in"]
    missing |= _paired(case) & ~case.known["force_end_distance_in"]
    missing |= _panel(case) & case.says("panel_deformation", "yes") & ~case.known["panel_beam_depth_in"]
    details = {
        name: where(rows & np.isfinite(strength), strength, np.nan) for name, (rows, _, strength) in states.items()
    }
    return Outcome(demand, where(np.isfinite(capacity), capacity, 1e9), missing=missing, details=details)


_USES = (*(*SECTION, "concentrated_force_kip", "force_sense", "bearing_length_in", "force_end_distance_in"),)

EXTENDED_CHECKS = (
    Check(
        "CNF-01",
        "Flange bending, web yielding, web crippling",
        "J10.1, J10.2, J10.3",
        "kip",
        "no concentrated force on an I shape",
        _loaded,
        _local,
        requires=("shape", "fy_ksi", "concentrated_force_kip", "force_end_distance_in"),
        uses=_USES,
        factor_note="0.90 / 1.67; 1.00 / 1.50; 0.75 / 2.00",
        formula="6.25 Fyf tf²; Fyw tw (5k + lb), 2.5k at the end; 0.80 tw² [1 + 3 (lb/d)(tw/tf)^1.5] √(E Fyw tf/tw)",
    ),
    Check(
        "CNF-02",
        "Web sidesway and buckling, panel zone",
        "J10.4, J10.5, J10.6",
        "kip",
        "no unbraced or paired compressive force and no panel zone shear on an I shape",
        lambda case: _sways(case) | _paired(case) | _panel(case),
        _whole_web,
        requires=("shape", "fy_ksi"),
        uses=(
            *(*_USES, "flange_rotation", "flange_braced_at_force", "panel_shear_kip", "panel_deformation"),
            *("panel_beam_depth_in", "axial_compression_kip", "unbraced_length_ft", "bracing", "length_ft"),
            *("moment_x_kip_ft", *SWAY, *UNIFORM_LOADS, "lcx_ft", "kx"),
        ),
        asks="unbraced_length_ft or bracing, force_end_distance_in, panel_beam_depth_in",
        factor_note="0.85 / 1.76; 0.90 / 1.67; 0.90 / 1.67",
        formula="Cr tw³ tf/h² [1 + 0.4 q³]; 24 tw³ √(E Fyw)/h; 0.60 Fy dc tw",
    ),
)
