"""The client's methods: what they send, what they return, and the real routes behind them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.engine import Engine
from starlette.applications import Starlette
from starlette.routing import Mount

import serving.client
from flows.samples import sample_request
from serving.client import ClientError, DesignClient, NoAnswerError, ProblemError, WaitError
from serving.client.models import PATHS
from serving.ifc.keys import client_folder
from serving.ifc.upload import UploadPlace, upload_route
from serving.ifc.uploads import UploadLimits
from serving.jobs import JobDesk, JobPolicy, JobRunner, RunnerTimes
from serving.jobs.handlers import job_routes
from serving.store import open_database
from structural.problems import PROBLEM_NAMES
from tests.serving.client.bridge import Bridge
from tests.serving.client.test_transport import Stub, answer
from tests.serving.jobs.conftest import workshop

METHODS = {
    "connection_designer": "design_connection",
    "section_optimizer": "optimize_section",
    "clash_detector": "detect_clashes",
    "compliance_checker": "check_compliance",
    "risk_analyzer": "analyze_risk",
}
SECTION = {
    "recommended_section": "W27×194", "depth": 28.1, "area": 57.1, "weight_per_foot": 194.0, "ix": 7860.0, "iy": 619.0,
}  # fmt: skip
MODEL = b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n"
CLASHES = {
    "total_clashes": 0, "clashes": [], "confidence": 0.9, "connections_count": 1, "members": 2,
    "connections": [
        {"member1": "a", "member2": "b", "guid1": "1", "guid2": "2", "distance_mm": 1.0, "confidence": 1.0},
    ],
    "members_without_geometry": 0, "approximate_members": 0, "undecided_members": 0, "pairs_judged": 1,
    "overruled": 0, "verified": True,
}  # fmt: skip


def test_every_problem_has_a_method_that_asks_its_path() -> None:
    assert set(PATHS) == set(PROBLEM_NAMES) == set(METHODS)
    for problem, method in METHODS.items():
        stub = Stub(answer(422, {"detail": "no"}))
        with pytest.raises(ProblemError):
            getattr(stub.client(), method)(sample_request(problem))
        assert stub.asked[0].url.path == PATHS[problem]
        assert json.loads(stub.asked[0].content) == sample_request(problem)


def test_a_request_is_a_mapping_a_model_fields_or_mixed() -> None:
    from serving.schemas.clash_detector import Request

    stub = Stub(answer(content=CLASHES))
    client = stub.client()
    for ask in (
        lambda: client.detect_clashes({"model_ifc": "a.ifc", "tolerance_mm": 25}),
        lambda: client.detect_clashes(Request(model_ifc="a.ifc", tolerance_mm=25.0)),
        lambda: client.detect_clashes(model_ifc="a.ifc", tolerance_mm=25),
        lambda: client.detect_clashes({"model_ifc": "a.ifc", "tolerance_mm": 1}, tolerance_mm=25),
    ):
        assert ask().connections[0].member1 == "a"
    assert all(json.loads(request.content) == {"model_ifc": "a.ifc", "tolerance_mm": 25} for request in stub.asked)


def test_fields_that_this_client_does_not_know_are_left_out() -> None:
    known = CLASHES | {"new": {"deep": 1}, "connections": [CLASHES["connections"][0] | {"newer": 2}]}  # type: ignore[index, operator]
    found = Stub(answer(content=known)).client().detect_clashes(model_ifc="a.ifc")
    assert found.connections_count == 1
    assert not hasattr(found, "new")


def test_an_answer_of_another_kind_is_told_with_the_field() -> None:
    with pytest.raises(NoAnswerError, match=r"total_clashes.*use a newer client"):
        Stub(answer(content=CLASHES | {"total_clashes": "many"})).client().detect_clashes(model_ifc="a.ifc")


def test_a_batch_has_an_answer_or_a_problem_for_each() -> None:
    problem = {"title": "Unprocessable Content", "detail": "bad", "errors": [{"field": "model_ifc", "message": "bad"}]}
    results = [
        {"index": 0, "status": 200, "answer": CLASHES},
        {"index": 1, "status": 422, "problem": problem},
    ]
    stub = Stub(answer(content={"results": results, "succeeded": 1, "failed": 1, "request_id": "r"}))
    first, second = stub.client().ask_many("clash_detector", [{"model_ifc": "a.ifc"}, {"model_ifc": 1}])
    assert stub.asked[0].url.path == "/api/v1/detect/clashes/batch"
    assert json.loads(stub.asked[0].content) == {"items": [{"model_ifc": "a.ifc"}, {"model_ifc": 1}]}
    assert first.total_clashes == 0  # type: ignore[union-attr]
    assert isinstance(second, ProblemError)
    assert (second.status, second.fields[0].field) == (422, "model_ifc")


@pytest.mark.parametrize("results", [None, [], [1], [{}], [{"answer": 1}], [{"status": 200}]])
def test_a_batch_that_is_not_answered_whole_is_told_so(results: Any) -> None:
    with pytest.raises(NoAnswerError):
        Stub(answer(content={"results": results})).client().ask_many_plain("clash_detector", [{}])


@pytest.mark.parametrize(("told", "seconds"), [({"retry_after_s": 5}, 5.0), ({}, None), ({"retry_after_s": "x"}, None)])
def test_an_item_of_a_batch_tells_when_to_ask_again(told: dict[str, Any], seconds: float | None) -> None:
    results = [{"index": 0, "status": 503, "problem": {"title": "Service Unavailable", **told}}]
    (refused,) = Stub(answer(content={"results": results})).client().ask_many_plain("clash_detector", [{}])
    assert isinstance(refused, ProblemError)
    assert refused.retry_after_s == seconds


def test_feedback_is_reported_and_its_receipt_returned() -> None:
    kept = {"feedback_id": "f-1", "prediction_id": "p-1", "status": "pending", "request_id": "r"}
    stub = Stub(answer(202, kept))
    receipt = stub.client().report("p-1", {"recommended_section": "W21x44"}, "duct")
    assert (receipt.feedback_id, receipt.prediction_id, receipt.status) == ("f-1", "p-1", "pending")
    assert json.loads(stub.asked[0].content) == {
        "prediction_id": "p-1", "actual": {"recommended_section": "W21x44"}, "comment": "duct",
    }  # fmt: skip


def test_health_is_what_the_service_says() -> None:
    stub = Stub(answer(content={"status": "healthy", "models": 5}))
    assert stub.client().health() == {"status": "healthy", "models": 5}
    assert stub.asked[0].method == "GET"
    assert "idempotency-key" not in stub.asked[0].headers


@pytest.mark.parametrize("job_id", ["", "..", "a/b", "a?b", "../../metrics", "\u00e9", "a b"])
def test_what_is_no_id_of_a_job_is_not_asked(job_id: str) -> None:
    stub = Stub(answer())
    for ask in (stub.client().clash_job, stub.client().cancel_clash_job):
        with pytest.raises(ClientError, match="is no id of a job"):
            ask(job_id)
    assert stub.asked == []


def test_an_unknown_problem_and_a_missing_file_are_told_before_anything_is_sent(tmp_path: Path) -> None:
    stub = Stub(answer())
    with pytest.raises(ClientError, match="there is no problem 'x'; use one of connection_designer"):
        stub.client().ask("x", {})
    with pytest.raises(ClientError, match="there is no file"):
        stub.client().upload_ifc(tmp_path / "none.ifc")
    assert stub.asked == []


def test_an_upload_is_sent_whole_on_every_try(tmp_path: Path) -> None:
    (tmp_path / "frame.ifc").write_bytes(MODEL)
    kept = {"model_ifc": "uploads/a/b.ifc", "name": "frame.ifc", "ifc_schema": "IFC4", "sha256": "b", "size_bytes": 1}
    stub = Stub(answer(503), httpx.ReadError("reset"), answer(201, kept))
    assert stub.client().upload_ifc(tmp_path / "frame.ifc").model_ifc == "uploads/a/b.ifc"
    assert [MODEL in request.content for request in stub.asked] == [True, True, True]
    assert all(b'name="file"; filename="frame.ifc"' in request.content for request in stub.asked)


@pytest.fixture
def real(tmp_path: Path) -> Iterator[tuple[DesignClient, Engine, Path]]:
    """Return a client of the real routes of uploads and jobs, their database and the folder of everything."""
    from starlette.testclient import TestClient

    engine = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    root = tmp_path / "models"
    root.mkdir()
    desk = JobDesk(engine, root, JobPolicy(9, 9, 3, 1_000_000), lambda: datetime.now(UTC))
    place = UploadPlace(root, UploadLimits(1_000_000, 9_000_000, 9), timeout_s=5)
    routes = [upload_route(place, lambda _: "ann"), *job_routes(desk, lambda _: "ann", lambda: None)]
    http = TestClient(Starlette(routes=[Mount("/api/v1", routes=routes)]))
    with DesignClient(transport=Bridge(http), token="t") as client:
        yield client, engine, tmp_path
    engine.dispose()


def test_a_model_from_upload_to_clashes(real: tuple[DesignClient, Engine, Path]) -> None:
    client, engine, folder = real
    model = client.upload_ifc(MODEL, "frame.ifc")
    assert model.model_ifc.startswith(f"uploads/{client_folder('ann')}/")
    assert (model.name, model.ifc_schema) == ("frame.ifc", "IFC4")
    job = client.start_clash_job(model_ifc=model.model_ifc, tolerance_mm=25)
    assert (job.status, client.clash_job(job.id).request.tolerance_mm) == ("queued", 25.0)
    runner = JobRunner(engine, workshop(folder), RunnerTimes(30, 1, 1), lambda: datetime.now(UTC))
    runner.step()
    done = client.wait_for_clash_job(job.id)
    assert done.status == "done"
    assert done.result is not None
    assert done.result.members == 2


def test_jobs_are_listed_cancelled_and_not_waited_for_forever(real: tuple[DesignClient, Engine, Path]) -> None:
    client, _, folder = real
    (folder / "models" / "a.ifc").write_bytes(MODEL)
    ids = [client.start_clash_job(model_ifc="a.ifc").id for _ in range(3)]
    assert client.cancel_clash_job(ids[0]).status == "cancelled"
    assert client.wait_for_clash_job(ids[0]).status == "cancelled"
    assert [job.id for job in client.clash_jobs()] == ids[::-1]
    assert [job.id for job in client.clash_jobs("cancelled")] == ids[:1]
    with pytest.raises(WaitError, match="is queued after 0 s"):
        client.wait_for_clash_job(ids[1], timeout_s=0)
    with pytest.raises(ProblemError) as caught:
        client.start_clash_job(model_ifc="none.ifc")
    assert (caught.value.status, caught.value.fields[0].field) == (404, "model_ifc")


def test_all_pages_are_gone_through(monkeypatch: pytest.MonkeyPatch, real: tuple[DesignClient, Engine, Path]) -> None:
    client, _, folder = real
    monkeypatch.setattr(import_module("serving.client.client"), "PAGE", 2)
    (folder / "models" / "a.ifc").write_bytes(MODEL)
    ids = [client.start_clash_job(model_ifc="a.ifc").id for _ in range(5)]
    assert [job.id for job in client.clash_jobs()] == ids[::-1]


def test_waiting_polls_and_pauses() -> None:
    request = {"model_ifc": "a.ifc"}
    job = {"id": "7", "progress": 0, "attempts": 1, "request": request, "created_at": "2026-03-01T12:00:00Z"}
    open_, ended = job | {"status": "running"}, job | {"status": "failed", "error": "no members"}
    stub = Stub(answer(content=open_), answer(content=open_), answer(content=ended))
    found = stub.client().wait_for_clash_job("7", poll_s=2.0)
    assert (found.status, found.error, stub.pauses) == ("failed", "no members", [2.0, 2.0])
    assert found.created_at - datetime(2026, 3, 1, 12, tzinfo=UTC) == timedelta()
    stub = Stub(answer(content=open_))
    with pytest.raises(WaitError):
        stub.client().wait_for_clash_job("7", timeout_s=10, poll_s=3)
    assert sum(stub.pauses) <= 10


def test_waiting_outlasts_an_outage() -> None:
    """A restart behind a proxy: refused connections and 502 for longer than one request is tried again."""
    job = {
        "id": "7",
        "progress": 0,
        "attempts": 1,
        "request": {"model_ifc": "a.ifc"},
        "created_at": "2026-03-01T12:00:00Z",
    }
    open_, ended = answer(content=job | {"status": "running"}), answer(content=job | {"status": "failed", "error": "x"})
    away = [httpx.ConnectError("refused")] * 9
    stub = Stub(open_, *away, answer(502, {"detail": "bad gateway"}), ended)
    assert stub.client().wait_for_clash_job("7").status == "failed"
    stub = Stub(open_, *away * 40)
    with pytest.raises(WaitError, match=r"was running when last heard of .*cannot be reached"):
        stub.client().wait_for_clash_job("7", timeout_s=30)
    assert sum(stub.pauses) <= 40
    with pytest.raises(ProblemError):
        Stub(open_, answer(404, {"detail": "gone"})).client().wait_for_clash_job("7")
    with pytest.raises(NoAnswerError):  # nobody there at all
        Stub(*away).client().wait_for_clash_job("7")


NO_SERVICE = (
    "bentoml",
    "onnxruntime",
    "starlette",
    "uvicorn",
    "ifcopenshell",
    "pint",
    "tokenizers",
    "sqlalchemy",
    "jwt",
)


def test_the_client_needs_nothing_of_the_service() -> None:
    """Imported, it has not even loaded numpy; a typed answer of every kind comes without the service's libraries."""
    program = f"""
import sys
for name in {NO_SERVICE!r}:
    sys.modules[name] = None  # importing it now fails
import serving.client
print(*sorted({{name.split(".")[0] for name in sys.modules if sys.modules[name] is not None}}))
from serving.client.models import PATHS, schema_of
for problem in PATHS:
    schema_of(problem)
import serving.schemas.job, serving.schemas.uploaded_model
"""
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=False)
    assert done.returncode == 0, done.stderr
    assert not {"numpy", "pydantic", "structural", "configs", "flows"} & set(done.stdout.split())


def test_what_the_package_offers_is_there() -> None:
    assert all(hasattr(serving.client, name) for name in serving.client.__all__)
