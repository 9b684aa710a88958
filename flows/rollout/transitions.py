"""What a verdict or a person changes in a rollout. Pure: the store writes it, if nobody was faster."""

from datetime import datetime

from flows.rollout.decision import Action, Verdict
from flows.rollout.policy import Policy, read_policy
from serving.store.rollouts import Change, Rollout, RolloutKind, RolloutState


def change_of(rollout: Rollout, policy: Policy, verdict: Verdict, now: datetime) -> Change | None:
    """Return what a verdict changes, None for a hold."""
    if verdict.action is Action.HOLD:
        return None
    if verdict.action is Action.ROLL_BACK:
        return ending(RolloutState.ROLLED_BACK, verdict.in_words)
    if rollout.step + 1 == len(policy.phases):
        passed = RolloutState.COMPLETED if rollout.kind is RolloutKind.AB else RolloutState.PROMOTED
        return ending(passed, verdict.in_words)
    phase = policy.phases[rollout.step + 1]
    return Change(
        state=phase.state,
        weight=phase.weight,
        shadow_share=phase.shadow_share,
        step=rollout.step + 1,
        step_started_at=now,
        reason=verdict.in_words,
    )


def ending(state: RolloutState, reason: str) -> Change:
    """Return what ends a rollout: no client is the candidate's any more; the ledger says who is champion."""
    return Change(state=state, weight=0, shadow_share=0.0, is_paused=False, reason=reason)


def pausing(now: datetime) -> Change:
    """Return what pauses a rollout: weight and mirroring stay, the time of its step stands still."""
    return Change(is_paused=True, paused_at=now)


def resuming(rollout: Rollout, now: datetime) -> Change:
    """Return what lets a paused rollout go on, its step as old as it was when it was paused."""
    paused_s = now - (rollout.paused_at or now)
    return Change(is_paused=False, step_started_at=rollout.step_started_at + paused_s)


def describe(rollout: Rollout) -> str:
    """Return where a rollout stands, in words."""
    if not rollout.is_open:
        return rollout.state.value.replace("_", " ")
    share = f"{rollout.weight / 100:g} % of the clients"
    mirrored = f", {100 * rollout.shadow_share:g} % mirrored" if rollout.shadow_share else ""
    is_ab = rollout.kind is RolloutKind.CANARY and read_policy(rollout.policy).ab_step == rollout.step
    state = "A/B" if is_ab else rollout.state.value
    return f"{state}: {share}{mirrored}" + (", paused" if rollout.is_paused else "")
