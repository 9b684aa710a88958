"""Faults of the host: the question is to be asked again, item by item, and no model is blamed for them."""

import errno
from pathlib import Path
from typing import Any

import pytest

from flows.samples import ROUTES, sample_request, write_sample_models
from serving.caching.flights import AbandonedError
from serving.errors import ArtifactError, RequestError, ServingError
from serving.host_faults import is_fault_of_host
from serving.ifc.content import ModelContent
from tests.serving.running import Running, response_of

PROBLEM = "clash_detector"
PATH = ROUTES[PROBLEM]
FAULTS = [
    ServingError("a job's process does not start: Cannot allocate memory"),
    OSError(errno.EMFILE, "Too many open files"),
    OSError(errno.ENOSPC, "No space left on device"),
]


def told(service: Running, path: str, body: Any) -> Any:
    answer = service.client.post(path, json=body)
    return answer.status_code, answer.headers.get("retry-after"), answer.json()


@pytest.fixture
def models(service: Running) -> Path:
    root: Path = service.worker.settings.paths.ifc_models
    write_sample_models(root)
    return root


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
@pytest.mark.usefixtures("models")
def test_a_reader_that_cannot_be_started_is_no_failure_of_the_model(service: Running, error: Exception) -> None:
    def give(request: Any) -> Any:
        if request.tolerance_mm == 1:
            raise error
        return response_of(PROBLEM)

    predictor = service.put_in_service(PROBLEM, give)
    version = service.worker.models.served[PROBLEM].version
    good = sample_request(PROBLEM)
    bad = good | {"tolerance_mm": 1}
    assert told(service, PATH, bad)[:2] == (503, "5")
    status, _, body = told(service, f"{PATH}/batch", {"items": [good, bad, good]})
    assert (status, [part["status"] for part in body["results"]]) == (200, [200, 503, 200])
    assert len(predictor.asked) == 3
    assert f'outcome="failed",version="{version}"' not in service.client.get("/metrics").text


def test_a_model_file_that_cannot_be_read_now_ends_no_batch(
    service: Running, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.put_in_service(PROBLEM)
    digest, good = ModelContent.digest, sample_request(PROBLEM)
    (models / "other.ifc").write_bytes((models / good["model_ifc"]).read_bytes())

    def sometimes(self: ModelContent, key: str, client: str | None) -> str:
        if key == "other.ifc":
            raise ServingError("model files cannot be opened: Too many open files")
        return digest(self, key, client)

    monkeypatch.setattr(ModelContent, "digest", sometimes)
    bad = good | {"model_ifc": "other.ifc"}
    assert told(service, PATH, bad)[:2] == (503, "5")
    status, _, body = told(service, f"{PATH}/batch", {"items": [good, bad, good]})
    assert (status, [part["status"] for part in body["results"]]) == (200, [200, 503, 200])


def test_a_canary_is_not_blamed_for_its_host(service: Running) -> None:
    def give(_: Any) -> Any:
        raise OSError(errno.EMFILE, "Too many open files")

    problem = "section_optimizer"
    service.put_in_service(problem)
    service.put_canary(problem, give, version="host-canary")
    assert told(service, ROUTES[problem], sample_request(problem))[0] == 200
    assert 'outcome="failed",version="host-canary"' not in service.client.get("/metrics").text


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        *((error, True) for error in FAULTS),
        (AbandonedError("stopped"), True),
        (OSError(errno.ENOENT, "No such file"), False),
        (TimeoutError("its own"), False),
        (RequestError("refused"), False),
        (ArtifactError("damaged"), False),
        (KeyError("x"), False),
    ],
    ids=repr,
)
def test_what_is_a_fault_of_the_host(error: Exception, is_one: bool) -> None:
    assert is_fault_of_host(error) is is_one
