"""Answers of the compliance checker: the network reads the document, the registry of checks decides."""

from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from serving.errors import ArtifactError, RequestError
from serving.predictors.contract import Proposals
from serving.predictors.onnx import open_session, read_model_card
from serving.schemas.compliance_checker import (
    CheckResult,
    JurisdictionInfo,
    NotUnderstood,
    ReadParameter,
    Request,
    Response,
)
from structural.calibration import Calibration
from structural.code_checks.case import describe
from structural.code_checks.contract import Status
from structural.code_checks.jurisdictions import JURISDICTIONS
from structural.code_checks.parameters import BY_NAME
from structural.code_checks.registry import CHECKS_TOTAL, missing_quantities, registry
from structural.errors import StructuralError
from structural.problems.compliance_checker.answering import ABSTAIN, Answered, answer_documents, parse_document
from structural.problems.compliance_checker.decoding import DocumentReading
from structural.problems.compliance_checker.encoding import ENCODING_VERSION, TAGS, PieceEncoder, Tagger, Tokenizer
from structural.problems.compliance_checker.units import canonical_unit
from structural.tables import Table, row_count, take

_PROBLEM = "compliance_checker"
_THREADED_ROWS = 64
_CHUNK_ROWS = 4_096


class Predictor:
    """The exported reader with the rules behind it; built from an artifact folder."""

    def __init__(self, artifact_dir: Path) -> None:
        card = read_model_card(artifact_dir, _PROBLEM)
        if card.get("encoding_version") != ENCODING_VERSION or card.get("tags") != list(TAGS):
            raise ArtifactError(f"{_PROBLEM}: the model was trained for another encoding; train it again")
        self._calibration = Calibration.from_json(card["calibration"])
        self._encoder = PieceEncoder(_load_tokenizer(artifact_dir / card["files"]["tokenizer"]))
        self._network = artifact_dir / card["files"]["network"]
        self._tagger = _tagger(self._network, threads=1)
        self._batch_tagger: Tagger | None = None

    def propose(self, questions: Table) -> Proposals:
        """Return the reader's answers; ``details["doubtful"]`` says which must not be served as proven."""
        count = row_count(questions)
        parts = [self._answer(take(questions, slice(at, at + _CHUNK_ROWS))) for at in range(0, count, _CHUNK_ROWS)]
        if not parts:
            return Proposals(np.empty(0, dtype=np.str_), np.empty(0), {"doubtful": np.empty(0, dtype=bool)})
        scores = np.concatenate([part.scores for part in parts])
        return Proposals(
            answers=np.concatenate([part.answers for part in parts]),
            confidence=self._calibration.apply(scores),
            details={"doubtful": np.concatenate([part.doubtful for part in parts])},
        )

    def prove(self, questions: Table, proposals: Proposals) -> NDArray[np.str_]:
        """Return the answers that are served: the rules' own, and ``abstain`` where the reading is doubtful."""
        doubtful = proposals.details.get("doubtful")
        if doubtful is None:
            doubtful = self.propose(questions).details["doubtful"]
        return np.where(doubtful, ABSTAIN, proposals.answers)

    def answer(self, request: Request) -> Response:
        """Answer one request; an unknown design code or jurisdiction raises `RequestError` with the known ones."""
        answered = self._read([request.design_parameters], [request.design_code], [request.jurisdiction])
        return _response(request, answered, float(self._calibration.apply(answered.scores)[0]))

    def _answer(self, questions: Table) -> Answered:
        documents = [_document(text) for text in questions["document"].tolist()]
        return self._read(documents, questions["design_code"].tolist(), questions["jurisdiction"].tolist())

    def _read(self, documents: list[dict], codes: list[str], places: list[str]) -> Answered:
        tagger = self._tagger
        if len(documents) > _THREADED_ROWS:
            if self._batch_tagger is None:
                self._batch_tagger = _tagger(self._network, threads=2)
            tagger = self._batch_tagger
        try:
            return answer_documents(documents, codes, places, self._encoder, tagger)
        except StructuralError as error:
            raise RequestError(str(error), field=error.field) from error


def _document(text: str) -> dict:
    try:
        return parse_document(text)
    except StructuralError as error:
        raise RequestError(str(error), field=error.field) from error


def _load_tokenizer(path: Path) -> Tokenizer:
    import tokenizers

    try:
        tokenizer: Tokenizer = tokenizers.Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ArtifactError(f"{_PROBLEM}: {path.name} cannot be read; promote the model again") from error
    except Exception as error:
        raise ArtifactError(f"{_PROBLEM}: {path.name} is damaged; promote the model again") from error
    return tokenizer


def _tagger(path: Path, threads: int) -> Tagger:
    session = open_session(path, threads)

    def run(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        tag, probability = session.run(["tag", "probability"], {"ids": ids, "mask": mask})
        return tag, probability

    return run


def _response(request: Request, answered: Answered, confidence: float) -> Response:
    reading, verified = answered.readings[0], not bool(answered.doubtful[0])
    results = _results(answered)
    by_status: dict[str, list[CheckResult]] = {status.label: [] for status in Status}
    for result in results:
        by_status[result.status].append(result)
    failures = sorted(by_status["fail"], key=lambda item: -(item.ratio if item.ratio is not None else np.inf))
    missing = by_status["missing_input"]
    judged = [item for item in results if item.ratio is not None and item.status in ("pass", "fail")]
    governing = max(judged, key=lambda item: item.ratio or 0.0, default=None)
    place = JURISDICTIONS[request.jurisdiction]
    return Response(
        compliant=verified and not failures and not missing,
        checks_passed=CHECKS_TOTAL - len(failures) - len(missing),
        checks_total=CHECKS_TOTAL,
        confidence=confidence,
        violations=failures,
        missing_input=missing,
        advisories=by_status["advisory"],
        checks=results,
        counts=dict(Counter(item.status for item in results)),
        read_parameters=_read_parameters(reading),
        not_understood=[NotUnderstood(text=item.text, reason=item.reason) for item in reading.not_understood],
        doubts=_doubts(reading, verified),
        jurisdiction=JurisdictionInfo(
            key=place.key,
            building_code=place.building_code,
            adopted_steel_edition=place.steel_edition,
            note=place.note,
            confirmed=place.confirmed,
        ),
        design_code=request.design_code,
        verified=verified,
        governing_limit_state=governing.check_id if governing else "",
        clause=governing.clause if governing else "",
    )


def _doubts(reading: DocumentReading, verified: bool) -> list[str]:
    doubts = list(reading.doubts)
    if not reading.parameters:
        doubts.append("nothing in the document was understood")
    if not verified and not doubts:
        doubts.append("the reader is not certain what some values are")
    return doubts


def _results(answered: Answered) -> list[CheckResult]:
    evaluation, case = answered.evaluation, answered.case
    results = []
    for column, check in enumerate(registry()):
        status = Status(int(evaluation.status[0, column]))
        reason = ""
        if status is Status.NOT_APPLICABLE:
            reason = check.reason
        elif status is Status.MISSING_INPUT:
            asked = dict.fromkeys(describe(name) for name in missing_quantities(check, case, 0))
            reason = "missing: " + (", ".join(asked) or check.asks)
        results.append(
            CheckResult(
                check_id=check.id,
                title=check.title,
                clause=check.clause,
                demand=_figure(evaluation.demand[0, column]),
                capacity=_figure(evaluation.capacity[0, column]),
                ratio=_figure(evaluation.ratio[0, column]),
                unit=check.unit,
                status=status.label,
                reason=reason,
            )
        )
    return results


def _figure(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None


def _read_parameters(reading: DocumentReading) -> list[ReadParameter]:
    return [
        ReadParameter(
            parameter=item.name,
            value=item.value,
            unit=canonical_unit(BY_NAME[item.name]),
            source=item.source,
            source_text=item.source_text,
            source_unit=item.unit,
            assumed=item.assumed,
        )
        for item in reading.parameters.values()
    ]
