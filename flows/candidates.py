"""One model on its way through a run, and the evidence that its gate judges."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from configs.settings import GateSettings
from flows.gates import ChampionEvidence, Evidence, Policy, SliceFigure, Verdict
from flows.promotion import Version


@dataclass(slots=True)
class Candidate:
    """What a run has found out about one model so far; a step that failed leaves its part None and says why.

    ``champion`` is the gate's evidence about the version that serves today and ``champion_evaluation`` its figures on
    this run's holdout.
    """

    model: str
    failure: str = ""
    trained: dict[str, Any] | None = None
    evaluation: dict[str, Any] | None = None
    probe: dict[str, Any] | None = None
    champion: ChampionEvidence | None = None
    champion_evaluation: dict[str, Any] | None = None
    mlflow_run_id: str = ""
    version: Version | None = None
    verdict: Verdict | None = None

    @property
    def artifact(self) -> tuple[Path, str] | None:
        """Folder and digest of the trained artifact."""
        return (Path(self.trained["artifact_dir"]), self.trained["artifact_sha256"]) if self.trained else None


def policy_for(gates: GateSettings, model: str) -> Policy:
    """Return the bars of one model."""
    return Policy(
        target=gates.targets[model],
        p95_ms=gates.p95_ms[model],
        inference_p95_ms=gates.inference_p95_ms[model],
        near_margin=gates.near_margin,
        better_margin=gates.better_margin,
        max_calibration_error=gates.max_calibration_error,
        slice_min_count=gates.slice_min_count,
        slice_max_drop=gates.slice_max_drop,
    )


def holds_in_the_service(probes: Mapping[str, Mapping[str, Any]], limits_ms: Mapping[str, float]) -> bool:
    """Return whether every model that was tried in the real service answered, and within its limit of p95 latency."""
    return all(probe["serveable"] and (probe["p95_ms"] or 0.0) <= limits_ms[name] for name, probe in probes.items())


def evidence_of(candidate: Candidate) -> Evidence:
    """Return what the gate judges; figures that were not taken are None."""
    evaluation: Mapping[str, Any] = candidate.evaluation or {}
    report: Mapping[str, Any] = candidate.trained["report"] if candidate.trained else {}
    probe: Mapping[str, Any] = candidate.probe or {}
    slices = evaluation.get("slices")
    inference: Mapping[str, Any] = evaluation.get("inference") or {}
    return Evidence(
        model=candidate.model,
        accuracy=evaluation.get("accuracy"),
        count=evaluation.get("count"),
        baseline_accuracy=evaluation.get("baseline_accuracy"),
        calibration_error=evaluation.get("calibration_error"),
        slices=None if slices is None else tuple(_slice(row) for row in slices),
        parity_max_abs_diff=report.get("parity_max_abs_diff"),
        parity_tolerance=report.get("parity_tolerance"),
        inference_p95_ms=inference.get("p95_ms"),
        inference_questions=inference.get("questions", 1),
        p95_ms=probe.get("p95_ms"),
        serveable=probe.get("serveable"),
        serve_problem=probe.get("problem", ""),
        failure=candidate.failure,
        champion=candidate.champion,
    )


def _slice(row: Mapping[str, Any]) -> SliceFigure:
    return SliceFigure(row["slice"], row["group"], row["count"], row["accuracy"])


def facts_of(candidate: Candidate, target: float) -> dict[str, Any]:
    """Return the run record's entry of a model (see `flows.status.CONTRACT` for the keys every reader relies on)."""
    evaluation: Mapping[str, Any] = candidate.evaluation or {}
    report: Mapping[str, Any] = candidate.trained["report"] if candidate.trained else {}
    probe: Mapping[str, Any] = candidate.probe or {}
    verdict = candidate.verdict
    limits = {item.name: item.limit for item in verdict.criteria} if verdict else {}
    inference: Mapping[str, Any] = evaluation.get("inference") or {}
    return {
        "target": target,
        "holdout_accuracy": evaluation.get("accuracy"),
        "holdout_n": evaluation.get("count"),
        "interval": evaluation.get("interval"),
        "baseline_accuracy": evaluation.get("baseline_accuracy"),
        "served_accuracy": evaluation.get("served_accuracy"),
        "calibration_error": evaluation.get("calibration_error"),
        "details": evaluation.get("details", {}),
        "worst_slice": asdict(verdict.worst_slice) if verdict and verdict.worst_slice else None,
        "inference_p95_ms": inference.get("p95_ms"),
        "inference_limit_ms": limits.get("inference"),
        "inference_questions": inference.get("questions"),
        "p95_ms": probe.get("p95_ms"),
        "training_seconds": report.get("training_seconds"),
        "device": report.get("device"),
        "artifact_sha256": candidate.trained["artifact_sha256"] if candidate.trained else None,
        "version": candidate.version.name if candidate.version else None,
        "verdict": verdict.outcome.value if verdict else None,
        "decision": verdict.decision.value if verdict else None,
        "reasons": list(verdict.reasons) if verdict else [],
        "promoted": bool(verdict and verdict.promotes),
    }


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """What the tracking step needs to know of the run: its id, its start, its dataset, the settings it logs."""

    run_id: str
    started_at: datetime
    dataset: Mapping[str, Any]
    params: Mapping[str, Any] = field(default_factory=dict)
