"""Hold the risk reference model against real project outcomes: rank correlation and calibration, never an accuracy.

    python benchmarks/risk_outcomes.py FOLDER

FOLDER holds ``nyc_capital_projects_by_project.csv`` (367 New York City capital projects above about $25M, from NYC
Open Data n7gv-k5yt). Most of them were not finished at the last report, so their ratios are censored from below; only
projects watched for three years or more are used. Their durations include design, complexity is not recorded (taken
as medium), and bridges stand for streets and waterworks too: read the figures as a check of the order of things.
What they come to and why is told in docs/evaluation.md.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from structural.problems.risk_analyzer import PROBLEM
from structural.problems.risk_analyzer.request import OPTIONAL_LEVELS
from structural.tables import UNSPECIFIED, Table

FILE = "nyc_capital_projects_by_project.csv"
MIN_YEARS_OBSERVED = 3
MIN_RATIO, MAX_RATIO = 0.3, 6.0
EVENT_RATIO = 1.10
DAYS_A_MONTH = 365.25 / 12
Z_90 = 1.2815515655446004
"""Where the normal distribution has nine tenths below it."""
DRAWS, DRAW_SEED = 500, 2_026
BY_CATEGORY = {"Schools": "school", "Health": "hospital", "Arts": "museum", "Industrial": "industrial_building"}
BY_GROUP = {"building": "office_building", "bridge/road": "bridge", "water": "bridge"}
BY_PHASE = {"Design": "class_3", "Construction Procurement": "class_2", "Construction": "class_1"}


def main(folder: Path) -> int:
    """Print the figures; returns the exit code."""
    path = folder / FILE
    if not path.exists():
        print(f"{path} is not there; give the folder that holds it")
        return 2
    projects = read_projects(path)
    labels = PROBLEM.label(questions(projects))
    print(f"{len(projects)} projects watched for {MIN_YEARS_OBSERVED} years or more; ratio = last report over first\n")
    for name, ratio, median in (("budget", "budget_ratio", "cost"), ("duration", "duration_ratio", "time")):
        observed = projects[ratio].to_numpy()
        known = np.isfinite(observed)
        struck = "p_budget" if name == "budget" else "p_schedule"
        report(name, observed[known], {key: values[known] for key, values in labels.items()}, (struck, median))
    return 0


def read_projects(path: Path) -> pd.DataFrame:
    """Return the projects that can be compared, one a row."""
    table = pd.read_csv(path)
    table["project_type"] = [_project_type(*pair) for pair in zip(table["group"], table["category"], strict=True)]
    usable = (table["years_observed"] >= MIN_YEARS_OBSERVED) & table["project_type"].notna()
    usable &= table["budget_ratio"].between(MIN_RATIO, MAX_RATIO) & (table["duration_first_days"] > 0)
    return table[usable].reset_index(drop=True)


def questions(projects: pd.DataFrame) -> Table:
    """Return the projects as questions to the risk analyzer."""
    count = len(projects)
    table: Table = {
        "project_type": projects["project_type"].to_numpy(dtype=str),
        "budget_usd": projects["budget_first_usd"].to_numpy(dtype=float),
        "schedule_months": np.clip(projects["duration_first_days"].to_numpy(dtype=float) / DAYS_A_MONTH, 1, 240),
        "complexity": np.full(count, "medium"),
        **{name: np.full(count, UNSPECIFIED) for name in OPTIONAL_LEVELS},
        "stories": np.full(count, np.nan),
        "contingency_share": np.full(count, np.nan),
    }
    table["design_class"] = np.array([BY_PHASE.get(phase, UNSPECIFIED) for phase in projects["phase_first"]])
    return table


def report(name: str, observed: NDArray, labels: Table, columns: tuple[str, str]) -> None:
    """Print the figures of one quantity; ``columns``: the probability of the event and the prefix of the quantiles."""
    struck, prefix = columns
    low, middle, high = quantiles = tuple(labels[f"{prefix}_{level}"] for level in ("p10", "p50", "p90"))
    inside = (observed >= low) & (observed <= high)
    print(f"{name} ({len(observed)} projects)")
    print(f"  rank correlation of predicted median and outcome: {rank_correlation(middle, observed):+.2f}")
    mean, least, most = correlation_if_right(quantiles)
    print(f"    to be expected were the model exactly right:    {mean:+.2f} (nine of ten: {least:+.2f} to {most:+.2f})")
    print(
        f"  rank correlation of risk score and outcome:       {rank_correlation(labels['risk_score'], observed):+.2f}"
    )
    print(f"  inside P10..P90: {inside.mean():.0%} (80 % expected), below {np.mean(observed < low):.0%}")
    happened = observed > EVENT_RATIO
    for part in np.array_split(np.argsort(labels[struck]), 3):
        print(f"  P(over +10 %): predicted {labels[struck][part].mean():.2f}, happened {happened[part].mean():.2f}")
    brier, rate = np.mean((labels[struck] - happened) ** 2), happened.mean()
    print(
        f"  Brier score of P(over +10 %): {brier:.3f}; of the same share for all, {rate:.2f}: {rate * (1 - rate):.3f}"
    )
    print(f"  median ratio: predicted {np.median(middle):.2f}, seen {np.median(observed):.2f}")
    print(f"  nine of ten ratios lie between: predicted medians {spread(middle)}, outcomes {spread(observed)}\n")


def correlation_if_right(quantiles: tuple[NDArray, ...]) -> tuple[float, float, float]:
    """Return the rank correlation of medians and outcomes when each outcome comes from its own predicted spread.

    ``quantiles``: P10, P50 and P90 of each project, (n,). Outcomes are drawn lognormal about the median, by the upper
    or the lower quantile. Returns mean, 5th and 95th percentile of `DRAWS` draws: what so few projects, so much alike,
    could show at best.
    """
    low, middle, high = (np.log(values) for values in quantiles)
    z = np.random.default_rng(DRAW_SEED).standard_normal((DRAWS, len(middle)))
    drawn = middle + z * np.where(z < 0, middle - low, high - middle) / Z_90
    found = [rank_correlation(middle, outcome) for outcome in drawn]
    return float(np.mean(found)), *(float(value) for value in np.percentile(found, [5, 95]))


def spread(values: NDArray) -> str:
    """Return the 5th and 95th percentile in words."""
    low, high = np.percentile(values, [5, 95])
    return f"{low:.2f} to {high:.2f}"


def rank_correlation(left: NDArray, right: NDArray) -> float:
    """Return Spearman's rank correlation."""
    return float(pd.Series(left).corr(pd.Series(right), method="spearman"))


def _project_type(group: str, category: str) -> str | None:
    for word, name in BY_CATEGORY.items():
        if word in category:
            return name
    return BY_GROUP.get(group)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print(__doc__)
        sys.exit(2)
    sys.exit(main(Path(sys.argv[1])))
