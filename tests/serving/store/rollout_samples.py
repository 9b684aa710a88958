"""Rollouts and predictions as tests of the store write them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from serving.store.labels import Label, LabelSource
from serving.store.rollouts import Rollout, RolloutKind, RolloutState

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MODEL, CHAMPION, CANDIDATE = "section_optimizer", "1-aaaaaaaa", "2-bbbbbbbb"


def rollout(number: int = 1, **changed: Any) -> Rollout:
    """Return a new rollout of a candidate; keyword arguments replace its values."""
    values: dict[str, Any] = {
        "id": f"rollout-{number}",
        "model": MODEL,
        "champion_version": CHAMPION,
        "candidate_version": CANDIDATE,
        "candidate_tag": f"{MODEL}:{CANDIDATE}",
        "candidate_sha256": "b" * 64,
        "kind": RolloutKind.CANARY,
        "state": RolloutState.PENDING,
        "weight": 0,
        "shadow_share": 0.0,
        "salt": "salt",
        "is_paused": False,
        "paused_at": None,
        "policy": {"steps": [5, 100]},
        "revision": 1,
        "step": 0,
        "step_started_at": NOW,
        "reason": "",
        "actor": "test",
        "created_at": NOW,
        "updated_at": NOW,
        "ended_at": None,
    }
    return Rollout(**values | changed)


def prediction(number: int, arm: str, after_s: float = 0.0, **changed: Any) -> dict[str, Any]:
    """Return a row of ``predictions`` of one arm, ``after_s`` seconds after `NOW`."""
    version = CHAMPION if arm == "champion" else CANDIDATE
    values: dict[str, Any] = {
        "id": f"{arm}-{number}",
        "model": MODEL,
        "model_version": version,
        "arm": arm,
        "client_id": "client",
        "request_id": f"request-{number}",
        "item_index": None,
        "status": "answered",
        "input_hash": "f" * 64,
        "input": {"span_feet": number},
        "output": {"recommended_section": "W18×50"},
        "confidence": 0.9,
        "execution_time_ms": 2.0,
        "created_at": NOW + timedelta(seconds=after_s),
        "is_cached": False,
    }
    return values | changed


def label(number: int, arm: str, is_correct: bool | None, after_s: float = 0.0, **changed: Any) -> Label:
    """Return the engine's label of `prediction(number, arm)`."""
    values: dict[str, Any] = {
        "prediction_id": f"{arm}-{number}",
        "model": MODEL,
        "version": CHAMPION if arm == "champion" else CANDIDATE,
        "arm": arm,
        "is_correct": is_correct,
        "truth": {"recommended_section": "W18×50"},
        "source": LabelSource.ENGINE,
        "created_at": NOW + timedelta(seconds=after_s),
    }
    return Label(**values | changed)
