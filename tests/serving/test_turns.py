"""Turns: what waits together goes problem by problem, nobody is overtaken by the next round, nobody is forgotten."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from serving.turns import Turns

PROBLEMS = ("section_optimizer", "risk_analyzer", "compliance_checker")


def order_of(rounds: Sequence[Sequence[str]]) -> list[tuple[int, str]]:
    """Return round and problem of questions in the order of their turns; each round comes while the last waits."""
    begun: list[tuple[int, str]] = []

    async def ask(turns: Turns, number: int, problem: str) -> None:
        await turns.wait(problem)
        begun.append((number, problem))

    async def all_rounds() -> None:
        turns = Turns()
        asked = []
        for number, problems in enumerate(rounds):
            asked += [asyncio.create_task(ask(turns, number, problem)) for problem in problems]
            await asyncio.sleep(0)
        await asyncio.gather(*asked)

    asyncio.run(all_rounds())
    return begun


def test_what_waits_together_goes_problem_by_problem() -> None:
    mixed = [PROBLEMS[number % 3] for number in range(9)]
    assert [problem for _, problem in order_of([mixed])] == [name for name in PROBLEMS for _ in range(3)]


@given(st.lists(st.lists(st.sampled_from(PROBLEMS), max_size=6), max_size=5))
def test_everybody_has_one_turn_and_none_before_an_earlier_round(rounds: list[list[str]]) -> None:
    begun = order_of(rounds)
    assert sorted(begun) == sorted((number, problem) for number, problems in enumerate(rounds) for problem in problems)
    assert [number for number, _ in begun] == sorted(number for number, _ in begun)


def test_a_request_that_is_given_up_leaves_the_others_their_turns() -> None:
    async def give_one_up() -> tuple[bool, bool]:
        turns = Turns()
        lost, kept = (asyncio.create_task(turns.wait(PROBLEMS[0])) for _ in range(2))
        await asyncio.sleep(0)
        lost.cancel()
        await asyncio.wait_for(kept, 1.0)
        await asyncio.wait_for(turns.wait(PROBLEMS[1]), 1.0)
        return lost.cancelled(), kept.done()

    assert asyncio.run(give_one_up()) == (True, True)
