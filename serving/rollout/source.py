"""The open rollouts as the database has them."""

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy.engine import Engine

from serving.artifacts import Artifact
from serving.rollout.canaries import OpenRollout
from serving.rollout.routing import Wanted
from serving.store.database import open_database
from serving.store.rollouts import EventKind, NewEvent, Rollout, RolloutState, append_event, open_rollouts
from structural.problems import PROBLEM_NAMES

ACTOR = "service"
WEIGHED_STATES = frozenset({RolloutState.CANARY, RolloutState.BAKING})


class DatabaseRollouts:
    """Reads open rollouts and writes faults; to be asked by one thread. Opens the database at the first need.

    Parameters
    ----------
    store_url : SQLAlchemy URL as for `open_database`.
    """

    def __init__(self, store_url: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store_url = store_url
        self._now = now
        self._engine: Engine | None = None

    def poll(self) -> dict[str, OpenRollout]:
        """Return problem to the rollout that has not ended. One that is pending is loaded already."""
        return {row.model: _open_rollout(row) for row in open_rollouts(self._opened()) if row.model in PROBLEM_NAMES}

    def report_fault(self, rollout: OpenRollout, reason: str) -> None:
        """Note with the rollout that its version does not load in this process."""
        reading = {"phase": "load", "host": socket.gethostname(), "pid": os.getpid()}
        event = NewEvent(EventKind.FAULT, ACTOR, reason=reason, reading=reading)
        append_event(self._opened(), rollout.id, event, self._now())

    def close(self) -> None:
        """Close the database."""
        if self._engine is not None:
            self._engine.dispose()

    def _opened(self) -> Engine:
        if self._engine is None:
            self._engine = open_database(self._store_url)
        return self._engine


def _open_rollout(row: Rollout) -> OpenRollout:
    artifact = Artifact(row.candidate_version, row.candidate_sha256, tag=row.candidate_tag)
    weight = row.weight if row.state in WEIGHED_STATES else 0
    return OpenRollout(row.id, artifact, Wanted(row.salt, weight, row.shadow_share, row.updated_at.timestamp()))
