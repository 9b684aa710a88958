"""The Prefect flow that carries open rollouts to their ends, and what it shows in Prefect.

``sdai rollout start`` and ``sdai rollout watch`` run it. From Python, call `flows.environment.prepare_environment`
first. It may be killed and run again, or run twice: see `flows.rollout.controller`.
"""

import logging
import time
from collections.abc import Callable

from prefect import flow
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from configs import Settings, load_settings
from flows.actors import user
from flows.environment import PROGRESS_LOGGER
from flows.rollout.comparing import kept_report
from flows.rollout.controller import Controller, Surroundings, settle
from flows.rollout.effects import AliasEffects
from flows.rollout.replay import open_replayer
from flows.rollout.story import TOLD, effect_rows, headline, step_rows
from flows.rollout.transitions import describe
from serving.store.database import open_database
from serving.store.rollouts import Rollout, list_events, open_rollouts, unsettled_rollouts

ACTOR = "rollout controller"
log = logging.getLogger(PROGRESS_LOGGER)


@flow(name="canary-rollout", validate_parameters=False)
def canary_rollout(model: str = "") -> dict[str, str]:
    """Carry the open rollouts, of one model or of all, to their ends; returns rollout to the state it ended in.

    Rollouts that begin meanwhile are carried too. Returns when none is open.
    """
    settings = load_settings()
    engine = open_database(settings.store_url, settings.store.timeout_s)
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
    controllers: dict[str, Controller] = {}
    ended: dict[str, str] = {}
    while _look_for_more(around, model, controllers, on_change):
        for rollout_id, controller in list(controllers.items()):
            rollout = controller.look()
            if rollout is not None and not rollout.is_open:
                ended[rollout_id] = rollout.state.value
                del controllers[rollout_id]
        if controllers:
            sleep(settings.rollout.look_interval_s)
    for left in unsettled_rollouts(engine):
        settle(engine, around.effects, left, around.actor, around.now())
    return ended


def _look_for_more(
    around: Surroundings,
    model: str | None,
    controllers: dict[str, Controller],
    on_change: Callable[[Engine, Rollout], None],
) -> bool:
    """Give every open rollout its controller; returns whether there is anything to carry."""
    try:
        found = open_rollouts(around.engine)
    except DBAPIError:
        return bool(controllers)  # the controllers tell of a database that is away
    for rollout in found:
        if rollout.id not in controllers and model in (None, rollout.model):
            log.info("%s: %s, %s", rollout.model, rollout.candidate_version, describe(rollout))
            controllers[rollout.id] = Controller(around, rollout.id, lambda changed: on_change(around.engine, changed))
    return bool(controllers)


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
