"""What the further figures of a problem are made from, and where they are computed."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from flows.metrics import detail_figures
from serving.predictors.contract import Predictor, Proposals
from structural.problem import Problem
from structural.tables import Table

_LEAST_FRESH = 300


@dataclass(frozen=True, slots=True)
class Answered:
    """A holdout with everything that was answered to it; arrays are (n,), row by row the entries of ``holdout``.

    ``served`` are the answers after the engine's proof, ``baseline`` those of the simple rule; ``predictor`` answers
    further questions.
    """

    problem: Problem
    holdout: Table
    questions: Table
    proposals: Proposals
    served: NDArray[np.str_]
    baseline: NDArray[np.str_]
    predictor: Predictor

    @property
    def truth(self) -> NDArray[np.str_]:
        """The true answers."""
        return np.asarray(self.holdout[self.problem.answer_column], dtype=np.str_)

    @property
    def answers(self) -> NDArray[np.str_]:
        """The model's own answers."""
        return np.asarray(self.proposals.answers, dtype=np.str_)


def fresh_count(answered: Answered, most: int) -> int:
    """Return how many fresh questions to ask: half as many as the holdout has entries, 300 at least, ``most`` at most.

    A trial on few entries is not to spend its time on them.
    """
    return min(max(len(answered.truth) // 2, _LEAST_FRESH), most)


def further_figures(answered: Answered) -> dict[str, float]:
    """Return the figures that the labels give and those of the problem's own module ``flows.figures.<problem>``."""
    figures = detail_figures(answered.holdout, answered.proposals.details)
    module = f"{__package__}.{answered.problem.name}"
    if find_spec(module) is not None:
        own: Callable[[Answered], dict[str, float]] = import_module(module).figures
        figures |= own(answered)
    return figures
