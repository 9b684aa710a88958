"""A model trained on labels dealt out at random knows nothing: on validation it is no better than the commonest answer.

Better than that would mean that something tells the trainer the answer besides the question. Knowing nothing, the
number of right answers is at best that of a binomial distribution with the commonest answer's share; the bound is its
point of one in a thousand. On the true labels the same training passes the bound by far, so the test can fail.
"""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from structural.problems import load_problem
from structural.tables import Table
from tests.training.small import train_small, with_shuffled_labels, write_dataset

CONFIDENCE = 0.999
TRAINING_ROWS, ROWS = 1_000, 1_500
TREES = ("risk_analyzer", {"parts": ["xgboost", "lightgbm"]})
NETWORK = ("clash_detector", {})
CLEARLY_ABOVE = 0.1
"""How far the training on true labels passes the bound at least, in accuracy."""


def bound(problem: str, table: Table) -> float:
    """Return the accuracy on the validation rows that a model without knowledge stays below, but once in a thousand."""
    counted = slice(TRAINING_ROWS, None)
    answers = table[load_problem(problem).answer_column][counted]
    if "in_guard_band" in table:  # the trainer neither learns from such rows nor counts them
        answers = answers[~table["in_guard_band"][counted]]
    commonest = np.unique(answers, return_counts=True)[1].max() / len(answers)
    return float(binom.ppf(CONFIDENCE, len(answers), commonest)) / len(answers)


@pytest.mark.parametrize(("problem", "params"), [TREES, NETWORK], ids=["trees", "network"])
def test_shuffled_labels_score_at_chance_and_true_ones_well_above(
    tmp_path: Path, problem: str, params: dict[str, object]
) -> None:
    true = load_problem(problem).generate(ROWS, np.random.default_rng(17))
    shuffled = with_shuffled_labels(problem, true, TRAINING_ROWS, seed=23)
    accuracy = {}
    for name, table in (("true", true), ("shuffled", shuffled)):
        dataset = write_dataset(tmp_path / f"{name}.parquet", table, TRAINING_ROWS)
        accuracy[name] = train_small(problem, dataset, tmp_path / name, **params).validation["accuracy"]
    assert accuracy["shuffled"] <= bound(problem, shuffled)
    assert accuracy["true"] > bound(problem, true) + CLEARLY_ABOVE
