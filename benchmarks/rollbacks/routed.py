"""Whether clients were answered by the version that the weights of a rollout give them. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from serving.rollout.routing import BUCKETS, in_canary

LIMIT_S = 2.0
"""A weight is in force this long after it was written, at the latest."""
MOST_DEVIATIONS = 3.0


@dataclass(frozen=True, slots=True)
class Routed:
    """One answer: whose, when it was asked for and came (Unix time), and whether the new version gave it."""

    client: str
    asked_s: float
    came_s: float
    is_new: bool


@dataclass(frozen=True, slots=True)
class Share:
    """Of the clients that asked while a weight was in force, how many the new version answered."""

    weight: int
    clients: int
    taken: int

    @property
    def deviations(self) -> float:
        """How far that is from the weight's share, in standard deviations of the binomial."""
        share = self.weight / BUCKETS
        spread = math.sqrt(self.clients * share * (1.0 - share))
        off = abs(self.taken - self.clients * share)
        return off / spread if spread else (0.0 if off == 0 else math.inf)


def misrouted(seen: Iterable[Routed], changes: Sequence[tuple[float, int]], salt: str) -> list[Routed]:
    """Return the answers of another version than the client has by any weight that may have been in force.

    ``changes`` are when (Unix time) a weight was written, and the weight, oldest first; it was 0 before.
    """
    return [
        one
        for one in seen
        if one.is_new
        not in {in_canary(weight, salt, one.client) for weight in _between(changes, one.asked_s - LIMIT_S, one.came_s)}
    ]


def flipped(seen: Iterable[Routed]) -> list[str]:
    """Return the clients that the old version was asked for after the new one had answered them.

    Of answers that were under way at once nobody knows the order.
    """
    first_new_s: dict[str, float] = {}
    last_old_s: dict[str, float] = {}
    for one in seen:
        if one.is_new:
            first_new_s[one.client] = min(one.came_s, first_new_s.get(one.client, math.inf))
        else:
            last_old_s[one.client] = max(one.asked_s, last_old_s.get(one.client, -math.inf))
    return sorted(client for client, at_s in first_new_s.items() if last_old_s.get(client, -math.inf) > at_s)


def shares(seen: Sequence[Routed], changes: Sequence[tuple[float, int]]) -> list[Share]:
    """Return the share of each weight, by the answers that were asked for and came while it was in force for good."""
    ends_s = [at_s for at_s, _ in changes[1:]] + [math.inf]
    found = []
    for (at_s, weight), end_s in zip(changes, ends_s, strict=True):
        held = [one for one in seen if at_s + LIMIT_S < one.asked_s and one.came_s < end_s]
        taken = {one.client for one in held if one.is_new}
        found.append(Share(weight, len({one.client for one in held}), len(taken)))
    return found


def _between(changes: Sequence[tuple[float, int]], from_s: float, until_s: float) -> set[int]:
    """Return the weights that were in force at some time between two."""
    before = [weight for at_s, weight in changes if at_s <= from_s]
    return {before[-1] if before else 0} | {weight for at_s, weight in changes if from_s < at_s <= until_s}
