"""Trainer of the risk analyzer: XGBoost, LightGBM and a small network, blended."""

from training.risk_analyzer.baseline import BASELINE, predict_baseline
from training.risk_analyzer.fit import train

__all__ = ["BASELINE", "predict_baseline", "train"]
