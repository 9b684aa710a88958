"""Questions that wait together: one call of the model a version, one computation a question, nobody forgotten."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.caching import AnswerKey, Source
from serving.computing import Computation, Question
from serving.errors import RequestError
from serving.limiting.overload import DelayPolicy, LoopDelay
from serving.loaded_models import Served
from serving.telemetry.tracing import NoTracing
from serving.together import LateError, Together

PROBLEMS = ("section_optimizer", "risk_analyzer", "compliance_checker")


class Answer:
    """Stands for a response model: packed as its number."""

    def __init__(self, number: int) -> None:
        self.number, self.confidence = number, 0.5
        self.__pydantic_serializer__ = self

    def model_copy(self, update: dict[str, Any]) -> "Answer":
        del update
        return self

    def to_json(self, answer: "Answer") -> bytes:
        return b"%d" % answer.number


class Model:
    """Answers a number with itself, refuses those below 0, and keeps what it was asked in which calls."""

    least_together = 2

    def __init__(self, *, breaks_together: bool = False) -> None:
        self.calls: list[list[int]] = []
        self._breaks_together = breaks_together

    def answer(self, request: int) -> Answer:
        self.calls.append([request])
        return self._given(request)

    def answer_together(self, requests: Sequence[int]) -> list[Any]:
        self.calls.append(list(requests))
        if self._breaks_together:
            raise RequestError("one of them cannot be read")
        return [RequestError("below 0") if request < 0 else Answer(request) for request in requests]

    @staticmethod
    def _given(request: int) -> Answer:
        if request < 0:
            raise RequestError("below 0")
        return Answer(request)


def computation(model: Model, request: int, problem: str = PROBLEMS[0], version: str = "1-a") -> Computation:
    key = AnswerKey(problem, version, f"{request:064x}")
    served = Served(model, version)  # type: ignore[arg-type]
    return Computation(Question(problem, served, request, key, b"{}", "tester", 0.0), NoTracing())


def in_time() -> LoopDelay:
    return LoopDelay(DelayPolicy(1_000.0, 1_000.0, 1_000.0))


def number_of(found: Any) -> int:
    return int(found.answer.partition(b"\n")[2])


async def asked(together: Together, computations: Sequence[Computation]) -> list[Any]:
    return await asyncio.gather(*(together.compute(one) for one in computations), return_exceptions=True)


def test_what_waits_together_is_one_call_a_version() -> None:
    old, new = Model(), Model()
    wanted = [computation(old, 1), computation(new, 2, version="1-b"), computation(old, 3)]
    found = asyncio.run(asked(Together(in_time()), wanted))
    assert [number_of(one) for one in found] == [1, 2, 3]
    assert (old.calls, new.calls) == ([[1, 3]], [[2]])


def test_one_alone_is_asked_as_one() -> None:
    model = Model()
    together = Together(in_time())

    async def one_by_one() -> list[int]:
        return [number_of(await together.compute(computation(model, number))) for number in (5, 6)]

    assert asyncio.run(one_by_one()) == [5, 6]
    assert model.calls == [[5], [6]]


def test_more_than_a_model_is_given_at_once_goes_in_parts() -> None:
    model = Model()
    asyncio.run(asked(Together(in_time(), most=4), [computation(model, number) for number in range(10)]))
    assert [len(call) for call in model.calls] == [4, 4, 2]


def test_who_asks_the_same_joins() -> None:
    model = Model()
    found = asyncio.run(asked(Together(in_time()), [computation(model, 7) for _ in range(20)]))
    assert model.calls == [[7]]
    assert [one.source for one in found] == [Source.COMPUTED] + [Source.JOINED] * 19


def test_a_refusal_leaves_the_others_their_answers() -> None:
    found = asyncio.run(asked(Together(in_time()), [computation(Model(), number) for number in (1, -1, 2)]))
    assert (number_of(found[0]), number_of(found[2])) == (1, 2)
    assert isinstance(found[1], RequestError)


def test_where_a_model_cannot_answer_all_together_each_is_asked_alone() -> None:
    model = Model(breaks_together=True)
    found = asyncio.run(asked(Together(in_time()), [computation(model, number) for number in (1, -1, 2)]))
    assert model.calls == [[1, -1, 2], [1], [-1], [2]]
    assert (number_of(found[0]), number_of(found[2])) == (1, 2)
    assert isinstance(found[1], RequestError)


def test_the_time_is_shared_out() -> None:
    model = Model()
    first, second = computation(model, 2), computation(model, 3)
    asyncio.run(asked(Together(in_time()), [first, second]))
    assert first.cpu_s == second.cpu_s > 0.0
    assert first.elapsed_s == second.elapsed_s > 0.0


def test_what_waited_too_long_is_not_asked_any_more() -> None:
    now_s = [0.0]
    delay = LoopDelay(DelayPolicy(0.2, 0.1, 1.0), lambda: now_s[0])
    model = Model()

    async def late() -> list[Any]:
        together = Together(delay)
        asking = [asyncio.create_task(together.compute(computation(model, number))) for number in (1, 2)]
        await asyncio.sleep(0)
        now_s[0] = 0.3
        return await asyncio.gather(*asking, return_exceptions=True)

    assert all(isinstance(one, LateError) for one in asyncio.run(late()))
    assert model.calls == []


@pytest.mark.parametrize("number", [1, 2])
def test_a_request_that_is_given_up_leaves_the_others_their_answers(number: int) -> None:
    """Also one that others have joined; what nobody waits for is not computed."""
    model = Model()

    async def give_one_up() -> int:
        together = Together(in_time())
        lost = asyncio.create_task(together.compute(computation(model, 1)))
        kept = asyncio.create_task(together.compute(computation(model, number)))
        await asyncio.sleep(0)
        lost.cancel()
        return number_of(await asyncio.wait_for(kept, 1.0))

    assert asyncio.run(give_one_up()) == number
    assert model.calls == [[number]]


def test_versions_take_turns_however_much_one_is_asked() -> None:
    """What comes for the first version while it is answered stands behind the second one's question."""
    calls: list[str] = []

    class Named(Model):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def answer(self, request: int) -> Answer:
            calls.append(self.name)
            return super().answer(request)

    async def race() -> None:
        together, busy, idle = Together(in_time()), Named("busy"), Named("idle")

        async def again_and_again() -> None:
            for number in range(5):
                await together.compute(computation(busy, number, version="1-b"))

        await asyncio.gather(again_and_again(), together.compute(computation(idle, 1)))

    asyncio.run(race())
    assert calls[:2] == ["busy", "idle"]
    assert calls[2:] == ["busy"] * 4


ROUNDS = st.lists(st.lists(st.tuples(st.sampled_from(PROBLEMS), st.integers(-2, 9)), max_size=6), max_size=5)


@given(ROUNDS, st.integers(1, 4))
def test_everybody_gets_the_own_answer_and_none_before_an_earlier_one_of_the_version(
    rounds: list[list[tuple[str, int]]], most: int
) -> None:
    ended: dict[str, list[int]] = {problem: [] for problem in PROBLEMS}

    async def ask(together: Together, number: int, one: Computation) -> Any:
        try:
            found = await together.compute(one)
        except RequestError:
            return None
        if found.source is Source.COMPUTED:
            ended[one.question.problem].append(number)
        return number_of(found)

    async def all_rounds() -> list[Any]:
        together, models = Together(in_time(), most), {problem: Model() for problem in PROBLEMS}
        asking = []
        for number, questions in enumerate(rounds):
            for problem, request in questions:
                one = computation(models[problem], request, problem)
                asking.append(asyncio.create_task(ask(together, number, one)))
            await asyncio.sleep(0)
        return await asyncio.gather(*asking)

    wanted = [request if request >= 0 else None for questions in rounds for _, request in questions]
    assert asyncio.run(all_rounds()) == wanted
    assert all(order == sorted(order) for order in ended.values())
