"""Variants as MLflow runs of an experiment of their own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from configs import Settings
from flows.ablations.measuring import Result
from flows.ablations.paired import Difference
from flows.tracking import PROBLEM_TAG, Tracker

EXPERIMENT = "ablations"
KEY_TAG, VARIANT_TAG = "sdai.ablation", "sdai.variant"


def ablation_tracker(settings: Settings) -> Tracker:
    """Return the tracker of the experiment `EXPERIMENT`."""
    tracking = settings.tracking.model_copy(update={"experiment": EXPERIMENT})
    return Tracker(replace(settings, tracking=tracking))


def log_variant(
    tracker: Tracker, result: Result, full: Result, gain: Difference | None, file: Mapping[str, Any]
) -> str:
    """Write one variant as a run, once; returns the id of the run.

    ``gain`` is what the full model has over it (None for the full one itself), ``file`` the dataset file's facts.
    """
    key = f"{result.key}-{full.key}"
    found = tracker.client.search_runs([tracker.experiment_id], f"tags.`{KEY_TAG}` = '{key}'", max_results=1)
    if found and found[0].info.status == "FINISHED":
        return str(found[0].info.run_id)
    tags = {KEY_TAG: key, PROBLEM_TAG: result.problem, VARIANT_TAG: result.variant}
    name = f"{result.problem}: {result.variant}"
    run = str(tracker.client.create_run(tracker.experiment_id, tags=tags, run_name=name).info.run_id)
    tracker.log_dataset(run, result.problem, file["sha256"], file["path"])
    if result.report is not None:
        tracker.log_training(run, {"report": result.report}, result.seed)
    figures: dict[str, float] = {"accuracy_on_validation": result.accuracy, "entries": float(result.count)}
    if gain is not None:
        figures |= {"full_gains": gain.value, "full_gains_low": gain.low, "full_gains_high": gain.high}
    for figure, value in figures.items():
        tracker.client.log_metric(run, figure, value)
    tracker.finish(run)
    return run
