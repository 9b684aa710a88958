"""The check against real outcomes, on outcomes made up here."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.risk_outcomes import (
    FILE,
    correlation_if_right,
    main,
    questions,
    rank_correlation,
    read_projects,
    spread,
)
from structural.problems.risk_analyzer import PROBLEM


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    count = 30
    made = pd.DataFrame(
        {
            "group": ["building", "bridge/road", "other"] * 10,
            "category": ["Schools", "Streets", "Parks"] * 10,
            "years_observed": np.where(np.arange(count) < 24, 4.0, 1.0),
            "budget_ratio": rng.uniform(0.8, 2.0, count),
            "duration_ratio": rng.uniform(0.9, 1.8, count),
            "duration_first_days": rng.uniform(300, 2_000, count),
            "budget_first_usd": rng.uniform(3e7, 3e8, count),
            "phase_first": ["Design", "Construction", "Closed"] * 10,
        }
    )
    made.to_csv(tmp_path / FILE, index=False)
    return tmp_path


def test_projects_that_cannot_be_compared_are_left_out(folder: Path) -> None:
    projects = read_projects(folder / FILE)
    assert projects["project_type"].tolist() == ["school", "bridge"] * 8
    asked = questions(projects)
    assert set(asked["design_class"]) == {"class_3", "class_1"}
    assert len(PROBLEM.label(asked)["risk_score"]) == 16


def test_the_figures_are_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(folder) == 0
    shown = capsys.readouterr().out
    for part in ("16 projects", "were the model exactly right", "Brier score", "predicted medians", "duration ("):
        assert part in shown


def test_a_folder_without_the_file_says_what_to_give(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tmp_path) == 2
    assert "give the folder that holds it" in capsys.readouterr().out


def test_what_a_right_model_could_show_follows_from_the_spreads() -> None:
    middle = np.linspace(1.0, 2.0, 60)
    sure = correlation_if_right((0.999 * middle, middle, 1.001 * middle))
    unsure = correlation_if_right((0.2 * middle, middle, 5.0 * middle))
    assert sure[0] > 0.99
    assert 0.0 < unsure[0] < 0.4
    assert unsure[1] < unsure[0] < unsure[2]
    assert rank_correlation(middle, middle**3) == pytest.approx(1.0)
    assert spread(middle) == "1.05 to 1.95"
