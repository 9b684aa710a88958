"""The real trainer on a tenth of a small dataset, measured on its sealed holdout, before the real bars: refused."""

from pathlib import Path

import pytest

from configs import load_settings
from data_validation.build import build_dataset
from flows import orders
from flows.candidates import Candidate, evidence_of, policy_for
from flows.gates import Decision, Outcome, decide
from flows.worker import TrainingOrder, evaluate, train
from structural.problems import load_problem

MODEL = "connection_designer"
ENTRIES = 3_000
ANSWERS_AT_ONCE = {"serveable": True, "p95_ms": 1.0}
"""What the service would say of it at best; what is on trial here is its accuracy."""


@pytest.fixture(scope="module")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Candidate:
    """The candidate that a run makes of the smaller data with the settings of the main job."""
    folder = tmp_path_factory.mktemp("little")
    settings = load_settings()
    options = settings.dataset.model_copy(update={"entries_per_problem": ENTRIES, "workers": 1})
    record = build_dataset([load_problem(MODEL)], options, folder / "dataset").problems[MODEL]
    dataset = {"files": {MODEL: {"path": str(folder / "dataset" / record.file), "sha256": record.sha256}}}

    order = orders.training_order(settings, MODEL, dataset)
    params = {**order["params"], "limit_rows": record.splits["train"] // 10}
    made_here = {"folder": str(folder), "device": "cpu", "threads": 1, "show_progress": False, "params": params}
    trained = train(TrainingOrder(**{**order, **made_here}))

    artifact = (Path(trained["artifact_dir"]), trained["artifact_sha256"])
    asked = {**orders.evaluation_order(settings, MODEL, artifact, dataset), "answers_path": str(folder / "answers.npz")}
    del asked["key"]
    return Candidate(MODEL, trained=trained, evaluation=evaluate(asked), probe=ANSWERS_AT_ONCE)


def test_a_model_of_a_tenth_of_the_data_is_refused_for_its_accuracy(candidate: Candidate) -> None:
    gates = load_settings().gates
    evidence = evidence_of(candidate)
    verdict = decide(evidence, policy_for(gates, MODEL))
    assert evidence.accuracy is not None
    assert evidence.baseline_accuracy is not None
    assert evidence.accuracy > evidence.baseline_accuracy  # it has learnt something, too little
    accuracy = next(item for item in verdict.criteria if item.name == "accuracy")
    assert (accuracy.limit, accuracy.outcome) == (gates.targets[MODEL], Outcome.FAIL)
    assert (verdict.outcome, verdict.decision, verdict.promotes) == (Outcome.FAIL, Decision.REFUSE, False)
    assert any("points below the target" in reason for reason in verdict.reasons)
