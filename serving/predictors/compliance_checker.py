"""Answers of the compliance checker: the network reads the document, the registry of checks decides."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.errors import ArtifactError, RequestError
from serving.predictors.contract import Proposals, outcomes
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
from structural.code_checks import results
from structural.code_checks.contract import Status
from structural.code_checks.parameters import BY_NAME
from structural.code_checks.results import design_result
from structural.errors import StructuralError
from structural.problems.compliance_checker.answering import ABSTAIN, Answered, answer_documents, parse_document
from structural.problems.compliance_checker.decoding import DocumentReading
from structural.problems.compliance_checker.encoding import (
    ENCODING_VERSION,
    TAGS,
    PieceEncoder,
    Tagger,
    TagMemory,
    Tokenizer,
)
from structural.problems.compliance_checker.spelling import Lexicon
from structural.problems.compliance_checker.units import canonical_unit
from structural.tables import Table, row_count, take

_PROBLEM = "compliance_checker"
_THREADED_ROWS = 64
_CHUNK_ROWS = 4_096
_NOT_APPLICABLE = Status.NOT_APPLICABLE.label


class Predictor:
    """The exported reader with the rules behind it; built from an artifact folder."""

    least_together = 2

    def __init__(self, artifact_dir: Path) -> None:
        card = read_model_card(artifact_dir, _PROBLEM)
        known = card.get("encoding_version") == ENCODING_VERSION and all(
            isinstance(card.get(name), list) for name in ("lexicon", "telling")
        )
        if not known or card.get("tags") != list(TAGS):
            raise ArtifactError(f"{_PROBLEM}: the model was trained for another encoding; train it again")
        self._calibration = Calibration.from_json(card["calibration"])
        lexicon = Lexicon(frozenset(card["lexicon"]), frozenset(card["telling"]))
        self._encoder = PieceEncoder(_load_tokenizer(artifact_dir / card["files"]["tokenizer"]), lexicon)
        self._network = artifact_dir / card["files"]["network"]
        self._tagger = _tagger(self._network, threads=1)
        self._batch_tagger: Tagger | None = None
        self._memory = TagMemory()

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
        """Return the answers that are served: the rules' own, ``abstain`` where the reading is doubtful.

        That a document contradicts itself is an answer, not a doubt.
        """
        doubtful = proposals.details.get("doubtful")
        if doubtful is None:
            doubtful = self.propose(questions).details["doubtful"]
        return np.where(doubtful, ABSTAIN, proposals.answers)

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        return self._answered([request])(0)

    def answer_together(self, requests: Sequence[Request]) -> list[Any]:
        """Return for each request its answer, or the error that it raises.

        Raises
        ------
        RequestError
            For a document that cannot be read at all; which one it is, asking one by one tells.
        """
        return outcomes(self._answered(requests), range(len(requests)))

    def _answered(self, requests: Sequence[Request]) -> Callable[[int], Response]:
        """Return what gives the answer to each request by its place."""
        answered = self._read(
            [request.design_parameters for request in requests],
            [request.design_code for request in requests],
            [request.jurisdiction for request in requests],
        )
        confidence = self._calibration.apply(answered.scores)
        return lambda row: _response(requests[row], answered, row, float(confidence[row]))

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
            return answer_documents(documents, codes, places, self._encoder, tagger, self._memory)
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


def _response(request: Request, answered: Answered, row: int, confidence: float) -> Response:
    reading = answered.readings[row]
    verified = not bool(answered.doubtful[row]) and not reading.contradictions
    result = design_result(answered.case, answered.evaluation, row)
    governing, place = result.governing, result.jurisdiction
    shown = {check.check_id: _shown(check) for check in result.checks}
    return Response(
        compliant=verified and result.compliant,
        checks_passed=result.checks_passed,
        checks_total=result.checks_total,
        extended_checks_passed=result.extended_checks_passed,
        extended_checks_total=result.extended_checks_total,
        confidence=confidence,
        violations=[shown[check.check_id] for check in result.with_status(Status.FAIL)],
        missing_input=[shown[check.check_id] for check in result.with_status(Status.MISSING_INPUT)],
        advisories=[shown[check.check_id] for check in result.with_status(Status.ADVISORY)],
        checks=list(shown.values()),
        counts=dict(Counter(check.status for check in result.checks)),
        read_parameters=_read_parameters(reading),
        not_understood=[NotUnderstood(text=item.text, reason=item.reason) for item in reading.not_understood],
        doubts=_doubts(reading, verified),
        jurisdiction=JurisdictionInfo(
            key=place.key,
            building_code=place.building_code,
            adopted_steel_edition=place.steel_edition,
            seismic_edition=place.seismic_edition,
            loads_edition=place.loads_edition,
            note=place.note,
            effective=place.effective,
            confirmed=place.confirmed,
        ),
        edition_differences=list(result.edition_differences),
        assumptions=list(result.assumptions),
        design_code=request.design_code,
        verified=verified,
        governing_limit_state=governing.check_id if governing else "",
        clause=governing.clause if governing else "",
    )


def _shown(check: results.CheckResult) -> CheckResult:
    if check.status == _NOT_APPLICABLE:
        return _apart(check.check_id, check.reason)
    return CheckResult.model_validate(check)


@lru_cache(maxsize=4_096)
def _apart(check_id: str, reason: str) -> CheckResult:
    """Return how a check is shown that does not concern a design, as most do not; all answers share it."""
    return CheckResult.model_validate(results.apart(check_id, reason))


def _doubts(reading: DocumentReading, verified: bool) -> list[str]:
    doubts = [*reading.doubts, *reading.contradictions.values()]
    if not reading.parameters:
        doubts.append("nothing in the document was understood")
    if not verified and not doubts:
        doubts.append("the reader is not certain what some values are")
    return doubts


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
