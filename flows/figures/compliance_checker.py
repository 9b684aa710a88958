"""Compliance checker: documents whose names, sentences and units were never met, and what is served of them.

The reserved spellings never occur in a dataset (`structural.problems.compliance_checker.sampler.sample_held_out`), so
documents in them are drawn freshly here, from a seed that is none of any dataset.
"""

import numpy as np
from numpy.typing import NDArray

from flows.figures.contract import Answered, fresh_count
from serving.predictors.contract import Predictor
from structural.problem import Problem, Role
from structural.problems.compliance_checker.answering import ABSTAIN
from structural.problems.compliance_checker.sampler import sample_held_out
from structural.problems.compliance_checker.truth import CONTRADICTION, label
from structural.tables import Table

FRESH_DOCUMENTS = 3_000
"""At most; of a small holdout fewer."""
FRESH_SEED = np.random.SeedSequence(entropy=360_22, spawn_key=(3, 0, 1))
"""A chunk of a dataset has a spawn key of two numbers (problem, chunk); one of three is no seed of any dataset."""


def figures(answered: Answered) -> dict[str, float]:
    """Return what is served of the holdout, how contradictions are met, and the same of unseen phrasing."""
    found = served_figures(answered.truth, answered.served)
    fresh = sample_held_out(fresh_count(answered, FRESH_DOCUMENTS), np.random.default_rng(FRESH_SEED))
    truth = np.asarray(label(fresh)[answered.problem.answer_column], dtype=np.str_)
    answers, served = _ask(answered.predictor, answered.problem, fresh)
    found["unseen_phrasing_accuracy"] = float(np.mean(answers == truth))
    unseen = served_figures(truth, served)
    return found | {f"unseen_phrasing_{name}": value for name, value in unseen.items()}


def served_figures(truth: NDArray[np.str_], served: NDArray[np.str_]) -> dict[str, float]:
    """Return share served right, share abstained, and count of wrong answers that were served as sure, of (n,) answers.

    ``contradictions_flagged`` is the share of documents contradicting themselves that are answered by saying exactly
    about what.
    """
    abstained = served == ABSTAIN
    found = {
        "served_accuracy": float(np.mean(served == truth)),
        "abstained_share": float(abstained.mean()),
        "wrong_verdicts_served": float(np.sum((served != truth) & ~abstained)),
    }
    twofold = np.strings.startswith(truth, CONTRADICTION)
    if twofold.any():
        found["contradictions_flagged"] = float(np.mean((served == truth)[twofold]))
    return found


def _ask(predictor: Predictor, problem: Problem, documents: Table) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    questions = {name: documents[name] for name in problem.names(Role.QUESTION)}
    proposals = predictor.propose(questions)
    served = predictor.prove(questions, proposals)
    return np.asarray(proposals.answers, dtype=np.str_), np.asarray(served, dtype=np.str_)
