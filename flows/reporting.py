"""What a run writes to MLflow about one model: before the gate (figures, pages, version) and after it (verdict)."""

import json
from dataclasses import asdict
from typing import Any

from flows.candidates import Candidate, RunIdentity
from flows.documents import comparison
from flows.errors import FlowError
from flows.promotion import Version
from flows.revision import source_commit
from flows.tracking import COMMIT_TAG, DATASET_TAG, DIGEST_TAG, VERSION_TAG, Tracker, environment_lock


def register_candidate(tracker: Tracker, identity: RunIdentity, candidate: Candidate) -> None:
    """Log one model's child run and register its artifact as a version; a model that failed gets a run saying so."""
    name = candidate.model
    params = {**identity.params, "dataset_sha256": identity.dataset["sha256"]}
    parent = tracker.parent(identity.run_id, params, identity.started_at)
    child = tracker.child(parent, identity.run_id, name)
    candidate.mlflow_run_id = child
    file = identity.dataset["files"][name]
    for run in (parent, child):
        tracker.log_dataset(run, name, file["sha256"], file["path"])
    tracker.log_text(child, environment_lock(), "requirements.lock")
    tracker.tag_run(child, {DATASET_TAG: file["sha256"]})
    if commit := source_commit():
        tracker.tag_run(child, {COMMIT_TAG: commit})
    if identity.dataset.get("docs"):
        tracker.tag_run(child, {"sdai.data_docs": str(identity.dataset["docs"])})
    if candidate.failure:
        tracker.tag_run(child, {"sdai.failure": candidate.failure})
    if candidate.trained is None or candidate.artifact is None:
        return
    tracker.tag_run(child, {DIGEST_TAG: candidate.artifact[1]})
    tracker.log_training(child, candidate.trained, candidate.trained["seed"])
    if candidate.evaluation is not None:
        tracker.log_evaluation(child, candidate.evaluation)
        tracker.log_pages(child, candidate.trained, candidate.evaluation)
    folder, digest = candidate.artifact
    number, _ = tracker.register(child, name, folder, digest)
    candidate.version = Version(name, number, digest, folder)
    tracker.tag_version(name, number, {VERSION_TAG: candidate.version.name})


def log_verdict(tracker: Tracker, candidate: Candidate, target: float) -> None:
    """Write the verdict with its reasons onto the child run and the registered version, and close the run."""
    verdict = candidate.verdict
    if verdict is None:
        raise FlowError(f"{candidate.model} has no verdict yet")
    tags = {
        "sdai.gate": verdict.outcome.value,
        "sdai.decision": verdict.decision.value,
        "sdai.reasons": "; ".join(verdict.reasons),
    }
    run = candidate.mlflow_run_id
    lowest = verdict.worst_slice
    if lowest is not None:
        tags["sdai.worst_slice"] = lowest.in_words
        tracker.log_figures(
            run, {"holdout_worst_slice_accuracy": lowest.accuracy, "holdout_worst_slice_n": lowest.count}
        )
    tracker.tag_run(run, tags)
    record = verdict.to_json() | {"target": target, "probe": candidate.probe, "champion": _champion(candidate)}
    tracker.log_text(run, json.dumps(record, indent=2) + "\n", "verdict.json")
    if candidate.evaluation is not None:
        tracker.log_text(
            run, comparison(verdict.to_json(), candidate.evaluation, _champion(candidate)), "comparison.md"
        )
    if candidate.version is not None:
        accuracy = candidate.evaluation["accuracy"] if candidate.evaluation else None
        figures = {"sdai.target": f"{target:g}", "sdai.holdout_accuracy": f"{accuracy}"}
        tracker.tag_version(candidate.model, candidate.version.number, tags | figures)
    tracker.finish(run, failed=bool(candidate.failure))


def _champion(candidate: Candidate) -> dict[str, Any] | None:
    if candidate.champion is None:
        return None
    return asdict(candidate.champion) | {"evaluation": candidate.champion_evaluation}
