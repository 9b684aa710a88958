"""The model cards: their figures are those of one run of all five, written by the program, their words are complete."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks import write_model_cards
from benchmarks.write_model_cards import BEGIN, CARDS, END, figures, filled, main
from flows.errors import FlowError
from structural.problems import PROBLEM_NAMES

HEADS = ("For", "Not for", "Data and truth", "Architecture", "Measured")
MORE_HEADS = ("Confidence, and when it does not answer", "Proof by the engine", "Limits", "Upkeep")
FACTS: dict[str, Any] = {
    "target": 0.98,
    "holdout_accuracy": 0.9967,
    "holdout_n": 6_014,
    "interval": [0.9949, 0.9978],
    "served_accuracy": 1.0,
    "baseline_accuracy": 0.7504,
    "calibration_error": 0.0036,
    "worst_slice": {"name": "hole_type", "group": "long_slot", "count": 299, "accuracy": 0.99},
    "inference_p95_ms": 1.0,
    "inference_questions": 1,
    "verdict": "pass",
    "training_seconds": 114.2,
    "device": "cpu",
    "version": "1-ab",
}


def record() -> dict[str, Any]:
    return {
        "run_id": "20260101T000000-abcdef",
        "state": "completed",
        "dataset": {"entries": 301_675, "sha256": "ab"},
        "models": {name: dict(FACTS) for name in PROBLEM_NAMES},
    }


def test_a_card_shows_what_the_record_says() -> None:
    text = figures("connection_designer", record(), "a machine")
    assert "| accuracy of the model alone, sealed holdout | 99.67 % of 6,014 |" in text
    assert "| worst slice of 100 entries or more | hole_type = long_slot: 99.00 % of 299 |" in text
    assert "| training | 114 s on cpu |" in text
    assert "Machine: a machine." in text


def test_only_what_lies_between_the_marks_is_written() -> None:
    card = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    once = filled(card, "new\n")
    assert once == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    assert filled(once, "new\n") == once
    with pytest.raises(FlowError, match="needs the marks"):
        filled("no marks", "new")


def test_a_run_writes_all_five_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_model_cards, "CARDS", tmp_path / "cards")
    monkeypatch.setattr(write_model_cards, "ROOT", tmp_path)
    (tmp_path / "cards").mkdir()
    (tmp_path / ".sdai" / "runs").mkdir(parents=True)
    cards = [tmp_path / "cards" / f"{name}.md" for name in PROBLEM_NAMES]
    for card in cards:
        card.write_text(f"{BEGIN}\n{END}\n")
    made = record()
    run = tmp_path / ".sdai" / "runs" / f"{made['run_id']}.json"
    run.write_text(json.dumps({**made, "models": {"risk_analyzer": FACTS}}))
    assert main(["--home", str(tmp_path)]) == 1
    assert {card.read_text() for card in cards} == {f"{BEGIN}\n{END}\n"}
    run.write_text(json.dumps(made))
    assert main(["--home", str(tmp_path)]) == 0
    assert all("99.67 %" in card.read_text() for card in cards)


def test_there_is_a_card_for_each_model_and_all_are_of_one_run() -> None:
    assert {page.stem for page in CARDS.glob("*.md")} == set(PROBLEM_NAMES)
    runs = [re.findall(r"run (\d{8}T\d{6}-\w{6})", page.read_text(encoding="utf-8")) for page in CARDS.glob("*.md")]
    assert all(len(found) == 1 for found in runs)
    assert len({found[0] for found in runs}) == 1


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
def test_a_card_says_all_and_types_no_figure_by_hand(problem: str) -> None:
    text = (CARDS / f"{problem}.md").read_text(encoding="utf-8")
    assert re.findall("^## (.+)$", text, re.MULTILINE) == [*HEADS, *MORE_HEADS]
    outside = text.partition(BEGIN)[0] + text.partition(END)[2]
    assert re.findall(r"\d\d\.\d+ %|\d ms", outside) == []
    assert all(part.strip() for part in re.split("^## .+$", outside, flags=re.MULTILINE)[1:])
