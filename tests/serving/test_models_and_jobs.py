"""Uploads and clash jobs over the whole service: a model that is sent can be asked about by its client alone."""

from pathlib import Path
from typing import Any

import pytest

from flows.samples import ROUTES
from serving.ifc.sample import write_sample_model
from tests.serving.running import Running

MODELS = "/api/v1/models/ifc"
JOBS = "/api/v1/jobs/clashes"


@pytest.fixture
def model(tmp_path: Path) -> bytes:
    path = tmp_path / "frame.ifc"
    write_sample_model(path)
    own = f"/* {tmp_path.name} */\nDATA;".encode()  # no other test has sent it
    return path.read_bytes().replace(b"DATA;", own, 1)


def send(service: Running, content: bytes, **headers: str) -> Any:
    return service.client.post(MODELS, files={"file": ("frame.ifc", content)}, headers=headers)


def test_a_model_that_is_sent_is_asked_about_by_its_client_alone(service: Running, model: bytes) -> None:
    predictor = service.put_in_service("clash_detector")
    sent = send(service, model)
    assert sent.status_code == 201, sent.text
    assert send(service, model).status_code == 200
    body = {"model_ifc": sent.json()["model_ifc"], "tolerance_mm": 50}
    assert service.client.post(ROUTES["clash_detector"], json=body).status_code == 200
    stranger = service.client.post(ROUTES["clash_detector"], json=body, headers=service.as_client("stranger"))
    assert stranger.status_code == 404
    assert len(predictor.asked) == 1


def test_a_model_has_its_own_time_to_arrive_on_every_way_in(service: Running) -> None:
    from serving.service import Design

    settings = service.worker.settings
    arrives_s = settings.uploads.timeout_s
    assert arrives_s > settings.serving.timeout_s
    assert service.worker.uploads.timeout_s == arrives_s
    assert arrives_s < settings.upload_deadline_s < Design.config["traffic"]["timeout"]


def test_a_model_needs_the_scope_to_write_designs(service: Running, model: bytes) -> None:
    from configs.auth_settings import Scope

    token = service.token(Scope.DESIGN_READ, Scope.CLASH_READ)
    answer = send(service, model, authorization=f"Bearer {token}")
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"--x", 400),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken", 400),
        ("multipart/form-data; boundary=x", b"", 400),
    ],
)
def test_a_form_that_is_none_is_a_problem(service: Running, content_type: str, body: bytes, status: int) -> None:
    answer = service.client.post(MODELS, content=body, headers={"content-type": content_type})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_no_ifc_file_names_the_field(service: Running) -> None:
    answer = send(service, b"PK\x03\x04")
    assert answer.status_code == 415
    assert answer.json()["errors"][0]["field"] == "file"


def test_a_job_is_taken_on_found_listed_and_cancelled_by_its_client_alone(service: Running, model: bytes) -> None:
    service.put_in_service("clash_detector")
    key = send(service, model).json()["model_ifc"]
    body, once = {"model_ifc": key, "tolerance_mm": 50}, {"idempotency-key": "job-1"}
    taken = service.client.post(JOBS, json=body, headers=once)
    assert taken.status_code == 202, taken.text
    place = taken.headers["location"]
    assert service.client.post(JOBS, json=body, headers=once).json()["id"] == taken.json()["id"]
    assert service.client.get(place).json()["status"] in ("queued", "running")
    assert service.client.get(place, headers=service.as_client("stranger")).status_code == 404
    assert taken.json()["id"] in [job["id"] for job in service.client.get(JOBS).json()["jobs"]]
    assert service.client.delete(place).json()["status"] == "cancelled"
    line = service.lines[-1]
    assert (line.route, line.method, line.status) == (f"{JOBS}/{{id}}", "DELETE", 200)


def test_a_job_needs_a_model_in_service(service: Running) -> None:
    answer = service.client.post(JOBS, json={"model_ifc": "frame.ifc"})
    assert answer.status_code == 503
    assert "clash_detector has no version in service" in answer.json()["detail"]
