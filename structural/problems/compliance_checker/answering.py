"""From documents to answers: read, evaluate, score. The trainer, the predictor and the service all go through here."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.checks import FloatArray
from structural.code_checks.case import Case
from structural.code_checks.jurisdictions import jurisdiction, require_design_code
from structural.code_checks.parameters import parameter_table
from structural.code_checks.registry import Evaluation, answers
from structural.errors import StructuralError
from structural.problems.compliance_checker.decoding import DocumentReading, read_documents
from structural.problems.compliance_checker.encoding import PieceEncoder, Tagger, TagMemory
from structural.problems.compliance_checker.truth import contradiction, evaluate_single, evaluate_table

ABSTAIN = "abstain"
"""Served instead of an answer when a document cannot be read for certain."""
LEAST_CERTAINTY = 0.98
"""A tag less probable than this makes the whole reading doubtful."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers to n documents.

    ``answers`` as in the answer column; ``scores`` raw confidence in 0..1 (least tag probability, 0 where the reading
    is doubtful); ``doubtful`` where the answer must not be served as proven. A document that gives one parameter two
    values is answered by naming it (`truth.contradiction`): there is no verdict on such a design.
    """

    answers: NDArray[np.str_]
    scores: FloatArray
    doubtful: NDArray[np.bool_]
    readings: list[DocumentReading]
    case: Case
    evaluation: Evaluation


def parse_document(text: str) -> dict[str, Any]:
    """Return the document of a JSON text; what is no JSON object raises `StructuralError`."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise StructuralError("design_parameters is not JSON", field="design_parameters") from error
    if not isinstance(document, dict):
        raise StructuralError("design_parameters must be an object of keys and values", field="design_parameters")
    return document


def answer_documents(
    documents: Sequence[dict[str, Any]],
    design_codes: Sequence[str],
    jurisdictions: Sequence[str],
    encoder: PieceEncoder,
    tagger: Tagger,
    memory: TagMemory | None = None,
) -> Answered:
    """Return the answers to documents under their design codes and jurisdictions (n each).

    ``memory`` holds what the same network has read before.

    Raises
    ------
    StructuralError
        For an unknown design code or jurisdiction, or a document beyond the limits of `segments`.
    """
    for code in set(design_codes):
        require_design_code(str(code))
    for place in set(jurisdictions):
        jurisdiction(str(place))
    readings = read_documents(documents, encoder, tagger, memory)
    case, evaluation = _evaluate([reading.values for reading in readings], design_codes, jurisdictions)
    certainty = np.array([reading.certainty for reading in readings])
    unsure = np.array([bool(reading.doubts) or not reading.parameters for reading in readings], dtype=bool)
    found = answers(evaluation)
    for row, reading in enumerate(readings):
        if reading.contradictions:
            found[row] = contradiction(reading.contradictions)
    return Answered(
        answers=found,
        scores=np.where(unsure, 0.0, certainty),
        doubtful=unsure | (certainty < LEAST_CERTAINTY),
        readings=readings,
        case=case,
        evaluation=evaluation,
    )


def _evaluate(
    designs: Sequence[dict[str, float | str]], design_codes: Sequence[str], jurisdictions: Sequence[str]
) -> tuple[Case, Evaluation]:
    if len(designs) == 1:
        return evaluate_single(designs[0], str(design_codes[0]), str(jurisdictions[0]))
    codes, places = np.asarray(design_codes, dtype=np.str_), np.asarray(jurisdictions, dtype=np.str_)
    return evaluate_table(parameter_table(designs), codes, places)
