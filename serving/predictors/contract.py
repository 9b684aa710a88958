"""What every predictor gives: raw proposals for many questions, proof of them, and one full answer a request.

The same predictor serves HTTP and is evaluated on the sealed holdout, so what is measured is what is served.
"""

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


def load_predictor(problem: str, artifact_dir: Path) -> Predictor:
    """Load the exported model of a problem; a missing or damaged artifact raises `ArtifactError`."""
    if problem not in PROBLEM_NAMES:
        raise ServingError(f"no predictor for {problem!r}; known: {', '.join(PROBLEM_NAMES)}")
    predictor: Predictor = import_module(f"serving.predictors.{problem}").Predictor(artifact_dir)
    return predictor
