"""Timing the model alone: what is asked, what is counted, on how many threads."""

import time

import numpy as np
import pytest

from flows import inference
from flows.errors import FlowError
from flows.inference import CALLS_A_ROUND, ROUNDS, WARM_UP_CALLS, time_inference
from serving.predictors.contract import Proposals
from structural.tables import Table, row_count


class Predictor:
    """Notes what it is asked; each call takes the next of ``seconds``, the last for ever."""

    def __init__(self, seconds: tuple[float, ...] = (0.0,)) -> None:
        self.asked: list[list[int]] = []
        self._seconds = seconds

    def propose(self, questions: Table) -> Proposals:
        time.sleep(self._seconds[min(len(self.asked), len(self._seconds) - 1)])
        self.asked.append(questions["x"].tolist())
        count = row_count(questions)
        return Proposals(np.full(count, "a"), np.ones(count))

    def prove(self, questions: Table, proposals: Proposals) -> np.ndarray:
        raise AssertionError("the proof is not the model's part")


def questions(count: int) -> Table:
    return {"x": np.arange(count)}


def test_one_question_at_a_time_and_none_twice() -> None:
    predictor = Predictor()
    found = time_inference("risk_analyzer", predictor, questions(1_000))
    asked = [rows[0] for rows in predictor.asked]
    assert {len(rows) for rows in predictor.asked} == {1}
    assert len(asked) == WARM_UP_CALLS + ROUNDS * CALLS_A_ROUND
    assert len(set(asked)) == len(asked)
    assert (found.questions, found.calls, found.rounds) == (1, CALLS_A_ROUND, ROUNDS)


def test_clashes_are_asked_by_the_batch_which_few_questions_fill_too() -> None:
    predictor = Predictor()
    found = time_inference("clash_detector", predictor, questions(100))
    assert {len(rows) for rows in predictor.asked} == {256}
    assert predictor.asked[0][98:102] == [98, 99, 0, 1]
    assert found.questions == 256


def test_the_warm_up_does_not_count_and_the_quietest_round_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "CALLS_A_ROUND", 4)
    monkeypatch.setattr(inference, "WARM_UP_CALLS", 2)
    slow, disturbed, quiet = (0.2,) * 2, (0.03,) * 4, (0.001,) * 4
    found = time_inference("risk_analyzer", Predictor((*slow, *disturbed, *quiet, 0.03)), questions(20))
    assert 1.0 <= found.p50_ms <= found.p95_ms < 30.0


def test_cpu_share_tells_waiting_from_working() -> None:
    assert time_inference("clash_detector", Predictor((0.002,)), questions(300)).cpu_share < 0.7


def test_without_a_question_there_is_nothing_to_time() -> None:
    with pytest.raises(FlowError, match="risk_analyzer: there is no question to time"):
        time_inference("risk_analyzer", Predictor(), questions(0))
