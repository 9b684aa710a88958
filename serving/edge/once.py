"""Requests with an ``Idempotency-Key``: answered once, and told the same answer when they come again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from serving.edge.answer import Answer
from serving.http_problems import Exchange, Problem
from serving.idempotency import Attempt, Idempotency, IdempotencyError, Replay
from serving.threads import ThreadPool

HEADER = "idempotency-key"
REPLAYED = (b"idempotency-replayed", b"true")
log = logging.getLogger("sdai.serving")


class OnceOnly:
    """Keeps answers by key.

    Parameters
    ----------
    rules : of the keys; may wait for a database.
    threads : where it waits.
    """

    def __init__(self, rules: Idempotency, threads: ThreadPool) -> None:
        self._rules = rules
        self._threads = threads

    async def answer(
        self, exchange: Exchange, key: str, answer: Answer, respond: Callable[[], Awaitable[None]]
    ) -> None:
        """Answer from what is kept, or have the request answered by ``respond`` and keep that.

        A store that is away keeps nothing and refuses nothing: what is asked here may be asked twice without harm.
        """
        try:
            begun = await self._threads.run(self._rules.begin, exchange.client, exchange.path, key, exchange.body)
        except IdempotencyError as error:
            await answer.refuse(Problem(error.status, str(error), (), error.retry_after_s))
        except Exception as error:  # noqa: BLE001  (process edge: any trouble of the database)
            log.warning("idempotency keys: the store failed, answering without: %s", type(error).__name__)
            await respond()
        else:
            if isinstance(begun, Replay):
                await answer.say(begun.status, [(b"content-type", b"application/json"), REPLAYED], begun.body)
            else:
                await self._respond(begun, answer, respond)

    async def _respond(self, attempt: Attempt, answer: Answer, respond: Callable[[], Awaitable[None]]) -> None:
        answer.copy = bytearray()
        ended = False
        try:
            await respond()
            ended = True
        finally:
            if ended and answer.status is not None:
                await self._end(attempt, answer.status, bytes(answer.copy))
            else:  # cancelled by the deadline, or failed: nothing may be awaited for long here
                self._in_background(attempt)

    async def _end(self, attempt: Attempt, status: int, body: bytes) -> None:
        try:
            await self._threads.run(self._rules.end, attempt, status, body)
        except Exception as error:  # noqa: BLE001  (process edge, as above)
            log.warning("idempotency keys: an answer was not kept: %s", type(error).__name__)

    def _in_background(self, attempt: Attempt) -> None:
        async def abandon() -> None:
            with suppress(Exception):  # its lease frees it later
                await self._threads.run(self._rules.abandon, attempt)

        task = asyncio.get_running_loop().create_task(abandon())
        _BACKGROUND.add(task)
        task.add_done_callback(_BACKGROUND.discard)


_BACKGROUND: set[asyncio.Task[None]] = set()
