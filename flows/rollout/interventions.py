"""What people do to a rollout: pause, resume, abort, promote. Each may be repeated; an end is final."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Engine

from flows.errors import FlowError
from flows.rollout.ending import end_rollout
from flows.rollout.transitions import ending, pausing, resuming
from serving.store.rollouts import (
    Change,
    EventKind,
    NewEvent,
    Rollout,
    RolloutKind,
    RolloutState,
    change_rollout,
    find_open_rollout,
    list_rollouts,
)

TRIES = 20
"""A controller may be faster a few times; it cannot be so every time."""


def pause(engine: Engine, model: str, reason: str, actor: str, now: datetime) -> Rollout:
    """Let the open rollout of a model stay where it is. A candidate that fails is taken back all the same."""

    def change(rollout: Rollout) -> Rollout | None:
        if rollout.is_paused:
            return rollout
        return change_rollout(engine, rollout, pausing(now), NewEvent(EventKind.PAUSED, actor, reason=reason), now)

    return _until_done(engine, model, change)


def resume(engine: Engine, model: str, reason: str, actor: str, now: datetime) -> Rollout:
    """Let a paused rollout go on where it was."""

    def change(rollout: Rollout) -> Rollout | None:
        if not rollout.is_paused:
            return rollout
        event = NewEvent(EventKind.RESUMED, actor, reason=reason)
        return change_rollout(engine, rollout, resuming(rollout, now), event, now)

    return _until_done(engine, model, change)


def abort(engine: Engine, model: str, reason: str, actor: str, now: datetime) -> Rollout:
    """End the open rollout of a model: every client is the champion's.

    Aborting what was aborted, or is just being so by another, changes nothing and returns it. Raises `FlowError` when
    there is none, or the last one ended otherwise.
    """
    return _end(engine, model, ending(RolloutState.ABORTED, reason), actor, now, is_done=_is_aborted)


def promote(engine: Engine, model: str, reason: str, actor: str, now: datetime) -> Rollout:
    """Make the candidate of the open rollout champion now, whatever it has shown, by a person's word.

    Raises `FlowError` when there is no open rollout, or the champion changed since it began.
    """
    return _end(engine, model, ending(RolloutState.PROMOTED, reason), actor, now)


def _is_aborted(rollout: Rollout) -> bool:
    return rollout.state is RolloutState.ABORTED


def _never(_: Rollout) -> bool:
    return False


def _end(
    engine: Engine, model: str, change: Change, actor: str, now: datetime, is_done: Callable[[Rollout], bool] = _never
) -> Rollout:
    event = NewEvent(EventKind.ENDED, actor, reason=change.reason or "", reading={"weight": change.weight})
    return _until_done(engine, model, lambda rollout: end_rollout(engine, rollout, change, event, now), is_done)


def _until_done(
    engine: Engine,
    model: str,
    change: Callable[[Rollout], Rollout | None],
    is_done: Callable[[Rollout], bool] = _never,
) -> Rollout:
    """Change the open rollout; where none is open, ``is_done`` says whether the last one is as it is wanted."""
    for _ in range(TRIES):
        rollout = find_open_rollout(engine, model)
        if rollout is None:
            newest = list_rollouts(engine, model, limit=1)
            if newest and is_done(newest[0]):
                return newest[0]
            raise FlowError(f"{model} has no rollout under way; {_told_last(engine, model)}")
        changed = change(rollout)
        if changed is not None:
            return changed
    raise FlowError(
        f"{model}: the rollout could not be changed; its champion may have changed meanwhile, see `sdai rollout status`"
    )


def _told_last(engine: Engine, model: str) -> str:
    newest = list_rollouts(engine, model, limit=1)
    if not newest:
        return "`sdai rollout start` begins one"
    kind = "A/B" if newest[0].kind is RolloutKind.AB else "rollout"
    return f"the last {kind}, of version {newest[0].candidate_version}, ended {newest[0].state}: {newest[0].reason}"
