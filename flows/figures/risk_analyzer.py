"""Risk analyzer: the accuracy of the commonest kind of request, which gives the four required inputs and no more."""

import numpy as np

from flows.figures.contract import Answered
from structural.problems.risk_analyzer.request import OPTIONAL_LEVELS, OPTIONAL_NUMBERS
from structural.problems.risk_analyzer.truth import label
from structural.tables import UNSPECIFIED, Table


def figures(answered: Answered) -> dict[str, float]:
    """Return ``accuracy_without_optional_inputs``, of the holdout's questions with every optional input left out.

    What is left out changes the truth too (it is then the expectation over the prior), so the reference model answers
    the shortened questions anew.
    """
    bare = without_optionals(answered.questions)
    answers = np.asarray(answered.predictor.propose(bare).answers, dtype=np.str_)
    truth = label(bare)[answered.problem.answer_column]
    return {"accuracy_without_optional_inputs": float(np.mean(answers == truth))}


def without_optionals(questions: Table) -> Table:
    """Return the questions with every optional input missing."""
    bare = dict(questions)
    for name in OPTIONAL_LEVELS:
        bare[name] = np.full(len(questions[name]), UNSPECIFIED)
    for name in OPTIONAL_NUMBERS:
        bare[name] = np.full(len(questions[name]), np.nan)
    return bare
