"""The main job end to end: flow, validation, five trainers, MLflow, gates, model store, served answers."""

import os
import subprocess
import sys
import time

import pytest

from flows.errors import FlowError
from flows.samples import ROUTES, sample_request
from flows.service_process import ServiceClient, free_port
from serving.auth.development import DevelopmentKeys, TokenOrder
from structural.problems import PROBLEM_NAMES
from tests.end_to_end.conftest import Finished

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

REFUSED = "compliance_checker"
"""Keeps its real target of 100 %, out of reach for a model trained on a few hundred documents."""
STATUS_KEYS = {
    "target",
    "holdout_accuracy",
    "holdout_n",
    "baseline_accuracy",
    "verdict",
    "reasons",
    "version",
    "training_seconds",
}


def test_status_tells_the_whole_story_as_json(unbroken: Finished) -> None:
    status = unbroken.status
    assert status["dataset"]["entries"] == 5 * 900
    assert len(status["dataset"]["sha256"]) == 64
    assert set(status["models"]) == set(PROBLEM_NAMES)
    for facts in status["models"].values():
        assert set(facts) >= STATUS_KEYS
        assert 0 <= facts["holdout_accuracy"] <= 1
        assert facts["holdout_n"] > 40
    assert status["total_seconds"] > 0


def test_the_gate_promotes_by_target_and_names_its_reasons(unbroken: Finished) -> None:
    models = unbroken.status["models"]
    for name, facts in models.items():
        meets = facts["holdout_accuracy"] >= facts["target"]
        assert meets or facts["verdict"] in ("fail", "near"), name
        assert facts["reasons"], name
    assert models[REFUSED]["verdict"] in ("fail", "near")
    assert not models[REFUSED]["promoted"]
    assert any("bootstrap" in reason for facts in models.values() for reason in facts["reasons"])
    assert sum(facts["promoted"] for facts in models.values()) >= 3


def test_run_prints_the_gate_table_and_the_five_answers(unbroken: Finished) -> None:
    for name in PROBLEM_NAMES:
        assert name in unbroken.output
        assert ROUTES[name] in unbroken.output


def test_mlflow_holds_a_parent_with_five_children_and_five_registered_models(unbroken: Finished) -> None:
    script = (
        "import mlflow, json, sys\n"
        "mlflow.set_tracking_uri(sys.argv[1])\n"
        "client = mlflow.MlflowClient()\n"
        "experiments = [e.experiment_id for e in client.search_experiments()]\n"
        "runs = client.search_runs(experiments)\n"
        "children = [r for r in runs if 'mlflow.parentRunId' in r.data.tags]\n"
        "models = {m.name: dict(m.aliases) for m in client.search_registered_models()}\n"
        "print(json.dumps([len(runs), len(children), models]))\n"
    )
    uri = f"sqlite:///{unbroken.home.path / 'mlruns' / 'mlflow.db'}"
    answer = subprocess.run(
        [sys.executable, "-c", script, uri], capture_output=True, text=True, env=unbroken.home.environment, check=True
    )
    import json

    runs, children, models = json.loads(answer.stdout.splitlines()[-1])
    assert (runs, children) == (6, 5)
    assert set(models) == set(PROBLEM_NAMES)
    for name, facts in unbroken.status["models"].items():
        assert ("champion" in models[name]) == facts["promoted"], name


def test_a_killed_run_goes_on_without_training_the_finished_models_again(resumed: Finished) -> None:
    kept = resumed.output.count("kept from before")
    assert kept in (2, 3), resumed.output[-4000:]  # another may have ended while the killing was under way


def test_a_killed_and_resumed_run_ends_like_an_unbroken_one(resumed: Finished, unbroken: Finished) -> None:
    assert resumed.status["dataset"]["sha256"] == unbroken.status["dataset"]["sha256"]
    for name in PROBLEM_NAMES:
        left, right = resumed.status["models"][name], unbroken.status["models"][name]
        for key in ("artifact_sha256", "holdout_accuracy", "baseline_accuracy", "served_accuracy", "version"):
            assert left[key] == right[key], (name, key)


def test_running_again_trains_nothing_and_counts_no_new_holdout_use(unbroken: Finished) -> None:
    from serving.store.database import open_database
    from serving.store.ledger import holdout_use_count

    engine = open_database(f"sqlite:///{unbroken.home.path / '.sdai' / 'store.db'}")
    before = {name: holdout_use_count(engine, name) for name in PROBLEM_NAMES}
    answer = unbroken.home.sdai("run", "--no-serve-samples")
    after = {name: holdout_use_count(engine, name) for name in PROBLEM_NAMES}
    engine.dispose()

    assert answer.returncode == 0, answer.stderr[-3000:]
    assert (answer.stdout + answer.stderr).count("kept from before") == 5
    assert before == after
    assert all(count >= 1 for count in before.values())
    again = unbroken.home.status()["models"]
    assert {name: facts["version"] for name, facts in again.items()} == {
        name: facts["version"] for name, facts in unbroken.status["models"].items()
    }


@pytest.fixture(scope="module")
def client(unbroken: Finished):
    port = free_port()
    process = unbroken.home.start("serve", "--port", str(port))
    keys = DevelopmentKeys(unbroken.home.path / ".sdai" / "keys")
    token = keys.mint(TokenOrder("end-to-end", ("api_user",), (), 3_600.0), time.time())
    connection = ServiceClient(port, token)
    deadline = time.monotonic() + 60
    try:
        while True:
            assert process.poll() is None, (unbroken.home.path / "started.log").read_text()[-3000:]
            assert time.monotonic() < deadline, "the service did not come up"
            try:
                if connection.get("/api/v1/health").status == 200:
                    break
            except FlowError:
                time.sleep(0.2)
        yield connection
    finally:
        connection.close()
        os.killpg(process.pid, 15)
        process.wait(30)


def test_health_counts_the_models_in_service_and_names_the_missing(client: ServiceClient, unbroken: Finished) -> None:
    body = client.get("/api/v1/health").body
    promoted = {name for name, facts in unbroken.status["models"].items() if facts["promoted"]}
    assert body["models"] == len(promoted)
    assert set(body["unavailable"]) == set(PROBLEM_NAMES) - promoted
    assert body["status"] == "degraded"
    assert isinstance(body["gpu_available"], bool)


@pytest.mark.parametrize("name", PROBLEM_NAMES)
def test_each_endpoint_answers_its_sample_or_says_why_not(client: ServiceClient, unbroken: Finished, name: str) -> None:
    facts = unbroken.status["models"][name]
    answer = client.post(ROUTES[name], sample_request(name))
    if facts["promoted"]:
        assert answer.status == 200, answer.body
        assert 0 <= answer.body["confidence"] <= 1
        assert answer.body["model_version"] == str(facts["version"])
        assert answer.body["request_id"]
    else:
        assert answer.status == 503
        assert name in answer.body["detail"]


def test_the_connection_sample_carries_320_kips(client: ServiceClient, unbroken: Finished) -> None:
    if not unbroken.status["models"]["connection_designer"]["promoted"]:
        pytest.skip("the connection model trained on a few hundred entries was refused")
    body = client.post(ROUTES["connection_designer"], sample_request("connection_designer")).body
    assert body["capacity_kips"] == 320
    assert body["connection_type"] == "Bolted Connection"
    assert body["slip_critical"] is False


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("section_optimizer", "span_feet", -1),
        ("section_optimizer", "span_feet", "forty"),
        ("connection_designer", "bolt_grade", "A999"),
        ("clash_detector", "model_ifc", "../../etc/passwd"),
        ("risk_analyzer", "budget_usd", 1e308),
        ("risk_analyzer", "unheard_of", 1),
    ],
)
def test_bad_input_is_a_4xx_problem_that_names_the_field(
    client: ServiceClient, name: str, field: str, value: object
) -> None:
    answer = client.post(ROUTES[name], {**sample_request(name), field: value})
    assert 400 <= answer.status < 500, answer.body
    assert any(field in entry["field"] for entry in answer.body["errors"]), answer.body
