"""``sdai dataset``: build and validate by hand, with the real problems."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from configs import load_settings
from configs.settings import PROJECT_ROOT
from flows.cli import app
from structural.problems import PROBLEM_NAMES, load_problem
from structural.shapes import display_name

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


def test_columns_lists_every_column_of_a_problem() -> None:
    columns = [column.name for column in load_problem(PROBLEM).columns]
    shown = _sdai("columns", PROBLEM)
    assert shown.exit_code == 0
    assert all(f" {name} " in shown.output for name in columns)
    assert "bolt_diameter" not in shown.output
    facts = json.loads(_sdai("columns", "--json").output)
    assert set(facts) == set(PROBLEM_NAMES)
    assert [column["name"] for column in facts[PROBLEM]] == columns
    assert facts[PROBLEM][1] == {
        "name": "span_feet",
        "role": "question",
        "kind": "float64",
        "unit": "ft",
        "needed": True,
        "allowed": "3 to 120 ft",
        "description": "span or length of the member",
    }


def test_the_page_of_columns_is_the_one_printed() -> None:
    page = (PROJECT_ROOT / "docs" / "columns.md").read_text(encoding="utf-8")
    assert page == _sdai("columns", "--markdown").output, "run: sdai dataset columns --markdown > docs/columns.md"


def test_own_data_in_the_words_of_the_service_is_led_to_the_columns(built: Path, home: Path) -> None:
    own = home / "service"
    own.mkdir(exist_ok=True)
    rows = pq.read_table(built / f"{PROBLEM}.parquet").drop_columns(["entry_id", "split"]).to_pandas().head(6)
    rows["section"] = [display_name(name) for name in rows["section"]]
    judged = ("validate", str(own), "--report", str(home / "service-report"))
    rows.rename(columns={"section": "recommended_section"}).to_csv(own / f"{PROBLEM}.csv", index=False)
    refused = _sdai(*judged)
    assert refused.exit_code == 1
    assert "'recommended_section' (the service's name; the dataset has section). Allowed are member_type, " in (
        refused.output
    )
    rows.to_csv(own / f"{PROBLEM}.csv", index=False)
    accepted = _sdai(*judged)
    assert accepted.exit_code == 0, accepted.output
    assert "note: section_optimizer: how the answers are spread is judged from 100 rows on; this file has 6" in (
        accepted.output
    )


def test_mistakes_are_one_line(home: Path) -> None:
    for words, told in (
        (("build", "--entries", "3"), "entries_per_problem"),
        (("build", "--own", str(home / "nowhere"), "--out", str(home / "x")), "does not exist"),
        (("validate", str(home / "nowhere")), "is not a folder"),
        (("columns", "bridge_designer"), "there is no problem 'bridge_designer'; use one of connection_designer"),
    ):
        answer = _sdai(*words)
        assert answer.exit_code == 1
        assert answer.output.splitlines()[-1].startswith("error: ")
        assert told in answer.output
