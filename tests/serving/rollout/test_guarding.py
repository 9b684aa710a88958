"""Where a canary is asked: beside the champion while it is quick, in threads once it holds up the loop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from serving.caching import AnswerKey, Found, Source
from serving.computing import Computation, Question
from serving.loaded_models import Served
from serving.rollout.guarding import KEPT_OFF_THE_LOOP_S, CanaryDeadlineError, CanaryGuard, GuardLimits
from serving.telemetry.tracing import NoTracing

QUICK_S, LONG_S, DEADLINE_S = 0.003, 0.06, 1.0


class Places:
    """Stands for cache, loop and threads: keeps where each question was asked, and how long it took there."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.elapsed_s, self.together = QUICK_S, 1
        self.now_s = 100.0
        limits = GuardLimits(DEADLINE_S, DEADLINE_S, 5)
        self.guard = CanaryGuard(cast(Any, self), cast(Any, self), cast(Any, self), limits, lambda: self.now_s)

    async def get_or_compute(self, _: AnswerKey, compute: Callable[[], Awaitable[Found]]) -> Found:
        return await compute()

    async def get_or_await(self, _: AnswerKey, compute: Callable[[], Awaitable[bytes]]) -> Found:
        return Found(await compute(), Source.COMPUTED)

    async def compute(self, computation: Computation) -> Found:
        self.asked.append("loop")
        computation.elapsed_s, computation.asked_together = self.elapsed_s, self.together
        return Found(b"", Source.COMPUTED)

    async def run(self, _: Computation) -> bytes:
        self.asked.append("threads")
        return b""

    def ask(self, elapsed_s: float = QUICK_S, together: int = 1, version: str = "b-1") -> str:
        """Ask a question that takes so long on the loop, with others; returns where it was asked."""
        self.elapsed_s, self.together = elapsed_s, together
        key = AnswerKey("section_optimizer", version, "0" * 64)
        served = Served(cast(Any, None), version)
        question = Question("section_optimizer", served, None, key, b"{}", "client", 0.0)
        asyncio.run(self.guard.ask(question, Computation(question, NoTracing())))
        return self.asked[-1]


@pytest.fixture
def places() -> Places:
    return Places()


def test_answers_that_a_busy_machine_held_up_do_not_move_a_quick_canary(places: Places) -> None:
    for _ in range(5):
        assert {places.ask(LONG_S), places.ask(LONG_S), *(places.ask() for _ in range(18))} == {"loop"}


def test_many_questions_that_together_take_long_do_not_either(places: Places) -> None:
    assert {places.ask(16 * QUICK_S * 2, together=16) for _ in range(30)} == {"loop"}


def test_a_canary_that_holds_up_the_loop_is_asked_in_threads_for_a_while(places: Places) -> None:
    assert [places.ask(LONG_S) for _ in range(4)] == ["loop", "loop", "loop", "threads"]
    assert places.ask(version="b-2") == "loop"
    places.now_s += KEPT_OFF_THE_LOOP_S
    assert places.ask() == "loop"


def test_one_answer_beyond_the_deadline_is_enough(places: Places) -> None:
    with pytest.raises(CanaryDeadlineError):
        places.ask(DEADLINE_S + 0.1)
    assert places.ask() == "threads"
