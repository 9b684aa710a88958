"""Stored requests as rows of the dataset: the QUESTION columns that the service itself makes of them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from structural.tables import Table


def read_question(problem: str, given: Any) -> Table:
    """Return the question of a stored request, one row.

    Clash requests name a model and hold no question of their own: `KeyError`. A request that is none of today's
    contract raises pydantic's `ValidationError`, or `RequestError`.
    """
    return _READERS[problem](given)


def _section(given: Any) -> Table:
    from serving.predictors.section_optimizer import to_questions
    from serving.schemas.section_optimizer import Request

    return to_questions([Request.model_validate(given)])


def _connection(given: Any) -> Table:
    from serving.predictors.connection_designer import to_question
    from serving.schemas.connection_designer import Request

    return {name: np.array([value]) for name, value in to_question(Request.model_validate(given)).items()}


def _risk(given: Any) -> Table:
    from serving.predictors.risk_analyzer import question_table
    from serving.schemas.risk_analyzer import Request

    return question_table([Request.model_validate(given)])


def _compliance(given: Any) -> Table:
    from serving.schemas.compliance_checker import Request

    request = Request.model_validate(given)
    texts = {
        "document": json.dumps(request.design_parameters, ensure_ascii=False),
        "design_code": request.design_code,
        "jurisdiction": request.jurisdiction,
    }
    return {name: np.array([text]) for name, text in texts.items()}


_READERS: Mapping[str, Callable[[Any], Table]] = {
    "section_optimizer": _section,
    "connection_designer": _connection,
    "risk_analyzer": _risk,
    "compliance_checker": _compliance,
}
ASKED_WHOLE = frozenset(_READERS)
"""Problems whose stored requests hold the whole question."""
