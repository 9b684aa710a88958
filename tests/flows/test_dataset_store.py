"""Datasets on S3: what was put there comes back or is refused, and own entries enter from there."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from configs import load_settings
from configs.settings import DatasetSettings
from data_validation.build import BuildTools, build_dataset
from data_validation.errors import DataError
from data_validation.manifest import MANIFEST_FILE
from flows import dataset, dataset_store
from flows.cli import app
from flows.dataset_store import fetch_own, open_place, pull_dataset, push_dataset, with_own_entries
from flows.errors import FlowError
from serving.s3 import Bucket
from tests.aws import s3_double
from tests.data_validation.tiny import Options, make_problem

BUCKET = "datasets-bucket"
PLACE = f"s3://{BUCKET}/2026/monthly"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "ds"
    tools = BuildTools(load=make_problem, now=lambda: datetime(2026, 1, 2, tzinfo=UTC))
    build_dataset([make_problem("tiny_a"), make_problem("tiny_b")], Options(entries_per_problem=64), folder, tools)
    return folder


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path / "home"))
    load_settings.cache_clear()


@pytest.fixture
def client() -> Iterator[Any]:
    with s3_double(BUCKET) as made:
        yield made


@pytest.fixture
def place(client: Any) -> Bucket:
    return open_place(PLACE, load_settings().models)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_dataset_comes_back_to_the_byte(place: Bucket, built: Path, tmp_path: Path) -> None:
    pushed = push_dataset(built, place)
    assert pull_dataset(place, tmp_path / "back") == pushed
    names = {MANIFEST_FILE, *(record.file for record in pushed.problems.values())}
    back = content(tmp_path / "back")
    assert set(back) == names
    assert back == {name: data for name, data in content(built).items() if name in names}


def test_files_that_are_not_those_of_the_manifest_are_not_put_there(
    place: Bucket, built: Path, tmp_path: Path, client: Any
) -> None:
    spoilt = Path(shutil.copytree(built, tmp_path / "ds"))
    (spoilt / "tiny_a.parquet").write_bytes(b"other")
    with pytest.raises(FlowError, match=r"tiny_a\.parquet is not what the manifest says"):
        push_dataset(spoilt, place)
    assert "Contents" not in client.list_objects_v2(Bucket=BUCKET)


@pytest.mark.parametrize("other", [b"x", b"x" * 200_000], ids=["changed", "too large"])
def test_what_was_changed_there_is_refused_and_leaves_nothing(
    place: Bucket, built: Path, tmp_path: Path, client: Any, other: bytes
) -> None:
    push_dataset(built, place)
    client.put_object(Bucket=BUCKET, Key="2026/monthly/tiny_a.parquet", Body=other)
    with pytest.raises(FlowError, match=r"tiny_a\.parquet is (not what the manifest says|larger than)"):
        pull_dataset(place, tmp_path / "new" / "back")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_dataset_without_manifest_is_none(place: Bucket, tmp_path: Path, client: Any) -> None:
    with pytest.raises(FlowError, match=r"manifest\.json"):
        pull_dataset(place, tmp_path / "back")
    client.put_object(Bucket=BUCKET, Key=f"2026/monthly/{MANIFEST_FILE}", Body=b"[]")
    with pytest.raises(DataError, match="not a manifest"):
        pull_dataset(place, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_folder_that_is_there_is_left_alone(place: Bucket, built: Path) -> None:
    push_dataset(built, place)
    with pytest.raises(FlowError, match="is there already"):
        pull_dataset(place, built)


@pytest.mark.parametrize("uri", ["bucket/folder", "s3://", "s3:///folder", "https://bucket/folder", ""])
def test_an_address_that_is_none_is_refused(uri: str) -> None:
    with pytest.raises(FlowError, match="no address of S3"):
        open_place(uri, load_settings().models)


def test_own_entries_are_fetched_by_name_and_replace_what_was_there(place: Bucket, client: Any, tmp_path: Path) -> None:
    for name in ("risk_analyzer.csv", "units.json", "notes.docx", "old/risk_analyzer.csv", "../evil.csv"):
        client.put_object(Bucket=BUCKET, Key=f"2026/monthly/{name}", Body=name.encode())
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "section_optimizer.csv").write_text("of last month")
    assert fetch_own(place, tmp_path / "own") == ["risk_analyzer.csv", "units.json"]
    assert content(tmp_path / "own") == {"risk_analyzer.csv": b"risk_analyzer.csv", "units.json": b"units.json"}


def test_own_entries_at_the_root_of_a_bucket_are_found(client: Any, tmp_path: Path) -> None:
    client.put_object(Bucket=BUCKET, Key="risk_analyzer.csv", Body=b"x")
    at_root = open_place(f"s3://{BUCKET}", load_settings().models)
    assert fetch_own(at_root, tmp_path / "own") == ["risk_analyzer.csv"]


def test_a_folder_without_entries_is_no_source(place: Bucket, client: Any, tmp_path: Path) -> None:
    client.put_object(Bucket=BUCKET, Key="2026/monthly/units.json", Body=b"{}")
    with pytest.raises(FlowError, match=r"holds no <problem>\.parquet"):
        fetch_own(place, tmp_path / "own")
    assert not (tmp_path / "own").exists()


def test_a_file_larger_than_a_source_may_be_is_not_fetched(
    place: Bucket, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Small:
        max_file_bytes = 3

    client.put_object(Bucket=BUCKET, Key="2026/monthly/risk_analyzer.csv", Body=b"1234")
    monkeypatch.setattr(dataset_store, "SourceLimits", Small)
    with pytest.raises(FlowError, match=r"risk_analyzer\.csv is larger than 3 bytes"):
        fetch_own(place, tmp_path / "own")


def test_a_run_builds_with_the_entries_that_lie_on_s3(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client.put_object(Bucket=BUCKET, Key="2026/monthly/risk_analyzer.csv", Body=b"entries")
    monkeypatch.setenv("SDAI_DATASET_OWN_DATA_S3", PLACE)
    load_settings.cache_clear()
    used: list[DatasetSettings] = []
    monkeypatch.setattr(dataset, "build_with", lambda options, *_: used.append(options) or {})
    dataset.build({"root": "somewhere", "dask_address": None, "show_progress": False, "entries_per_problem": 50})
    (options,) = used
    assert options.own_data_dir is not None
    assert (options.own_data_dir / "risk_analyzer.csv").read_bytes() == b"entries"


def test_without_that_setting_nothing_is_fetched() -> None:
    assert with_own_entries(load_settings()) is load_settings().dataset


def test_entries_come_from_one_place() -> None:
    with pytest.raises(ValidationError, match="not both"):
        DatasetSettings(own_data_dir=Path("/x"), own_data_s3="s3://abc/x")
    with pytest.raises(ValidationError, match="own_data_s3"):
        DatasetSettings(own_data_s3="abc/x")


def test_the_commands_put_and_fetch(client: Any, built: Path, tmp_path: Path) -> None:
    def sdai(*words: str) -> str:
        answer = CliRunner().invoke(app, ["dataset", *words], catch_exceptions=False)
        assert answer.exit_code == 0, answer.output
        return str(answer.output)

    assert f"128 entries in {PLACE}" in sdai("push", PLACE, str(built))
    assert f"128 entries in {tmp_path / 'back'}" in sdai("pull", PLACE, str(tmp_path / "back"))
    client.put_object(Bucket=BUCKET, Key="own/risk_analyzer.csv", Body=b"x")
    assert "risk_analyzer.csv in" in sdai("pull", "--own", f"s3://{BUCKET}/own", str(tmp_path / "own"))
