"""What the parts of a model buy: the paired interval, the sentences that follow from it, and a run on small data."""

import importlib.util
import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from configs import load_settings
from configs.settings import PROJECT_ROOT
from flows import dataset
from flows.ablations import measuring
from flows.ablations.measuring import Bench, Result
from flows.ablations.page import Line, describe, lines_of, page
from flows.ablations.paired import Difference, Worth, compare, worth
from flows.ablations.tracking import EXPERIMENT, ablation_tracker
from flows.ablations.variants import FULL, OTHER_SEED, VARIANTS, Variant, variants_of
from flows.errors import FlowError
from flows.worker import WORK
from structural.problems import PROBLEM_NAMES, load_problem
from training import data

MODEL = "section_optimizer"
TINY = '{"max_rounds": 12, "depth": 4, "leaves": 7, "max_bins": 64}'
"""Parameters with which a training takes a second."""


def answers(both: int, only_first: int, only_second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    counts = (both, only_first, only_second, neither)
    return np.repeat([True, True, False, False], counts), np.repeat([True, False, True, False], counts)


def test_the_difference_is_that_of_the_discordant_entries() -> None:
    found = compare(*answers(900, 40, 10, 50))
    assert found.value == pytest.approx(0.03)
    assert (found.only_first, found.only_second) == (40, 10)
    # Agresti and Min: 30 of 1002, and its standard error from the four counts with a half each.
    half = 1.959964 * np.sqrt(51 - 30**2 / 1002) / 1002
    assert (found.low, found.high) == (pytest.approx(30 / 1002 - half), pytest.approx(30 / 1002 + half))
    turned = compare(*reversed(answers(900, 40, 10, 50)))
    assert (turned.value, turned.low, turned.high) == (-found.value, -found.high, -found.low)


def test_the_same_answers_differ_by_nothing_give_or_take() -> None:
    found = compare(*answers(95, 0, 0, 5))
    assert found.value == 0.0
    assert found.low < 0.0 < found.high


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    shares = (0.96, 0.02, 0.01, 0.01)
    inside = 0
    for _ in range(2_000):
        found = compare(*answers(*rng.multinomial(600, shares)))
        inside += found.low <= shares[1] - shares[2] <= found.high
    assert 0.94 <= inside / 2_000 <= 0.98


def test_answers_to_different_entries_cannot_be_compared() -> None:
    for first, second in (([], []), ([True], [True, False])):
        with pytest.raises(FlowError, match="same entries"):
            compare(np.array(first, dtype=bool), np.array(second, dtype=bool))


@pytest.mark.parametrize(
    ("gain", "luck", "expected", "words"),
    [
        (Difference(0.02, 0.01, 0.03, 9, 1), 0.001, Worth.BUYS, "The wings buys 2.00 points (+1.00 to +3.00)."),
        (Difference(0.02, 0.01, 0.03, 9, 1), -0.02, Worth.LUCK, "buys nothing beyond luck: +2.00 points"),
        (Difference(0.02, -0.01, 0.05, 9, 1), 0.0, Worth.NOTHING, "buys nothing that 600 entries could show: +2.00"),
        (Difference(0.0, 0.0, 0.0, 0, 0), 0.0, Worth.NOTHING, "buys nothing that 600 entries could show: +0.00"),
        (
            Difference(-0.02, -0.03, -0.01, 1, 9),
            0.001,
            Worth.COSTS,
            "costs 2.00 points: without it the model is better",
        ),
    ],
    ids=["buys", "luck", "nothing", "no difference", "costs"],
)
def test_the_sentence_follows_from_the_interval_and_from_luck(
    gain: Difference, luck: float, expected: Worth, words: str
) -> None:
    assert worth(gain, luck) is expected
    result = Result(MODEL, "plain", "k", 0.9, 600, 1.0, "cpu", 1, "here", None)
    lucky = Line(OTHER_SEED, result, Difference(luck, luck - 1, luck + 1, 1, 1))
    line = Line(Variant("plain", "The wings"), result, gain)
    lines = [Line(FULL, result, None), lucky, line]
    assert words in describe(line, lines)
    assert [describe(other, lines) for other in lines[:2]] == ["", ""]


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
def test_each_model_has_variants_that_its_trainer_takes(problem: str) -> None:
    assert variants_of(problem)[:2] == (FULL, OTHER_SEED)
    assert VARIANTS[problem]
    for variant in VARIANTS[problem]:
        assert variant.without, "a part that is left out needs its name for the sentence"
        if variant.rule:
            continue
        params = import_module(f"training.{problem}.params")
        read: Callable[..., Any] = getattr(params, "read_params", None) or params.Params.of
        assert set(read(variant.params).parts) < set(params.PARTS)


@pytest.fixture(scope="module")
def script() -> Any:
    spec = importlib.util.spec_from_file_location("run_ablations", PROJECT_ROOT / "benchmarks" / "run_ablations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def home(tmp_path: Path, script: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose dataset has one problem, and everything done in this process."""
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    monkeypatch.setenv("SDAI_DATASET_WORKERS", "1")
    monkeypatch.setenv("SDAI_TRAINING_SHOW_PROGRESS", "false")
    monkeypatch.setenv("SDAI_TRAINING_THREADS", "1")
    monkeypatch.setenv("SDAI_TRAINING_DEVICE", "cpu")
    monkeypatch.setenv(f"SDAI_TRAINING_{MODEL.upper()}", TINY)
    monkeypatch.setattr(script, "prepare_environment", lambda settings: None)
    monkeypatch.setattr(dataset, "problems", lambda _: [load_problem(MODEL)])
    monkeypatch.setattr(measuring, "run_worker", lambda kind, order, threads: {**WORK[kind](order), "seconds": 0.0})
    load_settings.cache_clear()
    return tmp_path


def test_a_run_measures_logs_and_writes_and_a_second_repeats_nothing(
    home: Path, script: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    splits: list[str] = []
    read = data._read
    monkeypatch.setattr(data, "_read", lambda path, problem, split: splits.append(split) or read(path, problem, split))
    order = script.parse(["--models", MODEL, "--entries", "600", "--page", str(home / "page.md")])
    assert script.main(order) == 0
    told, text = capsys.readouterr().out, (home / "page.md").read_text()
    count = len(variants_of(MODEL))
    assert f"[{MODEL}, {count} of {count}] LightGBM only: " in told
    assert set(splits) == {"train", "validation"}
    assert all(f"| {MODEL} | {variant.name} | " in text for variant in variants_of(MODEL))
    assert text.count("\n- ") == len(VARIANTS[MODEL])
    assert "600 entries" in text

    assert script.main(order) == 0
    again = capsys.readouterr().out
    assert again.count("kept from before") == count
    assert (home / "page.md").read_text() == text

    (folder,) = (path.parent for path in (home / ".sdai" / "datasets").glob("*/manifest.json"))
    rows = pq.read_table(folder / f"{MODEL}.parquet", columns=["entry_id", "split"]).to_pylist()
    asked = [row["entry_id"] for row in rows if row["split"] == "validation"]
    for kept in (home / ".sdai" / "ablations" / MODEL).iterdir():
        assert {path.name for path in kept.iterdir()} == {"result.json", "answers.npz"}
        assert np.load(kept / "answers.npz")["entry_id"].tolist() == asked
        assert json.loads((kept / "result.json").read_text())["machine"] in text

    options = load_settings().dataset.model_copy(update={"entries_per_problem": 600})
    bench = Bench(load_settings(), dataset.build_with(options, folder.parent, show_progress=False))
    rule = bench.measure(MODEL, Variant("rule of thumb", "The trees", rule=True))
    assert 0.2 < rule.accuracy < 0.6
    assert (rule.count, rule.training_seconds, rule.device) == (len(asked), None, None)

    tracker = ablation_tracker(load_settings())
    runs = tracker.client.search_runs([tracker.experiment_id])
    assert tracker.client.get_experiment(tracker.experiment_id).name == EXPERIMENT
    assert {run.info.run_name for run in runs} == {f"{MODEL}: {variant.name}" for variant in variants_of(MODEL)}
    assert len(runs) == count
    only = next(run for run in runs if run.info.run_name.endswith("XGBoost only"))
    assert only.data.params["parts"] == "['xgboost']"
    assert only.data.metrics["full_gains_low"] <= only.data.metrics["full_gains"]


def test_a_model_that_cannot_be_trained_is_told_and_the_page_says_what_is_missing(
    home: Path, script: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def train_the_full_one_alone(kind: str, order: dict[str, Any], threads: int) -> dict[str, Any]:
        if "parts" in order["params"]:
            raise FlowError("no memory")
        return WORK[kind](order)

    monkeypatch.setattr(measuring, "run_worker", train_the_full_one_alone)
    order = script.parse(["--models", MODEL, "--entries", "200", "--page", str(home / "page.md")])
    assert script.main(order) == 1
    told = capsys.readouterr()
    assert f"{MODEL}: no memory" in told.err
    assert "run again to go on" in told.err
    assert "2 of 2 parts were not measured" in (home / "page.md").read_text()


def test_other_data_parameters_and_seeds_are_other_results(home: Path) -> None:
    facts = {"files": {MODEL: {"path": "here", "sha256": "a"}}}
    more = {"files": {MODEL: {"path": "here", "sha256": "b"}}}
    settings = load_settings()
    keys = [Bench(settings, facts).order(MODEL, variant)["key"] for variant in variants_of(MODEL)]
    keys += [
        Bench(settings, more).order(MODEL, FULL)["key"],
        Bench(settings, facts).order(MODEL, Variant("r", rule=True))["key"],
    ]
    assert len(set(keys)) == len(keys)
    assert Bench(settings, facts).order(MODEL, OTHER_SEED)["seed"] == settings.training.seed + 1


def test_the_page_says_what_was_not_measured(home: Path) -> None:
    facts = {"files": {MODEL: {"path": "here", "sha256": "a"}}, "entries": 600, "sha256": "a"}
    bench = Bench(load_settings(), facts)
    assert lines_of(bench, MODEL) == []
    result = Result(MODEL, "full", "k", 0.9, 60, 1.0, "cpu", 1, "here", None)
    text = page(facts, {MODEL: [Line(FULL, result, None)], "clash_detector": []})
    assert "2 of 2 parts were not measured" in text
    assert "clash_detector" not in text
