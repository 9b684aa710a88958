"""MLflow's aliases follow the rollouts: ``canary`` while one is open, ``champion`` or ``challenger`` after it.

They only show what the database has decided, so whatever goes wrong with them is told in one place, `is_shown`, and
stops nothing.
"""

import logging
from collections.abc import Callable

from configs import Settings
from flows.environment import PROGRESS_LOGGER
from flows.promotion import point_alias, versions_in_service
from flows.tracking import VERSION_TAG, Tracker
from serving.store.rollouts import Rollout, RolloutState

CANARY_ALIAS = "canary"
log = logging.getLogger(PROGRESS_LOGGER)


class AliasEffects:
    """Shows in MLflow where versions stand; raises what MLflow and the ledger raise while they cannot be asked."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def begun(self, rollout: Rollout) -> None:
        """Point ``canary`` at the candidate."""
        point_alias(Tracker(self._settings), rollout.model, CANARY_ALIAS, rollout.candidate_version)

    def ended(self, rollout: Rollout) -> None:
        """Point the aliases at what serves now."""
        tracker, model = Tracker(self._settings), rollout.model
        champion = versions_in_service(self._settings).get(model)
        if champion is not None:
            point_alias(tracker, model, "champion", champion)
        if _bears(tracker, rollout, CANARY_ALIAS):
            tracker.drop_alias(model, CANARY_ALIAS)
        if rollout.state is RolloutState.PROMOTED:
            if champion == rollout.candidate_version:
                point_alias(tracker, model, "previous", rollout.champion_version)
            if _bears(tracker, rollout, "challenger"):
                tracker.drop_alias(model, "challenger")
        else:
            point_alias(tracker, model, "challenger", rollout.candidate_version)


def is_shown(show: Callable[[Rollout], None], rollout: Rollout) -> bool:
    """Show outside of the database where a rollout stands; returns whether that could be done now."""
    try:
        show(rollout)
    except Exception as error:  # noqa: BLE001  (what is shown elsewhere must not stop what guards clients)
        told = "%s: where its rollout stands is not shown in MLflow: %s: %s"
        log.warning(told, rollout.model, type(error).__name__, error)
        return False
    return True


def _bears(tracker: Tracker, rollout: Rollout, alias: str) -> bool:
    """Return whether an alias is on the rollout's candidate: another rollout may have taken it over."""
    return any(
        alias in row["aliases"] and row["tags"].get(VERSION_TAG) == rollout.candidate_version
        for row in tracker.versions(rollout.model)
    )
