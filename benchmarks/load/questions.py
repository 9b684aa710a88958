"""The requests of a load: the four JSON endpoints in equal parts, drawn by the problems' own samplers."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from benchmarks.bench_answers import PROBLEMS, draw_bodies
from serving.questions import PATHS

DRAWN_AT_ONCE = 4_096


class Asked(NamedTuple):
    """One request: path and JSON text."""

    path: str
    body: str


def mixed_requests(
    count: int,
    repeat_share: float,
    seed: int,
    problems: Sequence[str] = PROBLEMS,
    paths: Mapping[str, str] = PATHS,
) -> list[Asked]:
    """Return ``count`` requests, the problems by turns.

    ``repeat_share`` (0 to 1) of them ask what the same list asked before, any of it equally likely; all others are
    different from each other. ``paths`` are the service's.
    """
    rng = random.Random(seed)
    fresh = {problem: fresh_bodies(problem, seed) for problem in problems}
    told: dict[str, list[str]] = {problem: [] for problem in problems}
    asked = []
    for index in range(count):
        problem = problems[index % len(problems)]
        earlier = told[problem]
        if earlier and rng.random() < repeat_share:
            body = rng.choice(earlier)
        else:
            body = next(fresh[problem])
            earlier.append(body)
        asked.append(Asked(paths[problem], body))
    return asked


def fresh_bodies(problem: str, seed: int) -> Iterator[str]:
    """Yield JSON bodies of a problem without end, no two alike."""
    seen: set[str] = set()
    while True:
        for body in draw_bodies(problem, DRAWN_AT_ONCE, seed):
            text = json.dumps(body)
            if text not in seen:
                seen.add(text)
                yield text
        seed += 1_000_003
