"""Requests with an ``Idempotency-Key``: answered once, and told the same answer when they come again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from threading import Event
from typing import Any, TypeVar

from serving.breaker import CircuitBreaker
from serving.edge.answer import Answer
from serving.http_problems import Exchange, Problem
from serving.idempotency import Attempt, Idempotency, IdempotencyError, Replay
from serving.threads import ThreadPool

HEADER = "idempotency-key"
REPLAYED = (b"idempotency-replayed", b"true")
log = logging.getLogger("sdai.serving")
T = TypeVar("T")


class _StoreAwayError(Exception):
    """The store of keys failed, said nothing in time, or is left alone for a while."""


class OnceOnly:
    """Keeps answers by key.

    A store that is away or silent keeps nothing and refuses nothing: what is asked here may be asked twice without
    harm, and a database that hangs shall not take the questions down that need none.

    Parameters
    ----------
    rules : of the keys; may wait for a database.
    threads : where it waits; of its own, because a database that hangs holds them.
    wait_s : how long a request waits for it.
    breaker : says when a store that failed is asked again.
    harmless : paths whose requests may be answered twice. One whose key is under way is answered anew, not refused: the
        worker that has it may be dead, and its key is free only when its lease ends.
    """

    def __init__(
        self,
        rules: Idempotency,
        threads: ThreadPool,
        wait_s: float,
        breaker: CircuitBreaker,
        harmless: Collection[str] = (),
    ) -> None:
        self._rules = rules
        self._threads = threads
        self._wait_s = wait_s
        self._breaker = breaker
        self._harmless = harmless
        self._background: set[asyncio.Future[Any]] = set()

    async def answer(
        self, exchange: Exchange, key: str, answer: Answer, respond: Callable[[], Awaitable[None]]
    ) -> None:
        """Answer from what is kept, or have the request answered by ``respond`` and keep that."""
        try:
            begun = await self._ask(
                lambda: self._rules.begin(exchange.client, exchange.path, key, exchange.body), self._give_back
            )
        except IdempotencyError as error:
            if error.status is HTTPStatus.CONFLICT and exchange.path in self._harmless:
                await respond()
                return
            await answer.refuse(Problem(error.status, str(error), (), error.retry_after_s))
        except _StoreAwayError:
            await respond()
        else:
            if isinstance(begun, Replay):
                await answer.say(begun.status, [(b"content-type", b"application/json"), REPLAYED], begun.body)
            else:
                await self._respond(begun, exchange, answer, respond)

    async def _respond(
        self, attempt: Attempt, exchange: Exchange, answer: Answer, respond: Callable[[], Awaitable[None]]
    ) -> None:
        answer.copy = bytearray()
        ended = False
        try:
            await respond()
            ended = True
        finally:
            if ended and answer.status is not None:
                status, body = answer.status, bytes(answer.copy)
                end = partial(self._rules.end, attempt, status, body)
                with suppress(_StoreAwayError):  # the key is free again when its lease ends
                    await self._ask(end if exchange.is_final else partial(self._rules.abandon, attempt))
            else:  # cancelled by the deadline, or failed: nothing may be awaited for long here
                self._give_back(attempt)

    async def _ask(self, call: Callable[[], T], too_late: Callable[[T], None] = lambda _: None) -> T:
        """Return what a call of the rules returns; ``too_late`` gets it when nobody waits for it any more."""
        if not self._breaker.allows():
            raise _StoreAwayError
        given_up = Event()
        running = asyncio.ensure_future(self._threads.run(_unless(given_up, call)))
        try:
            await asyncio.wait((running,), timeout=self._wait_s)
        finally:
            if not running.done():
                given_up.set()
                self._watch(running, too_late)
        return self._outcome(running)

    def _outcome(self, running: "asyncio.Future[T]") -> T:
        try:
            if not running.done():
                raise TimeoutError
            outcome = running.result()
        except IdempotencyError:
            self._breaker.succeeded()
            raise
        except Exception as error:  # process edge: any trouble of the database
            if self._breaker.failed():
                log.warning("idempotency keys: the store is passed over: %s", type(error).__name__)
            raise _StoreAwayError from error
        self._breaker.succeeded()
        return outcome

    def _watch(self, running: "asyncio.Future[T]", too_late: Callable[[T], None]) -> None:
        def ended(future: "asyncio.Future[T]") -> None:
            self._background.discard(future)
            if not future.cancelled() and future.exception() is None:
                too_late(future.result())

        self._background.add(running)
        running.add_done_callback(ended)

    def _give_back(self, begun: Attempt | Replay) -> None:
        """Forget the key of an attempt that comes to nothing, without waiting; what fails here its lease ends."""
        if isinstance(begun, Attempt):
            self._watch(asyncio.ensure_future(self._threads.run(self._rules.abandon, begun)), lambda _: None)


def _unless(given_up: Event, call: Callable[[], T]) -> Callable[[], T]:
    """Return the call, to be left out where it was given up before a thread was free for it."""

    def called() -> T:
        if given_up.is_set():
            raise _StoreAwayError
        return call()

    return called
