"""The published tables: what they show of a run's record, and that they ask for figures that exist."""

from benchmarks.bench_main_job import FURTHER, further_table, gate_table, robustness_table, written
from flows.status import status
from structural.problems import PROBLEM_NAMES

FACTS = {
    "target": 0.99,
    "holdout_accuracy": 0.9937,
    "holdout_n": 6_008,
    "interval": (0.9913, 0.9954),
    "baseline_accuracy": 0.5834,
    "calibration_error": 0.004,
    "p95_ms": 19.1,
    "verdict": "pass",
    "training_seconds": 284.0,
    "worst_slice": {"name": "kinds", "group": "beam-pipe", "count": 140, "accuracy": 0.971},
    "inference_p95_ms": 63.25,
    "inference_limit_ms": 150.0,
    "inference_questions": 256,
    "details": {"recall_high": 0.9981, "guard_band_removed_share": 0.0531, "unheard_of": 1.0},
}


def models() -> dict:
    record = {"run_id": "r", "state": "completed", "dataset": {}, "stages": {}, "total_seconds": 1, "wall_seconds": 1}
    return status({**record, "models": {"clash_detector": FACTS}}, {"clash_detector": "1-ab"})["models"]


def test_the_tables_show_what_was_measured_and_dashes_for_the_rest() -> None:
    gates, robustness = gate_table(models()), robustness_table(models())
    assert "| clash_detector | 99.00 % | 99.37 % of 6008 | 99.13 % – 99.54 % |" in gates
    assert "| clash_detector | kinds = beam-pipe | 97.10 % | 140 | 63.25 ms | 150.00 ms | 256 |" in robustness
    assert "| risk_analyzer | — | — | — | — | — | — |" in robustness
    assert all(name in gates for name in PROBLEM_NAMES)


def test_further_figures_are_named_and_only_those_that_were_taken() -> None:
    lines = further_table(models()).splitlines()[2:]
    assert lines == [
        "| clash_detector | recall of HIGH | 99.81 % |",
        "| clash_detector | pairs that the guard bands remove | 5.31 % |",
    ]


def test_numbers_shares_and_percents_are_told_apart() -> None:
    assert (written(31.0, "number"), written(0.25, "share"), written(2.5, "percent")) == ("31", "25.00 %", "2.50 %")
    assert {how for rows in FURTHER.values() for _, _, how in rows} == {"number", "share", "percent"}
