"""Answering with the exported risk analyzer: a network, and two tree models stacked on it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.errors import ArtifactError
from serving.predictors.contract import Proposals, outcomes
from serving.predictors.onnx import open_session, read_model_card
from serving.schemas.risk_analyzer import Quantiles, Request, Response, RiskFactor
from structural.calibration import Calibration
from structural.problems.risk_analyzer.decoding import (
    TARGETS,
    blend_scores,
    decode_targets,
    impact_levels,
    member_scores,
    rank_factors,
    raw_confidence,
    shown_scores,
    tree_inputs,
)
from structural.problems.risk_analyzer.encoding import ENCODING_VERSION, FEATURES, encode
from structural.problems.risk_analyzer.reference_classes import FACTORS
from structural.problems.risk_analyzer.request import WITHOUT_STORIES
from structural.problems.risk_analyzer.scoring import IMPACTS, risk_class
from structural.tables import UNSPECIFIED, Table, row_count, take

TOP_RISKS = 3
_NETWORK, _TREES = "network", ("xgboost", "lightgbm")
_MANY_ROWS = 64
_BATCH_ROWS = 2048
_DECIMALS = 4
_NUMBERS = frozenset(("budget_usd", "schedule_months", "stories", "contingency_share"))


class Predictor:
    """The risk analyzer of one artifact folder."""

    least_together = 2

    def __init__(self, artifact_dir: Path) -> None:
        card = read_model_card(artifact_dir, "risk_analyzer")
        try:
            known = (card["encoding_version"], tuple(card["features"]), tuple(card["targets"]))
            members = _members(card)
            self._weights = np.array([card["weights"][name] for name in members], dtype=float)
            self._typical_error = float(card["typical_error"])
            self._calibration = Calibration.from_json(card["calibration"])
            paths = [artifact_dir / card["members"][name] for name in members]
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(
                f"risk_analyzer: model.json lacks or garbles {error}; promote the model again"
            ) from error
        if known != (ENCODING_VERSION, FEATURES, TARGETS):
            raise ArtifactError("risk_analyzer: the model was trained for another encoding; train and promote it again")
        # One request is answered quickest by one thread; a table of many by two.
        self._single = [open_session(path) for path in paths]
        self._paths = paths
        self._many: list | None = None

    def propose(self, questions: Table) -> Proposals:
        """Return class, confidence and label-like details of a table of questions."""
        count = row_count(questions)
        blocks = [
            self._propose_block(take(questions, slice(start, start + _BATCH_ROWS)), count)
            for start in range(0, count, _BATCH_ROWS)
        ]
        if not blocks:
            return Proposals(np.zeros(0, dtype=np.str_), np.zeros(0))
        return Proposals(
            np.concatenate([block.answers for block in blocks]),
            np.concatenate([block.confidence for block in blocks]),
            {name: np.concatenate([block.details[name] for block in blocks]) for name in blocks[0].details},
        )

    def prove(self, questions: Table, proposals: Proposals) -> NDArray[np.str_]:  # noqa: ARG002
        """Return the proposals as they are: no code or formula decides risk, so nothing can be proved."""
        return proposals.answers

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        return self._answered([request])(0)

    def answer_together(self, requests: Sequence[Request]) -> list[Any]:
        """Return for each request its answer, or the error that it raises."""
        return outcomes(self._answered(requests), range(len(requests)))

    def _answered(self, requests: Sequence[Request]) -> Callable[[int], Response]:
        """Return what gives the answer to each request by its place."""
        proposals = self.propose(question_table(requests))
        details = proposals.details
        levels, scores = impact_levels(details), shown_scores(details["risk_score"])
        top = rank_factors(details, levels)[:, :TOP_RISKS].tolist()

        def answer(row: int) -> Response:
            return Response(
                overall_risk=str(proposals.answers[row]),
                risk_score=float(scores[row]),
                top_risks=[
                    RiskFactor(
                        factor=FACTORS[index].title,
                        probability=round(float(details[f"p_{FACTORS[index].key}"][row]), _DECIMALS),
                        impact=IMPACTS[levels[row, index]],
                    )
                    for index in top[row]
                ],
                confidence=float(proposals.confidence[row]),
                cost_ratio=_quantiles(details, "cost", row),
                schedule_ratio=_quantiles(details, "time", row),
                assumptions=_assumptions(requests[row]),
            )

        return answer

    def _propose_block(self, questions: Table, rows_in_all: int) -> Proposals:
        network, *trees = self._sessions(rows_in_all)
        features = encode(questions)
        outputs = network.run(None, {"features": features})[0]
        inputs = tree_inputs(features, outputs)
        corrections = [tree.run(None, {"inputs": inputs})[0].ravel() for tree in trees]
        members = member_scores(outputs[:, 0], np.stack(corrections, axis=1) if trees else np.zeros((len(outputs), 0)))
        details = decode_targets(outputs, blend_scores(members, self._weights))
        raw = raw_confidence(members, details["risk_score"], self._typical_error)
        return Proposals(risk_class(details["risk_score"]), self._calibration.apply(raw), details)

    def _sessions(self, rows: int) -> list:
        if rows <= _MANY_ROWS:
            return self._single
        if self._many is None:
            self._many = [open_session(path, threads=2) for path in self._paths]
        return self._many


def _members(card: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the members of the ensemble in their order; an experiment may have left tree models out."""
    if set(card["members"]) != set(card["weights"]):
        raise KeyError("the weight of a member")
    return (_NETWORK, *(name for name in _TREES if name in card["members"]))


def question_table(requests: Sequence[Request]) -> Table:
    """Return requests as a question table, a row each; what was left out becomes missing."""
    given = [_given(request) for request in requests]
    return {
        name: np.array([_number(row[name]) if name in _NUMBERS else _word(row[name]) for row in given])
        for name in given[0]
    }


def _given(request: Request) -> dict[str, Any]:
    given = dict(request)
    given["design_class"] = f"class_{request.design_class}" if request.design_class is not None else None
    if request.project_type in WITHOUT_STORIES:
        given["stories"] = None
    return given


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _word(value: str | None) -> str:
    return UNSPECIFIED if value is None else value


def _assumptions(request: Request) -> list[str]:
    """Return what was left out and plays a part for such a project."""
    without_stories = request.project_type in WITHOUT_STORIES
    return [name for name in request.left_out() if not (name == "stories" and without_stories)]


def _quantiles(details: Table, name: str, row: int) -> Quantiles:
    values = {level: round(float(details[f"{name}_{level}"][row]), _DECIMALS) for level in ("p10", "p50", "p90")}
    return Quantiles(**values)
