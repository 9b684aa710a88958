"""The boosted trees: XGBoost and LightGBM, stacked on the network.

Each learns what the network's score leaves over. Trees alone come to a mean error of 0.11 of a score that is a smooth
function of its inputs; on top of the network they take a fifth off its squared error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.problems.risk_analyzer.decoding import TARGETS
from structural.problems.risk_analyzer.encoding import FEATURES
from training.contract import TrainingJob
from training.devices import xgboost_device
from training.risk_analyzer.params import LIGHTGBM, XGBOOST, Params

History = list[dict[str, float]]
INPUTS = (*FEATURES, *(f"network {name}" for name in TARGETS))
"""What the trees read: the features and all outputs of the network."""
_HISTORY_EVERY_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Leftover:
    """``inputs`` (n, len(INPUTS)) float32 and ``errors`` (n,), true score less the network's."""

    inputs: NDArray[np.float32]
    errors: NDArray[np.float64]


def fit_xgboost(training: Leftover, stopping: Leftover, params: Params, job: TrainingJob) -> tuple[Any, History]:
    """Return the XGBoost booster cut at its best round, and the history of its validation error."""
    import xgboost as xgb

    settings = {
        "objective": "reg:squarederror",
        "eval_metric": "mae",
        "tree_method": "hist",
        "device": xgboost_device(job.device),
        "eta": params.tree_learning_rate,
        "max_depth": params.tree_depth,
        "min_child_weight": 20,
        "subsample": 0.9,
        "colsample_bytree": 0.8,
        "seed": job.seed,
        "nthread": job.threads,
    }
    data, watched = (xgb.DMatrix(part.inputs, label=part.errors) for part in (training, stopping))
    results: dict[str, dict[str, list[float]]] = {}
    booster = xgb.train(
        settings,
        data,
        num_boost_round=params.boosting_rounds,
        evals=[(watched, "validation")],
        evals_result=results,
        early_stopping_rounds=params.patience_rounds,
        callbacks=_xgboost_progress(params, job),
        verbose_eval=False,
    )
    cut = booster[: booster.best_iteration + 1]
    cut.set_param({"device": "cpu"})  # what it answers from here on comes and goes in ordinary memory
    return cut, _history("xgboost_score_mae", results["validation"]["mae"])


def fit_lightgbm(training: Leftover, stopping: Leftover, params: Params, job: TrainingJob) -> tuple[Any, History]:
    """Return the LightGBM booster cut at its best round, and the history of its validation error."""
    import lightgbm as lgb

    settings = {
        "objective": "regression",
        "metric": "l1",
        "learning_rate": params.tree_learning_rate,
        "num_leaves": params.tree_leaves,
        "min_data_in_leaf": 40,
        "bagging_fraction": 0.9,
        "bagging_freq": 1,
        "feature_fraction": 0.8,
        "seed": job.seed,
        "num_threads": job.threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    data = lgb.Dataset(training.inputs, training.errors, free_raw_data=False)
    results: dict[str, dict[str, list[float]]] = {}
    booster = lgb.train(
        settings,
        data,
        num_boost_round=params.boosting_rounds,
        valid_sets=[lgb.Dataset(stopping.inputs, stopping.errors, reference=data)],
        valid_names=["validation"],
        callbacks=[
            lgb.early_stopping(params.patience_rounds, verbose=False),
            lgb.record_evaluation(results),
            *_lightgbm_progress(params, job),
        ],
    )
    cut = lgb.Booster(model_str=booster.model_to_string(num_iteration=booster.best_iteration))
    return cut, _history("lightgbm_score_mae", results["validation"]["l1"])


def fit_trees(
    training: Leftover, stopping: Leftover, params: Params, job: TrainingJob
) -> tuple[dict[str, Any], History]:
    """Return the boosters of the tree models asked for, by part, and their histories one after the other."""
    boosters: dict[str, Any] = {}
    histories: History = []
    for part, fit in ((XGBOOST, fit_xgboost), (LIGHTGBM, fit_lightgbm)):
        if part in params.parts:
            boosters[part], history = fit(training, stopping, params, job)
            histories += history
    return boosters, histories


def predict_trees(boosters: Mapping[str, Any], inputs: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    """Return each tree model's correction of the network's score, (n,) each, in the order of the boosters."""
    calls = {
        part: booster.inplace_predict if part == XGBOOST else booster.predict for part, booster in boosters.items()
    }
    return [np.asarray(call(inputs), dtype=float) for call in calls.values()]


def _history(name: str, errors: list[float]) -> History:
    return [{"step": float(step), name: float(errors[step])} for step in range(0, len(errors), _HISTORY_EVERY_ROUNDS)]


def _xgboost_progress(params: Params, job: TrainingJob) -> list[Any]:
    import xgboost as xgb
    from tqdm import tqdm

    class Bar(xgb.callback.TrainingCallback):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.bar = tqdm(total=params.boosting_rounds, desc="risk_analyzer XGBoost", unit="round")

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002
            self.bar.update()
            return False

        def after_training(self, model: Any) -> Any:
            self.bar.close()
            return model

    return [Bar()] if job.show_progress else []


def _lightgbm_progress(params: Params, job: TrainingJob) -> list[Any]:
    from tqdm import tqdm

    if not job.show_progress:
        return []
    bar = tqdm(total=params.boosting_rounds, desc="risk_analyzer LightGBM", unit="round")

    def move(environment: Any) -> None:  # noqa: ARG001
        bar.update()

    return [move]
