"""The five questions as the edge asks them: from the bytes of a body to the bytes of its answer.

The framework would route, copy and convert each request once more, which costs as much as a small model; what it adds
to these five is done by the edge before or here.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from serving.answering import Answering
from serving.edge.state import Ask
from serving.http_problems import Exchange, invalid, refuse
from serving.questions import PATHS

SLOW = frozenset({"clash_detector"})
"""Problems whose questions are answered in a thread."""


def open_questions(answering: Answering, schemas: Mapping[str, Any]) -> dict[str, Ask]:
    """Return path to what answers it; ``schemas`` are the request schemas by problem."""
    return {path: _ask(answering, problem, schemas[problem]) for problem, path in PATHS.items()}


def _ask(answering: Answering, problem: str, schema: Any) -> Ask:
    answer = answering.answer_elsewhere if problem in SLOW else answering.answer

    async def ask(exchange: Exchange) -> bytes:
        try:
            request = schema.model_validate_json(exchange.body)
        except ValidationError as error:
            refuse(invalid(error))
        return await answer(problem, request)

    return ask
