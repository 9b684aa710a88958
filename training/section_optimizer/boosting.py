"""Fitting the two ensembles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.problems.section_optimizer.encoding import FEATURES
from training.section_optimizer.pairs import Pairs
from training.section_optimizer.params import LIGHTGBM, PARTS, XGBOOST, Params

MEAN_PAIR_WEIGHT = 0.25
"""XGBoost bounds a leaf by weight, LightGBM by rows: a row near the decision weighs about this."""
LOG_EVERY = 25
"""Rounds between two entries of the history."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a fit may use; ``device`` is ``cpu`` or ``cuda`` and concerns XGBoost alone."""

    seed: int
    threads: int
    show_progress: bool
    device: str = "cpu"


@dataclass(frozen=True, slots=True)
class Fitted:
    """One trained ensemble: booster, rounds kept, validation RMSE a round (percent), gain a feature (shares)."""

    booster: Any
    rounds: int
    curve: list[float]
    train_curve: list[float]
    gain: dict[str, float]


Ensembles = Mapping[str, Fitted]
"""The trained ensembles by part."""


def fit_ensembles(train: Pairs, validation: Pairs, params: Params, budget: Budget) -> dict[str, Fitted]:
    """Fit the parts asked for, stopping early on the validation pairs."""
    fits = {XGBOOST: fit_xgboost, LIGHTGBM: fit_lightgbm}
    return {part: fits[part](train, validation, params, budget) for part in params.parts}


def in_place_of(part: str, present: Mapping[str, Any]) -> str:
    """Return the part itself when it is there, else the one that stands in for it: the other library."""
    return part if part in present else next(iter(present))


def fit_xgboost(train: Pairs, validation: Pairs, params: Params, budget: Budget) -> Fitted:
    """Fit XGBoost, stopping early on the validation pairs."""
    import xgboost

    data = _xgboost_matrix(train, params, budget)
    watch = _xgboost_matrix(validation, params, budget, reference=data)
    settings = {
        "tree_method": "hist",
        "device": budget.device,
        "objective": "reg:squarederror",
        "max_depth": params.depth,
        "learning_rate": params.learning_rate,
        "max_bin": params.max_bins,
        "min_child_weight": params.min_leaf_rows * MEAN_PAIR_WEIGHT,
        "lambda": params.l2,
        "colsample_bynode": params.feature_share,
        "base_score": 0.0,
        "seed": budget.seed,
        "nthread": budget.threads,
    }
    curves: dict[str, Any] = {}
    with _Progress("XGBoost", params.max_rounds, budget.show_progress) as progress:
        booster = xgboost.train(
            settings,
            data,
            params.max_rounds,
            evals=[(data, "train"), (watch, "validation")],
            evals_result=curves,
            early_stopping_rounds=params.patience,
            callbacks=[_xgboost_tick(progress)],
            verbose_eval=False,
        )
    rounds = int(booster.best_iteration) + 1
    booster = booster[:rounds]
    booster.set_param({"device": "cpu"})  # what it answers from here on comes and goes in ordinary memory
    raw_gain = booster.get_score(importance_type="total_gain")
    gain = {FEATURES[int(key[1:])]: float(value) for key, value in raw_gain.items()}
    return Fitted(booster, rounds, curves["validation"]["rmse"], curves["train"]["rmse"], _shares(gain))


def _xgboost_matrix(pairs: Pairs, params: Params, budget: Budget, reference: Any = None) -> Any:
    import xgboost

    return xgboost.QuantileDMatrix(
        pairs.features,
        label=pairs.target,
        weight=pairs.weight,
        ref=reference,
        max_bin=params.max_bins,
        nthread=budget.threads,
    )


def fit_lightgbm(train: Pairs, validation: Pairs, params: Params, budget: Budget) -> Fitted:
    """Fit LightGBM, stopping early on the validation pairs."""
    import lightgbm

    data = lightgbm.Dataset(train.features, train.target, weight=train.weight, feature_name=list(FEATURES))
    watch = lightgbm.Dataset(validation.features, validation.target, weight=validation.weight, reference=data)
    settings = {
        "objective": "regression",
        "metric": "rmse",
        "num_leaves": params.leaves,
        "learning_rate": params.learning_rate,
        "max_bin": params.max_bins - 1,
        "min_data_in_leaf": params.min_leaf_rows,
        "lambda_l2": params.l2,
        "feature_fraction_bynode": params.feature_share,
        "boost_from_average": False,
        "seed": budget.seed,
        "num_threads": budget.threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    curves: dict[str, Any] = {}
    with _Progress("LightGBM", params.max_rounds, budget.show_progress) as progress:
        booster = lightgbm.train(
            settings,
            data,
            params.max_rounds,
            valid_sets=[data, watch],
            valid_names=["train", "validation"],
            callbacks=[
                lightgbm.early_stopping(params.patience, verbose=False),
                lightgbm.record_evaluation(curves),
                lambda _: progress.update(),
            ],
        )
    rounds = int(booster.best_iteration)
    gain = dict(zip(FEATURES, booster.feature_importance("gain", iteration=rounds).tolist(), strict=True))
    return Fitted(booster, rounds, curves["validation"]["rmse"], curves["train"]["rmse"], _shares(gain))


def predict(ensembles: Ensembles, rows: NDArray[np.float32], threads: int) -> NDArray[np.float64]:
    """Return the outputs (k, 2) of the ensembles for feature rows (k, f), in the order of `PARTS`.

    Where one library was left out, the other's output stands in both columns.
    """
    outputs = {part: np.asarray(_predict(part, fitted, rows, threads), float) for part, fitted in ensembles.items()}
    return np.stack([outputs[in_place_of(part, outputs)] for part in PARTS], axis=1)


def _predict(part: str, fitted: Fitted, rows: NDArray[np.float32], threads: int) -> Any:
    if part == XGBOOST:
        return fitted.booster.inplace_predict(rows)
    return fitted.booster.predict(rows, num_iteration=fitted.rounds, num_threads=threads)


def history(ensembles: Ensembles) -> list[dict[str, float]]:
    """Return the curves of the libraries, one entry every `LOG_EVERY` rounds."""
    curves = {}
    for part, fitted in ensembles.items():
        curves[f"{part}_train_rmse_percent"] = fitted.train_curve
        curves[f"{part}_validation_rmse_percent"] = fitted.curve
    longest = max(len(curve) for curve in curves.values())
    steps = [step for step in range(longest) if step % LOG_EVERY == 0 or step == longest - 1]
    return [
        {"step": float(step), **{name: float(curve[step]) for name, curve in curves.items() if step < len(curve)}}
        for step in steps
    ]


def _shares(gain: dict[str, float]) -> dict[str, float]:
    total = sum(gain.values()) or 1.0
    return {name: gain.get(name, 0.0) / total for name in FEATURES}


class _Progress:
    """A progress bar over boosting rounds, or nothing."""

    def __init__(self, title: str, rounds: int, show: bool) -> None:
        self._title, self._rounds, self._show = title, rounds, show
        self._bar: Any = None

    def __enter__(self) -> "_Progress":
        if self._show:
            from tqdm import tqdm

            self._bar = tqdm(total=self._rounds, desc=f"section optimizer: {self._title}", unit="round")
        return self

    def __exit__(self, *reason: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def update(self) -> None:
        """Count one round."""
        if self._bar is not None:
            self._bar.update()


def _xgboost_tick(progress: _Progress) -> Any:
    import xgboost

    class Tick(xgboost.callback.TrainingCallback):  # type: ignore[misc]
        """Counts rounds."""

        def after_iteration(self, *_: Any) -> bool:
            """Count a round; never stops the training."""
            progress.update()
            return False

    return Tick()
