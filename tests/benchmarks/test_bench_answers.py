"""The benchmark of cold answers: which model it takes, what it asks, what it says where there is none."""

import os
from pathlib import Path

import pytest

from benchmarks.bench_answers import HEAD, PROBLEMS, asked, draw_requests, newest_artifact, processor_ms, row
from serving.errors import RequestError


def card_of(folder: Path, modified_s: float) -> Path:
    """Write a model card of that age and return its folder."""
    folder.mkdir(parents=True)
    (folder / "model.json").write_text("{}", encoding="utf-8")
    os.utime(folder / "model.json", (modified_s, modified_s))
    return folder


def test_the_model_trained_last_is_taken(tmp_path: Path) -> None:
    assert newest_artifact(tmp_path, "risk_analyzer") is None
    card_of(tmp_path / "artifacts" / "risk_analyzer" / "b" / "model", 1_000.0)
    newest = card_of(tmp_path / "artifacts" / "risk_analyzer" / "a" / "model", 2_000.0)
    card_of(tmp_path / "artifacts" / "section_optimizer" / "a" / "model", 3_000.0)
    assert newest_artifact(tmp_path, "risk_analyzer") == newest


@pytest.mark.parametrize("problem", PROBLEMS)
def test_requests_are_valid_fresh_and_repeatable(problem: str) -> None:
    drawn = draw_requests(problem, 12)
    assert drawn == draw_requests(problem, 12)
    bodies = [request.model_dump_json() for request in drawn]
    assert len(set(bodies)) == 12


def test_a_refusal_is_an_answer() -> None:
    def refuse(request: object) -> object:
        raise RequestError("no W shape is adequate", field="tributary_load_psf")

    assert isinstance(asked(refuse, None), RequestError)
    assert len(processor_ms(refuse, [None, None])) == 2


def test_a_model_that_was_never_trained_has_no_figures() -> None:
    cells = row("risk_analyzer", None, 5)
    assert cells[0] == "risk_analyzer"
    assert len(cells) == len(HEAD)
    assert not any(character.isdigit() for cell in cells[1:] for character in cell)
