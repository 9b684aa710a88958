"""The client package against the whole service: every question, a batch, feedback, an upload, a job."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from configs.auth_settings import Scope
from flows.samples import sample_request
from serving.client import DesignClient, ProblemError
from serving.ifc.sample import write_sample_model
from tests.serving.client.bridge import Bridge
from tests.serving.running import Running

METHODS = {
    "connection_designer": "design_connection",
    "section_optimizer": "optimize_section",
    "compliance_checker": "check_compliance",
    "risk_analyzer": "analyze_risk",
}


@pytest.fixture
def client(service: Running) -> Iterator[DesignClient]:
    with DesignClient(token=lambda: service.token(*Scope), transport=Bridge(service.client)) as found:
        yield found


@pytest.mark.parametrize("problem", METHODS)
def test_a_question_its_batch_and_feedback_on_it(service: Running, client: DesignClient, problem: str) -> None:
    service.put_in_service(problem)
    answer = getattr(client, METHODS[problem])(sample_request(problem))
    assert answer.prediction_id
    good, bad = client.ask_many(problem, [sample_request(problem), {"x": 1}])
    assert good.prediction_id != answer.prediction_id
    assert isinstance(bad, ProblemError)
    assert (bad.status, "x" in {fault.field for fault in bad.fields}) == (422, True)
    receipt = client.report(answer.prediction_id, {"x": 1})
    assert (receipt.prediction_id, receipt.status) == (answer.prediction_id, "pending")


def test_what_is_not_in_service_is_a_problem_with_a_time(client: DesignClient) -> None:
    with pytest.raises(ProblemError) as caught:
        client.detect_clashes(model_ifc="sample_frame.ifc")
    assert (caught.value.status, caught.value.retry_after_s) == (503, 60.0)


def test_a_model_and_a_job_about_it(service: Running, client: DesignClient, tmp_path: Path) -> None:
    service.put_in_service("clash_detector")
    path = tmp_path / "frame.ifc"
    write_sample_model(path)
    job = client.start_clash_job(model_ifc=client.upload_ifc(path).model_ifc)
    assert job.id in [found.id for found in client.clash_jobs()]
    assert client.cancel_clash_job(job.id).status == "cancelled"


def test_a_model_that_is_too_large_is_413(service: Running, client: DesignClient) -> None:
    head = b"ISO-10303-21;FILE_SCHEMA(('IFC4'));"
    with pytest.raises(ProblemError) as caught:
        client.upload_ifc(head.ljust(service.worker.settings.serving.max_upload_bytes + 1))
    assert caught.value.status == 413
