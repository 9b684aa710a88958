"""The command line: quick help, one-line errors, exit codes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from configs import load_settings
from flows.cli import app
from flows.cli.friendly import explain
from flows.environment import prepare_environment
from flows.errors import FlowError

HEAVY = ("torch", "prefect", "mlflow", "bentoml", "pandas", "great_expectations")
COMMANDS = (
    "run",
    "dataset",
    "lineage",
    "status",
    "serve",
    "models",
    "rollback",
    "sign",
    "ledger",
    "ui",
    "token",
    "call",
    "purge",
    "rollout",
    "feedback",
    "clash",
    "cost",
    "monitor",
    "alarms",
    "schedule",
    "expand",
    "backup",
    "restore",
    "preflight",
)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    load_settings.cache_clear()
    return tmp_path


def test_help_lists_every_command_and_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom typer.testing import CliRunner\nfrom flows.cli import app\n"
        "answer = CliRunner().invoke(app, ['--help'])\nprint(answer.stdout)\n"
        f"print('heavy:', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    for name in COMMANDS:
        assert f" {name} " in done.stdout
    assert "heavy: []" in done.stdout


def test_status_before_any_run_is_one_line(home: Path) -> None:
    answer = CliRunner().invoke(app, ["status", "--json"])
    assert answer.exit_code == 1
    assert answer.output == "error: there is no run yet; start one with `sdai run`\n"


def test_an_unknown_model_is_named_with_the_known_ones(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.cli.commands._settings", load_settings)
    answer = CliRunner().invoke(app, ["rollback", "bridge_designer"])
    assert answer.exit_code == 1
    assert answer.output.startswith("error: there is no model 'bridge_designer'; use one of connection_designer")


def test_wrong_settings_name_the_field(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_DATASET_ENTRIES_PER_PROBLEM", "3")
    load_settings.cache_clear()
    answer = CliRunner().invoke(app, ["status"])
    assert answer.exit_code == 1
    assert "entries_per_problem" in answer.output
    assert "\n" not in answer.output.strip()


def test_an_unknown_variable_ends_a_command_with_one_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_DATASET_BOGUS", "1")
    load_settings.cache_clear()
    for words in (["status"], ["dataset", "build"]):
        answer = CliRunner().invoke(app, words)
        assert answer.exit_code == 1
        assert answer.output.startswith(
            "error: environment variable SDAI_DATASET_BOGUS is not known; near names: SDAI_"
        )
        assert "\n" not in answer.output.strip()


def test_purge_says_what_went_by_which_setting(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime, timedelta

    from serving.store.database import open_database
    from serving.store.jobs import NewJob, cancel_job, enqueue_job

    monkeypatch.setattr("flows.cli.commands._settings", load_settings)
    monkeypatch.setenv("SDAI_JOBS_KEEP_DAYS", "2")
    load_settings.cache_clear()
    engine = open_database(load_settings().store_url)
    for name, days in (("old", 3), ("young", 1)):
        enqueue_job(engine, NewJob(name, "ann", "clashes", {}), datetime.now(UTC))
        cancel_job(engine, name, "ann", datetime.now(UTC) - timedelta(days=days))
    engine.dispose()
    for went in (1, 0):
        answer = CliRunner().invoke(app, ["purge"])
        assert answer.exit_code == 0, answer.output
        assert answer.output.splitlines() == [
            "predictions older than 180 days: 0 deleted",
            "labels of the engine older than 400 days: 0 deleted",
            f"jobs that ended more than 2 days ago: {went} deleted",
            "idempotency keys whose time is over: 0 deleted",
            "uploaded models not sent for 30 days: 0 deleted",
        ]


def test_a_fault_of_the_program_is_not_dressed_up() -> None:
    assert explain(FlowError("a reason")) == "a reason"
    assert explain(KeyError("x")) is None


def test_the_environment_is_filled_in_but_not_overruled(home: Path) -> None:
    environment, own = {"BENTOML_HOME": str(home / "mine"), "HF_HUB_OFFLINE": "0"}, dict(os.environ)
    prepare_environment(load_settings(), environment)
    assert environment["BENTOML_HOME"] == str(home / "mine")
    assert environment["HF_HUB_OFFLINE"] == "0"
    assert environment["PREFECT_HOME"] == str(home / ".sdai" / "prefect")
    assert environment["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"
    assert (home / ".sdai" / "results").is_dir()
    assert dict(os.environ) == own
