"""Candidates for simulated rollouts: how often they fail or are wrong, how long they take, and when they turn bad."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from flows.rollout.sequential import Floats


@dataclass(frozen=True)
class Times:
    """How long the champion's answers take: shares, medians and spreads of lognormal parts.

    A spread is the standard deviation of the logarithm. Times are in any unit.
    """

    parts: tuple[tuple[float, float, float], ...] = ((1.0, 1.0, 0.5),)

    def above(self, limit: Floats) -> Floats:
        """Return the share of answers that take longer."""
        logs = np.log(np.maximum(limit, 1e-9))
        shares = [share * ndtr((math.log(median) - logs) / spread) for share, median, spread in self.parts]
        return np.asarray(sum(shares), dtype=np.float64)

    def limit(self, above: Floats) -> Floats:
        """Return the time that a share of the answers takes longer than."""
        grid = np.geomspace(1e-4, 1e4, 20_000)
        return np.asarray(np.interp(-above, -self.above(grid), grid), dtype=np.float64)


NARROW, WIDE = Times(((1.0, 1.0, 0.3),)), Times(((1.0, 1.0, 1.0),))
HELD_UP = Times(((0.7, 1.0, 0.3), (0.3, 10.0, 0.3)))
"""Three answers in ten take ten times as long as the others, as on a machine with other work."""


@dataclass(frozen=True)
class Version:
    """Ratios of failures and wrong answers, and how many times slower than the champion.

    ``longer`` comes on top of each answer's time, ``failed_at_clients`` on top of ``failed`` where a client asks:
    deadlines do not hold for mirrored questions.
    """

    failed: float = 0.001
    wrong: float = 0.01
    slower: float = 1.0
    longer: float = 0.0
    failed_at_clients: float = 0.0


@dataclass(frozen=True)
class Scenario:
    """A candidate, how it is from a phase of the ladder on (None: always), and the requests a second."""

    name: str
    candidate: Version
    turns_at: int | None = None
    requests_per_s: float = 100.0
    times: Times = Times()


SCENARIOS = (
    Scenario("identical", Version()),
    Scenario("identical, 5 requests a second", Version(), requests_per_s=5.0),
    Scenario("accuracy 3 points worse", Version(wrong=0.04)),
    Scenario("accuracy 3 points worse, 5 requests a second", Version(wrong=0.04), requests_per_s=5.0),
    Scenario("fails 20 %", Version(failed=0.2)),
    Scenario("fails 20 %, 5 requests a second", Version(failed=0.2), requests_per_s=5.0),
    # Without a client there is no such failure: from the step at 5 % on.
    Scenario("fails for 9 % of its clients, not when mirrored", Version(failed_at_clients=0.09), turns_at=2),
    Scenario(
        "fails for 9 % of its clients, not when mirrored, 5 requests a second",
        Version(failed_at_clients=0.09),
        turns_at=2,
        requests_per_s=5.0,
    ),
    # Times of clients alone are compared.
    Scenario("five times slower", Version(slower=5.0), turns_at=2),
    Scenario("five times slower, 5 requests a second", Version(slower=5.0), turns_at=2, requests_per_s=5.0),
    Scenario(
        "five times slower, 5 requests a second, narrow times",
        Version(slower=5.0),
        turns_at=2,
        requests_per_s=5.0,
        times=NARROW,
    ),
    Scenario(
        "five times slower, 5 requests a second, wide times",
        Version(slower=5.0),
        turns_at=2,
        requests_per_s=5.0,
        times=WIDE,
    ),
    Scenario(
        "five times slower, 5 requests a second, champion held up",
        Version(slower=5.0),
        turns_at=2,
        requests_per_s=5.0,
        times=HELD_UP,
    ),
    Scenario(
        "four medians longer, 5 requests a second, wide times",
        Version(longer=4.0),
        turns_at=2,
        requests_per_s=5.0,
        times=WIDE,
    ),
    Scenario(
        "four medians longer, 5 requests a second, champion held up",
        Version(longer=4.0),
        turns_at=2,
        requests_per_s=5.0,
        times=HELD_UP,
    ),
    Scenario("1.3 times slower, narrow times", Version(slower=1.3), times=NARROW),
    Scenario("1.3 times slower, wide times", Version(slower=1.3), times=WIDE),
    Scenario("identical, champion held up", Version(), times=HELD_UP),
    Scenario("fails 20 % from the step at 25 % on", Version(failed=0.2), turns_at=3),
    Scenario("accuracy 3 points worse from the step at 25 % on", Version(wrong=0.04), turns_at=3),
)
