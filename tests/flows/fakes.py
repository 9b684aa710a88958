"""Stand-ins for the heavy floors, so that the flow itself runs in seconds through the real Prefect, MLflow and BentoML.

Behaviour comes from the JSON file that ``STAND_IN_PLAN`` names; every piece of work done is a line of ``calls.log``
beside it. Importing this module puts the stand-ins in place (Dask workers preload it).
"""

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np

import flows.serveability
import flows.tasks
import flows.tracking
from flows.errors import FlowError, RetryableError
from flows.metrics import reliability_bins, slice_figures, wilson_interval
from serving.artifacts import folder_digest
from structural.problem import Column, Kind, Problem, Role
from structural.problems import PROBLEM_NAMES

COUNT = 1_000
TARGETS = dict(zip(PROBLEM_NAMES, (0.98, 0.97, 0.99, 1.0, 0.95), strict=True))


def plan() -> dict[str, Any]:
    return json.loads(Path(os.environ["STAND_IN_PLAN"]).read_text(encoding="utf-8"))


def note(line: str) -> None:
    with Path(os.environ["STAND_IN_PLAN"]).with_name("calls.log").open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")


def run_worker(kind: str, order: dict[str, Any], threads: int) -> dict[str, Any]:
    """Take the place of `flows.processes.run_worker`."""
    work = f"{kind} {order.get('problem', '')}".strip()
    note(work)
    if plan().get("note_processes"):
        note(f"pid {os.getpid()}")
    if plan().get("note_processes") or plan().get("note_ends"):
        time.sleep(0.5)
    done = {**_WORK[kind](order), "seconds": 0.5}
    if plan().get("note_ends"):
        note(f"end of {work}")
    return done


def _build(order: dict[str, Any]) -> dict[str, Any]:
    folder = Path(order["root"]) / "fake"
    folder.mkdir(parents=True, exist_ok=True)
    seed = plan().get("data", "a")
    files = {name: {"path": str(folder / name), "sha256": (name[:1] + seed) * 32, "rows": 10} for name in PROBLEM_NAMES}
    return {
        "folder": str(folder),
        "entries": 5 * order["entries_per_problem"] if plan().get("count_entries") else 50,
        "sha256": (seed * 64)[:64],
        "created_at": "2026-01-01T00:00:00+00:00",
        "built": True,
        "build_seconds": 1.0,
        "files": files,
    }


def _validate(order: dict[str, Any]) -> dict[str, Any]:
    if plan().get("invalid"):
        raise FlowError("1 expectation does not hold: section_optimizer.span_feet")
    return {"facts": {"docs": "file:///docs/index.html", "expectations": 5}}


def _train(order: dict[str, Any]) -> dict[str, Any]:
    name, wishes = order["problem"], plan()
    if name == wishes.get("fail_training"):
        raise FlowError("loss is not finite")
    if name == wishes.get("crash_once"):
        marker = Path(os.environ["STAND_IN_PLAN"]).with_name("crashed")
        if not marker.exists():
            marker.touch()
            raise RetryableError("killed by SIGKILL")
    if order["params"].get("broken"):
        raise FlowError("no such parameter")
    if name in wishes.get("hang_in", ()):
        time.sleep(600)
    model = Path(order["folder"]) / "model"
    shutil.rmtree(model, ignore_errors=True)
    model.mkdir(parents=True)
    (model / "model.json").write_text(json.dumps({"problem": name, "skill": wishes.get("skill", {}).get(name)}))
    if order["params"].get("bonus"):
        (model / "variant.json").write_text(json.dumps(order["params"]))
    report = {
        "problem": name,
        "training_seconds": 1.5,
        "device": "cpu",
        "params": {"depth": 3},
        "history": [{"step": 0, "loss": 1.0}, {"step": 1, "loss": 0.5}],
        "validation": {"accuracy": 0.9 + order["params"].get("bonus", 0.0)},
        "parity_max_abs_diff": 1e-7,
        "parity_tolerance": 1e-5,
        "feature_importance": {"span": 1.0},
        "notes": ["a stand-in"],
    }
    digest = folder_digest(model)
    return {"report": report, "artifact_dir": str(model), "artifact_sha256": digest, "seed": order["seed"]}


def _evaluate(order: dict[str, Any]) -> dict[str, Any]:
    name = order["problem"]
    card = json.loads((Path(order["artifact_dir"]) / "model.json").read_text(encoding="utf-8"))
    accuracy = card["skill"] or TARGETS[name]
    right = round(accuracy * COUNT)
    correct = np.arange(COUNT) < right
    confidence = np.full(COUNT, accuracy)
    answers = Path(order["answers_path"])
    answers.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(answers, entry_id=np.arange(COUNT).astype(str), correct=correct)
    return {
        "problem": name,
        "artifact_sha256": order["artifact_sha256"],
        "dataset_sha256": order["dataset_sha256"],
        "count": COUNT,
        "accuracy": right / COUNT,
        "interval": wilson_interval(right, COUNT),
        "served_accuracy": 1.0,
        "mean_confidence": accuracy,
        "calibration_error": 0.0,
        "baseline_accuracy": 0.5,
        "baseline": "most frequent answer",
        "reliability": reliability_bins(confidence, correct),
        "confusion": {"labels": ["a", "b"], "counts": [[right, 0], [COUNT - right, 0]]},
        "slices": slice_figures({"all": np.full(COUNT, "all")}, correct),
        "details": {},
        "propose_seconds": 0.1,
        "inference": {"questions": 1, "calls": 20, "rounds": 3, "p50_ms": 0.5, "p95_ms": 1.0, "cpu_share": 1.0},
        "answers_path": str(answers),
    }


def probe_candidates(artifacts: dict[str, tuple[str, str]], requests: int) -> dict[str, dict[str, Any]]:
    """Take the place of `flows.serveability.probe_candidates`."""
    note("probe")
    broken = plan().get("not_serveable", ())
    return {
        name: {
            "serveable": name not in broken,
            "problem": "answered 500" if name in broken else "",
            "requests": requests,
            "p50_ms": 1.0,
            "p95_ms": None if name in broken else 2.0,
        }
        for name in artifacts
    }


def load_problem(name: str) -> Problem:
    """Take the place of `structural.problems.load_problem`."""
    column = Column("answer", Kind.CATEGORY, Role.LABEL, "", "the answer", categories=("a", "b"))
    return Problem(name, name.replace("_", " "), (column,), "answer", lambda n, rng: {}, lambda table: {})


_WORK = {"build": _build, "validate": _validate, "train": _train, "evaluate": _evaluate}
flows.tasks.run_worker = run_worker  # type: ignore[assignment]
flows.serveability.probe_candidates = probe_candidates  # type: ignore[assignment]
flows.tracking.load_problem = load_problem  # type: ignore[assignment]
