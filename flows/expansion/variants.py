"""Variants of the models: trained beside the model of the settings, the best by the validation split is taken.

The sealed holdout takes no part in the choice: what is chosen meets it once, at the gate.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from configs import Settings
from flows import orders
from flows.environment import PROGRESS_LOGGER
from flows.steps import Steps

log = logging.getLogger(PROGRESS_LOGGER)
CONFIGURED = "configured"
"""The model as training.yaml has it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One variant of one model: its accuracy on the validation split (None where training failed) and its seconds."""

    model: str
    variant: str
    params: Mapping[str, Any]
    accuracy: float | None
    seconds: float
    failure: str = ""


def choose(attempts: list[Attempt]) -> Attempt | None:
    """Return the best attempt of one model, the configured one among equals; None where all failed."""
    done = [attempt for attempt in attempts if attempt.accuracy is not None]
    return max(done, key=lambda item: (item.accuracy or 0.0, item.variant == CONFIGURED), default=None)


def train_variants(steps: Steps, dataset: Mapping[str, Any]) -> list[Attempt]:
    """Train every model as configured and in its variants; the best of each becomes the run's candidate.

    A variant that fails is noted and passed over; a model of which all fail is carried on with the reason.
    """
    wanted = {
        (model, variant): orders.training_order(_with(steps.settings, model, params), model, dataset)
        for model in steps.candidates
        for variant, params in _variants(steps.settings, model).items()
    }
    results = steps.start_trainings({_label(*key): order for key, order in wanted.items()})
    attempts: list[Attempt] = []
    trained: dict[tuple[str, str], dict[str, Any]] = {}
    for key, order in wanted.items():
        label = _label(*key)
        try:
            done = results[label]()
        except Exception as error:  # noqa: BLE001  (one variant's failure must not end the others)
            log.error("%s: training failed: %s", label, error)
            attempts.append(Attempt(*key, order["params"], None, 0.0, str(error)))
            continue
        steps.note_training(label, done)
        trained[key] = done
        accuracy = float(done["report"]["validation"]["accuracy"])
        attempts.append(Attempt(*key, order["params"], accuracy, float(done["report"]["training_seconds"])))
    for model, candidate in steps.candidates.items():
        mine = [attempt for attempt in attempts if attempt.model == model]
        best = choose(mine)
        if best is None:
            candidate.failure = f"training failed: {mine[0].failure}"
        else:
            candidate.trained = trained[model, best.variant]
        _note(steps, model, mine, best)
    return attempts


def _variants(settings: Settings, model: str) -> dict[str, Mapping[str, Any]]:
    return {CONFIGURED: {}} | dict(settings.expansion.variants.get(model, {}))


def _with(settings: Settings, model: str, params: Mapping[str, Any]) -> Settings:
    tuned = getattr(settings.training, model) | dict(params)
    return replace(settings, training=settings.training.model_copy(update={model: tuned}))


def _label(model: str, variant: str) -> str:
    return model if variant == CONFIGURED else f"{model} ({variant})"


def _note(steps: Steps, model: str, attempts: list[Attempt], best: Attempt | None) -> None:
    tried = {item.variant: {"accuracy": item.accuracy, "seconds": item.seconds} for item in attempts}
    facts: dict[str, Any] = {"variants": tried, "variant": best.variant if best else None}
    if best is None:
        facts["failure"] = steps.candidates[model].failure
    else:
        facts["training_seconds"] = best.seconds
    steps.record.model(model, **facts)
