"""Section optimizer at serving time: trees propose a W shape, the engine proves it.

The trees run as ONNX; which candidates they see and how their outputs become a proposal is
`structural.problems.section_optimizer`, the same code that trained them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.errors import ArtifactError, RequestError
from serving.predictors.contract import Proposals, outcomes
from serving.predictors.onnx import open_session, read_model_card
from serving.schemas.section_optimizer import Alternative, Request, Response
from structural.calibration import Calibration
from structural.errors import StructuralError
from structural.problems.section_optimizer import PROBLEM
from structural.problems.section_optimizer.catalogue import catalogue
from structural.problems.section_optimizer.checking import CLAUSES, Verdict, check
from structural.problems.section_optimizer.decoding import (
    Picks,
    Policy,
    pick,
    pick_among,
    pick_one,
    section_names,
)
from structural.problems.section_optimizer.encoding import ENCODING_VERSION, FEATURES, candidates, outlook
from structural.problems.section_optimizer.proof import prove, prove_member, prove_members
from structural.problems.section_optimizer.request import (
    DEFAULT_END_CONDITION,
    DEFAULT_GRADE,
    DEFAULT_LIVE_DEFLECTION_LIMIT,
    DEFAULT_LIVE_LOAD_SHARE,
    DEFAULT_METHOD,
    DEFAULT_TOTAL_DEFLECTION_LIMIT,
    DEFAULT_TRIBUTARY_WIDTH_FT,
    LIMIT_STATES,
    NO_SECTION,
    Members,
    resolve,
    resolve_one,
)
from structural.problems.section_optimizer.truth import NONE_INDEX, least_overstressed
from structural.shapes import display_name
from structural.tables import UNSPECIFIED, Table, table_of

ALTERNATIVES = 2
DIGITS = 4
CONTINUOUS = "0 (continuous bracing)"
_INPUT = "features"
_LEFT_OUT = {column.name: UNSPECIFIED if column.categories else np.nan for column in PROBLEM.columns}

_REMEDIES = {
    "flexural_yielding": "reduce span or tributary width, or use a higher steel grade",
    "lateral_torsional_buckling": "brace the compression flange closer (unbraced_length_ft)",
    "flange_local_buckling": "reduce span or tributary width, or allow a deeper section",
    "shear": "reduce span or tributary width",
    "compression": "brace the weak axis closer (unbraced_length_ft) or reduce the axial load",
    "slenderness": "brace the member closer (unbraced_length_ft) or shorten it",
    "combined_axial_flexure": "brace the member closer (unbraced_length_ft) or reduce the axial load",
    "live_load_deflection": "reduce span or tributary width, or relax live_deflection_limit",
    "total_load_deflection": "reduce span or tributary width, or specify camber_in",
}


class Predictor:
    """Proposes and proves sections; built from the folder that the trainer exported."""

    least_together = 3
    """Two cost as much in arrays as one by one in numbers (`structural.elementwise`)."""

    def __init__(self, artifact_dir: Path) -> None:
        card = read_model_card(artifact_dir, PROBLEM.name)
        if card.get("encoding_version") != ENCODING_VERSION or card.get("features") != list(FEATURES):
            raise ArtifactError(
                f"section_optimizer: artifact has encoding {card.get('encoding_version')!r}, "
                f"this release needs {ENCODING_VERSION}; train it again"
            )
        try:
            files = card["files"]
            self._sessions = [open_session(artifact_dir / files[name]) for name in ("xgboost", "lightgbm")]
            self._policy = Policy.from_json(card["policy"])
            self._calibration = Calibration.from_json(card["calibration"])
        except (KeyError, TypeError, StructuralError) as error:
            raise ArtifactError(
                f"section_optimizer: model.json is damaged ({error}); promote the model again"
            ) from error

    def propose(self, questions: Table) -> Proposals:
        """Return the model's own sections; ``details`` has ``predicted_utilization`` (NaN for none)."""
        picks = self._pick(resolve(questions))
        return Proposals(
            picks.names(), self._calibration.apply(picks.score), {"predicted_utilization": picks.utilization}
        )

    def prove(self, questions: Table, proposals: Proposals) -> NDArray[np.str_]:
        """Return the sections that the engine lets out, shape (n,); see `structural…section_optimizer.proof`."""
        return section_names(prove(resolve(questions), _positions(proposals.answers)))

    def answer(self, request: Request) -> Response:
        """Answer one request; no adequate W shape raises `RequestError` naming what governs and a remedy."""
        member = resolve_one(to_question(request))
        seen = outlook(member)
        picks = pick_one(seen, self._predict, self._policy)
        positions, verdict = prove_member(member, int(picks.shape[0]), ALTERNATIVES, seen.hopeless)
        if not len(positions):
            raise _no_section(request, member)
        confidence = float(self._calibration.apply(picks.score)[0])
        return _response(positions, verdict, confidence, str(picks.names()[0]), _assumptions(request, member))

    def answer_together(self, requests: Sequence[Request]) -> list[Any]:
        """Return for each request its answer, or the error that it raises."""
        members = resolve(to_questions(requests))
        pairs = candidates(members)
        picks = pick_among(members, pairs, self._predict, self._policy)
        proven = prove_members(members, picks.shape, ALTERNATIVES, pairs.hopeless)
        confidence, names = self._calibration.apply(picks.score), picks.names()

        def answer(row: int) -> Response:
            (positions, verdict), member = proven[row], members.take(row)
            if not len(positions):
                raise _no_section(requests[row], member)
            assumptions = _assumptions(requests[row], member)
            return _response(positions, verdict, float(confidence[row]), str(names[row]), assumptions)

        return outcomes(answer, range(len(requests)))

    def _pick(self, members: Members) -> Picks:
        if len(members) != 1:
            return pick(members, self._predict, self._policy)
        return pick_one(outlook(members.take(0)), self._predict, self._policy)

    def _predict(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        outputs = [session.run(None, {_INPUT: rows})[0] for session in self._sessions]
        return np.concatenate(outputs, axis=1).astype(np.float64)


def to_question(request: Request) -> dict[str, Any]:
    """Return the request as one question: NaN and `UNSPECIFIED` for what is left out."""
    return {name: _LEFT_OUT[name] if value is None else value for name, value in request}


def to_questions(requests: Sequence[Request]) -> Table:
    """Return requests as a table of questions, a row each."""
    return table_of([to_question(request) for request in requests])


def _positions(names: NDArray[np.str_]) -> NDArray[np.int64]:
    position = {str(name): row for row, name in enumerate(catalogue().name)}
    return np.array([position.get(str(name), NONE_INDEX) for name in names], dtype=np.int64)


def _assumptions(request: Request, member: Members) -> list[str]:
    """Return the defaults that `resolve` has filled in and that matter for this member."""
    axial = member.p_dead + member.p_live if request.member_type == "beam_column" else 0.0
    taken: dict[str, object] = {
        "tributary_width_ft": DEFAULT_TRIBUTARY_WIDTH_FT[request.member_type],
        "unbraced_length_ft": float(member.lb_in) / 12.0 or CONTINUOUS,
        "end_condition": DEFAULT_END_CONDITION,
        "axial_load_kips": float(axial),
        "live_load_share": DEFAULT_LIVE_LOAD_SHARE,
        "steel_grade": DEFAULT_GRADE,
        "depth_limit_in": "none",
        "design_method": DEFAULT_METHOD,
    }
    if member.transverse_weight:  # the others do not bend, so nothing of theirs deflects
        taken |= {
            "live_deflection_limit": DEFAULT_LIVE_DEFLECTION_LIMIT,
            "total_deflection_limit": DEFAULT_TOTAL_DEFLECTION_LIMIT,
            "camber_in": 0.0,
        }
    return request.assumptions(taken)


def _response(
    positions: NDArray[np.int64], verdict: Verdict, confidence: float, proposed: str, assumptions: list[str]
) -> Response:
    shapes, best = catalogue(), int(positions[0])
    governing = LIMIT_STATES[int(verdict.governing[0])]
    return Response(
        recommended_section=display_name(str(shapes.name[best])),
        depth=float(shapes.d_in[best]),
        area=float(shapes.area_in2[best]),
        weight_per_foot=float(shapes.weight_lb_ft[best]),
        ix=float(shapes.ix_in4[best]),
        iy=float(shapes.iy_in4[best]),
        confidence=round(confidence, DIGITS),
        utilization_ratio=_shown(verdict.utilization[0]),
        verified=bool(verdict.passes[0]),
        governing_limit_state=governing,
        clause=CLAUSES[governing],
        limit_states={
            name: _shown(ratio)
            for name, ratio in zip(LIMIT_STATES, verdict.ratios[0].tolist(), strict=True)
            if ratio > 0.0
        },
        model_section=proposed if proposed == NO_SECTION else display_name(proposed),
        alternatives=[
            Alternative(
                section=display_name(str(shapes.name[position])),
                weight_per_foot=float(shapes.weight_lb_ft[position]),
                depth=float(shapes.d_in[position]),
                utilization_ratio=_shown(utilization),
            )
            for position, utilization in zip(positions[1:].tolist(), verdict.utilization[1:].tolist(), strict=True)
        ],
        assumptions=assumptions,
    )


def _shown(ratio: float) -> float:
    return round(float(ratio), DIGITS)


def _no_section(request: Request, member: Members) -> RequestError:
    members = member.as_row()
    closest = least_overstressed(members, np.array([True]))
    verdict = check(members, catalogue().take(closest))
    governing = str(verdict.governing_names()[0])
    name = display_name(str(catalogue().name[closest[0]]))
    limited = request.depth_limit_in is not None
    within = f" within {request.depth_limit_in:g} in. of depth" if limited else ""
    remedy = _REMEDIES[governing] + (", or allow a deeper section (depth_limit_in)" if limited else "")
    return RequestError(
        f"no W shape is adequate{within}: the closest, {name}, reaches {verdict.utilization[0]:.2f} in "
        f"{governing.replace('_', ' ')} ({CLAUSES[governing]}); {remedy}",
        field="depth_limit_in" if limited else "tributary_load_psf",
    )
