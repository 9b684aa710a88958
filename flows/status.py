"""What the last run came to, for people and programs: ``sdai status``."""

from collections.abc import Mapping
from typing import Any

from structural.problems import PROBLEM_NAMES

CONTRACT = (
    "target",
    "holdout_accuracy",
    "holdout_n",
    "baseline_accuracy",
    "verdict",
    "reasons",
    "version",
    "training_seconds",
    "worst_slice",
    "inference_p95_ms",
    "inference_limit_ms",
    "inference_questions",
)
"""Keys every model has; None where a run did not get that far."""


def status(record: Mapping[str, Any], in_service: Mapping[str, str]) -> dict[str, Any]:
    """Return the machine-readable state of a run record: ``dataset``, ``models``, ``total_seconds`` and more.

    ``in_service`` names the version that answers for each model, by the ledger; it may be an earlier run's, while
    ``promoted`` tells whether this run put its own in service.

    ``worst_slice`` is the least accurate group of the slices that holds enough entries to be judged: its ``name``,
    ``group``, ``count`` and ``accuracy``. ``inference_p95_ms`` is the model alone on ``inference_questions`` questions
    at a time; ``p95_ms`` a whole request to the service.

    Accuracies are ratios (0 to 1) on the sealed holdout; ``total_seconds`` counts work taken over from an earlier,
    interrupted run with the time it took then, ``wall_seconds`` is this invocation alone.
    """
    models = {
        name: _model(record["models"].get(name, {})) | {"in_service": in_service.get(name)} for name in PROBLEM_NAMES
    }
    return {
        "dataset": {"entries": None, "sha256": None} | dict(record["dataset"]),
        "models": models,
        "total_seconds": record["total_seconds"],
        "wall_seconds": record["wall_seconds"],
        "stages": record["stages"],
        "run_id": record["run_id"],
        "state": record["state"],
        **({"error": record["error"]} if "error" in record else {}),
    }


def _model(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: [] if key == "reasons" else None for key in CONTRACT} | dict(facts)
