"""The page on adding a model names every place where the five are, and no place where they are not."""

import re
from pathlib import Path

import pytest

from structural.problems import PROBLEM_NAMES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "add_a_model.md").read_text(encoding="utf-8")
SHIPPED = (
    "configs",
    "structural",
    "data_validation",
    "training",
    "serving",
    "flows",
    "infra/terraform",
    "infra/compose",
)
SUFFIXES = {".py", ".yaml", ".tf", ".json", ".sql"}


def section(title: str) -> list[str]:
    """Return the first cells of the table under a heading."""
    text = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


OWN, ALL, PARTS = (
    section(title) for title in ("Places of its own", "Places that list all models", "Places where it may have a part")
)


def lists_all(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return all(re.search(rf"\b{name}\b", text) for name in PROBLEM_NAMES)


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
@pytest.mark.parametrize("place", OWN)
def test_each_of_the_five_has_the_place_of_its_own(place: str, problem: str) -> None:
    pattern = place.replace("<name>", problem).replace("<short>", problem.split("_")[0])
    assert list(ROOT.glob(pattern)), pattern


def test_the_places_that_list_all_models_are_those_of_the_page() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in SHIPPED
        for path in (ROOT / folder).rglob("*")
        if path.suffix in SUFFIXES and lists_all(path)
    }
    assert found == set(ALL)


def test_the_other_places_are_there() -> None:
    assert len(OWN) > 10
    assert PARTS
    assert [place for place in PARTS if not (ROOT / place).is_file()] == []


def test_the_contracts_are_kept_by_all_five() -> None:
    from training.contract import load_trainer

    for name in PROBLEM_NAMES:
        trainer = load_trainer(name)
        assert all(hasattr(trainer, part) for part in ("train", "predict_baseline", "BASELINE")), name
