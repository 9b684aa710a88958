"""Sequential tests of event rates that may be looked at as often as one likes. Pure; over arrays.

Each test is an e-process: under its hypothesis its expectation never exceeds 1 whenever one stops, so by Ville's
inequality the chance that it ever reaches 1/α is at most α, however many looks were taken. Arms are compared block by
block (what happened at the same time), so a rate that drifts for both arms alike is no evidence against either.

The two-arm test is that of Turner, Ly and Grünwald, "Generic E-variables for exact sequential k-sample tests that allow
for optional stopping", Journal of Statistical Planning and Inference 230 (2024) 106116, with the margins of Turner and
Grünwald, "Exact anytime-valid confidence intervals for contingency tables and beyond", Statistics and Probability
Letters 198 (2023) 109835. Why it holds for blocks of any sizes: with outcomes Bernoulli(θ), a likelihood ratio of θ*
against θ° has the expectation 1 + (θ - θ°)g, g = (θ* - θ°) / θ°(1 - θ°). Over a block this is at most
exp(Σ n g (θ - θ°)). Where θ° minimises the divergence from θ* over a convex hypothesis, that exponent is not positive
anywhere in the hypothesis (first-order condition of the minimum), so the expectation is at most 1. The test is exact:
nothing is asymptotic, however few or rare the events.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RATE_FLOOR, RATE_CEILING = 1e-9, 1.0 - 1e-9
PRIOR_EVENTS, PRIOR_COUNT = 0.2, 10.0
"""What an arm's rate is guessed from before anything was seen; a bad guess costs traffic, never validity."""
_STEPS = 60
"""Steps to the root at most; five to ten are usual."""
_EXACT, _TINY = 1e-12, 1e-300
LARGEST_EFFECT = 0.9


@cache
def excesses(smallest: float) -> tuple[float, ...]:
    """Return the excess rates that a test of harm bets on: from the smallest that matters to nearly everything.

    Betting on several costs little (the logarithm of their number) and finds a small harm and a gross one each in
    about the time that a test made for it alone would take.
    """
    count = 1 + max(1, math.ceil(math.log2(LARGEST_EFFECT / smallest)))
    return tuple(float(value) for value in np.geomspace(smallest, LARGEST_EFFECT, count))


@dataclass(frozen=True, slots=True)
class Arms:
    """Events and counts of both arms, arrays of one shape; an event is what is bad: a failure, a wrong answer."""

    champion_events: Floats
    champion_count: Floats
    candidate_events: Floats
    candidate_count: Floats

    def merged(self, other: "Arms") -> "Arms":
        """Return the sums."""
        return Arms(
            self.champion_events + other.champion_events,
            self.champion_count + other.champion_count,
            self.candidate_events + other.candidate_events,
            self.candidate_count + other.candidate_count,
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """The tests of one rate after the blocks seen so far. Every array has the same shape, () for a single rollout.

    ``harm`` holds what `restarted` remembers, one an excess that is bet on (first axis), of the test of "the
    candidate's rate is at most ``tolerated`` above the champion's"; ``safety`` the log e-value against "it is at least
    ``unacceptable`` above". A peak is the highest log e-value after any of the ``seen`` blocks: what Ville's inequality
    bounds, and what does not depend on when one looked.
    """

    tolerated: float
    unacceptable: float
    seen: int
    totals: Arms
    harm: Floats
    safety: Floats
    harm_peak: Floats
    safety_peak: Floats

    def after(self, blocks: Arms) -> "Comparison":
        """Return the tests after further blocks, shape (..., blocks), in order of time.

        Blocks that lack an arm add to the totals and are no evidence.
        """
        if blocks.champion_count.shape[-1] == 0:
            return self
        of_champion = _known_before(
            self.totals.champion_events, self.totals.champion_count, blocks.champion_events, blocks.champion_count
        )
        of_both = _known_before(
            self.totals.champion_events + self.totals.candidate_events,
            self.totals.champion_count + self.totals.candidate_count,
            blocks.champion_events + blocks.candidate_events,
            blocks.champion_count + blocks.candidate_count,
        )
        bets = np.stack(
            [block_log_e(blocks, of_champion, self.tolerated, excess) for excess in excesses(self.unacceptable)]
        )
        harm, wealth = restarted(bets, self.harm, self.seen)
        steps = np.cumsum(block_log_e(blocks, of_both, self.unacceptable, 0.0), axis=-1)
        safety = self.safety[..., None] + steps
        return Comparison(
            self.tolerated,
            self.unacceptable,
            self.seen + blocks.champion_count.shape[-1],
            self.totals.merged(_summed(blocks)),
            harm,
            safety[..., -1],
            np.maximum(self.harm_peak, log_mean_exp(wealth).max(axis=-1)),
            np.maximum(self.safety_peak, safety.max(axis=-1)),
        )


def start_comparison(tolerated: float, unacceptable: float, shape: tuple[int, ...] = ()) -> Comparison:
    """Return the tests before anything was seen; ``shape`` is that of the rollouts tested at once."""
    nothing = np.zeros(shape)
    bets = np.full((len(excesses(unacceptable)), *shape), -np.inf)
    totals = Arms(nothing, nothing, nothing, nothing)
    return Comparison(tolerated, unacceptable, 0, totals, bets, nothing, nothing, nothing)


def restarted(steps: Floats, before: Floats, seen: int) -> tuple[Floats, Floats]:
    """Return a running log e-value that forgets: the mixture of the tests begun before each block.

    A version that turns bad after a long good time would otherwise first have to use up what its good time has lost the
    bets. The test begun before block j (1, 2, …) has the weight 1/(j(j+1)); the weights add up to 1, so the mixture is
    an e-process, and finding a fault of block j costs the logarithm of j(j+1) at most.

    Parameters
    ----------
    steps : log e-values of new blocks, shape (..., blocks).
    before : what was remembered after the ``seen`` blocks before them, shape (...), -inf at the beginning.

    Returns
    -------
    What is to be remembered now, shape (...), and the log e-values after each block, shape (..., blocks).
    """
    wealth = np.empty_like(steps)
    for index in range(steps.shape[-1]):
        number = seen + index + 1
        before = steps[..., index] + np.logaddexp(before, -math.log(number * (number + 1)))
        wealth[..., index] = np.logaddexp(before, -math.log(number + 1))
    return before, wealth


def block_log_e(blocks: Arms, guess: Floats, margin: float, excess: float) -> Floats:
    """Return the log e-value of single blocks, of any shape.

    The bet is that the champion's rate is ``guess`` and the candidate's ``guess + excess``. The hypothesis is an excess
    of at most ``margin`` where ``excess`` is above it, and of at least ``margin`` where it is below. ``guess`` may
    depend on earlier blocks only.
    """
    n_b, n_c = blocks.champion_count, blocks.candidate_count
    bet_b = np.clip(guess, RATE_FLOOR, RATE_CEILING)
    bet_c = np.clip(guess + excess, RATE_FLOOR, RATE_CEILING)
    null_b = _projection(bet_b, n_b, bet_c, n_c, margin)
    null_c = null_b + margin
    value = _log_ratio(blocks.champion_events, n_b, bet_b, null_b)
    value += _log_ratio(blocks.candidate_events, n_c, bet_c, null_c)
    # Near a rate of 1 the clipped bet may lie inside the hypothesis: then nothing is bet.
    bets = (bet_c - bet_b - margin) * (excess - margin) > 0
    return np.where(bets & (n_b > 0) & (n_c > 0), value, 0.0)


def one_arm_log_e(events: Floats, count: Floats, limit: Floats | float, bets: Sequence[float]) -> Floats:
    """Return the running log e-value against "the event rate is at most ``limit``", shape (..., blocks).

    ``limit`` (0 <= limit < 1) is one, or one a row. ``bets`` are the excesses above it that are bet on, averaged.
    """
    null = np.clip(np.asarray(limit, dtype=np.float64), RATE_FLOOR, RATE_CEILING)[..., None]
    rates = [np.minimum(null + excess, 0.5 * (1.0 + null)) for excess in bets]
    steps = np.stack([_log_ratio(events, count, rate, null) for rate in rates])
    return log_mean_exp(restarted(steps, np.full(steps.shape[:-1], -np.inf), 0)[1])


def log_mean_exp(values: Floats) -> Floats:
    """Return the logarithm of the mean of exponentials over the first axis."""
    largest = values.max(axis=0)
    return np.asarray(largest + np.log(np.mean(np.exp(values - largest), axis=0)), dtype=np.float64)


def _summed(blocks: Arms) -> Arms:
    parts = (blocks.champion_events, blocks.champion_count, blocks.candidate_events, blocks.candidate_count)
    return Arms(*(part.sum(axis=-1) for part in parts))


def _known_before(events: Floats, count: Floats, new_events: Floats, new_count: Floats) -> Floats:
    """Return a rate as known before each of some new blocks."""
    seen_events = events[..., None] + np.cumsum(new_events, axis=-1) - new_events
    seen_count = count[..., None] + np.cumsum(new_count, axis=-1) - new_count
    return np.asarray((seen_events + PRIOR_EVENTS) / (seen_count + PRIOR_COUNT), dtype=np.float64)


def _projection(bet_b: Floats, n_b: Floats, bet_c: Floats, n_c: Floats, margin: float) -> Floats:
    """Return the champion's rate at which (rate, rate + margin) diverges least from the bet.

    By Newton's method on the slope of the divergence, kept inside the bracket of its root; exact at once for margin 0.
    """
    low = np.full(np.broadcast(bet_b, bet_c, n_b, n_c).shape, RATE_FLOOR / 2)
    high = np.full_like(low, 1.0 - margin - RATE_FLOOR / 2)
    rate = np.clip((n_b * bet_b + n_c * (bet_c - margin)) / np.maximum(n_b + n_c, 1.0), low, high)
    for _ in range(_STEPS):
        of_b, of_c = rate * (1 - rate), (rate + margin) * (1 - rate - margin)
        left_b, left_c = bet_b - rate, bet_c - rate - margin
        slope = n_b * left_b / of_b + n_c * left_c / of_c
        falls = n_b * (of_b + left_b * (1 - 2 * rate)) / of_b**2
        falls += n_c * (of_c + left_c * (1 - 2 * (rate + margin))) / of_c**2
        low, high = np.where(slope > 0, rate, low), np.where(slope > 0, high, rate)
        newton = rate + slope / np.maximum(falls, _TINY)
        following = np.where((newton > low) & (newton < high), newton, 0.5 * (low + high))
        if np.all(np.abs(following - rate) <= _EXACT * rate):
            return following
        rate = following
    return rate


def _log_ratio(events: Floats, count: Floats, bet: Floats, null: Floats) -> Floats:
    return np.asarray(
        events * (np.log(bet) - np.log(null)) + (count - events) * (np.log1p(-bet) - np.log1p(-null)), dtype=np.float64
    )
