"""Whether a worker is behind, told by its event loop.

Questions are answered on the event loop. Under overload, requests therefore wait: in their sockets, or read and not
begun. What can be seen is how long the loop takes from one look at the sockets to the next, for that is how long the
last of those that it found then has waited, and how long those that were read have waited for their turn since.

A short queue after a burst is answered; a queue that stands is shed down to what can be answered soon, so that clients
are refused early instead of answered late (the rule of *controlled delay*: K. Nichols and V. Jacobson, Controlling
Queue Delay, ACM Queue 10(5), 2012, with time in the queue in place of packets' sojourn time).
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

BEAT_S = 0.01
"""How often the loop is asked to show that it looks; delays shorter than this are not seen."""


@dataclass(frozen=True, slots=True)
class DelayPolicy:
    """Requests that waited longer than ``max_wait_s`` are refused.

    Once every look of the loop for ``patience_s`` has come later than ``standing_wait_s`` after the one before, or
    something had waited for longer by then, the queue stands, and what waited longer than ``standing_wait_s`` is
    refused. It stands no more once every look has come in time for as long: under overload the queue is empty for a
    moment after each refusal.
    """

    max_wait_s: float
    standing_wait_s: float
    patience_s: float


class LoopDelay:
    """Measures the delay of one event loop and says which requests may begin.

    Parameters
    ----------
    policy : how long requests may wait.
    clock : seconds, monotonic.
    """

    __slots__ = (
        "_clock",
        "_late",
        "_longest_s",
        "_looked_s",
        "_policy",
        "_stands",
        "_timer",
        "_turning_since_s",
        "refused",
    )

    def __init__(self, policy: DelayPolicy, clock: Callable[[], float] = time.monotonic) -> None:
        self._policy = policy
        self._clock = clock
        self._looked_s = clock()
        self._longest_s = 0.0
        self._late = False
        self._stands = False
        self._turning_since_s: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.refused = 0

    def looked(self) -> None:
        """Note that the loop looks at its sockets now."""
        now_s = self._clock()
        longest_s = max(now_s - self._looked_s, self._longest_s)
        was_late, self._late = self._late, longest_s > self._policy.standing_wait_s
        self._looked_s, self._longest_s = now_s, 0.0
        # A long round of answers is followed by a short one, in which those that were read meanwhile are let in.
        late = self._late or was_late
        if late == self._stands:
            self._turning_since_s = None
        elif self._turning_since_s is None:
            self._turning_since_s = now_s
        elif now_s - self._turning_since_s >= self._policy.patience_s:
            self._stands, self._turning_since_s = late, None

    def may_begin(self, since_s: float | None = None) -> bool:
        """Return whether a request that comes up now may begin; one that may not is counted.

        It has waited since ``since_s`` (`now_s`); by default since the loop looked at its sockets last.
        """
        most_s = self._policy.standing_wait_s if self._stands else self._policy.max_wait_s
        waited_s = self._clock() - (self._looked_s if since_s is None else since_s)
        if since_s is not None:
            self._longest_s = max(self._longest_s, waited_s)
        if waited_s <= most_s:
            return True
        self.refused += 1
        return False

    def now_s(self) -> float:
        """Return the time by which is waited."""
        return self._clock()

    def start(self) -> None:
        """Begin to watch the running loop; before that no request may be asked about."""
        self._looked_s = self._clock()
        # A timer and not a task: timers come before the requests that were read, a task would come behind them.
        self._beat(asyncio.get_running_loop())

    def stop(self) -> None:
        """End watching."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        self.looked()
        self._timer = loop.call_later(BEAT_S, self._beat, loop)
