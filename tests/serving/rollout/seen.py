"""What clients saw while the weights of a rollout rose, and what is wrong with it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.rollbacks.routed import LIMIT_S, MOST_DEVIATIONS, Routed, shares
from serving.rollout.routing import bucket

CLIENTS = 48
SALT = "good-version"


@dataclass(frozen=True)
class Seen:
    """One answer: who asked, when it was asked for and when it came (Unix time), its status, arm and version.

    ``worker`` is the process that was asked.
    """

    client: int
    asked_s: float
    came_s: float
    status: int
    arm: str
    version: str
    worker: int


def routed(seen: Sequence[Seen]) -> list[Routed]:
    """Return what of the answers says which version gave them."""
    return [Routed(f"client-{one.client}", one.asked_s, one.came_s, one.arm == "canary") for one in seen]


def assert_shares(seen: Sequence[Seen], changes: Sequence[tuple[float, int]]) -> None:
    """Assert for each step that the clients in the canary are the weight's share within 3 standard deviations."""
    for share in shares(routed(seen), changes):
        assert share.clients == CLIENTS
        assert share.deviations <= MOST_DEVIATIONS, share


def settled_s(seen: Sequence[Seen], changes: Sequence[tuple[float, int]]) -> list[float]:
    """Return, for each change, the seconds until the champion had been asked a last time for who is in the canary."""
    found = []
    for at_s, weight in changes:
        late = [
            one.asked_s - at_s
            for one in seen
            if one.arm == "champion" and bucket(SALT, f"client-{one.client}") < weight and one.asked_s > at_s
        ]
        found.append(max(late, default=0.0))
    return found


def asked_of_one(seen: Sequence[Seen], changes: Sequence[tuple[float, int]], workers: int = 2) -> list[tuple[int, int]]:
    """Return weight and client where a client was not asked of every worker while a weight was in force for good.

    Workers that divide clients differently show in a client that is asked of several only.
    """
    ends = [at_s for at_s, _ in changes[1:]] + [math.inf]
    found = []
    for (at_s, weight), end_s in zip(changes, ends, strict=True):
        held = {(one.client, one.worker) for one in seen if at_s + LIMIT_S < one.asked_s and one.came_s < end_s}
        asked = [sum(client == number for client, _ in held) for number in range(CLIENTS)]
        found += [(weight, number) for number, count in enumerate(asked) if count < workers]
    return found
