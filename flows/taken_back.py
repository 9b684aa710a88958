"""Whether a version was in the hands of clients, or on its way there, and was taken back. Pure.

What a rollout or a person has taken back, no run brings in again by itself: the gate knows the holdout, not what
clients met.
"""

from collections.abc import Sequence

from serving.store.ledger import Action, LedgerRow

BY_ROLLOUT = "rollout"
"""Under this name the evidence of an entry tells of the rollout that ended with it."""


def taken_back(entries: Sequence[LedgerRow], version: str) -> LedgerRow | None:
    """Return the entry by which a version was taken back, None where it was not or came into service after that.

    ``entries`` are those of its model, oldest first.
    """
    found = None
    for entry in entries:
        if entry.version == version:
            was_stopped = entry.action is Action.REFUSE and BY_ROLLOUT in entry.evidence
            found = entry if was_stopped else found if entry.action is Action.REFUSE else None
        elif entry.action is Action.ROLLBACK and entry.previous_version == version:
            found = entry
    return found


def told_why_not(entry: LedgerRow, version: str) -> str:
    """Return why a run does not promote a version that was taken back, and what a person may do."""
    return (
        f"taken back on {entry.created_at:%Y-%m-%d %H:%M} UTC by {entry.actor}: {entry.reason}; "
        f"`sdai rollout start {entry.model} {version}` brings it beside the champion again"
    )
