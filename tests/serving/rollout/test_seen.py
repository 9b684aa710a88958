"""What is looked for among the answers of a rollout is found when it is there."""

import math
from collections.abc import Callable

import pytest

from benchmarks.rollbacks.routed import LIMIT_S, Share, flipped, misrouted
from serving.rollout.routing import bucket, in_canary
from tests.serving.rollout.seen import CLIENTS, SALT, Seen, asked_of_one, routed

STEP_S = 10.0
WEIGHTS = (500, 2_500, 5_000, 10_000)
CHANGES = [(STEP_S * number, weight) for number, weight in enumerate(WEIGHTS)]
Takes = Callable[[int, str, int], bool]


def answers(takes: Takes, workers: tuple[int, ...] = (1, 2)) -> list[Seen]:
    """Return what clients see who ask each worker by turns; ``takes`` routes by weight, client and worker."""
    seen = []
    for at_s, weight in CHANGES:
        for client in range(CLIENTS):
            for turn, worker in enumerate(workers * 2):
                asked_s = at_s + LIMIT_S + 0.1 + turn
                arm = "canary" if takes(weight, f"client-{client}", worker) else "champion"
                seen.append(Seen(client, asked_s, asked_s + 0.01, 200, arm, "1", worker))
    return seen


def sound(weight: int, client: str, worker: int) -> bool:
    return in_canary(weight, SALT, client)


def test_sound_routing_shows_nothing() -> None:
    seen = answers(sound)
    assert (flipped(routed(seen)), misrouted(routed(seen), CHANGES, SALT), asked_of_one(seen, CHANGES)) == ([], [], [])


@pytest.mark.parametrize(
    "broken",
    [
        lambda weight, client, worker: bucket(f"{SALT}{worker}", client) < weight,  # each worker hashes otherwise
        lambda weight, client, worker: bucket(f"{SALT}{weight}", client) < weight,  # the weight is part of the hash
        lambda weight, client, worker: (
            bucket(SALT, client) < (weight if worker == 1 else weight - 2_000)
        ),  # one is late
    ],
    ids=["by worker", "by weight", "late"],
)
def test_clients_that_go_back_are_found(broken: Takes) -> None:
    seen = answers(broken)
    assert flipped(routed(seen))
    assert misrouted(routed(seen), CHANGES, SALT)


def test_a_worker_that_nobody_asked_is_found() -> None:
    assert len(asked_of_one(answers(sound, workers=(1,)), CHANGES)) == len(WEIGHTS) * CLIENTS


def test_a_share_is_held_against_the_spread_of_the_binomial() -> None:
    assert Share(500, 200, 10).deviations == 0.0
    assert Share(500, 200, 20).deviations == pytest.approx(3.24, abs=0.01)
    assert Share(10_000, 200, 200).deviations == 0.0
    assert Share(10_000, 200, 199).deviations == math.inf
