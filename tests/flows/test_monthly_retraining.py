"""The flow through the real Prefect, MLflow, BentoML store and ledger; models, data and the service are stand-ins."""

import getpass
import itertools
import json
import os
import signal
import sqlite3
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from flows.status import CONTRACT
from flows.steps import LONGEST_FIRST
from structural.problems import PROBLEM_NAMES
from tests.flows.conftest import Home

DRIVER = "tests.flows.driver"
HELD = LONGEST_FIRST[2:4]
"""Two trainings run side by side: these are under way when the first run is killed."""
WAIT_S = 90


def wait_for_call(home: Home, line: str, process: Any) -> None:
    deadline = time.monotonic() + WAIT_S
    while line not in home.calls():
        assert process.poll() is None, (home.path / "started.log").read_text()[-3000:]
        assert time.monotonic() < deadline, f"{line!r} was not reached"
        time.sleep(0.05)


def rows(home: Home, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(home.path / ".sdai" / "store.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, prefect_api: None) -> Home:
    """A home whose first run was killed in the third and fourth training and whose second went to the end."""
    made = Home(tmp_path_factory.mktemp("home"))
    made.plan(hang_in=HELD, skill={"section_optimizer": 0.965})
    process = made.start(DRIVER)
    for name in HELD:
        wait_for_call(made, f"train {name}", process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    made.forget_calls()
    made.plan(
        skill={"section_optimizer": 0.965},
        fail_training="risk_analyzer",
        crash_once="connection_designer",
        not_serveable=["clash_detector"],
    )
    done = made.command(DRIVER)
    assert done.returncode == 0, done.stderr[-4000:]
    return made


def test_a_killed_run_goes_on_with_the_third_model(home: Home) -> None:
    trained = [call.removeprefix("train ") for call in home.calls() if call.startswith("train ")]
    assert set(trained) == set(LONGEST_FIRST[2:])
    assert home.status()["stages"]["train"]["cached_seconds"] == pytest.approx(1.0)


def test_a_crash_is_tried_again_and_a_lasting_failure_is_not(home: Home) -> None:
    assert home.calls().count("train connection_designer") == 2
    assert home.calls().count("train risk_analyzer") == 1


def test_one_models_failure_is_its_verdict_and_no_ones_else(home: Home) -> None:
    models = home.status()["models"]
    assert models["risk_analyzer"]["verdict"] == "fail"
    assert models["risk_analyzer"]["reasons"][0] == "failure: training failed: loss is not finite"
    assert models["risk_analyzer"]["version"] is None
    assert models["clash_detector"]["verdict"] == "fail"
    assert models["section_optimizer"]["verdict"] == "near"
    assert [models[name]["verdict"] for name in ("connection_designer", "compliance_checker")] == ["pass", "pass"]


def test_status_keeps_its_contract(home: Home) -> None:
    status = home.status()
    assert status["state"] == "completed"
    assert status["dataset"]["entries"] == 50
    assert len(status["dataset"]["sha256"]) == 64
    assert status["total_seconds"] >= status["wall_seconds"] > 0
    assert list(status["stages"]) == ["build", "validate", "train", "evaluate", "probe", "register", "gate", "promote"]
    worst = {"name": "all", "group": "all", "count": 1_000, "accuracy": 0.965}
    assert status["models"]["section_optimizer"]["worst_slice"] == worst
    assert status["models"]["section_optimizer"]["inference_limit_ms"] == 5.0
    assert status["models"]["risk_analyzer"]["worst_slice"] is None
    for facts in status["models"].values():
        assert set(CONTRACT) <= set(facts)
        assert facts["in_service"] == (facts["version"] if facts["promoted"] else None)


def test_status_shows_the_worst_slice_and_the_models_own_time(home: Home) -> None:
    shown = home.command("flows.cli", "status")
    assert shown.returncode == 0, shown.stderr
    line = next(line for line in shown.stdout.splitlines() if "section_optimizer" in line and "all" in line)
    for cell in ("96.50 %", "1000", "1.00 ms", "5.00 ms"):
        assert cell in line


def test_only_passing_versions_are_in_the_store_and_the_ledger_says_why(home: Home) -> None:
    ledger = rows(home, "select model, action, version from promotion_ledger order by id")
    models = home.status()["models"]
    version = {name: models[name]["version"] for name in PROBLEM_NAMES}
    assert ledger == [
        ("connection_designer", "promote", version["connection_designer"]),
        ("section_optimizer", "refuse", version["section_optimizer"]),
        ("clash_detector", "refuse", version["clash_detector"]),
        ("compliance_checker", "promote", version["compliance_checker"]),
    ]
    actors = rows(home, "select distinct actor from promotion_ledger")
    assert actors == [(f"{getpass.getuser()}, run by hand",)]
    store = home.path / ".sdai" / "bentoml" / "models"
    assert {path.name for path in store.iterdir()} == {"connection_designer", "compliance_checker"}
    assert rows(home, "select count(*) from holdout_uses") == [(4,)]


def test_mlflow_lists_a_parent_five_children_and_the_versions(home: Home) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{home.path / 'mlruns' / 'mlflow.db'}")
    (experiment,) = client.search_experiments(filter_string="name = 'structural-design'")
    runs = client.search_runs([experiment.experiment_id])
    children = {run.data.tags["sdai.problem"]: run for run in runs if "mlflow.parentRunId" in run.data.tags}
    assert len(runs) == 6
    assert set(children) == set(PROBLEM_NAMES)
    assert children["risk_analyzer"].info.status == "FAILED"

    (parent,) = [run for run in runs if run.data.tags["sdai.problem"] == "(all)"]
    record = json.loads((home.path / ".sdai" / "runs" / "latest.json").read_text())
    began, ended = (1_000 * datetime.fromisoformat(record[key]).timestamp() for key in ("started_at", "finished_at"))
    assert parent.info.start_time == began
    assert began < parent.info.end_time < ended + 1_000
    assert parent.info.end_time - parent.info.start_time > 1_000 * (record["wall_seconds"] - 3)
    assert parent.info.end_time >= max(run.info.end_time for run in children.values())

    child = children["section_optimizer"]
    assert child.data.tags["sdai.gate"] == "near"
    assert child.data.metrics["holdout_accuracy"] == pytest.approx(0.965)
    assert child.data.metrics["holdout_inference_p95_ms"] == 1.0
    assert child.data.metrics["holdout_worst_slice_accuracy"] == pytest.approx(0.965)
    assert child.data.metrics["holdout_worst_slice_n"] == 1_000
    assert child.data.tags["sdai.worst_slice"] == "all = all: 96.50 % of 1000"
    assert [point.value for point in client.get_metric_history(child.info.run_id, "loss")] == [1.0, 0.5]
    assert child.inputs.dataset_inputs[0].dataset.digest == ("s" + "a") * 18
    pages = {item.path for item in client.list_artifacts(child.info.run_id)}
    assert pages >= {
        "confusion_matrix.png",
        "confusion_matrix.json",
        "reliability.png",
        "slices.md",
        "feature_importance.json",
        "model_card.md",
        "requirements.lock",
        "verdict.json",
        "comparison.md",
        "model",
    }
    aliases = {model.name: dict(model.aliases) for model in client.search_registered_models()}
    assert aliases["connection_designer"] == {"champion": 1}
    assert aliases["section_optimizer"] == {"challenger": 1}
    (version,) = client.search_model_versions("name = 'section_optimizer'")
    assert "0.50 points below the target" in version.tags["sdai.reasons"]


def test_the_next_month_compares_promotes_and_can_go_back(home: Home) -> None:
    before = home.status()["models"]
    home.forget_calls()
    home.plan(skill={"connection_designer": 0.99, "section_optimizer": 0.965}, not_serveable=["clash_detector"])
    done = home.command(DRIVER, "--scheduled", SDAI_TRAINING_CONNECTION_DESIGNER='{"depth": 4}')
    assert done.returncode == 0, done.stderr[-4000:]
    after = home.status()["models"]

    assert {call for call in home.calls() if call.startswith("train")} == {
        "train connection_designer",
        "train risk_analyzer",
    }
    assert after["connection_designer"]["decision"] == "deploy"
    assert "better by more than 0.5 points; McNemar 10:0" in after["connection_designer"]["reasons"][0]
    assert after["compliance_checker"]["decision"] == "unchanged"
    # What this run did not put in service may serve all the same.
    assert not after["compliance_checker"]["promoted"]
    assert after["compliance_checker"]["in_service"] == before["compliance_checker"]["version"]
    assert after["connection_designer"]["in_service"] == after["connection_designer"]["version"]
    assert after["section_optimizer"]["in_service"] is None
    # The artifact that was refused is measured and noted, but neither counted nor written twice.
    assert after["section_optimizer"]["version"] == before["section_optimizer"]["version"]
    assert rows(home, "select count(*) from holdout_uses where model = 'section_optimizer'") == [(1,)]
    assert rows(home, "select count(*) from promotion_ledger where model = 'section_optimizer'") == [(1,)]

    back = home.command("flows.cli", "rollback", "connection_designer", "--reason", "a test")
    assert back.returncode == 0, back.stderr
    assert before["connection_designer"]["version"] in back.stdout
    assert home.status()["models"]["connection_designer"]["in_service"] == before["connection_designer"]["version"]
    user = getpass.getuser()
    actors = rows(home, "select actor from promotion_ledger order by id desc limit 2")
    assert actors == [(f"{user}, rollback by hand",), (f"{user}, scheduled run",)]
    last = rows(home, "select action, version, previous_version, reason from promotion_ledger order by id desc limit 1")
    versions = (before["connection_designer"]["version"], after["connection_designer"]["version"])
    assert last == [("rollback", *versions, "a test")]
    again = home.command("flows.cli", "rollback", "connection_designer")
    assert again.returncode == 1
    assert "no earlier promoted version" in again.stderr
    assert "Traceback" not in again.stderr


def test_lineage_leads_from_a_dataset_to_the_versions_with_run_and_commit(home: Home) -> None:
    whole = home.status()["dataset"]["sha256"]
    found = home.command("flows.cli", "lineage", "--dataset", whole, "--json")
    assert found.returncode == 0, found.stderr
    versions = {row["model"]: row for row in json.loads(found.stdout)["versions"]}
    assert set(versions) >= {"connection_designer", "section_optimizer"}
    for name, row in versions.items():
        assert row["dataset_sha256"] == whole
        assert len(row["dataset_file_sha256"]) == 64
        assert row["origin"]["run_id"]
        assert row["decisions"], name
    one = versions["connection_designer"]
    shown = home.command("flows.cli", "lineage", "--version", one["version"])
    assert shown.returncode == 0, shown.stderr
    for part in (one["origin"]["mlflow_run_id"], whole, "promote by", "0 given, 0 failed"):
        assert part in shown.stdout


def test_the_weekly_report_is_logged_to_mlflow(home: Home) -> None:
    from mlflow import MlflowClient

    made = home.command("flows.cli", "monitor", "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["outcome"] == "fine"
    client = MlflowClient(f"sqlite:///{home.path / 'mlruns' / 'mlflow.db'}")
    (experiment,) = client.search_experiments(filter_string="name = 'monitoring'")
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.data.metrics["answered.risk_analyzer"] == 0
    assert {item.path for item in client.list_artifacts(run.info.run_id)} == {"monitoring.md", "monitoring.json"}


def test_a_month_may_hand_its_winner_to_a_canary_that_goes_on_to_an_ab(home: Home) -> None:
    before = home.status()["models"]["connection_designer"]["in_service"]
    home.plan(skill={"connection_designer": 0.995, "section_optimizer": 0.965}, not_serveable=["clash_detector"])
    changed = {"SDAI_TRAINING_CONNECTION_DESIGNER": '{"depth": 5}', "SDAI_ROLLOUT_PROMOTION": "canary_ab"}
    done = home.command(DRIVER, "--scheduled", **changed)
    assert done.returncode == 0, done.stderr[-4000:]
    after = home.status()["models"]["connection_designer"]
    assert (after["decision"], after["promoted"], after["in_service"]) == ("deploy", False, before)
    shown = json.loads(home.command("flows.cli", "rollout", "status", "--json").stdout)
    (rollout,) = shown
    assert (rollout["champion_version"], rollout["candidate_version"]) == (before, after["version"])
    assert (rollout["state"], rollout["ended_at"]) == ("pending", None)
    phases = rollout["policy"]["phases"]
    assert [phase["weight"] for phase in phases] == [0, 0, 500, 2_500, 5_000, 5_000, 10_000, 10_000]
    assert [phase["min_time_s"] for phase in phases if phase["is_ab"]] == [7 * 86_400]


def test_invalid_data_ends_the_run_before_training(tmp_path: Path, prefect_api: None) -> None:
    home = Home(tmp_path)
    home.plan(invalid=True)
    done = home.command(DRIVER)
    assert done.returncode != 0
    assert home.calls() == ["build", "validate"]
    assert home.status()["state"] == "failed"
    assert "expectation does not hold" in home.status()["error"]


def test_trainings_run_side_by_side_and_measurements_alone(tmp_path: Path, prefect_api: None) -> None:
    """A measurement times the model, and what runs beside it would be timed too. The stage counts what passed."""
    home = Home(tmp_path)
    home.plan(note_ends=True)
    done = home.command(DRIVER)
    assert done.returncode == 0, done.stderr[-4000:]
    assert most_at_once(home.calls(), "train") == 2
    assert most_at_once(home.calls(), "evaluate") == 1
    assert 1.5 <= home.status()["stages"]["train"]["seconds"] < 2.5 + 5 * 2.0


def most_at_once(calls: list[str], kind: str) -> int:
    """Return how many pieces of work of a kind were under way at the same time."""
    changes = [1 if call.startswith(f"{kind} ") else -1 for call in calls if f"{kind} " in call]
    return max(itertools.accumulate(changes))


def test_with_a_dask_address_the_trainings_spread_over_the_cluster(tmp_path: Path, prefect_api: None) -> None:
    home = Home(tmp_path)
    home.plan(note_processes=True)
    done = home.command(DRIVER, "--dask")
    assert done.returncode == 0, done.stderr[-4000:]
    calls = home.calls()
    workers = {line for line in calls if line.startswith("pid ")}
    assert len(workers) == 3  # the flow's own process builds and validates, two workers train and evaluate
    assert sorted(line for line in calls if line.startswith("train ")) == sorted(
        f"train {name}" for name in PROBLEM_NAMES
    )
    assert {facts["verdict"] for facts in home.status()["models"].values()} == {"pass"}
