"""Answers of the section optimizer: boosted trees propose a W shape, the engine proves it or finds the right one."""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from serving.errors import ArtifactError, RequestError
from serving.predictors.contract import Proposals
from serving.predictors.onnx import open_session, read_model_card
from serving.schemas.section_optimizer import Alternative, Request, Response
from structural.calibration import Calibration
from structural.problem import Kind, Role
from structural.problems.section_optimizer.catalogue import catalogue
from structural.problems.section_optimizer.checking import CLAUSES, Verdict, check
from structural.problems.section_optimizer.decoding import Policy, pick, section_names
from structural.problems.section_optimizer.encoding import ENCODING_VERSION, FEATURES
from structural.problems.section_optimizer.proof import alternatives, prove
from structural.problems.section_optimizer.request import COLUMNS, NO_SECTION, Members, resolve
from structural.problems.section_optimizer.truth import NONE_INDEX, least_overstressed
from structural.shapes import display_name
from structural.tables import UNSPECIFIED, Table

_PROBLEM = "section_optimizer"
_QUESTION_COLUMNS = tuple(column for column in COLUMNS if column.role is Role.QUESTION)
ALTERNATIVES = 2


class Predictor:
    """The exported section optimizer."""

    def __init__(self, artifact_dir: Path) -> None:
        card = read_model_card(artifact_dir, _PROBLEM)
        if card.get("encoding_version") != ENCODING_VERSION or card.get("features") != list(FEATURES):
            raise ArtifactError(f"{_PROBLEM}: the model was trained for another encoding; train it again")
        missing = {"policy", "calibration", "files"} - set(card)
        if missing:
            raise ArtifactError(f"{_PROBLEM}: the model card lacks {', '.join(sorted(missing))}; train it again")
        self._policy = Policy.from_json(card["policy"])
        self._calibration = Calibration.from_json(card["calibration"])
        names = [Path(card["files"][library]).name for library in ("xgboost", "lightgbm")]
        self._sessions = [open_session(artifact_dir / name) for name in names]

    def propose(self, questions: Table) -> Proposals:
        """Return the trees' own section for each question, with calibrated confidence and predicted utilization."""
        picks = pick(resolve(questions), self._outputs, self._policy)
        return Proposals(picks.names(), self._calibration.apply(picks.score), {"utilization_ratio": picks.utilization})

    def prove(self, questions: Table, proposals: Proposals) -> NDArray[np.str_]:
        """Return the sections that are served: the lightest that passes within reach of each proposal."""
        return section_names(prove(resolve(questions), _positions(proposals.answers)))

    def answer(self, request: Request) -> Response:
        """Answer one request; where no W shape passes, `RequestError` says what governs and what to change."""
        _refuse_contradictions(request)
        member = resolve(_question(request))
        picks = pick(member, self._outputs, self._policy)
        chosen = prove(member, picks.shape)
        if chosen[0] == NONE_INDEX:
            _refuse(member)
        confidence = float(self._calibration.apply(picks.score)[0])
        agreed = bool(chosen[0] == picks.shape[0])
        return _response(member, int(chosen[0]), str(picks.names()[0]), confidence if agreed else 1.0 - confidence)

    def _outputs(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        columns = [session.run(None, {"features": rows})[0].ravel() for session in self._sessions]
        return np.stack(columns, axis=1).astype(float)


def _positions(names: NDArray[np.str_]) -> NDArray[np.int64]:
    where = {name: place for place, name in enumerate(catalogue().name.tolist())}
    return np.array([where.get(name, NONE_INDEX) for name in names.tolist()], dtype=np.int64)


def _question(request: Request) -> Table:
    given = request.model_dump()
    table: Table = {}
    for column in _QUESTION_COLUMNS:
        missing: float | str = math.nan if column.kind is Kind.FLOAT else UNSPECIFIED
        value = given[column.name]
        table[column.name] = np.array([missing if value is None else value])
    return table


def _refuse_contradictions(request: Request) -> None:
    if request.unbraced_length_ft is not None and request.unbraced_length_ft > request.span_feet:
        raise RequestError(
            f"unbraced_length_ft {request.unbraced_length_ft:g} is longer than the member; "
            f"give at most span_feet ({request.span_feet:g})",
            field="unbraced_length_ft",
        )


def _verdict(member: Members, position: int) -> Verdict:
    return check(member, catalogue().take(np.array([position])))


def _refuse(member: Members) -> None:
    nearest = int(least_overstressed(member, np.array([True]))[0])
    verdict = _verdict(member, nearest)
    raise RequestError(
        f"no W shape carries this: {display_name(str(catalogue().name[nearest]))} comes nearest, "
        f"{verdict.governing_names()[0]} at {verdict.utilization[0]:.2f} of what is allowed; reduce the load, span or "
        "unbraced length, raise depth_limit_in or steel_grade, or use a built-up member",
        field="tributary_load_psf",
    )


def _response(member: Members, position: int, proposal: str, confidence: float) -> Response:
    shapes = catalogue()
    verdict = _verdict(member, position)
    state = str(verdict.governing_names()[0])
    name = str(shapes.name[position])
    return Response(
        recommended_section=display_name(name),
        depth=float(shapes.d_in[position]),
        area=float(shapes.area_in2[position]),
        weight_per_foot=float(shapes.weight_lb_ft[position]),
        ix=float(shapes.ix_in4[position]),
        iy=float(shapes.iy_in4[position]),
        confidence=confidence,
        utilization_ratio=round(float(verdict.utilization[0]), 4),
        verified=bool(verdict.passes[0]),
        governing_limit_state=state,
        clause=CLAUSES[state],
        alternatives=_alternatives(member, position),
        model_proposal=proposal if proposal == NO_SECTION else display_name(proposal),
        overruled=proposal != name,
    )


def _alternatives(member: Members, position: int) -> list[Alternative]:
    shapes = catalogue()
    return [
        Alternative(
            section=display_name(str(shapes.name[place])),
            weight_per_foot=float(shapes.weight_lb_ft[place]),
            utilization_ratio=round(float(_verdict(member, int(place)).utilization[0]), 4),
        )
        for place in alternatives(member, position, ALTERNATIVES)
    ]
