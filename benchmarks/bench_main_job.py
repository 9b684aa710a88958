"""Print the figures of the last `make run` as Markdown: gates, slices, speed, further figures, stages, the machine.

Usage: ``python benchmarks/bench_main_job.py`` after ``make run``. Nothing is measured here; the run's record is read.
"""

from collections.abc import Mapping
from typing import Any

from configs import load_settings
from flows.documents import MISSING, markdown_table, milliseconds, percent
from flows.errors import FlowError
from flows.machine import describe_machine
from flows.promotion import versions_in_service
from flows.records import read_latest
from flows.status import status

GATES_HEAD = (
    *("model", "target", "holdout accuracy (raw)", "95 % interval", "served", "baseline", "calibration error", "p95"),
    *("verdict", "in service", "training"),
)
ROBUSTNESS_HEAD = ("model", "worst slice", "accuracy", "entries", "model alone, p95", "limit", "questions a call")
SHARE, NUMBER, PERCENT = "share", "number", "percent"
FURTHER: dict[str, tuple[tuple[str, str, str], ...]] = {
    "connection_designer": (
        ("slip-critical accuracy", "slip_critical_accuracy", SHARE),
        ("capacity error (MAPE)", "capacity_kips_mape_percent", PERCENT),
    ),
    "section_optimizer": (
        ("misses", "miss_count", NUMBER),
        ("of them too light, so not adequate", "miss_too_light_share", SHARE),
        ("of them about whether any shape works", "miss_none_share", SHARE),
        ("mean excess weight of the others", "miss_weight_penalty_percent", PERCENT),
        ("greatest excess weight", "miss_weight_penalty_percent_greatest", PERCENT),
    ),
    "clash_detector": (
        ("recall of HIGH", "recall_high", SHARE),
        ("recall of HIGH, rule baseline", "recall_high_baseline", SHARE),
        ("accuracy outside the guard bands (holdout)", "accuracy_outside_guard_bands", SHARE),
        ("accuracy without guard bands (fresh pairs)", "accuracy_without_guard_bands", SHARE),
        ("accuracy inside the guard bands (fresh pairs)", "accuracy_inside_guard_bands", SHARE),
        ("pairs that the guard bands remove", "guard_band_removed_share", SHARE),
    ),
    "compliance_checker": (
        ("verdicts withheld as doubtful", "abstained_share", SHARE),
        ("wrong verdicts served as sure", "wrong_verdicts_served", NUMBER),
        ("contradictions named exactly", "contradictions_flagged", SHARE),
        ("accuracy on unseen phrasing (fresh documents)", "unseen_phrasing_accuracy", SHARE),
        ("wrong verdicts served as sure, unseen phrasing", "unseen_phrasing_wrong_verdicts_served", NUMBER),
    ),
    "risk_analyzer": (
        ("accuracy with all optional inputs missing", "accuracy_without_optional_inputs", SHARE),
        ("risk score error (MAPE)", "risk_score_mape_percent", PERCENT),
    ),
}
"""What to call a further figure, its key in the evaluation's ``details``, and how to write it."""

Models = Mapping[str, Mapping[str, Any]]


def gate_table(models: Models) -> str:
    """Return the gate table."""
    return markdown_table(GATES_HEAD, [_gate_row(name, facts) for name, facts in models.items()])


def _gate_row(name: str, facts: Mapping[str, Any]) -> tuple[str, ...]:
    low, high = facts.get("interval") or (None, None)
    error, p95_ms, seconds = facts.get("calibration_error"), facts.get("p95_ms"), facts["training_seconds"]
    return (
        name,
        percent(facts["target"]),
        f"{percent(facts['holdout_accuracy'])} of {facts['holdout_n']}",
        f"{percent(low)} – {percent(high)}",
        percent(facts.get("served_accuracy")),
        percent(facts["baseline_accuracy"]),
        MISSING if error is None else f"{error:.4f}",
        MISSING if p95_ms is None else f"{p95_ms:.1f} ms",
        str(facts["verdict"]),
        facts["in_service"] or "none (503)",
        MISSING if seconds is None else f"{seconds:.0f} s",
    )


def robustness_table(models: Models) -> str:
    """Return the worst judged slice and the speed of each model alone."""
    rows = []
    for name, facts in models.items():
        lowest = facts.get("worst_slice") or {}
        group = f"{lowest['name']} = {lowest['group']}" if lowest else MISSING
        times = (milliseconds(facts.get(key)) for key in ("inference_p95_ms", "inference_limit_ms"))
        count, questions = lowest.get("count", MISSING), facts.get("inference_questions") or MISSING
        rows.append((name, group, percent(lowest.get("accuracy")), count, *times, questions))
    return markdown_table(ROBUSTNESS_HEAD, rows)


def further_table(models: Models) -> str:
    """Return the further figures that the evaluations hold; figures that were not taken are left out."""
    rows = []
    for name, wanted in FURTHER.items():
        details = models.get(name, {}).get("details") or {}
        rows += [(name, title, written(details[key], how)) for title, key, how in wanted if key in details]
    return markdown_table(("model", "figure", "value"), rows)


def written(value: float, how: str) -> str:
    """Return a figure as text: a share and percents as percent, a number as it is."""
    if how == NUMBER:
        return f"{value:g}"
    return percent(value if how == SHARE else value / 100)


def main() -> None:
    """Print the last run's figures, or say that there is none."""
    try:
        settings = load_settings()
        run = status(read_latest(settings.paths.work / "runs"), versions_in_service(settings))
    except FlowError as error:
        print(f"no figures: {error}")
        return
    dataset = run["dataset"]
    print(f"Dataset: {dataset['entries']:,} entries, sha256 `{dataset['sha256']}`. Machine: {describe_machine()}.\n")
    print(gate_table(run["models"]))
    print(robustness_table(run["models"]))
    print(further_table(run["models"]))
    stages = ", ".join(f"{name} {facts['seconds']:.0f} s" for name, facts in run["stages"].items())
    print(f"Whole job: {run['total_seconds']:.0f} s. By stage: {stages}.")


if __name__ == "__main__":
    main()
