"""What a run asks its workers to do, derived from settings and dataset. Each order carries the key of its result."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from configs import Settings
from flows.digests import (
    canonical_sha256,
    evaluation_code_version,
    serving_code_version,
    training_code_version,
    validation_code_version,
)

KEY_CHARACTERS = 16
"""Of a key that appear in folder names."""

Order = dict[str, Any]


def validation_order(settings: Settings, dataset: Mapping[str, Any]) -> Order:
    """Return the order to check the dataset; its key covers the bytes and the code that checks them."""
    decisive = {"dataset_sha256": dataset["sha256"], "created_at": dataset["created_at"]}
    key = canonical_sha256({**decisive, "code": validation_code_version()})
    report_dir = settings.paths.work / "reports" / Path(dataset["folder"]).name
    return {
        **decisive,
        "key": key,
        "folder": dataset["folder"],
        "report_dir": str(report_dir),
        "threads": settings.training.threads,
    }


def training_order(settings: Settings, problem: str, dataset: Mapping[str, Any]) -> Order:
    """Return the order to train one model; its key covers data, parameters, seed, device and code."""
    tuned: dict[str, Any] = getattr(settings.training, problem)
    decisive = {
        "problem": problem,
        "dataset_sha256": dataset["files"][problem]["sha256"],
        "seed": settings.training.seed,
        "device": settings.training.device,
        "threads": settings.training.threads_each,
        "params": tuned,
    }
    key = canonical_sha256({**decisive, "code": training_code_version(problem)})
    return {
        **decisive,
        "key": key,
        "dataset_path": dataset["files"][problem]["path"],
        "folder": str(settings.paths.work / "artifacts" / problem / key[:KEY_CHARACTERS]),
        "show_progress": settings.training.show_progress,
        "alone": settings.training.at_once == 1,
    }


def evaluation_order(settings: Settings, problem: str, artifact: tuple[Path, str], dataset: Mapping[str, Any]) -> Order:
    """Return the order to measure an artifact (folder, SHA-256); its key covers artifact, data and code."""
    folder, artifact_sha256 = artifact
    decisive = {
        "problem": problem,
        "artifact_sha256": artifact_sha256,
        "dataset_sha256": dataset["files"][problem]["sha256"],
    }
    key = canonical_sha256({**decisive, "code": evaluation_code_version(problem)})
    answers = settings.paths.work / "answers" / f"{problem}-{key[:KEY_CHARACTERS]}.npz"
    return {
        **decisive,
        "key": key,
        "dataset_path": dataset["files"][problem]["path"],
        "artifact_dir": str(folder),
        "answers_path": str(answers),
        "inference_limit_ms": settings.gates.inference_p95_ms[problem],
    }


def probe_order(settings: Settings, artifacts: Mapping[str, tuple[Path, str]]) -> Order:
    """Return the order to try candidates ``{problem: (folder, SHA-256)}`` in the real service."""
    decisive = {
        "artifacts": {problem: sha256 for problem, (_, sha256) in artifacts.items()},
        "requests": settings.gates.latency_requests,
    }
    key = canonical_sha256({**decisive, "code": serving_code_version()})
    return {
        "key": key,
        "artifacts": {problem: (str(folder), sha256) for problem, (folder, sha256) in artifacts.items()},
        "requests": settings.gates.latency_requests,
    }
