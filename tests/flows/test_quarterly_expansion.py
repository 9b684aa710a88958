"""The quarterly expansion over the stand-ins: growth, choice among variants, gates, report; and its costs by hand."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from configs import load_settings
from configs.concern import CONFIG_DIR
from flows.expansion.costs import Prices, Served, cost_lines, folder_bytes
from flows.expansion.variants import CONFIGURED, Attempt, choose
from flows.quarterly_expansion import KIND, entries_after_growth, quarterly_expansion, with_entries
from flows.records import read_all
from tests.flows.conftest import Home

DRIVER = "tests.flows.driver"
VARIANTS = {
    "risk_analyzer": {"better": {"bonus": 0.05}, "worse": {"bonus": -0.05}, "broken": {"broken": True}},
    "section_optimizer": {"worse": {"bonus": -0.01}},
}


def test_the_dataset_grows_by_100_000_entries_over_the_largest_so_far() -> None:
    settings = load_settings()
    size = settings.dataset.entries_per_problem
    assert entries_after_growth(settings, []) == size + 20_000
    done = {"kind": KIND, "state": "completed", "entries_per_problem": size + 20_000}
    failed = {**done, "state": "failed", "entries_per_problem": size + 90_000}
    monthly = {"state": "completed"}
    assert entries_after_growth(settings, [failed, done, monthly]) == size + 40_000
    odd = replace(settings, expansion=settings.expansion.model_copy(update={"more_entries": 100_001}))
    assert 5 * (entries_after_growth(odd, []) - size) >= 100_001
    assert with_entries(settings, 7).dataset.entries_per_problem == 7


def test_an_expansion_whose_report_failed_is_tried_again_with_the_same_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    faults = iter([OSError("the tracking server is away"), None])

    def publish(*_: object) -> None:
        fault = next(faults)
        if fault is not None:
            raise fault

    monkeypatch.setattr("flows.quarterly_expansion._expand", lambda steps: [])
    monkeypatch.setattr("flows.quarterly_expansion._publish", publish)
    with pytest.raises(OSError, match="away"):
        quarterly_expansion.fn(run_id="1-first")
    quarterly_expansion.fn(run_id="2-again")
    again, first = read_all(load_settings().paths.work / "runs")
    assert [first["state"], again["state"]] == ["failed", "completed"]
    assert first["entries_per_problem"] == again["entries_per_problem"]


def attempt(variant: str, accuracy: float | None) -> Attempt:
    return Attempt("risk_analyzer", variant, {}, accuracy, 1.0)


def test_the_best_on_validation_is_chosen_and_the_configured_one_among_equals() -> None:
    configured, wide = attempt(CONFIGURED, 0.9), attempt("wide", 0.91)
    assert choose([configured, wide, attempt("broken", None)]) is wide
    assert choose([attempt("wide", 0.9), configured]) is configured
    assert choose([attempt("broken", None)]) is None


def test_costs_are_time_and_space_at_their_prices(tmp_path: Path) -> None:
    prices = Prices(1.0, 0.05, 0.02)
    served = [Served("risk_analyzer", 1_000_000, 7_200.0), Served("clash_detector", 0, 0.0)]
    lines = cost_lines({"risk (configured)": 1_800.0}, 900.0, served, 3_000_000_000, prices)
    assert [round(line.usd, 6) for line in lines] == [0.5, 0.25, 0.1, 0.0, 0.06]
    assert "0.10 USD a million" in lines[2].amount
    (tmp_path / "a").write_bytes(b"x" * 10)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b").write_bytes(b"x" * 5)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert folder_bytes([tmp_path, tmp_path / "gone"]) == 15


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, prefect_api: None) -> Home:
    made = Home(tmp_path_factory.mktemp("expansion"))
    made.plan(count_entries=True)
    configs = made.path / "configs"
    shutil.copytree(CONFIG_DIR, configs, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (configs / "expansion.yaml").write_text(json.dumps({"variants": VARIANTS}))
    more = {"SDAI_CONFIG_DIR": str(configs), "SDAI_DATASET_ENTRIES_PER_PROBLEM": "1000"}
    done = made.command(DRIVER, "--expansion", **more)
    assert done.returncode == 0, done.stderr[-4000:]
    return made


def test_variants_go_through_the_same_gates_and_the_report_says_what_it_cost(home: Home) -> None:
    status = home.status()
    assert status["dataset"]["entries"] == 5 * 21_000
    models = status["models"]
    assert {facts["verdict"] for facts in models.values()} == {"pass"}
    record = json.loads((home.path / ".sdai" / "runs" / "latest.json").read_text())
    assert (record["kind"], record["actor"].split(", ")[1]) == (KIND, "scheduled run")
    tried = {"configured", "better", "worse", "broken"}
    assert set(record["models"]["risk_analyzer"]["variants"]) == tried
    assert home.calls().count("train risk_analyzer") == len(tried)
    chosen = {name: facts["variant"] for name, facts in record["models"].items()}
    assert chosen == dict.fromkeys(models, CONFIGURED) | {"risk_analyzer": "better"}
    (report,) = (home.path / ".sdai" / "reports" / "expansion").glob("*.md")
    text = report.read_text(encoding="utf-8")
    for part in (
        "| risk_analyzer | better | 95.00 %",
        "no such parameter",
        "entries_per_problem: 21000",
        "{'bonus': 0.05}",
    ):
        assert part in text
    assert "| total |" in text
