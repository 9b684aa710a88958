"""A service in small: answers clients by the open rollout, writes predictions and labels, and lets time pass."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from configs.rollout_settings import RolloutSettings, StepSettings
from flows.rollout.controller import Controller, Surroundings
from flows.rollout.policy import Policy, canary_policy
from flows.rollout.starting import Entrant, start_rollout
from serving.store import Action, Promotion, open_database, record_promotion
from serving.store.database import begin_append
from serving.store.labels import Label, LabelSource, insert_labels
from serving.store.predictions import insert_predictions
from serving.store.rollouts import Rollout, find_open_rollout, find_rollout

BEGINNING = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MODEL, CHAMPION, CANDIDATE = "section_optimizer", "1-aaaaaaaa", "2-bbbbbbbb"
ENTRANT = Entrant(MODEL, CANDIDATE, f"{MODEL}:{CANDIDATE}", "b" * 64, {"outcome": "pass", "decision": "deploy"})
QUICK_STEPS = tuple(
    StepSettings(weight_percent=percent, min_time_s=20, min_requests=50) for percent in (5.0, 25.0, 50.0, 100.0)
)
FIRST_STEP_LASTS = (StepSettings(weight_percent=5, min_time_s=3_600, min_requests=50), QUICK_STEPS[-1])


def quick_settings(**changed: Any) -> RolloutSettings:
    """Return settings whose ladder is climbed in minutes."""
    values: dict[str, Any] = {
        "load_time_s": 5,
        "shadow_min_time_s": 20,
        "shadow_min_requests": 50,
        "steps": QUICK_STEPS,
        "bake_time_s": 30,
        "step_time_limit_s": 3_600,
    }
    return RolloutSettings(**values | changed)


@dataclass(frozen=True)
class Behaviour:
    """How a version answers: ratios of failures and wrong answers, milliseconds of its median answer."""

    failed: float = 0.0
    wrong: float = 0.01
    latency_ms: float = 4.0
    otherwise: float = 0.02
    """Ratio of answers that are other than the champion's, when mirrored."""
    added_ms: float = 0.0
    held_up: float = 0.0
    """Ratio of answers that take ten times as long."""

    def times_ms(self, random: np.random.Generator) -> float:
        """Return what an answer takes."""
        times = 10.0 if self.held_up and random.uniform() < self.held_up else 1.0
        return float(self.latency_ms * times * random.lognormal(0.0, 0.3) + self.added_ms)


@dataclass
class World:
    """Time, clients and versions around one database."""

    engine: Engine
    requests_per_s: float = 50.0
    candidate: Behaviour = Behaviour()
    champion: Behaviour = Behaviour()
    candidate_at_clients: Behaviour | None = None
    """Of what clients ask the candidate, where that is other than what is mirrored."""
    labels: bool = True
    now: datetime = BEGINNING
    ended: list[Rollout] = field(default_factory=list)
    effects_work: bool = True
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))
    _ids: Iterator[int] = field(default_factory=count)

    def promote_champion(self, version: str = CHAMPION) -> None:
        promotion = Promotion(MODEL, Action.PROMOTE, version, f"{MODEL}:{version}", "a test", "test", {})
        record_promotion(self.engine, promotion, self.now)

    def start(self, policy: Policy | None = None, entrant: Entrant = ENTRANT) -> Rollout:
        return start_rollout(self.engine, entrant, policy or canary_policy(quick_settings(), MODEL), "test", self.now)

    def ended_effect(self, rollout: Rollout) -> None:
        if not self.effects_work:
            raise ConnectionError("what shows it is away")
        self.ended.append(rollout)

    def controller(self, rollout: Rollout, **changed: Any) -> Controller:
        return Controller(self.surroundings(**changed), rollout.id)

    def with_first_clients(self, *, serve_s: float) -> Rollout:
        """Start a rollout whose first step lasts, and look, each time that clients have asked, until it has some."""
        settings = quick_settings(shadow_share=0.0, steps=FIRST_STEP_LASTS, step_time_limit_s=7_200)
        rollout = self.start(canary_policy(settings, MODEL))
        controller = self.controller(rollout)
        while current(self.engine, rollout).weight == 0:
            controller.look()
            self.serve(serve_s)
        return rollout

    def surroundings(self, **changed: Any) -> Surroundings:
        values: dict[str, Any] = {
            "engine": self.engine,
            "effects": Effects(self),
            "replayer": None,
            "actor": "controller",
            "look_interval_s": 2.0,
            "now": lambda: self.now,
            "sleep": self.serve,
        }
        return Surroundings(**values | changed)

    def serve(self, seconds: float) -> None:
        """Let time pass; clients ask meanwhile and are answered as the open rollout says."""
        rollout = find_open_rollout(self.engine, MODEL)
        number = int(self.random.poisson(self.requests_per_s * seconds))
        at_s = np.sort(self.random.uniform(0.0, seconds, number))
        rows: list[dict[str, Any]] = []
        labels: list[Label] = []
        for second in at_s:
            self._answer(rollout, self.now + timedelta(seconds=float(second)), rows, labels)
        with begin_append(self.engine) as connection:
            insert_predictions(connection, rows)
            insert_labels(connection, labels)
        self.now += timedelta(seconds=seconds)

    def _answer(self, rollout: Rollout | None, at: datetime, rows: list[Any], labels: list[Label]) -> None:
        number = next(self._ids)
        arms = ["champion"]
        if rollout is not None:
            if self.random.uniform() < rollout.weight / 10_000:
                arms = ["canary"]
            elif self.random.uniform() < rollout.shadow_share:
                arms = ["champion", "shadow"]
        for arm in arms:
            behaviour = self.champion if arm == "champion" else self.candidate
            if arm == "canary" and self.candidate_at_clients is not None:
                behaviour = self.candidate_at_clients
            rows.append(self.row(number, arm, at, behaviour))
            if self.labels and rows[-1]["status"] == "answered":
                right = bool(self.random.uniform() >= behaviour.wrong)
                version = rows[-1]["model_version"]
                labels.append(Label(rows[-1]["id"], MODEL, version, arm, right, None, LabelSource.ENGINE, at))

    def row(self, number: int, arm: str, at: datetime, behaviour: Behaviour) -> dict[str, Any]:
        version = CHAMPION if arm == "champion" else CANDIDATE
        failed = bool(self.random.uniform() < behaviour.failed)
        other = arm != "champion" and self.random.uniform() < behaviour.otherwise
        return {
            "id": f"{arm}-{number}",
            "model": MODEL,
            "model_version": version,
            "arm": arm,
            "client_id": f"client-{number % 97}",
            "request_id": f"request-{number}",
            "item_index": None,
            "status": "failed" if failed else "answered",
            "input_hash": f"{number:064x}",
            "input": {"span_feet": number},
            "output": {"error": "ValueError"} if failed else {"recommended_section": "W8" if other else "W18"},
            "confidence": None,
            "execution_time_ms": behaviour.times_ms(self.random),
            "created_at": at,
            "is_cached": False,
        }


@dataclass(frozen=True)
class Effects:
    """Notes how rollouts ended."""

    world: World

    def ended(self, rollout: Rollout) -> None:
        self.world.ended_effect(rollout)


def ledger_actions(engine: Engine) -> list[tuple[str, str]]:
    """Return action and version of each ledger entry."""
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT action, version FROM promotion_ledger ORDER BY id"))
        return [(row.action, row.version) for row in rows]


def current(engine: Engine, rollout: Rollout) -> Rollout:
    """Return a rollout as it is now."""
    found = find_rollout(engine, rollout.id)
    assert found is not None
    return found


def open_store(path: Path) -> Engine:
    """Return an engine on a new SQLite database."""
    return open_database(f"sqlite:///{path / 'store.db'}")
