"""The keys trusted right now: read at start, read again in time, kept while their issuer is away."""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from serving.auth.errors import KeySetError
from serving.auth.files import write_atomically
from serving.auth.key_set import KeySet, VerificationKey, parse_key_set
from serving.auth.key_source import KeySource

KEPT_COPY_LIMIT_S = 24 * 3_600.0
"""A copy of the keys older than this is not trusted at a start: the issuer may have withdrawn one since."""
_LOST_AFTER_S = 60.0
"""A read that takes longer is given up for lost, so that the next one may start."""
log = logging.getLogger("sdai.serving.auth")
Run = Callable[[Callable[[], None]], None]


def run_here(work: Callable[[], None]) -> None:
    """Do it at once; for local files."""
    work()


def run_in_thread(work: Callable[[], None]) -> None:
    """Do it in a thread that does not keep the process alive; for whatever may block."""
    threading.Thread(target=work, name="jwks", daemon=True).start()


@dataclass(frozen=True, slots=True)
class RefreshPolicy:
    """When a key set is read again, in seconds.

    ``interval_s``: after a read that worked. ``retry_s``: after one that failed, and the least time between two reads
    asked for by tokens with an unknown key.
    """

    interval_s: float
    retry_s: float


class KeyRing:
    """Holds the trusted keys of one source.

    Parameters
    ----------
    source : where the key set comes from.
    algorithms : keys for other algorithms are left out.
    policy : when it is read again.
    run : what a read is done with (`run_here`, `run_in_thread`).
    clock : seconds that never go back.
    kept_copy : file of the last set that was read, for a start while the issuer is away; None keeps none.
    """

    def __init__(
        self,
        source: KeySource,
        algorithms: Collection[str],
        policy: RefreshPolicy,
        *,
        run: Run = run_in_thread,
        clock: Callable[[], float] = time.monotonic,
        kept_copy: Path | None = None,
    ) -> None:
        self.source = source
        self.policy = policy
        self.problem: str | None = None
        """Why the last read failed; None when it worked."""
        self._algorithms = algorithms
        self._run = run
        self._clock = clock
        self._kept_copy = kept_copy
        self._keys: KeySet | None = None
        self._raw: bytes | None = None
        self._reading: Future[None] | None = None
        self._began_s = float("-inf")
        self._due_s = float("-inf")
        self._lock = threading.Lock()

    @property
    def keys(self) -> KeySet | None:
        """The keys trusted now; None until a set was read for the first time."""
        return self._keys

    def load(self, wait_s: float) -> None:
        """Read the set for the first time, for ``wait_s`` at most; afterwards `problem` tells whether that worked.

        With a copy of an earlier read, if it is not too old, nothing is waited for: its keys are trusted until the
        issuer answers.
        """
        self._start()
        self._use_kept_copy()
        reading = self._reading
        if reading is not None and self._keys is None:
            try:
                reading.result(wait_s)
            except TimeoutError:
                self.problem = f"the key set {self.source.name} was not read within {wait_s:g} s"

    def find(self, key_id: str) -> VerificationKey | None:
        """Return the trusted key of an id; starts a read of the set when one is due."""
        self.refresh_if_due()
        keys = self._keys
        return keys.keys.get(key_id) if keys is not None else None

    def refresh_if_due(self) -> None:
        """Start a read of the set when one is due."""
        if self._clock() >= self._due_s:
            self._start()

    def ask_early(self) -> None:
        """Read the set again before it is due, because a token names a key that is not in it.

        However many tokens do so, one read is started in ``retry_s`` seconds.
        """
        if self._clock() >= self._began_s + self.policy.retry_s:
            self._start()

    async def settled(self, wait_s: float) -> bool:
        """Wait, without blocking, until a read that is going on is done; returns whether the keys changed by it."""
        reading, before = self._reading, self._keys
        if reading is None:
            return False
        try:
            await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(reading)), wait_s)
        except TimeoutError:
            return False
        return self._keys is not before

    def _start(self) -> None:
        now = self._clock()
        with self._lock:
            if self._reading is not None and now < self._began_s + _LOST_AFTER_S:
                return
            mine: Future[None] = Future()
            self._reading = mine
            self._began_s = now
            self._due_s = now + self.policy.retry_s
        try:
            self._run(lambda: self._read(mine))
        except RuntimeError as error:  # no thread to be had
            self._failed(mine, str(error))

    def _read(self, mine: "Future[None]") -> None:
        try:
            raw = self.source.read()
            fresh = raw is not None and raw != self._raw
            keys = parse_key_set(raw, self._algorithms, self._keys) if raw is not None and fresh else self._keys
        except KeySetError as error:
            self._failed(mine, str(error))
            return
        except Exception as error:  # edge of a thread: what it raises would be lost, and the waiting left waiting
            log.exception("the key set %s cannot be read", self.source.name)
            self._failed(mine, f"{type(error).__name__}: see the log")
            return
        with self._lock:
            if self._reading is not mine:  # given up for lost; a later read decides
                return
            if fresh:
                self._keys, self._raw = keys, raw
            if raw is not None:
                self.problem = None
            self._due_s = self._began_s + self.policy.interval_s
            self._reading = None
        if fresh and keys is not None:
            log.info("the key set %s was read; keys: %s", self.source.name, ", ".join(keys.key_ids) or "none")
        if raw is not None:
            self._keep_copy(raw)
        mine.set_result(None)

    def _failed(self, mine: "Future[None]", problem: str) -> None:
        with self._lock:
            if self._reading is not mine:
                return
            first, self.problem = self.problem != problem, problem
            self._reading = None
        if first:
            log.error("%s; %s", problem, "the keys read before stay trusted" if self._keys else "no key is trusted yet")
        mine.set_result(None)

    def _keep_copy(self, raw: bytes) -> None:
        if self._kept_copy is None:
            return
        try:
            write_atomically(self._kept_copy, raw)
        except OSError as error:
            log.warning("the copy of the key set cannot be written to %s: %s", self._kept_copy, error.strerror)

    def _use_kept_copy(self) -> None:
        if self._kept_copy is None:
            return
        try:
            age_s = time.time() - os.stat(self._kept_copy).st_mtime  # noqa: PTH116
            if age_s > KEPT_COPY_LIMIT_S:
                return
            keys = parse_key_set(self._kept_copy.read_bytes(), self._algorithms)
        except (OSError, KeySetError):
            return
        with self._lock:
            if self._keys is None:
                self._keys = keys
        log.warning("until %s answers, its keys of %.0f minutes ago are trusted", self.source.name, age_s / 60)
