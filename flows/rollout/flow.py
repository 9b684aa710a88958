"""The Prefect flow that carries open rollouts to their ends, and what it shows in Prefect.

``sdai rollout start`` and ``sdai rollout watch`` run it. From Python, call `flows.environment.prepare_environment`
first. It may be killed and run again, or run twice: see `flows.rollout.controller`.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from sqlalchemy.engine import Engine

from configs import Settings, load_settings
from flows.actors import user
from flows.environment import PROGRESS_LOGGER
from flows.notify import Notifier, on_failure
from flows.rollout.comparing import kept_report
from flows.rollout.controller import Surroundings
from flows.rollout.effects import AliasEffects
from flows.rollout.replay import open_replayer
from flows.rollout.story import TOLD, effect_rows, headline, step_rows
from flows.rollout.watching import Watch, open_when_there
from serving.store.rollouts import Rollout, list_events

ACTOR = "rollout controller"
log = logging.getLogger(PROGRESS_LOGGER)


def on_crash(flow: Any, flow_run: Any, state: Any) -> None:
    """Tell of a crash: a hook for Prefect. One who runs the flow by hand stops it with Ctrl-C, which is none."""
    if flow_run.deployment_id is not None:
        on_failure(flow, flow_run, state)


@flow(name="canary-rollout", validate_parameters=False, on_failure=[on_failure], on_crashed=[on_crash])
def canary_rollout(model: str = "") -> dict[str, str]:
    """Carry the open rollouts, of one model or of all, to their ends; returns rollout to the state it ended in.

    Rollouts that begin meanwhile are carried too. Returns when none is open.
    """
    settings = load_settings()
    engine = open_when_there(settings.store_url, settings.rollout.database_timeout_s)
    try:
        return carry_all(settings, engine, model or None, publish)
    finally:
        engine.dispose()


def carry_all(
    settings: Settings,
    engine: Engine,
    model: str | None,
    on_change: Callable[[Engine, Rollout], None],
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, str]:
    """Do what `canary_rollout` does; ``on_change`` is told of each change of a rollout."""
    around = Surroundings(
        engine=engine,
        effects=AliasEffects(settings),
        replayer=open_replayer(settings, engine),
        actor=f"{user()}, {ACTOR}",
        look_interval_s=settings.rollout.look_interval_s,
        sleep=sleep,
    )
    notifier = Notifier(settings.notify)
    return Watch(around, model, lambda changed: on_change(engine, changed), notifier.tell).carry()


def publish(engine: Engine, rollout: Rollout) -> None:
    """Show a rollout's steps as a table and where it stands as a text in Prefect."""
    key = f"rollout-{rollout.model.replace('_', '-')}"
    events = list_events(engine, rollout.id, TOLD)
    rows, report = step_rows(events), kept_report(events)
    try:
        if report is not None:
            create_table_artifact(effect_rows(report), key=f"{key}-ab", description=report.latency.told())
        create_table_artifact(rows, key=f"{key}-steps", description=headline(rollout))
        create_markdown_artifact(f"# {headline(rollout)}\n\n{rollout.reason}\n", key=key)
    except Exception as error:  # noqa: BLE001  (a page that cannot be shown must not stop what keeps clients safe)
        log.warning("%s: Prefect does not take the artifact: %s", rollout.model, error)
