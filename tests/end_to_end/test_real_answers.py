"""Trained artifacts in the real service, asked over HTTP: the compliance checker and the clash detector.

The compliance checker of this run is thinly trained and refused by its gate, so it is tried as a candidate. What is on
trial is what no accuracy figure shows: that what it is not sure of is never served as proven.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flows.samples import ROUTES, write_sample_models
from flows.service_process import ServiceClient, running_service
from serving.artifacts import CANDIDATES_VARIABLE, candidate_listing, folder_digest
from structural.code_checks.registry import COMPLIANT, MISSING_MARK
from structural.problems.compliance_checker import PROBLEM
from structural.tables import Table
from tests.end_to_end.conftest import Finished

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

COMPLIANCE, CLASHES = ROUTES["compliance_checker"], ROUTES["clash_detector"]
DOCUMENTS = 40
CHECKS = 60
CORE_CHECKS = 47


@pytest.fixture(scope="module")
def client(unbroken: Finished, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceClient]:
    folder = tmp_path_factory.mktemp("candidates")
    found = {}
    for name in ("compliance_checker", "clash_detector"):
        (trained,) = (unbroken.home.path / ".sdai" / "artifacts" / name).glob("*/model")
        shutil.copytree(trained, folder / name)
        found[name] = (str(folder / name), folder_digest(folder / name))
    (folder / "candidates.json").write_text(candidate_listing(found))
    write_sample_models(folder / "ifc")
    environment = {
        CANDIDATES_VARIABLE: str(folder / "candidates.json"),
        "SDAI_PATHS_HOME": str(folder),
        "SDAI_PATHS_IFC_ROOT": str(folder / "ifc"),
        "SDAI_STORE_URL": f"sqlite:///{folder}/store.db",
    }
    with running_service(environment) as started:
        assert set(started.get("/api/v1/health").body["versions"]) == set(found)
        yield started


@pytest.fixture(scope="module")
def documents() -> Table:
    """Return drawn documents with the answers that the engine gives to what they mean."""
    return PROBLEM.generate(DOCUMENTS, np.random.default_rng(11))


def asked(client: ServiceClient, documents: Table, row: int) -> dict[str, Any]:
    body = {
        "design_parameters": json.loads(documents["document"][row]),
        "design_code": str(documents["design_code"][row]),
        "jurisdiction": str(documents["jurisdiction"][row]),
    }
    answer = client.post(COMPLIANCE, body)
    assert answer.status == 200, answer.body
    return dict(answer.body)


def verdict_of(answer: dict[str, Any]) -> set[str]:
    """Return the violated checks and those without an input, as the truth names them."""
    violated = {check["check_id"] for check in answer["violations"]}
    return violated | {check["check_id"] + MISSING_MARK for check in answer["missing_input"]} or {COMPLIANT}


def test_what_the_compliance_checker_serves_as_sure_is_right(client: ServiceClient, documents: Table) -> None:
    for row in range(DOCUMENTS):
        answer = asked(client, documents, row)
        if answer["verified"]:
            assert verdict_of(answer) == set(documents["violations"][row].split("|")), documents["document"][row]
            assert answer["compliant"] == bool(documents["compliant"][row])
        else:
            assert answer["doubts"], "an abstention says why"
            assert not answer["compliant"]


def test_every_compliance_answer_shows_all_checks_and_adds_up(client: ServiceClient, documents: Table) -> None:
    for row in range(5):
        answer = asked(client, documents, row)
        assert len(answer["checks"]) == CHECKS == sum(answer["counts"].values())
        assert sum(check["core"] for check in answer["checks"]) == answer["checks_total"] == CORE_CHECKS
        failed = {check["check_id"] for check in answer["checks"] if check["status"] == "fail"}
        assert failed == {check["check_id"] for check in answer["violations"]}
        assert answer["model_version"] == "candidate"
        assert 0 <= answer["confidence"] <= 1


@pytest.mark.parametrize("notes", ["lorem ipsum dolor sit amet", "W18x50 or maybe W21x44, span unknown", "???", "8"])
def test_what_means_nothing_to_the_checker_is_no_compliant_design(client: ServiceClient, notes: str) -> None:
    answer = client.post(COMPLIANCE, {"design_parameters": {"notes": notes}, "design_code": "AISC 360-22"})
    assert answer.status == 200, answer.body
    assert not answer.body["compliant"]
    assert answer.body["doubts"] or answer.body["missing_input"]
    assert not answer.body["violations"], "nothing was said that could violate a check"


def test_the_clashes_of_the_sample_model_are_those_built_into_it(client: ServiceClient) -> None:
    answer = client.post(CLASHES, {"model_ifc": "sample_frame.ifc", "tolerance_mm": 50, "include_connections": True})
    assert answer.status == 200, answer.body
    body = answer.body
    pairs = {frozenset((clash["member1"], clash["member2"])): clash for clash in body["clashes"]}
    assert body["total_clashes"] == len(pairs) == len(body["clashes"])
    duplicate = pairs[frozenset(("B-02", "B-02-COPY"))]
    assert duplicate["hard"]
    for clash in pairs.values():
        assert clash["hard"] == (clash["distance_mm"] < 0)
        assert clash["severity"] in ("LOW", "MEDIUM", "HIGH")
        assert clash["resolution_hours"] > 0
    assert body["connections_count"] == len(body["connections"])
    assert body["members"] == 17


def test_a_model_outside_the_root_is_not_read(client: ServiceClient, tmp_path: Path) -> None:
    write_sample_models(tmp_path)
    for key in (str(tmp_path / "sample_frame.ifc"), "../ifc/sample_frame.ifc"):
        answer = client.post(CLASHES, {"model_ifc": key, "tolerance_mm": 50})
        assert answer.status == 422, answer.body
