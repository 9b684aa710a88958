"""What every predictor gives: raw proposals for many questions, proof of them, and one full answer a request.

The same predictor serves HTTP and is evaluated on the sealed holdout, so what is measured is what is served.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from serving.errors import ServingError
from structural.problems import PROBLEM_NAMES
from structural.tables import Table


@dataclass(frozen=True, slots=True)
class Proposals:
    """Raw model answers, before any proof.

    ``answers`` (n,) strings comparable with the problem's answer column; ``confidence`` (n,) calibrated probability
    of each answer; ``details`` further columns of the proposal (for example capacity).
    """

    answers: NDArray[np.str_]
    confidence: NDArray[np.float64]
    details: Table = field(default_factory=dict)


class Predictor(Protocol):
    """The class ``Predictor`` of ``serving.predictors.<problem>``; built from an artifact folder."""

    def propose(self, questions: Table) -> Proposals:
        """Return the model's own answers to a table of QUESTION columns."""

    def prove(self, questions: Table, proposals: Proposals) -> NDArray[np.str_]:
        """Return the answers that would be served after the engine's proof, shape (n,)."""

    def answer(self, request: Any) -> Any:
        """Answer one validated request (a pydantic model of ``serving.schemas``) with its response model."""


class AnswersTogether(Protocol):
    """A predictor to which ``least_together`` questions at once, or more, are less work than one after the other."""

    least_together: int

    def answer_together(self, requests: Sequence[Any]) -> list[Any]:
        """Return for each request what ``answer`` gives, or the error that it raises, in order."""


def together_with(predictor: Any, count: int) -> Callable[[Sequence[Any]], list[Any]] | None:
    """Return what answers so many questions at once with less work than one by one, None where nothing does."""
    found: Callable[[Sequence[Any]], list[Any]] | None = getattr(predictor, "answer_together", None)
    return found if found is not None and count >= predictor.least_together else None


def outcomes(answer: Callable[[Any], Any], requests: Iterable[Any]) -> list[Any]:
    """Return for each request its answer, or the error that was raised instead."""
    return [_outcome(answer, request) for request in requests]


def _outcome(answer: Callable[[Any], Any], request: Any) -> Any:
    try:
        return answer(request)
    except Exception as error:  # noqa: BLE001  (whoever asked for it tells refusals from faults)
        return error


def load_predictor(problem: str, artifact_dir: Path) -> Predictor:
    """Load the exported model of a problem; a missing or damaged artifact raises `ArtifactError`."""
    if problem not in PROBLEM_NAMES:
        raise ServingError(f"no predictor for {problem!r}; known: {', '.join(PROBLEM_NAMES)}")
    predictor: Predictor = import_module(f"serving.predictors.{problem}").Predictor(artifact_dir)
    return predictor
