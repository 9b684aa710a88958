"""Lineage both ways over a real store; MLflow's part is given."""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from configs import load_settings
from flows.cli import app
from flows.errors import FlowError
from flows.lineage import Tracing, cached
from flows.revision import CHANGED, source_commit
from flows.tracking import Origin
from serving.store import (
    Action,
    HoldoutUse,
    ModelVersion,
    Promotion,
    open_database,
    record_holdout_use,
    record_model,
    record_promotion,
)
from serving.store.database import begin_append
from serving.store.feedback import insert_feedback
from serving.store.predictions import insert_predictions

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MODEL, VERSION, ARTIFACT = "risk_analyzer", "1-aaaaaaaa", "a" * 64
WHOLE, FILE = "d" * 64, "f" * 64


def row(prediction_id: str, request_id: str, item: int | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "id": prediction_id,
        "model": MODEL,
        "model_version": VERSION,
        "arm": "champion",
        "client_id": "ana",
        "request_id": request_id,
        "item_index": item,
        "status": "answered",
        "input_hash": "e" * 64,
        "input": {"budget_usd": 1},
        "output": {"overall_risk": "LOW"},
        "confidence": 0.9,
        "execution_time_ms": 1.5,
        "created_at": NOW,
        **changes,
    }


def report(feedback_id: str, prediction_id: str) -> dict[str, Any]:
    said = {"model": None, "input": None, "predicted": None, "actual": {"overall_risk": "HIGH"}, "comment": ""}
    return {"id": feedback_id, "prediction_id": prediction_id, "client_id": "ana", "created_at": NOW, **said}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    record_model(engine, ModelVersion(MODEL, VERSION, 0.99, 0.95, 12.0, "/artifacts/x"), NOW)
    evidence = {"artifact_sha256": ARTIFACT}
    record_promotion(engine, Promotion(MODEL, Action.PROMOTE, VERSION, "t", "better", "ana", evidence), NOW)
    record_holdout_use(engine, HoldoutUse(MODEL, FILE, ARTIFACT, "gate", 0.99, 100), NOW)
    with begin_append(engine) as connection:
        insert_predictions(connection, [row("p1", "r1"), row("p2", "r2", 0), row("p3", "r2", 1, status="failed")])
        insert_predictions(connection, [row("p4", "r4", model_version="9-lost", created_at=NOW + timedelta(days=1))])
        insert_feedback(connection, [report("f1", "p1")])
    yield engine
    engine.dispose()


def origin(path: Path | None = None) -> Origin:
    return Origin(3, "run-7", "20260301T120000-abc", NOW, WHOLE, FILE[:36], str(path) if path else None, "c0ffee")


def tracing(engine: Engine, found: Origin | None = None) -> Tracing:
    return Tracing(engine, cached(lambda model: {VERSION: found or origin()} if model == MODEL else {}))


def test_an_answer_leads_to_version_decision_run_data_and_source(engine: Engine, tmp_path: Path) -> None:
    manifest = {
        "sha256": WHOLE,
        "entries": 50,
        "settings": {"seed": 7},
        "problems": {MODEL: {"rows": 10, "own_rows": 2}},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    found = origin(tmp_path / "risk_analyzer.parquet")
    ((answer, lineage),) = tracing(engine, found).of_answer("p1")
    assert (answer.id, answer.request_id) == ("p1", "r1")
    assert (lineage.version, lineage.artifact_sha256) == (VERSION, ARTIFACT)
    assert [decision.actor for decision in lineage.decisions] == ["ana"]
    assert lineage.origin == found
    assert lineage.dataset_sha256 == WHOLE
    assert lineage.dataset_file_sha256 == FILE  # the digest that MLflow cut short, from the use of the holdout
    assert lineage.dataset == {"sha256": WHOLE, "entries": 50, "settings": {"seed": 7}, "rows": 10, "own_rows": 2}


def test_a_request_id_leads_to_all_its_answers(engine: Engine) -> None:
    assert [answer.id for answer, _ in tracing(engine).of_answer("r2")] == ["p2", "p3"]


def test_a_rebuilt_dataset_is_not_taken_for_the_one_of_the_run(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"sha256": "0" * 64, "problems": {}}))
    ((_, lineage),) = tracing(engine, origin(tmp_path / "x.parquet")).of_answer("p1")
    assert lineage.dataset == {}


@pytest.mark.parametrize("name", [VERSION, f"{MODEL}:{VERSION}"])
def test_a_version_leads_to_its_answers(engine: Engine, name: str) -> None:
    (lineage,) = tracing(engine).of_version(name)
    assert (lineage.use.answered, lineage.use.failed, lineage.use.feedback) == (2, 1, 1)
    assert lineage.use.first_at == lineage.use.last_at == NOW


def test_the_answers_of_a_version_come_newest_first_by_pages(engine: Engine) -> None:
    later = [row(f"q{number}", f"s{number}", created_at=NOW + timedelta(seconds=number // 2)) for number in range(6)]
    with begin_append(engine) as connection:
        insert_predictions(connection, later)
    traced = tracing(engine)
    lineages = traced.of_version(VERSION)
    everything = ["q5", "q4", "q3", "q2", "q1", "q0", "p3", "p2", "p1"]
    assert [answer.id for answer in traced.answers_of(lineages, 100)] == everything
    paged, before = list[str](), None
    while page := traced.answers_of(lineages, 2, before):
        paged += [answer.id for answer in page]
        before = page[-1].id
    assert paged == everything
    assert traced.answers_of([], 5) == []
    with pytest.raises(FlowError, match="no stored answer has the prediction id 'p0'"):
        traced.answers_of(lineages, 2, "p0")


def test_the_command_names_the_answers_of_a_dataset(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SDAI_STORE_URL", str(engine.url))
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    monkeypatch.setattr("flows.environment.prepare_environment", lambda _: None)
    monkeypatch.setattr(
        "flows.tracking.Tracker.origins", lambda _, model: {VERSION: origin()} if model == MODEL else {}
    )
    load_settings.cache_clear()
    ask = ["lineage", "--dataset", WHOLE, "--ids", "--limit", "2"]
    shown = CliRunner().invoke(app, ask)
    assert "p3 (request r2, item 1), risk_analyzer 1-aaaaaaaa, arm champion, failed" in shown.output
    assert "older ones: --before p2" in shown.output
    older = json.loads(CliRunner().invoke(app, [*ask, "--before", "p2", "--json"]).output)
    load_settings.cache_clear()
    assert [answer["id"] for answer in older["answer_ids"]] == ["p1"]
    assert CliRunner().invoke(app, ["lineage", "p1", "--ids"]).exit_code != 0
    assert CliRunner().invoke(app, ["lineage", "--dataset", WHOLE, "--limit", "2"]).exit_code != 0


@pytest.mark.parametrize("digest", [WHOLE, WHOLE[:8], FILE, FILE[:12].upper()])
def test_a_dataset_leads_to_its_versions(engine: Engine, digest: str) -> None:
    assert [lineage.version for lineage in tracing(engine).of_dataset(digest)] == [VERSION]


def test_what_mlflow_no_longer_knows_is_told_without_it(engine: Engine) -> None:
    ((answer, lineage),) = tracing(engine).of_answer("p4")
    assert answer.model_version == "9-lost"
    assert (lineage.origin, lineage.artifact_sha256, lineage.dataset_sha256) == (None, None, None)


def test_what_there_is_not_is_said(engine: Engine) -> None:
    with pytest.raises(FlowError, match="no stored answer"):
        tracing(engine).of_answer("p9")
    with pytest.raises(FlowError, match="no model has a version"):
        tracing(engine).of_version("clash_detector:1-aaaaaaaa")
    with pytest.raises(FlowError, match="at least 8"):
        tracing(engine).of_dataset("d")
    with pytest.raises(FlowError, match="no version was trained"):
        tracing(engine).of_dataset("1234567890")


def test_the_commit_of_a_checkout_says_whether_files_differ(tmp_path: Path) -> None:
    assert source_commit(tmp_path) is None
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tmp_path), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    (tmp_path / "a.txt").write_text("1")
    git("add", ".")
    git("commit", "-qm", "first")
    head = git("rev-parse", "HEAD")
    assert source_commit(tmp_path) == head
    (tmp_path / "a.txt").write_text("2")
    assert source_commit(tmp_path) == f"{head}{CHANGED}"
