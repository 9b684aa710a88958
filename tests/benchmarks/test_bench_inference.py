"""The table of the models' own times: who is measured, on what, and what it says."""

import pytest

from benchmarks import bench_inference
from benchmarks.bench_inference import HEAD, PAIRS, QUESTIONS, cells, draw_questions, row
from flows.inference import InferenceTiming
from serving.artifacts import Artifact
from serving.loaded_models import NOTHING_PROMOTED
from structural.problem import Role
from structural.problems import load_problem
from structural.tables import row_count

TIMING = InferenceTiming(questions=1, calls=200, rounds=3, p50_ms=1.2, p95_ms=2.5, cpu_share=0.999)


def test_a_model_out_of_service_has_its_reason() -> None:
    cells_of = row("risk_analyzer", None, 3.0)
    assert cells_of[:2] == ("risk_analyzer", NOTHING_PROMOTED)
    assert len(cells_of) == len(HEAD)


def test_figures_stand_beside_their_limit(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(bench_inference, "load_predictor", lambda name, path: path)
    monkeypatch.setattr(bench_inference, "time_inference", lambda name, predictor, questions: TIMING)
    found = row("risk_analyzer", Artifact("3-ab", "", folder=tmp_path), 3.0)
    assert found == ("risk_analyzer", "3-ab", "1", "1.20 ms", "2.50 ms", "3.00 ms", "yes", "1.00")
    assert cells(TIMING, 2.4)[4] == "no"


def test_questions_are_fresh_enough_and_show_nothing_but_the_question() -> None:
    asked = draw_questions("risk_analyzer")
    assert row_count(asked) == QUESTIONS
    assert set(asked) == set(load_problem("risk_analyzer").names(Role.QUESTION))
    assert PAIRS % 256 == 0
