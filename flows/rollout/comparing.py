"""Reads what the report on the arms of a rollout rests on."""

from datetime import UTC, datetime
from zlib import crc32

from sqlalchemy.engine import Engine

from flows.rollout.ab_report import AbReport, make_report
from serving.rollout.routing import Arm
from serving.store.readings import Window, count_by_client, latencies_ms
from serving.store.rollouts import Rollout

MOST_LATENCIES = 5_000


def compare_arms(engine: Engine, rollout: Rollout) -> AbReport:
    """Return the report on a rollout, from its beginning to its end or until now; the same data give the same one."""
    until = rollout.ended_at or datetime.now(UTC)
    window = Window(rollout.model, rollout.champion_version, rollout.candidate_version, rollout.created_at, until)
    times_ms = {arm: latencies_ms(engine, window, arm, MOST_LATENCIES) for arm in (Arm.CHAMPION, Arm.CANARY)}
    return make_report(count_by_client(engine, window), times_ms, seed=crc32(rollout.id.encode()))
