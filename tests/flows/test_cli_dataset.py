"""``sdai dataset``: build and validate by hand, with the real problems."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from configs import load_settings
from flows.cli import app

PROBLEM = "section_optimizer"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _small(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(home))
    monkeypatch.setenv("SDAI_DATASET_ENTRIES_PER_PROBLEM", "64")
    monkeypatch.setenv("SDAI_DATASET_CHUNK_ROWS", "64")
    monkeypatch.setenv("SDAI_DATASET_WORKERS", "1")
    load_settings.cache_clear()


def _sdai(*words: str) -> Result:
    return CliRunner().invoke(app, ["dataset", *words])


@pytest.fixture
def built(home: Path) -> Path:
    answer = _sdai("build", "--out", str(home / "ds"))
    assert answer.exit_code == 0, answer.output
    assert f"320 entries in {home / 'ds'}" in answer.output
    return home / "ds"


def test_build_twice_gives_one_dataset(home: Path) -> None:
    first, second = _sdai("build"), _sdai("build", "--workers", "2")
    assert first.exit_code == second.exit_code == 0
    assert first.output.splitlines()[-2:] == second.output.splitlines()[-2:]
    assert len([path for path in (home / ".sdai" / "datasets").iterdir() if path.is_dir()]) == 1


def test_validate_names_a_planted_row_and_moves_it_out(built: Path, home: Path) -> None:
    report = ("--report", str(home / "report"))
    path = built / f"{PROBLEM}.parquet"
    rows = pq.read_table(path)
    span = rows["span_feet"].to_pylist()
    span[4] *= 304.8
    at = rows.column_names.index("span_feet")
    pq.write_table(rows.set_column(at, rows.schema.field("span_feet"), [span]), path)
    failed = _sdai("validate", str(built), *report)
    assert failed.exit_code == 1
    assert (
        f"bad row: {PROBLEM}: {PROBLEM}.parquet:5 (entry {rows['entry_id'][4]}): range in 'span_feet'" in failed.output
    )
    mended = _sdai("validate", str(built), "--quarantine", *report)
    assert mended.exit_code == 0, mended.output
    assert "passed: " in mended.output
    assert "319 rows, 1 rows in quarantine" in mended.output


def test_own_rows_go_through_the_same_commands(built: Path, home: Path) -> None:
    own = home / "own"
    own.mkdir()
    rows = pq.read_table(built / f"{PROBLEM}.parquet").drop_columns(["entry_id", "split"])
    rows.to_pandas().to_csv(own / f"{PROBLEM}.csv", index=False)
    judged = _sdai("validate", str(own), "--json", "--report", str(home / "own-report"))
    assert judged.exit_code == 0, judged.output
    assert json.loads(judged.output)["rows"] == 64
    answer = _sdai("build", "--own", str(own), "--out", str(home / "with-own"), "--seed", "5")
    assert answer.exit_code == 0, answer.output
    assert "own 64 (refused 0)" in answer.output
    assert "384 entries" in answer.output


def test_mistakes_are_one_line(home: Path) -> None:
    for words, told in (
        (("build", "--entries", "3"), "entries_per_problem"),
        (("build", "--own", str(home / "nowhere"), "--out", str(home / "x")), "does not exist"),
        (("validate", str(home / "nowhere")), "is not a folder"),
    ):
        answer = _sdai(*words)
        assert answer.exit_code == 1
        assert answer.output.splitlines()[-1].startswith("error: ")
        assert told in answer.output
