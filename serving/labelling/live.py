"""Labels answers just after they were given, in a thread of its own, and counts the accuracy of the day.

What is dropped for want of time is dropped by chance and alike in each arm, so the labelled ones stand for all.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from pydantic_core import from_json
from sqlalchemy.exc import SQLAlchemyError

from configs.routing_settings import LabelsSettings
from serving.computing import Question
from serving.labelling.contract import Given, Judge
from serving.recording import PredictionRecord
from serving.spare_time import Pace, SpareTime
from serving.store.database import StoreError
from serving.store.labels import Label, LabelCount, LabelSource
from serving.telemetry import ServiceMetrics

MAX_UNSTORED = 10_000
"""Labels that wait for a database that is away; the oldest go first."""
DAY = timedelta(days=1)
_CHANCE_DIGITS = 13
log = logging.getLogger("sdai.serving")


class LabelStore(Protocol):
    """Where labels go. Raises SQLAlchemy's errors or `StoreError` while it is away."""

    def store(self, labels: Sequence[Label]) -> None:
        """Put labels in; those that are there already are passed over."""

    def count_since(self, since: datetime) -> list[LabelCount]:
        """Count the engine's labels made at or after an instant by model, version and arm."""

    def close(self) -> None:
        """Let go of what is open."""


class Sampled(NamedTuple):
    """An answer that is to be labelled."""

    question: Question
    record: PredictionRecord


class LiveLabels:
    """Judges answers beside the requests.

    Parameters
    ----------
    judges : by problem.
    store : where labels go and the day's counts come from.
    settings : shares, room in the queue, part of the time that may be spent.
    metrics : told what became of each and the accuracy of the day.
    now, clock : aware time; seconds that never go back.
    """

    def __init__(
        self,
        judges: Mapping[str, Judge],
        store: LabelStore,
        settings: LabelsSettings,
        metrics: ServiceMetrics,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._judges = judges
        self._store = store
        self._settings = settings
        self._metrics = metrics
        self._now = now
        self._clock = clock
        self._unstored: list[Label] = []
        self._flush_at_s = 0.0
        self._count_at_s = 0.0
        self._is_away = False
        self._told: set[tuple[str, str]] = set()
        """Model and arm of the accuracies that stand."""
        self.spare: SpareTime[Sampled] = SpareTime(
            "labels",
            self.judge,
            Pace(settings.queue, settings.busy_share, settings.flush_interval_s),
            between=self.flush_if_due,
            on_dropped=lambda lane: metrics.count_beside("labels", lane.partition("/")[0], "dropped"),
        )

    def share(self, *, is_rolled_out: bool) -> float:
        """Return the share of a model's answers that is to be labelled."""
        return self._settings.rollout_share if is_rolled_out else self._settings.share

    def offer(self, question: Question, record: PredictionRecord) -> None:
        """Take an answer to be labelled, or drop it where too many of its arm wait."""
        self.spare.offer(f"{question.problem}/{question.served.arm}", Sampled(question, record))

    def judge(self, sampled: Sampled) -> None:
        """Label one answer."""
        question, record = sampled
        given = Given(
            question.request, from_json(record.output), question.served.predictor, question.client, _chance(record.id)
        )
        try:
            judged = self._judges[question.problem](given)
        except Exception:  # process edge: an engine that fails labels nothing and stops nothing
            log.exception("an answer could not be labelled", extra={"model": question.problem})
            self._metrics.count_beside("labels", question.problem, "failed")
            return
        is_correct = judged.is_correct
        became = "undecided" if is_correct is None else "correct" if is_correct else "wrong"
        self._metrics.count_beside("labels", question.problem, became)
        served = question.served
        self._unstored.append(
            Label(
                record.id,
                question.problem,
                served.version,
                served.arm,
                is_correct,
                dict(judged.truth),
                LabelSource.ENGINE,
                self._now(),
            )
        )

    def flush_if_due(self) -> None:
        """Move labels into the database and count the accuracy of the day, each when it is time."""
        now_s = self._clock()
        tasks = []
        if len(self._unstored) >= self._settings.batch_rows or now_s >= self._flush_at_s:
            self._flush_at_s = now_s + self._settings.flush_interval_s
            tasks.append(self._flush)
        if now_s >= self._count_at_s:
            self._count_at_s = now_s + self._settings.accuracy_interval_s
            tasks.append(self._count)
        try:
            for task in tasks:
                task()
        except (SQLAlchemyError, StoreError) as error:
            self._note_away(error)
        else:
            self._is_away = self._is_away and not tasks

    def stop(self, timeout_s: float) -> None:
        """Label nothing more and store what is labelled."""
        self._flush_at_s = 0.0
        self.spare.stop(timeout_s)
        self._store.close()

    def _flush(self) -> None:
        if self._unstored:
            self._store.store(self._unstored)
            self._unstored = []

    def _count(self) -> None:
        labelled: Counter[tuple[str, str]] = Counter()
        correct: Counter[tuple[str, str]] = Counter()
        # A day back, not to midnight: there the first labels of a new day would stand for all of it.
        for count in self._store.count_since(self._now() - DAY):
            labelled[count.model, count.arm or ""] += count.labelled
            correct[count.model, count.arm or ""] += count.correct
        told = {of_arm for of_arm, labels in labelled.items() if labels}
        for model, arm in told:
            labels = labelled[model, arm]
            self._metrics.set_arm_accuracy(model, arm, correct[model, arm] / labels, labels)
        for model, arm in self._told - told:
            self._metrics.forget_arm_accuracy(model, arm)
        self._told = told

    def _note_away(self, error: Exception) -> None:
        if not self._is_away:
            log.warning("labels wait for the database: %s", type(error).__name__)
        self._is_away = True
        del self._unstored[:-MAX_UNSTORED]


def _chance(prediction_id: str) -> float:
    """Return a number from 0 up to 1 made of the random part of a prediction's id."""
    return int(prediction_id[-_CHANCE_DIGITS:], 16) / float(16**_CHANCE_DIGITS)
