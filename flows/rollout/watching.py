"""Carries all open rollouts at once, so that the trouble of one is not that of the others, and tells people of it.

Whatever goes wrong with a rollout, nobody guards its clients meanwhile: it is logged, told once, and tried again.
"""

import logging
import time
from collections.abc import Callable

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from flows.environment import PROGRESS_LOGGER
from flows.notify import Level, Notice
from flows.rollout.controller import Controller, Surroundings, settle
from flows.rollout.transitions import describe
from serving.store.database import StoreAwayError, open_database
from serving.store.rollouts import Rollout, RolloutState, open_rollouts, unsettled_rollouts

PATIENCE_S = 600.0
"""A database that cannot be opened is waited for this long; then the flow fails, which people are told."""
RETRY_S = 5.0
log = logging.getLogger(PROGRESS_LOGGER)


class Watch:
    """Gives every open rollout a controller and lets them look by turns until none is open.

    Parameters
    ----------
    around : what the controllers work with.
    model : whose rollouts are carried; None for all.
    on_change : told of each change that a controller of this watch has made.
    tell : tells people.
    """

    def __init__(
        self,
        around: Surroundings,
        model: str | None,
        on_change: Callable[[Rollout], None],
        tell: Callable[[Notice], object],
    ) -> None:
        self._around = around
        self._model = model
        self._on_change = on_change
        self._tell = tell
        self._controllers: dict[str, Controller] = {}
        self._troubles: dict[str, str] = {}
        self._told: set[str] = set()
        self._ended: dict[str, str] = {}

    def carry(self) -> dict[str, str]:
        """Carry what is open to its end; returns rollout to the state it ended in."""
        while self._look_for_more():
            for rollout_id in list(self._controllers):
                self._look(rollout_id)
            if self._controllers:
                self._around.sleep(self._around.look_interval_s)
        self._settle_rest()
        return self._ended

    def _look_for_more(self) -> bool:
        """Give every open rollout its controller; returns whether there is anything to carry."""
        try:
            found = open_rollouts(self._around.engine)
        except DBAPIError:
            return bool(self._controllers)  # the controllers tell of a database that is away
        # One that troubles and is not open any more would be looked at for ever: its end is another controller's.
        for rollout_id in self._troubles.keys() - {rollout.id for rollout in found}:
            self._controllers.pop(rollout_id, None)
        for rollout in found:
            if rollout.id not in self._controllers and self._model in (None, rollout.model):
                log.info("%s: %s, %s", rollout.model, rollout.candidate_version, describe(rollout))
                self._controllers[rollout.id] = Controller(self._around, rollout.id, self._changed)
        return bool(self._controllers)

    def _look(self, rollout_id: str) -> None:
        try:
            rollout = self._controllers[rollout_id].look()
        except Exception as error:  # noqa: BLE001  (the others' clients are not to go unguarded because of this one)
            self._note_trouble(rollout_id, error)
            return
        if self._troubles.pop(rollout_id, None) is not None:
            log.info("rollout %s can be watched again", rollout_id)
        if rollout is not None and not rollout.is_open:
            self._ended[rollout_id] = rollout.state.value
            del self._controllers[rollout_id]

    def _note_trouble(self, rollout_id: str, error: Exception) -> None:
        """Log what is new, and tell people once: looks come every few seconds."""
        words = f"{type(error).__name__}: {error}"
        if self._troubles.get(rollout_id) != words:
            log.error("rollout %s cannot be watched: %s", rollout_id, words, exc_info=error)
        self._troubles[rollout_id] = words
        if rollout_id not in self._told:
            self._told.add(rollout_id)
            body = f"Rollout `{rollout_id}` is open, and looking at it fails: {words}. It is tried again and again."
            self._tell(Notice("A rollout cannot be watched", body, Level.PAGE))

    def _changed(self, rollout: Rollout) -> None:
        notice = notice_of(rollout)
        if notice is not None:
            self._tell(notice)
        self._on_change(rollout)

    def _settle_rest(self) -> None:
        around = self._around
        try:
            for left in unsettled_rollouts(around.engine):
                settle(around.engine, around.effects, left, around.actor, around.now())
        except DBAPIError as error:
            log.warning("what follows from the ends of rollouts is done by the next watch: %s", error.orig)


def notice_of(rollout: Rollout) -> Notice | None:
    """Return what people are told of a change that a controller made: that it took a version back."""
    if rollout.state is not RolloutState.ROLLED_BACK:
        return None
    body = (
        f"Version {rollout.candidate_version} was taken back, {rollout.champion_version} answers all clients: "
        f"{rollout.reason}. Rollout `{rollout.id}`; `sdai rollout status {rollout.model}` shows its steps."
    )
    return Notice(f"{rollout.model}: a rollout was rolled back", body, Level.ALERT)


def open_when_there(url: str, timeout_s: float, sleep: Callable[[float], None] = time.sleep) -> Engine:
    """Return an engine on the project's database, which is waited for. Raises `StoreError` as `open_database` does."""
    waited_s = 0.0
    while True:
        try:
            return open_database(url, timeout_s)
        except StoreAwayError as error:
            if waited_s >= PATIENCE_S:
                raise
            if not waited_s:
                log.warning("rollouts wait for the database: %s", error)
        sleep(RETRY_S)
        waited_s += RETRY_S
