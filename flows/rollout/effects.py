"""MLflow's aliases follow the rollouts: ``canary`` while one is open, ``champion`` or ``challenger`` after it."""

import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from configs import Settings
from flows.environment import PROGRESS_LOGGER
from flows.promotion import point_alias, versions_in_service
from flows.tracking import VERSION_TAG, Tracker
from serving.store.database import StoreError
from serving.store.rollouts import Rollout, RolloutState

CANARY_ALIAS = "canary"
log = logging.getLogger(PROGRESS_LOGGER)


class AliasEffects:
    """Shows in MLflow where versions stand. What decides is the database; MLflow may be away."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def begun(self, rollout: Rollout) -> bool:
        """Point ``canary`` at the candidate; False when MLflow cannot be asked now."""
        model, version = rollout.model, rollout.candidate_version
        return self._show(rollout, lambda tracker: point_alias(tracker, model, CANARY_ALIAS, version))

    def ended(self, rollout: Rollout) -> bool:
        """Point the aliases at what serves now; False when MLflow or the ledger cannot be asked now."""
        return self._show(rollout, lambda tracker: self._end(tracker, rollout))

    def _end(self, tracker: Tracker, rollout: Rollout) -> None:
        model = rollout.model
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

    def _show(self, rollout: Rollout, change: Callable[[Tracker], None]) -> bool:
        from mlflow.exceptions import MlflowException

        try:
            change(Tracker(self._settings))
        except (MlflowException, SQLAlchemyError, StoreError, OSError) as error:
            log.warning("%s: MLflow's aliases are set later: %s", rollout.model, error)
            return False
        return True


def _bears(tracker: Tracker, rollout: Rollout, alias: str) -> bool:
    """Return whether an alias is on the rollout's candidate: another rollout may have taken it over."""
    return any(
        alias in row["aliases"] and row["tags"].get(VERSION_TAG) == rollout.candidate_version
        for row in tracker.versions(rollout.model)
    )
