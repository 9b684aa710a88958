"""Trainer of the section optimizer: two libraries of boosted trees learn what the code makes of simple ratios.

For each candidate shape of a question an estimate of its utilization is made from textbook mechanics; XGBoost and
LightGBM each regress how far the true log utilization is from it. The proposal is the lightest candidate whose blended
prediction is at most 1.
"""

from training.contract import TrainingJob, TrainingReport
from training.section_optimizer.baseline import BASELINE, predict_baseline

__all__ = ["BASELINE", "predict_baseline", "train"]


def train(job: TrainingJob) -> TrainingReport:
    """Train, export and measure the model of this problem; see `training.contract`."""
    from training.section_optimizer.fit import run

    return run(job)
