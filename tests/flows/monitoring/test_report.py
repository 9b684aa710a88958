"""The weekly report over a real store and a small real dataset."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from configs import Settings, load_settings
from data_validation.build import BuildTools, build_dataset
from flows.cli import app
from flows.monitoring.collecting import Sources, bars_of, collect
from flows.monitoring.report import ModelWeek, Outcome, concerns_of, page
from flows.monitoring.whole_models import answered_columns, asked_columns
from flows.tracking import Origin
from flows.weekly_monitoring import figures_of, notice_of
from serving.store import Action, Promotion, open_database, record_promotion
from serving.store.database import begin_append
from serving.store.labels import Label, LabelSource, insert_labels
from serving.store.monitoring import DayOfLabels, Sampled
from serving.store.predictions import insert_predictions
from structural.problem import Role
from structural.problems import load_problem
from tests.data_validation.tiny import Options
from tests.flows.test_lineage import row

NOW = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
RISK = load_problem("risk_analyzer")
VERSION = "1-aaaaaaaa"


@dataclass
class Known:
    """Takes the place of MLflow: knows one version."""

    file: Path

    def origins(self, model: str) -> dict[str, Origin]:
        if model != "risk_analyzer":
            return {}
        return {VERSION: Origin(1, "r", "x", NOW, "d", "f", str(self.file), None)}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "built"
    build_dataset([RISK], Options(entries_per_problem=1_500), folder, BuildTools())
    return folder / "risk_analyzer.parquet"


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    load_settings.cache_clear()
    return load_settings()


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = open_database(settings.store_url)
    promotion = Promotion("risk_analyzer", Action.PROMOTE, VERSION, "t", "r", "ana", {"artifact_sha256": "a" * 64})
    record_promotion(engine, promotion, NOW)
    yield engine
    engine.dispose()


def answered(count: int, seed: int, **fixed: Any) -> list[dict[str, Any]]:
    """Return rows of predictions whose questions are drawn like the dataset's but for what is fixed."""
    table = RISK.generate(count, np.random.default_rng(seed))
    rows = []
    for at in range(count):
        asked: dict[str, Any] = {}
        for name in RISK.names(Role.QUESTION):
            value = table[name][at].item()
            if value != "unspecified" and value == value:
                asked[name] = int(value.removeprefix("class_")) if name == "design_class" else value
        output = {"overall_risk": str(table["overall_risk"][at]), "risk_score": float(table["risk_score"][at])}
        made = NOW - timedelta(minutes=1 + at)
        rows.append(row(f"p{seed}-{at}", f"r{at}", input=asked | fixed, output=output, created_at=made))
    return rows


def put_in(engine: Engine, rows: list[dict[str, Any]]) -> None:
    with begin_append(engine) as connection:
        insert_predictions(connection, rows)


def label(engine: Engine, count: int, correct: int, source: LabelSource = LabelSource.ENGINE) -> None:
    made = [
        Label(
            f"{source}-{at}", "risk_analyzer", VERSION, "champion", at < correct, {}, source, NOW - timedelta(hours=5)
        )
        for at in range(count)
    ]
    with begin_append(engine) as connection:
        insert_labels(connection, made)


def week_of(settings: Settings, engine: Engine, dataset: Path) -> tuple[ModelWeek, Any]:
    report = collect(Sources(settings, engine, Known(dataset)), NOW, WEEK)  # type: ignore[arg-type]
    return next(week for week in report.models if week.model == "risk_analyzer"), report


def test_a_week_like_the_training_data_is_fine(settings: Settings, engine: Engine, dataset: Path) -> None:
    put_in(engine, answered(400, seed=5))
    put_in(engine, [row("old", "r", created_at=NOW - timedelta(days=8)), row("s", "r", arm="shadow")])
    label(engine, 300, 299)
    label(engine, 3, 0, LabelSource.FEEDBACK)
    week, report = week_of(settings, engine, dataset)
    assert (week.answered, week.failed, week.labelled, week.correct) == (400, 0, 300, 299)
    assert week.confirmed_wrong == 3
    assert len(week.days) == 7
    assert {drift.column for drift in week.questions} == set(RISK.names(Role.QUESTION))
    assert {drift.column for drift in week.answers} == {"overall_risk", "risk_score"}
    assert max(drift.psi for drift in (*week.questions, *week.answers)) < 0.25
    assert report.outcome is Outcome.FINE
    text = page(report, bars_of(settings))
    assert "99.67 % of 300" in text
    assert "Nothing." in text
    assert "1 entries hold" in text


def test_questions_of_another_kind_wrong_answers_and_failures_ask_for_attention(
    settings: Settings, engine: Engine, dataset: Path
) -> None:
    put_in(engine, answered(300, seed=6, project_type="bridge", budget_usd=9e9))
    failed = [row(f"x{at}", f"q{at}", status="failed", output={"error": "NotFiniteError"}) for at in range(9)]
    put_in(engine, [item | {"created_at": NOW - timedelta(hours=1)} for item in failed])
    label(engine, 300, 240)
    week, report = week_of(settings, engine, dataset)
    concerns = " ".join(report.concerns["risk_analyzer"])
    for part in ("80.00 % of 300", "9 of 309 predictions failed", "project_type", "budget_usd"):
        assert part in concerns
    assert report.outcome is Outcome.ATTENTION
    assert len(week.failures) == 9
    text = page(report, bars_of(settings))
    assert text.count("NotFiniteError") == 9
    assert "major" in text
    notice = notice_of(report, Path("report.md"))
    assert (notice.title, notice.level.value) == ("Weekly monitoring: attention", "warning")
    figures = figures_of(report)
    assert figures["accuracy.risk_analyzer"] == pytest.approx(0.8)
    assert figures["psi_questions.risk_analyzer"] > 0.25
    assert json.loads(json.dumps(report.to_json(), default=str))["outcome"] == "attention"


def test_few_rows_are_shown_and_not_judged(settings: Settings, engine: Engine, dataset: Path) -> None:
    put_in(engine, answered(30, seed=7, project_type="bridge"))
    label(engine, 30, 5)
    _, report = week_of(settings, engine, dataset)
    assert report.outcome is Outcome.FINE
    assert "only 30 questions" in page(report, bars_of(settings))


def test_an_accuracy_that_chance_explains_is_no_concern(settings: Settings) -> None:
    days = [DayOfLabels(NOW, 300, 283, 0)]  # 94.3 % against 95 %
    week = ModelWeek("risk_analyzer", VERSION, 0.95, 300, 0, None, days, (), (), ())
    assert concerns_of(week, bars_of(settings)) == []
    assert concerns_of(replace(week, days=[DayOfLabels(NOW, 300, 270, 0)]), bars_of(settings))


def test_a_quiet_week_without_champions_is_said_and_the_command_says_so(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.weekly_monitoring.Tracker", lambda _: Known(tmp_path / "none"))
    monkeypatch.setattr("flows.weekly_monitoring._log_to_mlflow", lambda *_: None)  # see test_monthly_retraining
    answer = CliRunner().invoke(app, ["monitor"])
    assert answer.exit_code == 0, answer.output
    assert "Monitoring" in answer.output
    assert "Drift is not measured: the dataset that the champion was trained on is gone." in answer.output
    reports = sorted(path.suffix for path in (tmp_path / ".sdai" / "reports" / "monitoring").iterdir())
    assert reports == [".json", ".md"]


def test_a_ledger_that_was_tampered_with_is_a_concern(settings: Settings, engine: Engine, dataset: Path) -> None:
    import sqlalchemy as sa

    with engine.begin() as connection:
        connection.execute(sa.text("DROP TRIGGER promotion_ledger_no_UPDATE"))
        connection.execute(sa.text("UPDATE promotion_ledger SET actor = 'nobody'"))
    _, report = week_of(settings, engine, dataset)
    assert report.outcome is Outcome.ATTENTION
    assert "broken at entry 1" in report.concerns["promotion ledger"][0]


def checks(count: int, seed: int, days_ago: float, **fixed: Any) -> list[dict[str, Any]]:
    """Return predictions of the clash detector on buildings of a hundred members or so."""
    rng = np.random.default_rng(seed)
    rows = []
    for at in range(count):
        members = int(rng.integers(60, 200))
        pairs = int(members * rng.uniform(1.5, 3.0))
        found = int(rng.integers(0, 9))
        severities = rng.choice(["LOW", "MEDIUM", "HIGH"], found).tolist()
        output = {
            "total_clashes": found,
            "clashes": [{"severity": item, "approximate": bool(rng.random() < 0.1)} for item in severities],
            "confidence": float(rng.uniform(0.95, 0.999)),
            "connections_count": int(pairs * rng.uniform(0.5, 0.8)),
            "members": members,
            "members_without_geometry": int(rng.integers(0, 3)),
            "approximate_members": int(rng.integers(0, 9)),
            "pairs_judged": pairs,
            "overruled": int(rng.integers(0, 3)),
        }
        asked = {"model_ifc": f"{at}.ifc", "tolerance_mm": float(rng.choice([25.0, 50.0]))}
        made = NOW - timedelta(days=days_ago, minutes=at)
        changed = {"input": asked, "output": output | fixed, "created_at": made, "model": "clash_detector"}
        rows.append(row(f"c{seed}-{at}", f"r{at}", **changed))
    return rows


def clash_week(settings: Settings, engine: Engine, dataset: Path) -> tuple[ModelWeek, Any]:
    report = collect(Sources(settings, engine, Known(dataset)), NOW, WEEK)  # type: ignore[arg-type]
    return next(week for week in report.models if week.model == "clash_detector"), report


def test_checks_of_whole_models_are_compared_with_earlier_ones(
    settings: Settings, engine: Engine, dataset: Path
) -> None:
    put_in(engine, checks(500, 1, days_ago=8) + checks(300, 2, days_ago=1))
    put_in(engine, [item | {"id": "older", "output": None} for item in checks(1, 3, days_ago=60)])
    week, report = clash_week(settings, engine, dataset)
    assert {drift.column for drift in week.questions} == {
        "tolerance_mm",
        "members",
        "pairs_per_1000_members",
        "unread_member_share",
        "approximate_member_share",
    }
    assert {drift.column for drift in week.answers} == {
        "clash_share",
        "connection_share",
        "high_share_of_clashes",
        "approximate_share_of_clashes",
        "overruled_share",
        "confidence",
    }
    assert max(drift.psi for drift in (*week.questions, *week.answers)) < 0.25
    assert report.concerns["clash_detector"] == []
    assert "compared with the 500 checks of the 4 windows before" in page(report, bars_of(settings))


def test_other_buildings_and_other_answers_than_before_ask_for_attention(
    settings: Settings, engine: Engine, dataset: Path
) -> None:
    put_in(engine, checks(500, 1, days_ago=8) + checks(300, 2, days_ago=1, members=9_000, connections_count=0))
    week, report = clash_week(settings, engine, dataset)
    asked, answered_otherwise = report.concerns["clash_detector"]
    assert asked.startswith("questions are no longer those of the windows before: ")
    assert "members (PSI" in asked
    assert answered_otherwise.startswith("answers are no longer those of the windows before: connection_share")
    assert figures_of(report)["psi_answers.clash_detector"] > 0.25
    assert week.drift_note


def test_too_few_earlier_checks_are_no_reference(settings: Settings, engine: Engine, dataset: Path) -> None:
    put_in(engine, checks(199, 1, days_ago=8) + checks(300, 2, days_ago=1, members=9_000))
    week, report = clash_week(settings, engine, dataset)
    assert (week.questions, week.answers, report.concerns["clash_detector"]) == ((), (), [])
    assert "Drift is not measured: the 199 checks of the 4 windows before are fewer than 200." in week.drift_note


def test_answers_of_an_earlier_contract_are_left_out_where_they_lack_a_field() -> None:
    old, new, without_pairs = (dict(item["output"]) for item in checks(3, 4, days_ago=1))
    del old["overruled"]
    without_pairs["pairs_judged"] = 0
    found = answered_columns([Sampled({}, old), Sampled({}, new), Sampled({}, without_pairs), Sampled({}, "text")])
    assert (len(found["overruled_share"]), len(found["confidence"])) == (2, 3)
    assert np.isnan(found["clash_share"][2])
    assert asked_columns([Sampled({}, old)])["tolerance_mm"].tolist() == [50.0]


def test_a_dataset_that_cannot_be_read_leaves_its_drift_out_and_nothing_else(
    settings: Settings, engine: Engine, dataset: Path, tmp_path: Path
) -> None:
    put_in(engine, answered(300, seed=5))
    label(engine, count=300, correct=291)
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(b"PAR1 and no more")
    # As of a version that was trained before a column was added to the contract.
    earlier = tmp_path / "earlier.parquet"
    names = [name for name in pq.read_schema(dataset).names if name != RISK.names(Role.QUESTION)[-1]]
    pq.write_table(pq.read_table(dataset, columns=names), earlier)
    for file in (damaged, earlier):
        week, report = week_of(settings, engine, file)
        assert (week.answered, week.labelled, list(week.questions)) == (300, 300, [])
        assert "Drift is not measured" in week.drift_note
        assert "Drift is not measured" in page(report, bars_of(settings))


def test_a_report_by_hand_of_other_days_leaves_that_of_the_week(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.weekly_monitoring.Tracker", lambda _: Known(tmp_path / "none"))
    monkeypatch.setattr("flows.weekly_monitoring._log_to_mlflow", lambda *_: None)
    files = [CliRunner().invoke(app, ["monitor", *days]).output.split()[-1] for days in ([], ["--days", "30"], [])]
    assert files[0] == files[2] != files[1]
    assert "-30-days" in files[1]
