"""Trainer of the compliance checker: a small BERT, trained from scratch, that tags what each value in a document is."""

from numpy.typing import NDArray

from structural.tables import Table
from training.contract import TrainingJob, TrainingReport

BASELINE = "dictionary of the most common key spellings and plain units; every check decided by the same engine"


def train(job: TrainingJob) -> TrainingReport:
    """Train, calibrate and export the reader; see `training.compliance_checker.fit`."""
    from training.compliance_checker.fit import fit

    return fit(job)


def predict_baseline(train_table: Table, questions: Table) -> NDArray:
    """Return the answers of the rule reader without a network; it learns nothing from ``train_table``."""
    from training.compliance_checker.baseline import answer

    del train_table
    return answer(questions)
