"""Trainer of the connection designer: a CNN over the drawing, attention over the bolts, scalars beside them."""

from training.connection_designer.baseline import BASELINE, predict_baseline
from training.connection_designer.fit import train

__all__ = ["BASELINE", "predict_baseline", "train"]
