"""Timing the model alone: what is asked, what is counted, on how many threads."""

import time
from typing import Any

import numpy as np
import pytest

from flows import inference
from flows.errors import FlowError
from flows.inference import CALLS_A_ROUND, ROUNDS, WARM_UP_CALLS, Clocks, time_inference, timed_until_quiet
from serving.predictors.contract import Proposals
from structural.tables import Table, row_count


class Machine:
    """A predictor and the clocks that it is timed by.

    Each call takes the next of ``seconds``, the last for ever; of these it waits for a core the next of ``waits``.
    """

    def __init__(self, seconds: tuple[float, ...] = (0.001,), waits: tuple[float, ...] = (0.0,)) -> None:
        self.asked: list[list[int]] = []
        self._seconds, self._waits = seconds, waits
        self._elapsed_s, self._waited_s = 0.0, 0.0
        self.clocks = Clocks(lambda: self._elapsed_s, lambda: self._waited_s, lambda: self._elapsed_s - self._waited_s)

    def propose(self, questions: Table) -> Proposals:
        self._elapsed_s += self._seconds[min(len(self.asked), len(self._seconds) - 1)]
        self._waited_s += self._waits[min(len(self.asked), len(self._waits) - 1)]
        self.asked.append(questions["x"].tolist())
        count = row_count(questions)
        return Proposals(np.full(count, "a"), np.ones(count))

    def prove(self, questions: Table, proposals: Proposals) -> np.ndarray:
        raise AssertionError("the proof is not the model's part")


def questions(count: int) -> Table:
    return {"x": np.arange(count)}


def timed(problem: str, machine: Any, count: int) -> inference.InferenceTiming:
    return time_inference(problem, machine, questions(count), clocks=machine.clocks)


def test_one_question_at_a_time_and_none_twice() -> None:
    machine = Machine()
    found = timed("risk_analyzer", machine, 1_100)
    asked = [rows[0] for rows in machine.asked]
    assert {len(rows) for rows in machine.asked} == {1}
    assert len(asked) == WARM_UP_CALLS + ROUNDS * CALLS_A_ROUND
    assert len(set(asked)) == len(asked)
    assert (found.questions, found.calls, found.rounds) == (1, CALLS_A_ROUND, ROUNDS)


def test_clashes_are_asked_by_the_batch_which_few_questions_fill_too() -> None:
    machine = Machine()
    found = timed("clash_detector", machine, 100)
    assert {len(rows) for rows in machine.asked} == {256}
    assert machine.asked[0][98:102] == [98, 99, 0, 1]
    assert found.questions == 256


def test_the_warm_up_does_not_count_and_the_quietest_round_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "CALLS_A_ROUND", 4)
    monkeypatch.setattr(inference, "WARM_UP_CALLS", 2)
    warm_up, slow, quick = (0.2,) * 2, (0.03,) * 4, (0.001,) * 4
    found = timed("risk_analyzer", Machine((*warm_up, *slow, *quick, 0.03)), 20)
    assert found.p50_ms == pytest.approx(1.0)
    assert found.p95_ms == pytest.approx(1.0)


def test_the_time_that_neighbours_held_the_core_is_taken_off() -> None:
    found = timed("connection_designer", Machine((0.012,), (0.011,)), 100)
    assert found.p95_ms == pytest.approx(1.0)
    assert found.cpu_share == pytest.approx(1.0)


def test_the_time_that_the_model_takes_is_not() -> None:
    found = timed("connection_designer", Machine((0.012,)), 100)
    assert found.rounds == ROUNDS
    assert found.p95_ms == pytest.approx(12.0)


def test_waiting_for_a_core_is_told_from_sleeping() -> None:
    if not inference.core_wait_s():
        pytest.skip("this kernel does not tell how long a thread waited for a core")
    before = inference.core_wait_s()
    time.sleep(0.2)
    assert inference.core_wait_s() - before < 0.1


def sittings(*p95_ms: float) -> tuple[inference.InferenceTiming, list[int], list[float]]:
    """Return what sittings that would measure these come to, the numbers of those held, and the pauses."""
    held: list[int] = []
    pauses: list[float] = []

    def sit(number: int) -> inference.InferenceTiming:
        held.append(number)
        return inference.InferenceTiming(1, CALLS_A_ROUND, ROUNDS, 1.0, p95_ms[number], 1.0)

    return timed_until_quiet(sit, 8.0, pauses.append), held, pauses


def test_a_model_within_its_limit_is_timed_in_one_sitting() -> None:
    found, held, pauses = sittings(8.0)
    assert (found.p95_ms, found.rounds, held, pauses) == (8.0, ROUNDS, [0], [])


def test_above_the_limit_it_is_timed_again_and_the_quietest_sitting_counts() -> None:
    found, held, pauses = sittings(9.0, 9.5, 7.0)
    assert (found.p95_ms, found.rounds, held) == (7.0, 3 * ROUNDS, [0, 1, 2])
    assert pauses == [inference.PAUSE_S] * 2
    slow, held, _ = sittings(9.0, 8.5, 9.5, 12.0)
    assert (slow.p95_ms, len(held)) == (8.5, inference.SITTINGS)


def test_without_a_question_there_is_nothing_to_time() -> None:
    with pytest.raises(FlowError, match="risk_analyzer: there is no question to time"):
        timed("risk_analyzer", Machine(), 0)
