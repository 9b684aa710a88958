"""The recorder: keeps answers and feedback on disk before they are acknowledged, and moves them into the database.

On the request path there is one append to a file. Everything else is done by a thread of its own: a database that is
away, slow or full costs disk space and no request.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from configs.recording_settings import RecordingSettings, WhenFull
from serving.recording.drain import Drain, Progress
from serving.recording.journal import JournalWriter
from serving.recording.records import FeedbackRecord, PredictionRecord, encode_feedback, encode_prediction
from serving.recording.sink import Sink, SinkAwayError

log = logging.getLogger("sdai.serving")
FIRST_RETRY_S = 0.2
CLOSING_RETRY_S = 0.1


class Outcome(StrEnum):
    """What became of a record, and so what the service may say to the client."""

    KEPT = "kept"
    """It survives the death of this process. Acknowledge."""
    DROPPED = "dropped"
    """The journal is full and the settings say to answer all the same. Acknowledge; the loss is counted."""
    REFUSED = "refused"
    """It could not be kept. Do not acknowledge: answer 503."""

    @property
    def may_acknowledge(self) -> bool:
        """Whether the client may be given the answer."""
        return self is not Outcome.REFUSED


class RecorderState(StrEnum):
    """How the recorder is."""

    OK = "ok"
    STORE_AWAY = "store_away"
    """Records are kept on disk; the database does not take them now."""
    DEGRADED = "degraded"
    """The last record could not be kept: the journal is full or cannot be written."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """Counts since the start of the process. ``backlog_bytes``: of this process, not in the database yet.

    ``stored`` includes records replayed for dead processes and those that were there already; ``rejected`` lines are in
    the folder's ``rejected.jsonl``; ``torn`` lines were cut off by a kill and never acknowledged.
    """

    state: RecorderState
    kept: int
    dropped: int
    refused: int
    stored: int
    rejected: int
    torn: int
    adopted_writers: int
    backlog_bytes: int
    last_error: str | None


class Recorder:
    """Keeps records; see the module. `record` and its kin never raise and may be called from any thread.

    Parameters
    ----------
    settings : sizes, intervals and the policy of a full journal.
    folder : the journal folder; all workers of a machine share it.
    sink : where records go; used by the recorder's thread alone.
    now, jitter : clock (aware) and random source (0 to 1) of the retries.

    Raises `JournalError` when the folder cannot be written: a service that cannot keep anything shall not start.
    """

    def __init__(
        self,
        settings: RecordingSettings,
        folder: Path,
        sink: Sink,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        # Read on every request; attributes of a settings object cost more.
        self._store_inputs = settings.store_inputs
        self._max_payload_bytes = settings.max_payload_bytes
        self._max_backlog_bytes = settings.journal_max_bytes
        self._full = Outcome.DROPPED if settings.when_full is WhenFull.DROP else Outcome.REFUSED
        self._writer = JournalWriter(folder, settings.segment_bytes)
        self._drain = Drain(folder, self._writer, sink, settings.batch_rows, now)
        self._sink = sink
        self._jitter = jitter
        self._losses = threading.Lock()
        self._lost = {Outcome.DROPPED: 0, Outcome.REFUSED: 0}
        self._cannot_keep: str | None = None
        self._store_error: str | None = None
        self._closing = threading.Event()
        self._give_up = threading.Event()
        self._emptied = False
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def record(self, record: PredictionRecord) -> Outcome:
        """Keep one answer. Call it before the answer is sent, and send it only if the outcome allows."""
        line = encode_prediction(
            record, store_inputs=self._store_inputs, max_payload_bytes=self._max_payload_bytes
        )  # fmt: skip
        return self._keep(line, 1, self._full)

    def record_all(self, records: Sequence[PredictionRecord]) -> Outcome:
        """Keep the answers of a batch, all of them or none."""
        lines = [
            encode_prediction(record, store_inputs=self._store_inputs, max_payload_bytes=self._max_payload_bytes)
            for record in records
        ]
        return self._keep(b"".join(lines), len(lines), self._full) if lines else Outcome.KEPT

    def record_feedback(self, record: FeedbackRecord) -> Outcome:
        """Keep one report: it is on the disk, not only with the kernel, on return, and is never dropped.

        Waits for the disk (milliseconds): call it outside the event loop.
        """
        return self._keep(encode_feedback(record), 1, Outcome.REFUSED, sync=True)

    def status(self) -> RecorderStatus:
        """Return counts and state, for the health page and the metrics."""
        counts = self._drain.counts
        return RecorderStatus(
            state=self._state(),
            kept=self._writer.appended_lines,
            dropped=self._lost[Outcome.DROPPED],
            refused=self._lost[Outcome.REFUSED],
            stored=counts.stored,
            rejected=counts.rejected,
            torn=counts.torn,
            adopted_writers=counts.adopted_writers,
            backlog_bytes=self._writer.appended_bytes - counts.own_bytes,
            last_error=self._cannot_keep or self._store_error,
        )

    def close(self, timeout_s: float) -> bool:
        """Move what is left into the database; True when all of it is there within ``timeout_s`` seconds.

        What is not stays on disk, for the next process that starts in this folder. Records that come later are refused.
        """
        self._closing.set()
        self._thread.join(max(0.0, timeout_s))
        self._give_up.set()
        self._writer.close()
        self._thread.join(CLOSING_RETRY_S)
        return self._emptied

    def _keep(self, data: bytes, lines: int, when_full: Outcome, *, sync: bool = False) -> Outcome:
        backlog_bytes = self._writer.appended_bytes - self._drain.counts.own_bytes
        if backlog_bytes + len(data) > self._max_backlog_bytes:
            return self._lose(lines, when_full, f"the journal is full: {backlog_bytes} bytes wait for the database")
        try:
            self._writer.append(data, lines, sync=sync)
        except OSError as error:
            return self._lose(lines, Outcome.REFUSED, f"the journal cannot be written: {error.strerror or error}")
        if self._cannot_keep:
            log.info("the journal keeps records again")
            self._cannot_keep = None
        return Outcome.KEPT

    def _lose(self, lines: int, outcome: Outcome, reason: str) -> Outcome:
        with self._losses:
            self._lost[outcome] += lines
            if not self._cannot_keep:
                log.error("records are %s: %s", outcome, reason)
            self._cannot_keep = reason
        return outcome

    def _state(self) -> RecorderState:
        if self._closing.is_set():
            return RecorderState.CLOSED
        if self._cannot_keep:
            return RecorderState.DEGRADED
        return RecorderState.STORE_AWAY if self._store_error else RecorderState.OK

    def _run(self) -> None:
        pause_s, failures, next_look_s = 0.0, 0, 0.0
        while not self._wait(pause_s):
            try:
                if time.monotonic() >= next_look_s and not self._closing.is_set():
                    self._drain.look_for_the_dead()
                    next_look_s = time.monotonic() + self._settings.adopt_interval_s
                pause_s, finished = self._move_batch()
            except (SinkAwayError, OSError) as error:
                failures += 1
                pause_s, finished = self._note_failure(error, failures), False
            except Exception as error:  # process edge: a recorder without its thread would fill the disk
                log.exception("the recorder's thread failed and goes on")
                failures += 1
                pause_s, finished = self._note_failure(error, failures), False
            else:
                failures = 0
                self._note_success()
            if finished:
                self._emptied = True
                break
        self._end()

    def _wait(self, pause_s: float) -> bool:
        """Wait, shorter while closing; True when it is time to give up."""
        if self._closing.is_set():
            return self._give_up.wait(min(pause_s, CLOSING_RETRY_S))
        self._closing.wait(pause_s)
        return self._give_up.is_set()

    def _move_batch(self) -> tuple[float, bool]:
        """Move one batch; return the pause before the next one and whether all is done for good."""
        closed = self._closing.is_set()
        if closed:
            self._writer.close()
        started_s = time.perf_counter()
        progress = self._drain.step()
        if closed:
            return 0.0, progress is Progress.NOTHING
        if progress is Progress.MORE:
            # Half of the time is left to requests: while this thread computes, they wait for the interpreter.
            return time.perf_counter() - started_s, False
        return self._settings.flush_interval_s, False

    def _note_failure(self, error: Exception, failures: int) -> float:
        if self._store_error is None:
            log.warning("records wait on disk: %s", error)
        self._store_error = str(error)
        longest_s = min(self._settings.retry_max_s, FIRST_RETRY_S * 2.0 ** min(failures - 1, 20))
        return longest_s * (0.5 + 0.5 * self._jitter())

    def _note_success(self) -> None:
        if self._store_error is not None:
            log.info("the database takes records again")
            self._store_error = None

    def _end(self) -> None:
        self._writer.close()
        self._drain.close()
        with suppress(OSError):  # the folder was deleted
            self._writer.release()
        self._sink.close()
