"""The end of a rollout and what the ledger says of it, in one transaction: both are there or neither is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Engine

from flows.model_store import DIGEST_EVIDENCE
from flows.rollout.comparing import REPORT
from flows.taken_back import BY_ROLLOUT
from serving.store.database import begin_write
from serving.store.ledger import Action, Promotion, append_promotion, read_champion
from serving.store.rollouts import (
    Change,
    EventKind,
    NewEvent,
    Rollout,
    RolloutEvent,
    RolloutState,
    change_rollout_within,
    list_events,
)

LEDGER_ACTIONS = {
    RolloutState.PROMOTED: Action.PROMOTE,
    RolloutState.ROLLED_BACK: Action.REFUSE,
    RolloutState.ABORTED: Action.REFUSE,
}
"""What the ledger calls each end. The end of an A/B decides nothing and is not in it."""


def end_rollout(engine: Engine, seen: Rollout, change: Change, event: NewEvent, now: datetime) -> Rollout | None:
    """End a rollout and return it, or None when it moved on meanwhile, or its champion did before a promotion.

    ``change`` has a final state. A promotion is written only over the champion that the candidate was compared with.
    """
    before = list_events(engine, seen.id, {EventKind.STARTED, EventKind.STEP})
    with begin_write(engine) as connection:
        champion = read_champion(connection, seen.model)
        if change.state is RolloutState.PROMOTED and (champion is None or champion.version != seen.champion_version):
            return None
        ended = change_rollout_within(connection, seen, change, event, now)
        if ended is None:
            return None
        action = LEDGER_ACTIONS.get(ended.state)
        if action is not None:
            append_promotion(connection, _promotion(ended, action, event, before), now)
        return ended


def _promotion(rollout: Rollout, action: Action, event: NewEvent, before: Sequence[RolloutEvent]) -> Promotion:
    told: dict[str, Any] = {"id": rollout.id, "champion": rollout.champion_version, "reading": dict(event.reading)}
    compared = next((found.reading[REPORT] for found in before if REPORT in found.reading), None)
    if compared is not None:
        told[REPORT] = compared
    return Promotion(
        model=rollout.model,
        action=action,
        version=rollout.candidate_version,
        model_tag=rollout.candidate_tag,
        reason=f"rollout {rollout.id}: {rollout.reason}",
        actor=event.actor,
        evidence={
            DIGEST_EVIDENCE: rollout.candidate_sha256,
            "verdict": dict(_gate_verdict(before)),
            BY_ROLLOUT: told,
        },
    )


def _gate_verdict(before: Sequence[RolloutEvent]) -> Mapping[str, Any]:
    """Return the verdict of the gate that the version came with."""
    started = (event.reading for event in before if event.kind is EventKind.STARTED)
    verdict: Mapping[str, Any] = next(started, {}).get("verdict", {})
    return verdict
