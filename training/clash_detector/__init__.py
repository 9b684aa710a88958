"""Trainer of the clash detector: a 3D CNN over distance grids, an LSTM over their slices, and scalars of the pair."""

from training.clash_detector.baseline import BASELINE, predict_baseline
from training.clash_detector.fit import train

__all__ = ["BASELINE", "predict_baseline", "train"]
