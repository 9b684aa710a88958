"""The five questions as the edge asks them: from the bytes of a body to the bytes of its answer.

The framework would route, copy and convert each request once more, which costs as much as a small model; what it adds
to these five is done by the edge before or here.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from serving.answering import Answering
from serving.edge.gates import busy
from serving.edge.state import Ask
from serving.http_problems import Exchange, invalid, refuse
from serving.questions import PATHS
from serving.together import LateError

SLOW = frozenset({"clash_detector"})
"""Problems whose questions are answered in a thread."""


def open_questions(answering: Answering, schemas: Mapping[str, Any]) -> dict[str, Ask]:
    """Return path to what answers it; ``schemas`` are the request schemas by problem."""

    def open_question(problem: str) -> Ask:
        schema = schemas[problem]

        async def ask_at_once(exchange: Exchange) -> bytes:
            try:
                return await answering.answer(problem, _read(schema, exchange))
            except LateError:
                refuse(busy())

        async def ask_elsewhere(exchange: Exchange) -> bytes:
            return await answering.answer_elsewhere(problem, _read(schema, exchange))

        return ask_elsewhere if problem in SLOW else ask_at_once

    return {path: open_question(problem) for problem, path in PATHS.items()}


def _read(schema: Any, exchange: Exchange) -> Any:
    try:
        return schema.model_validate_json(exchange.body)
    except ValidationError as error:
        refuse(invalid(error))
