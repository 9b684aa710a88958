"""Which version answers a client while a rollout is open: sticky by client, and monotone in the weight.

A client has one bucket of 10,000 a rollout, the hash of the rollout's salt and its name. It is in the canary while its
bucket lies below the weight, so whoever is in at 5 % stays in at 25 %, and another rollout, with another salt, begins
with other clients.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

ARM_HEADER, VERSION_HEADER = "x-sdai-arm", "x-sdai-model-version"
"""In a request the arm that is to answer; in an answer the arm and the version that did."""
BUCKETS = 10_000
"""Weights are ten-thousandths."""
_HASH_BYTES = 8
"""Of 2^64 values, 10,000 buckets differ in size by less than one part in 10^15."""


class Arm(StrEnum):
    """In which part a version answers."""

    CHAMPION = "champion"
    CANARY = "canary"
    SHADOW = "shadow"
    """Asked what the champion was asked; nobody sees the answer."""


@dataclass(frozen=True, slots=True)
class Split:
    """How the questions of one model are divided. Weights are 0 to 10,000, ``shadow_share`` is a ratio (0 to 1).

    ``shadow_share`` of what the champion answers is asked of the canary too. A weight that rises counts from the Unix
    time ``rises_at_s`` on, ``weight_before`` until then: see `following`.
    """

    salt: str
    weight: int
    shadow_share: float = 0.0
    weight_before: int = 0
    rises_at_s: float = 0.0

    def weight_at(self, now_s: float) -> int:
        """Return the weight in force at a Unix time."""
        return self.weight if now_s >= self.rises_at_s else self.weight_before

    def takes(self, client: str, now_s: float) -> bool:
        """Return whether the canary answers this client."""
        return in_canary(self.weight_at(now_s), self.salt, client)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the questions of one model shall be divided, and since when (Unix time)."""

    salt: str
    weight: int
    shadow_share: float
    changed_at_s: float


def bucket(salt: str, client: str) -> int:
    """Return the bucket of a client in the rollout of this salt, 0 to 9,999."""
    digest = hashlib.sha256(f"{salt}\0{client}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:_HASH_BYTES]) % BUCKETS


def in_canary(weight: int, salt: str, client: str) -> bool:
    """Return whether the canary answers a client at this weight (0 to 10,000)."""
    if weight <= 0 or weight >= BUCKETS:
        return weight >= BUCKETS
    return bucket(salt, client) < weight


def following(before: Split | None, wanted: Wanted, delay_s: float, now_s: float) -> Split:
    """Return the split that follows what a worker has.

    Workers look at the database one after another. Were each to raise a weight when it sees it, a client asked by
    turns of two workers would flip between the arms until both had looked. So a rise counts ``delay_s`` after it was
    written, when all have seen it; a fall counts at once, because clients are better off with the champion.
    """
    held = before.weight_at(now_s) if before is not None and before.salt == wanted.salt else 0
    rises_at_s = 0.0
    if wanted.weight > held:
        # A clock that runs ahead on the writer's host delays by no more than one that agrees.
        rises_at_s = min(wanted.changed_at_s, now_s) + delay_s
        if before is not None and before.salt == wanted.salt and before.weight == wanted.weight:
            rises_at_s = before.rises_at_s
    return Split(wanted.salt, wanted.weight, wanted.shadow_share, held, rises_at_s)
