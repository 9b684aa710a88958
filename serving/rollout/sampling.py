"""Of the answers that are given, which are mirrored to the canary and which are labelled by the engine."""

import random
from collections.abc import Callable

from serving.computing import Question
from serving.labelling.live import LiveLabels
from serving.loaded_models import LoadedModels
from serving.recording import PredictionRecord
from serving.rollout.mirror import Mirror
from serving.rollout.routing import Arm


class Sampler:
    """Sees every answer after it was recorded; costs a comparison or two where nothing is sampled.

    An answer that was kept from before is passed over: a question that is asked a thousand times says no more of a
    version than one that is asked once, and would outvote the others.

    Parameters
    ----------
    models : what is in service.
    mirror : asks the canary.
    labels : judges answers.
    chance : gives numbers from 0 up to 1.
    """

    def __init__(
        self, models: LoadedModels, mirror: Mirror, labels: LiveLabels, chance: Callable[[], float] = random.random
    ) -> None:
        self._models = models
        self._mirror = mirror
        self._labels = labels
        self._chance = chance

    def see(self, question: Question, record: PredictionRecord) -> None:
        """Take note of an answer that was given."""
        if record.is_cached:
            return
        canary = self._models.canaries.get(question.problem)
        is_open = canary is not None
        if canary is not None and question.served.arm is Arm.CHAMPION and self._chance() < canary.split.shadow_share:
            self._mirror.offer(question, record.request_id)
        if self._chance() < self._labels.share(is_rolled_out=is_open):
            self._labels.offer(question, record)
