"""Hostile files asked about over HTTP, shared and uploaded: the client's error each time, and the service goes on."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.samples import ROUTES
from serving.ifc.reader import IfcReader, Limits
from tests.serving.ifc.test_hostile_files import REFUSED, spheres, two_posts
from tests.serving.running import Running, response_of

CLASH = "clash_detector"
UPLOADS = "/api/v1/models/ifc"
LIMITS = Limits(file_bytes=1_000_000, memory_bytes=1_500_000_000, seconds=3.0)


@pytest.fixture
def models(service: Running) -> Iterator[Path]:
    """Return the folder of the models of a service that reads them as it does, and finds nothing in them."""
    folder: Path = service.worker.settings.paths.ifc_models
    folder.mkdir(parents=True, exist_ok=True)
    reader = IfcReader(folder, LIMITS)

    def read(request: Any) -> Any:
        reader.read(request.model_ifc, "tester")  # as who the client's token names
        return response_of(CLASH)

    service.put_in_service(CLASH, read, version="reads")
    kept = set(folder.rglob("*"))
    yield folder
    for path in set(folder.rglob("*")) - kept:
        if path.is_file():
            path.unlink()


def ask(service: Running, key: str) -> Any:
    return service.client.post(ROUTES[CLASH], json={"model_ifc": key, "tolerance_mm": 50})


def goes_on(service: Running, folder: Path) -> None:
    """See that a good model is answered after a bad one."""
    (folder / "Träger – 梁 №7.ifc").write_bytes(two_posts().content())
    assert ask(service, "Träger – 梁 №7.ifc").status_code == 200


@pytest.mark.parametrize(("make", "status", "told"), REFUSED)
def test_a_hostile_file_is_the_client_s_error(
    service: Running, models: Path, make: Callable[[], bytes], status: int, told: str
) -> None:
    (models / "bad.ifc").write_bytes(make())
    answer = ask(service, "bad.ifc")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert told in problem["detail"]
    assert [fault["field"] for fault in problem["errors"]] == ["model_ifc"]
    assert str(models) not in answer.text
    goes_on(service, models)


def test_what_is_too_much_is_the_client_s_error_too(service: Running, models: Path) -> None:
    (models / "bad.ifc").write_bytes(spheres())
    with (models / "zeros.ifc").open("wb") as file:
        file.truncate(1_000_000_000)
    assert ask(service, "bad.ifc").status_code in (413, 422)
    assert ask(service, "zeros.ifc").status_code == 413
    goes_on(service, models)


@pytest.mark.parametrize(("make", "status", "told"), REFUSED)
def test_an_uploaded_hostile_file_is_refused_then_or_when_it_is_asked_about(
    service: Running, models: Path, make: Callable[[], bytes], status: int, told: str
) -> None:
    answer, field = service.client.post(UPLOADS, files={"file": ("bad.ifc", make())}), "file"
    if answer.status_code == 201:  # what is not seen at a glance
        answer, field = ask(service, answer.json()["model_ifc"]), "model_ifc"
        assert told in answer.text
    assert answer.status_code in (413, 415, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]
    goes_on(service, models)
