"""What the database need not keep for ever: old predictions and labels, ended jobs, keys whose time is over."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.engine import Engine

from serving.store.database import try_lock
from serving.store.feedback import fill_feedback
from serving.store.idempotency import purge_keys
from serving.store.jobs import purge_jobs
from serving.store.labels import purge_labels
from serving.store.predictions import purge_predictions

log = logging.getLogger("sdai.serving")


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """How long predictions and the engine's labels are kept after they were made, and jobs after they ended.

    A key knows its own time.

    ``batch_rows`` (>= 1) are deleted in one transaction, so that nobody waits long for the rows of others.
    """

    predictions: timedelta
    labels: timedelta
    jobs: timedelta
    batch_rows: int


class Purged(NamedTuple):
    """How many rows went."""

    predictions: int
    labels: int
    jobs: int
    keys: int


def purge(
    engine: Engine,
    policy: RetentionPolicy,
    now: datetime,
    *,
    is_stopped: Callable[[], bool] = lambda: False,
    sleep: Callable[[float], None] = time.sleep,
) -> Purged | None:
    """Delete what the policy does not keep and return how much that was; None while another process does so.

    ``now`` is aware. A kill at any point leaves whole rows, which the next purge deletes. Stops early, with what was
    done so far, when ``is_stopped`` says so. Reports on predictions take over what they need of them first. Raises
    SQLAlchemy's errors when the database fails.
    """

    def batches(delete: Callable[[int], int]) -> int:
        gone = 0
        while not is_stopped():
            began_s = time.monotonic()
            deleted = delete(policy.batch_rows)
            gone += deleted
            if deleted < policy.batch_rows:
                break
            sleep(time.monotonic() - began_s)  # half of the time is left to other writers: SQLite has one at a time
        return gone

    with try_lock(engine) as is_ours:
        if not is_ours:
            return None
        fill_feedback(engine)
        purged = Purged(
            predictions=batches(lambda rows: purge_predictions(engine, now - policy.predictions, rows)),
            labels=batches(lambda rows: purge_labels(engine, now - policy.labels, rows)),
            jobs=batches(lambda rows: purge_jobs(engine, now - policy.jobs, rows)),
            keys=batches(lambda rows: purge_keys(engine, now, rows)),
        )
    if any(purged):
        log.info("purged: %d predictions, %d labels, %d jobs, %d idempotency keys", *purged)
    return purged
