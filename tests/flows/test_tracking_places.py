"""Where MLflow's artifacts go."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from configs import load_settings
from flows.tracking import Tracker, artifact_place
from tests.aws import s3_double

BUCKET = "artifacts-bucket"
ON_S3 = f"s3://{BUCKET}/artifacts"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    load_settings.cache_clear()


@pytest.fixture
def client() -> Iterator[Any]:
    with s3_double(BUCKET) as made:
        yield made


def test_artifacts_and_registered_versions_go_to_s3_where_that_is_set(
    client: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SDAI_TRACKING_ARTIFACTS", ON_S3)
    tracker = Tracker(load_settings())
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.json").write_text("{}")
    run = tracker.child(tracker.parent("run-1", {}), "run-1", "risk_analyzer")
    tracker.log_text(run, "hello", "note.txt")
    assert tracker.register(run, "risk_analyzer", folder, "ab" * 32) == (1, True)
    found = [item["Key"] for item in client.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert found == [f"artifacts/{run}/artifacts/model/model.json", f"artifacts/{run}/artifacts/note.txt"]
    assert tracker.find_version("risk_analyzer", "ab" * 32) == 1
    assert not (tmp_path / "mlruns" / "artifacts").exists()


@pytest.mark.parametrize(
    ("uri", "artifacts", "expected"),
    [
        (None, None, "mlruns/artifacts"),
        ("postgresql+psycopg2://h/mlflow", None, "mlruns/artifacts"),
        ("http://mlflow:5000", None, None),
        ("http://mlflow:5000", ON_S3, ON_S3),
        ("postgresql+psycopg2://h/mlflow", ON_S3, ON_S3),
    ],
)
def test_a_server_decides_by_itself_and_a_database_alone_is_told(
    uri: str | None, artifacts: str | None, expected: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in (("URI", uri), ("ARTIFACTS", artifacts)):
        if value is not None:
            monkeypatch.setenv(f"SDAI_TRACKING_{name}", value)
    place = artifact_place(load_settings())
    if expected == "mlruns/artifacts":
        assert place == (tmp_path / expected).as_uri()
    else:
        assert place == expected
