"""Entries made of accepted reports: trained on whatever their hash says, never beside a near duplicate elsewhere."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_validation.build import BuildTools, build_dataset
from data_validation.content import coarse_keys, splits_of
from data_validation.contract import HOLDOUT, SPLIT, TRAIN, from_arrow
from data_validation.manifest import Manifest, dataset_key, read_manifest
from data_validation.quarantine import quarantine_dataset
from data_validation.reviewed import holdout_keys, write_reviewed
from data_validation.validation import ValidationTools, validate_dataset
from structural.tables import Table, concatenate, take
from tests.data_validation.tiny import Options, label, make_problem, sample, write_table

PROBLEM = make_problem("tiny_a")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
TOOLS = BuildTools(load=make_problem, now=lambda: NOW)


def entries(count: int, seed: int) -> Table:
    questions = sample(count, np.random.default_rng(seed))
    table = {**questions, **label(questions)}
    return {column.name: table[column.name] for column in PROBLEM.columns}


def build(folder: Path, options: Options) -> tuple[Manifest, Table, np.ndarray]:
    manifest = build_dataset([PROBLEM], options, folder, TOOLS)
    rows = pq.read_table(folder / "tiny_a.parquet")
    return manifest, from_arrow(PROBLEM, rows), np.array(rows[SPLIT].to_pylist())


def generated_holdout(folder: Path) -> Table:
    """Return the holdout of a dataset without reviewed entries."""
    _, table, splits = build(folder, Options())
    return take(table, splits == HOLDOUT)


@settings(max_examples=12)
@given(st.integers(1, 60), st.integers(0, 2**32 - 1), st.booleans())
def test_no_coarse_question_of_a_reviewed_entry_is_in_validation_or_holdout(
    count: int, seed: int, with_twins: bool
) -> None:
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        reviewed = entries(count, seed)
        if with_twins:  # near duplicates of what the generator puts into the holdout: the worst case
            twins = take(generated_holdout(folder / "before"), slice(0, 5))
            twins["depth_in"] = twins["depth_in"] * (1 + 1e-9)
            reviewed = concatenate([twins, reviewed])
        write_reviewed(PROBLEM, reviewed, folder / "reviewed")
        own = folder / "own"
        own.mkdir()
        # The company brings some of the same questions.
        write_table(own / "tiny_a.csv", concatenate([take(reviewed, slice(0, 3)), entries(5, seed + 1)]))
        options = Options(reviewed_dir=folder / "reviewed", own_data_dir=own)
        manifest, table, splits = build(folder / "built", options)

        keys = coarse_keys(PROBLEM, reviewed)
        assert set(splits[np.isin(coarse_keys(PROBLEM, table), keys)]) == {TRAIN}
        record = manifest.problems["tiny_a"]
        assert record.reviewed_rows == len(reviewed["bolts"])
        assert (splits[: record.reviewed_rows] == TRAIN).all()
        assert not np.isin(keys, holdout_keys(PROBLEM, folder / "built" / "tiny_a.parquet")).any()


def test_about_a_tenth_would_have_been_in_the_holdout() -> None:
    keys = coarse_keys(PROBLEM, entries(2_000, 3))
    assert 0.07 < (splits_of(keys, Options()) == HOLDOUT).mean() < 0.13
    assert (splits_of(keys, Options(), keys) == TRAIN).all()


@pytest.fixture
def built(tmp_path: Path) -> tuple[Path, Options]:
    write_reviewed(PROBLEM, entries(100, 3), tmp_path / "reviewed")
    options = Options(reviewed_dir=tmp_path / "reviewed")
    build(tmp_path / "built", options)
    return tmp_path / "built", options


def test_such_a_dataset_is_valid_and_a_reviewed_entry_in_the_holdout_is_a_leak(
    built: tuple[Path, Options], tmp_path: Path
) -> None:
    folder, options = built
    report = validate_dataset(folder, [PROBLEM], tmp_path / "report", options, ValidationTools(now=NOW))
    assert report.passed, report.to_json()

    path = folder / "tiny_a.parquet"
    rows = pq.read_table(path)
    splits = rows[SPLIT].to_pylist()
    moved = rows.set_column(1, rows.schema.field(SPLIT), [[HOLDOUT, *splits[1:]]])
    pq.write_table(moved, path)
    report = validate_dataset(folder, [PROBLEM], tmp_path / "again", options, ValidationTools(now=NOW))
    assert not report.passed
    assert any("stands in 'holdout'" in str(row) for row in report.bad_rows)


def test_quarantine_keeps_count_of_reviewed_rows(built: tuple[Path, Options]) -> None:
    folder, _ = built
    path = folder / "tiny_a.parquet"
    rows = pq.read_table(path)
    answers = rows["bolts"].to_pylist()
    at = rows.schema.get_field_index("bolts")
    pq.write_table(rows.set_column(at, rows.schema.field("bolts"), [[999, *answers[1:]]]), path)
    quarantine_dataset(folder, [PROBLEM])
    record = read_manifest(folder).problems["tiny_a"]
    assert (record.reviewed_rows, record.own_rows, record.rows) == (99, 0, len(rows) - 1)


def test_other_reviewed_entries_are_another_dataset_and_none_changes_no_byte(tmp_path: Path) -> None:
    plain = dataset_key([PROBLEM], Options())
    assert dataset_key([PROBLEM], Options(reviewed_dir=tmp_path / "none")) == plain
    before, _, _ = build(tmp_path / "plain", Options())
    without, _, _ = build(tmp_path / "without", Options(reviewed_dir=tmp_path / "none"))
    assert before.sha256 == without.sha256
    options = Options(reviewed_dir=tmp_path / "reviewed")
    first = write_reviewed(PROBLEM, entries(5, 1), tmp_path / "reviewed").read_bytes()
    one = dataset_key([PROBLEM], options)
    assert write_reviewed(PROBLEM, entries(5, 1), tmp_path / "reviewed").read_bytes() == first
    assert dataset_key([PROBLEM], options) == one
    write_reviewed(PROBLEM, entries(5, 2), tmp_path / "reviewed")
    assert len({plain, one, dataset_key([PROBLEM], options)}) == 3


def test_a_bad_reviewed_entry_is_set_aside_with_its_reason(tmp_path: Path) -> None:
    table = entries(4, 1)
    table["depth_in"][1] = 400.0
    write_reviewed(PROBLEM, table, tmp_path / "reviewed")
    options = replace(Options(), reviewed_dir=tmp_path / "reviewed")
    manifest, _, _ = build(tmp_path / "built", options)
    record = manifest.problems["tiny_a"]
    assert (record.reviewed_rows, record.own_rows_refused) == (3, 1)
    assert "400" in (tmp_path / "built" / "quarantine" / "tiny_a.jsonl").read_text()
