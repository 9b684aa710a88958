"""What clients saw while the weights of a rollout rose, and what is wrong with it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from serving.rollout.routing import BUCKETS, bucket

CLIENTS = 48
LIMIT_S = 2.0
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


def misrouted(seen: Sequence[Seen], changes: Sequence[tuple[float, int]]) -> list[Seen]:
    """Return the answers of another arm than the client is in by the weights that may have been in force."""
    wrong = []
    for one in seen:
        allowed = {
            0 if not changes else weight for weight in weights_between(changes, one.asked_s - LIMIT_S, one.came_s)
        }
        arms = {"canary" if bucket(SALT, f"client-{one.client}") < weight else "champion" for weight in allowed}
        if one.arm not in arms:
            wrong.append(one)
    return wrong


def weights_between(changes: Sequence[tuple[float, int]], from_s: float, until_s: float) -> set[int]:
    """Return the weights that were written at some time between two."""
    before = [weight for at_s, weight in changes if at_s <= from_s]
    return {before[-1] if before else 0} | {weight for at_s, weight in changes if from_s < at_s <= until_s}


def flips(seen: Sequence[Seen]) -> list[int]:
    """Return the clients that the champion answered after the canary had."""
    back = []
    for client in range(CLIENTS):
        arms = [one.arm for one in sorted(seen, key=lambda one: one.asked_s) if one.client == client]
        if "canary" in arms and "champion" in arms[arms.index("canary") :]:
            back.append(client)
    return back


def assert_shares(seen: Sequence[Seen], changes: Sequence[tuple[float, int]]) -> None:
    """Assert for each step that the clients in the canary are the weight's share within 3 standard deviations."""
    ends = [at_s for at_s, _ in changes[1:]] + [math.inf]
    for (at_s, weight), end_s in zip(changes, ends, strict=True):
        held = [one for one in seen if at_s + LIMIT_S < one.asked_s and one.came_s < end_s]
        asked = {one.client for one in held}
        taken = {one.client for one in held if one.arm == "canary"}
        share = weight / BUCKETS
        assert len(asked) == CLIENTS
        assert abs(len(taken) - len(asked) * share) <= 3.0 * math.sqrt(len(asked) * share * (1.0 - share)), weight


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
