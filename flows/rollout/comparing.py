"""Reads what the report on the arms of a rollout rests on, and the report that was kept."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zlib import crc32

from sqlalchemy.engine import Engine

from flows.rollout.ab_report import AbReport, make_report, read_report
from flows.rollout.policy import read_policy
from serving.rollout.routing import Arm
from serving.store.readings import Window, count_by_client, spread_latencies_ms
from serving.store.rollouts import EventKind, Rollout, RolloutEvent, list_events

MOST_LATENCIES = 5_000
"""Of an arm: an A/B of days has millions of answers, and the p95 of a sample of them is sure enough."""
REPORT = "ab_report"
"""Under this name the report is in the reading of the event that ended an A/B."""


def compare_arms(engine: Engine, rollout: Rollout, now: datetime) -> AbReport:
    """Return the report on a rollout; the same data give the same one.

    It is on the A/B, where that has begun: while weights rise, a quiet hour would weigh more in one arm than in the
    other. Without an A/B it is on the whole rollout.
    """
    since, until = compared_time(rollout, list_events(engine, rollout.id, {EventKind.STEP}), now)
    window = Window(rollout.model, rollout.champion_version, rollout.candidate_version, since, until)
    times_ms = {arm: spread_latencies_ms(engine, window, arm, MOST_LATENCIES) for arm in (Arm.CHAMPION, Arm.CANARY)}
    return make_report(count_by_client(engine, window), times_ms, seed=crc32(rollout.id.encode()))


def compared_time(rollout: Rollout, steps: Sequence[RolloutEvent], now: datetime) -> tuple[datetime, datetime]:
    """Return from when to when the arms of a rollout are compared; ``steps`` are its events of this kind."""
    ab_step, until = read_policy(rollout.policy).ab_step, rollout.ended_at or now
    reached = [(event.reading.get("step", -1), event.created_at) for event in steps]
    begun = next((at for step, at in reached if step == ab_step), None)
    if ab_step is None or begun is None:
        return rollout.created_at, until
    return begun, next((at for step, at in reached if step > ab_step), until)


def kept_report(events: Iterable[RolloutEvent]) -> AbReport | None:
    """Return the report with which an A/B ended, None where there is none."""
    found = next((event.reading[REPORT] for event in events if REPORT in event.reading), None)
    return None if found is None else read_report(found)
