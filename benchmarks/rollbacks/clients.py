"""Clients of a service at a steady rate, each with a token of its own, and what each of their requests came to."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import httpx

from serving.questions import PATHS
from serving.rollout.routing import ARM_HEADER, VERSION_HEADER

TIMEOUT_S = 30.0
CONNECTIONS = 32
IDLE_S = 30.0
"""Less than the service keeps an idle connection: one that it closes just when it is used would look like a loss."""


class Got(NamedTuple):
    """What came of one request: when it was due and answered (Unix time), its status, who answered.

    ``arm`` and ``version`` are empty where nobody says, ``arm`` an error's name without an answer; ``client`` is the
    index of the token.
    """

    asked_s: float
    came_s: float
    status: int
    arm: str
    version: str
    client: int


@dataclass(slots=True)
class SteadyClients:
    """Ask one problem's questions at a constant rate, the clients by turns; none waits for another's answer.

    ``tokens`` are the clients', ``bodies`` different questions without end.
    """

    url: str
    problem: str
    tokens: Sequence[str]
    bodies: Iterator[str]
    rate_per_s: float
    got: list[Got] = field(default_factory=list)

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until told to stop; answers that are under way are waited for."""
        limits = httpx.Limits(
            max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=IDLE_S
        )
        async with httpx.AsyncClient(base_url=self.url, timeout=TIMEOUT_S, limits=limits) as client:
            asked: set[asyncio.Task[None]] = set()
            began_s, count = time.monotonic(), 0
            while not stop.is_set():
                task = asyncio.create_task(self._ask(client, count % len(self.tokens), next(self.bodies)))
                asked.add(task)
                task.add_done_callback(asked.discard)
                count += 1
                await asyncio.sleep(max(0.0, began_s + count / self.rate_per_s - time.monotonic()))
            await asyncio.gather(*asked)

    async def _ask(self, client: httpx.AsyncClient, number: int, body: str) -> None:
        headers = {"authorization": f"Bearer {self.tokens[number]}", "content-type": "application/json"}
        asked_s = time.time()
        try:
            answer = await client.post(PATHS[self.problem], content=body, headers=headers)
            status, arm = answer.status_code, answer.headers.get(ARM_HEADER, "")
            version = answer.headers.get(VERSION_HEADER, "")
        except httpx.HTTPError as error:
            status, arm, version = 0, type(error).__name__, ""
        self.got.append(Got(asked_s, time.time(), status, arm, version, number))
