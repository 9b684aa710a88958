"""Ductile detailing of systems with R > 3: AISC 341 D1.1 and E3.4a (verify)."""

from functools import cache

import numpy as np

from structural.aisc.seismic import SeismicElement, axial_yield_ratio, ductility_limits
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case, Part
from structural.code_checks.contract import Check, Outcome
from structural.code_checks.uses import SECTION
from structural.elementwise import maximum, numbered, where, within
from structural.errors import StructuralError
from structural.materials import expected_ratios
from structural.sections import Kind

Pair = tuple[FloatArray, SeismicElement]


@cache
def _ry(grade: str, product: str) -> float:
    """Return Ry, NaN for a steel that AISC 341 does not list."""
    try:
        return float(expected_ratios(grade, product).ry)
    except StructuralError:
        return float("nan")


def _ry_column(case: Case) -> FloatArray:
    return case.each(_ry, "steel_grade", "product")


def _elements(part: Part) -> list[Pair]:
    table = part.table
    match part.kind:
        case Kind.I_SHAPE | Kind.CHANNEL:
            return [(table.lambda_f, SeismicElement.FLANGE), (table.h_tw, SeismicElement.MOMENT_FRAME_WEB)]
        case Kind.TEE:
            return [(table.bf_2tf, SeismicElement.FLANGE), (table.d_tw, SeismicElement.TEE_STEM)]
        case Kind.ANGLE:
            return [(table.long_leg_in / table.t_in, SeismicElement.FLANGE)]
        case Kind.DOUBLE_ANGLE:
            return [(maximum(table.d_in, table.b_in) / table.t_in, SeismicElement.FLANGE)]
        case Kind.RECTANGULAR_HSS:
            return [(maximum(table.h_t, table.b_t), SeismicElement.HSS_BRACE_WALL)]
    return [(table.d_t, SeismicElement.ROUND_HSS_WALL)]


def _ductility(part: Part) -> dict[str, FloatArray]:
    """Return slenderness and limit of the element nearest to its limit."""
    case, fy = part.case, part.value("fy_ksi")
    ry = within(numbered(part.of(_ry_column(case)), nan=1.0), 1.0, 2.0)
    axial = where(part.of(case.stated["axial_compression_kip"]), part.value("axial_compression_kip"), 0.0)
    ca = axial_yield_ratio(axial, fy, ry, part.table.area_in2, part.of(case.method))
    highly = part.of(case.says("member_ductility", "highly"))
    worst = {"slenderness": np.zeros(len(part.rows)), "limit": np.ones(len(part.rows))}
    for slenderness, element in _elements(part):
        limits = ductility_limits(element, fy, ry, ca)
        limit = maximum(where(highly, limits.highly, limits.moderately), 1e-6)
        worse = slenderness / limit > worst["slenderness"] / worst["limit"]
        worst["slenderness"] = where(worse, slenderness, worst["slenderness"])
        worst["limit"] = where(worse, limit, worst["limit"])
    return worst


def _strong_beam(case: Case) -> BoolArray:
    given = case.all_stated("column_moment_sum_kip_ft", "beam_moment_sum_kip_ft")
    return given & (case.value["column_moment_sum_kip_ft"] <= case.value["beam_moment_sum_kip_ft"])


def _detailing(case: Case) -> Outcome:
    """D1.1 where a ductility class is asked of the member, E3.4a where joint moments are given, D1.3."""
    asked = case.stated["member_ductility"]
    columns = case.by_kind(dict.fromkeys(Kind, _ductility))
    slenderness = where(asked, columns["slenderness"], np.nan)
    limit = where(asked, columns["limit"], np.nan)
    ry = _ry_column(case)
    ratio = case.value["column_moment_sum_kip_ft"] / maximum(case.value["beam_moment_sum_kip_ft"], 1e-9)
    given = case.all_stated("column_moment_sum_kip_ft", "beam_moment_sum_kip_ft")
    missing = asked & ~(case.all_known(("shape", "fy_ksi")) & np.isfinite(ry))
    missing |= case.any_stated("column_moment_sum_kip_ft", "beam_moment_sum_kip_ft") & ~given
    details = {"Ry": where(asked, ry, np.nan), "column_over_beam": where(given, ratio, np.nan)}
    fails = where(asked & missing, False, asked & (slenderness > limit * (1.0 + 1e-6)))
    protected = case.says("in_protected_zone", "yes")
    reasons = (
        (protected, "something is attached in a protected zone (D1.3)"),
        (_strong_beam(case), "the beams are stronger than the columns (E3.4a)"),
    )
    return Outcome(
        slenderness,
        limit,
        fails=fails | protected | _strong_beam(case),
        missing=missing,
        details=details,
        reasons=reasons,
    )


def _asked(case: Case) -> BoolArray:
    return case.any_stated(
        "member_ductility", "column_moment_sum_kip_ft", "beam_moment_sum_kip_ft", "in_protected_zone"
    )


EXTENDED_CHECKS = (
    Check(
        "SEI-01",
        "Seismic ductility",
        "AISC 341 D1.1, D1.3, E3.4a",
        "1",
        "no ductile detailing is asked for",
        _asked,
        _detailing,
        uses=(
            *("member_ductility", "column_moment_sum_kip_ft", "beam_moment_sum_kip_ft", "in_protected_zone"),
            *("axial_compression_kip", *SECTION),
        ),
        asks="shape, steel_grade listed by AISC 341, column_moment_sum_kip_ft, beam_moment_sum_kip_ft",
        can_govern=False,
        formula="λ ≤ λhd or λmd; ΣM*pc > ΣM*pb; nothing attached in protected zones",
        confirmed=False,
    ),
)
