"""Local buckling classes: B4.1 with Tables B4.1a (compression) and B4.1b (flexure), for every shape family.

A class is a fact about the section, never a failure: the strength checks carry its consequence.
"""

from collections.abc import Sequence

import numpy as np

from structural.aisc.classification import (
    angle_leg_limit_compression,
    angle_leg_limits,
    flange_limit_compression,
    flange_limits_major,
    flange_limits_minor,
    hollow_flange_limits,
    hollow_wall_limit_compression,
    hollow_web_limits,
    outstanding_leg_limit_compression,
    rolled_flange_limit_compression,
    round_limit_compression,
    round_limits,
    tee_flange_limits,
    tee_stem_limit_compression,
    tee_stem_limits,
    web_limit_compression,
    web_limits_major,
)
from structural.checks import FloatArray
from structural.code_checks.case import Case, Part
from structural.code_checks.contract import Check, Outcome
from structural.code_checks.uses import SECTION
from structural.elementwise import where
from structural.sections import Kind

Pair = tuple[FloatArray, FloatArray]
"""Slenderness of an element and its limit."""


def _nearest(pairs: Sequence[Pair]) -> dict[str, FloatArray]:
    """Return slenderness and limit of the element nearest to its limit."""
    slenderness, limit = pairs[0]
    for other, other_limit in pairs[1:]:
        nearer = other / other_limit > slenderness / limit
        slenderness, limit = where(nearer, other, slenderness), where(nearer, other_limit, limit)
    return {"slenderness": slenderness, "limit": np.broadcast_to(limit, slenderness.shape)}


def _compression_elements(part: Part) -> dict[str, FloatArray]:
    table, fy = part.table, part.value("fy_ksi")
    match part.kind:
        case Kind.I_SHAPE | Kind.CHANNEL:
            flange, web = flange_limit_compression(table, fy), web_limit_compression(fy)
            return _nearest([(table.lambda_f, flange), (table.h_tw, web)])
        case Kind.TEE:
            flange = rolled_flange_limit_compression(fy)
            return _nearest([(table.bf_2tf, flange), (table.d_tw, tee_stem_limit_compression(fy))])
        case Kind.ANGLE:
            return _nearest([(table.long_leg_in / table.t_in, angle_leg_limit_compression(fy))])
        case Kind.DOUBLE_ANGLE:
            outstanding = outstanding_leg_limit_compression(table, fy)
            joined = angle_leg_limit_compression(fy)
            return _nearest([(table.b_in / table.t_in, outstanding), (table.d_in / table.t_in, joined)])
        case Kind.RECTANGULAR_HSS:
            limit = hollow_wall_limit_compression(fy)
            return _nearest([(table.h_t, limit), (table.b_t, limit)])
    return _nearest([(table.d_t, round_limit_compression(fy))])


def _flexure_elements(part: Part) -> dict[str, FloatArray]:
    """Return the element nearest to its compact limit, about x where the member is bent about x, else about y."""
    table, fy, major = part.table, part.value("fy_ksi"), part.of(part.case.flexure_x)
    match part.kind:
        case Kind.I_SHAPE | Kind.CHANNEL:
            flange = where(major, flange_limits_major(table, fy).compact, flange_limits_minor(fy).compact)
            web = where(major, web_limits_major(fy).compact, np.inf)
            return _nearest([(table.lambda_f, flange), (table.h_tw, web)])
        case Kind.TEE:
            stem = where(part.of(part.case.says("toe_sense", "compression")), tee_stem_limits(fy).compact, np.inf)
            return _nearest([(table.bf_2tf, tee_flange_limits(fy).compact), (table.d_tw, stem)])
        case Kind.ANGLE:
            return _nearest([(table.long_leg_in / table.t_in, angle_leg_limits(fy).compact)])
        case Kind.DOUBLE_ANGLE:
            limit = angle_leg_limits(fy).compact
            return _nearest([(table.b_in / table.t_in, limit), (table.d_in / table.t_in, limit)])
        case Kind.RECTANGULAR_HSS:
            flange, web = hollow_flange_limits(fy).compact, hollow_web_limits(fy).compact
            across, along = where(major, table.b_t, table.h_t), where(major, table.h_t, table.b_t)
            return _nearest([(across, flange), (along, web)])
    return _nearest([(table.d_t, round_limits(fy).compact)])


_COMPRESSED = dict.fromkeys(Kind, _compression_elements)
_BENT = dict.fromkeys(Kind, _flexure_elements)


def _class(case: Case, flexure: bool) -> Outcome:
    columns = case.by_kind(_BENT if flexure else _COMPRESSED)
    over = columns["slenderness"] > columns["limit"]
    return Outcome(columns["slenderness"], columns["limit"], fails=case.full(False), advisory=over, details={})


_USES = tuple(name for name in SECTION if name != "method")


CHECKS = (
    Check(
        "CLS-01",
        "Local buckling class, axial compression",
        "B4.1, Table B4.1a",
        "1",
        "no axial compression in a member",
        lambda case: case.compression,
        lambda case: _class(case, flexure=False),
        requires=("shape", "fy_ksi"),
        uses=("axial_compression_kip", *_USES),
        can_govern=False,
        formula="λ ≤ λr: nonslender; the element nearest to its limit is shown",
    ),
    Check(
        "CLS-02",
        "Local buckling class, flexure",
        "B4.1, Table B4.1b",
        "1",
        "no flexure",
        lambda case: case.flexure,
        lambda case: _class(case, flexure=True),
        requires=("shape", "fy_ksi"),
        uses=("moment_x_kip_ft", "moment_y_kip_ft", "dead_load_klf", "live_load_klf", "toe_sense", *_USES),
        can_govern=False,
        formula="λ ≤ λp: compact; the element nearest to its limit is shown",
    ),
)
