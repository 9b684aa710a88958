"""How a rollout begins: what is refused, and the row that the services and the controller follow."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Engine

from flows.rollout.policy import Policy, RefusedError
from serving.store.ledger import current_champions
from serving.store.rollouts import EventKind, NewEvent, Rollout, insert_rollout

_SALT_BYTES = 12


@dataclass(frozen=True, slots=True)
class Entrant:
    """A version that is to be rolled out: model, public name, tag in the model store, digest, its gate's verdict."""

    model: str
    version: str
    tag: str
    sha256: str
    verdict: Mapping[str, Any]


def start_rollout(engine: Engine, entrant: Entrant, policy: Policy, actor: str, now: datetime) -> Rollout:
    """Write a new rollout and return it.

    Raises `RefusedError` when there is no champion to compare with, when the version is the champion, or when its gate
    did not let it pass; `serving.store.rollouts.OpenRolloutError` when one of its model is under way.
    """
    champion = current_champions(engine).get(entrant.model)
    if champion is None:
        raise RefusedError(
            f"{entrant.model} has no champion to compare with; the first version is promoted by its gate"
        )
    if champion.version == entrant.version:
        raise RefusedError(f"{entrant.model}: version {entrant.version} is the champion already")
    if entrant.verdict.get("outcome") != "pass":
        outcome = entrant.verdict.get("outcome") or "none"
        raise RefusedError(
            f"{entrant.model}: version {entrant.version} did not pass its gate (verdict {outcome}); only a version "
            "that passed is shown to clients"
        )
    phase = policy.phases[0]
    rollout = Rollout(
        id=f"{entrant.model}-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
        model=entrant.model,
        champion_version=champion.version,
        candidate_version=entrant.version,
        candidate_tag=entrant.tag,
        candidate_sha256=entrant.sha256,
        kind=policy.kind,
        state=phase.state,
        weight=phase.weight,
        shadow_share=phase.shadow_share,
        salt=secrets.token_hex(_SALT_BYTES),
        is_paused=False,
        paused_at=None,
        policy=policy.to_json(),
        revision=1,
        step=0,
        step_started_at=now,
        reason="started",
        actor=actor,
        created_at=now,
        updated_at=now,
        ended_at=None,
    )
    reading = {"verdict": dict(entrant.verdict), "step": 0, "weight": phase.weight}
    return insert_rollout(engine, rollout, NewEvent(EventKind.STARTED, actor, reason="started", reading=reading))
