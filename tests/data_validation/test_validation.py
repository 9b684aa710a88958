"""Validation of built datasets and of own folders: every kind of bad row is found, named and set aside."""

import dataclasses
import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from data_validation.build import BuildTools, build_dataset
from data_validation.checks import check_source, name_bad_rows
from data_validation.content import entry_ids
from data_validation.contract import arrow_schema
from data_validation.errors import DataError, ManifestError, ValidationFailedError
from data_validation.findings import Fault
from data_validation.frames import NEAR_DUPLICATES, rows_frame
from data_validation.limits import LabelLimits, SourceLimits, ValidationLimits
from data_validation.manifest import MANIFEST_FILE, read_manifest
from data_validation.quarantine import check_against_record, quarantine_dataset
from data_validation.sources import read_source
from data_validation.validation import BadRows, ValidationReport, ValidationTools, validate_dataset
from structural.problem import Problem
from structural.tables import Table
from tests.data_validation.conftest import NOW, Spoil, spoil
from tests.data_validation.tiny import Options, as_texts, label, make_problem, sample, write_table

PROBLEMS = [make_problem("tiny_a"), make_problem("tiny_b")]
Rows = list[dict[str, object]]
TOOLS = ValidationTools(now=NOW)


def _validate(folder: Path, report: Path, tools: ValidationTools | None = None) -> ValidationReport:
    return validate_dataset(folder, PROBLEMS, report, Options(), tools or TOOLS)


def _told(report: ValidationReport) -> list[str]:
    return [failure for suite in report.suites for failure in suite.failures]


def _wrong_type(rows: Rows) -> None:
    rows[10]["depth_in"] = "abc"


def _wrong_unit(rows: Rows) -> None:
    rows[10]["depth_in"] = float(rows[10]["depth_in"]) * 25.4  # type: ignore[arg-type]


def _out_of_range(rows: Rows) -> None:
    rows[10]["bolts"] = -3


def _broken_physics(rows: Rows) -> None:
    rows[10]["depth_in"], rows[10]["flange_in"] = 5.0, 9.0


def _unknown_category(rows: Rows) -> None:
    rows[10]["grade"] = "A9920"


def _duplicate(rows: Rows) -> None:
    rows[10] = dict(rows[9])


def _leaked(rows: Rows) -> None:
    rows[10]["split"] = "holdout" if rows[10]["split"] != "holdout" else "train"


def _leaked_copy(rows: Rows) -> None:
    rows[10] = {**rows[9], "split": "validation" if rows[9]["split"] != "validation" else "train"}


def _tampered_question(rows: Rows) -> None:
    rows[10]["bolts"] = rows[10]["bolts"] % 39 + 1  # type: ignore[operator]


def _tampered_truth(rows: Rows) -> None:
    rows[10]["answer"] = "small" if rows[10]["answer"] != "small" else "large"


def _missing(rows: Rows) -> None:
    rows[10]["flange_in"] = None


PLANTED = [
    (_wrong_type, Fault.TYPE, "depth_in"),
    (_wrong_unit, Fault.RANGE, "depth_in"),
    (_out_of_range, Fault.RANGE, "bolts"),
    (_broken_physics, Fault.PHYSICS, "flanges_fit"),
    (_unknown_category, Fault.CATEGORY, "grade"),
    (_duplicate, Fault.DUPLICATE, "entry_id"),
    (_leaked, Fault.LEAK, "split"),
    (_leaked_copy, Fault.LEAK, "split"),
    (_tampered_question, Fault.TAMPERED, "entry_id"),
    (_tampered_truth, Fault.TAMPERED, "answer"),
    (_missing, Fault.MISSING, "flange_in"),
]


@pytest.mark.parametrize(("change", "fault", "column"), PLANTED, ids=lambda value: getattr(value, "__name__", ""))
def test_a_planted_bad_row_is_named_and_moved_out(dataset: Path, change: Spoil, fault: Fault, column: str) -> None:
    before = pq.read_table(dataset / "tiny_a.parquet")
    spoil(dataset / "tiny_a.parquet", change)
    manifest = read_manifest(dataset)
    checked = check_against_record(PROBLEMS[0], dataset, manifest.problems["tiny_a"], manifest, SourceLimits())
    (bad,) = name_bad_rows(checked)
    assert (bad.problem, bad.file, bad.number, bad.fault, bad.column) == (
        "tiny_a",
        "tiny_a.parquet",
        11,
        fault,
        column,
    )
    moved = quarantine_dataset(dataset, PROBLEMS)
    assert moved.rows == {"tiny_a": 1, "tiny_b": 0}
    kept = [row for row in range(500) if row != 10]
    pd.testing.assert_frame_equal(
        pq.read_table(dataset / "tiny_a.parquet").to_pandas(), before.take(kept).to_pandas(), check_exact=True
    )
    after = read_manifest(dataset)
    assert (after.entries, after.quarantined_rows, after.problems["tiny_a"].rows) == (999, 1, 499)
    assert after.sha256 != manifest.sha256
    reason = json.loads((dataset / "quarantine" / "tiny_a.jsonl").read_text())
    assert (reason["number"], reason["fault"], reason["entry_id"]) == (11, fault.value, bad.entry_id)
    header, row = (dataset / "quarantine" / "tiny_a.csv").read_text().splitlines()
    assert header.startswith("depth_in,flange_in")
    assert (row.split(",")[0] == "abc") == (fault is Fault.TYPE)


def test_a_near_duplicate_in_another_split_is_a_leak(dataset: Path) -> None:
    """The twin has an identity of its own, so only the coarse question gives it away."""

    def plant_twin(rows: Rows) -> None:
        twin = {**rows[9], "notes": f" {rows[9]['notes']}".upper()}
        question = {column.name: np.array([twin[column.name]]) for column in PROBLEMS[0].columns}
        twin["entry_id"] = str(entry_ids(PROBLEMS[0], question)[0])
        twin["split"] = "holdout" if rows[9]["split"] != "holdout" else "train"
        rows[10] = twin

    spoil(dataset / "tiny_a.parquet", plant_twin)
    manifest = read_manifest(dataset)
    checked = check_against_record(PROBLEMS[0], dataset, manifest.problems["tiny_a"], manifest, SourceLimits())
    (bad,) = name_bad_rows(checked)
    assert (bad.number, bad.fault) == (11, Fault.LEAK)
    everything = np.ones(500, dtype=bool)
    assert np.flatnonzero(~rows_frame(checked, everything)[NEAR_DUPLICATES]).tolist() == [9, 10]
    assert rows_frame(checked, ~checked.bad)[NEAR_DUPLICATES].all()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_file_without_rows_fails_and_does_not_break(tmp_path: Path, suffix: str) -> None:
    columns = arrow_schema(PROBLEMS[0]).names[2:]
    if suffix == "csv":
        (tmp_path / "tiny_a.csv").write_text(",".join(columns) + "\n")
    else:
        pq.write_table(arrow_schema(PROBLEMS[0]).empty_table(), tmp_path / "tiny_a.parquet")
    report = _validate(tmp_path, tmp_path / "report")
    assert not report.passed
    assert "the file: expected at least one usable row; found 0; add entries, or mend those set aside" in _told(report)


def test_a_built_dataset_passes_with_data_docs(built: Path, tmp_path: Path) -> None:
    report = _validate(built, tmp_path / "report")
    assert report.passed, [suite.failures for suite in report.suites]
    report.require()
    assert report.expectations_passed == report.expectations_total > 80
    assert (report.rows, report.quarantined_rows, report.bad_rows_total) == (1_000, 0, 0)
    assert report.index_page.is_file()
    summary = json.loads(report.summary_file.read_text())
    assert summary["expectations_total"] == report.expectations_total
    rule_page = next((tmp_path / "report" / "data_docs" / "expectations").glob("tiny_a.html")).read_text()
    assert "rule: flanges_fit" in rule_page


def test_every_planted_row_fails_the_validation_and_is_named(dataset: Path, tmp_path: Path) -> None:
    def all_kinds(rows: Rows) -> None:
        for place, (change, _, _) in enumerate(PLANTED):
            change(window := rows[20 * place : 20 * place + 20])
            rows[20 * place : 20 * place + 20] = window

    spoil(dataset / "tiny_a.parquet", all_kinds)
    report = _validate(dataset, tmp_path / "report")
    assert not report.passed
    found = {(bad.number, bad.fault) for bad in report.bad_rows}
    # The changed truth is computed again for every row that is good otherwise.
    assert found == {(20 * place + 11, fault) for place, (_, fault, _) in enumerate(PLANTED)}
    failed = "\n".join(_told(report))
    for expected in (
        "expected the sha256 of the manifest; found another one of tiny_a",
        "column 'depth_in' in 'string' instead of 'double'",
        "rule 'flanges_fit': expected the depth exceeds two flange thicknesses; found otherwise at tiny_a.parquet:71;",
        "column 'grade': expected one of A992, A36, unspecified; found 'A9920' at tiny_a.parquet:91;",
        "column 'bolts': expected 1 to 40; found -3 at tiny_a.parquet:51;",
        "expected that split matches the content; found otherwise at tiny_a.parquet:131, tiny_a.parquet:151;",
        "expected that question occurs once; found otherwise at tiny_a.parquet:111;",
    ):
        assert expected in failed
    assert "expect_" not in failed
    assert all("; found " in line and line.count("; ") >= 2 for line in failed.splitlines())
    with pytest.raises(ValidationFailedError, match=r"tiny_a.parquet:11 .*type in 'depth_in'"):
        report.require()
    listed = (tmp_path / "report" / "bad_rows.jsonl").read_text().splitlines()
    assert len(listed) == len(PLANTED)
    quarantine_dataset(dataset, PROBLEMS)
    again = _validate(dataset, tmp_path / "report")
    assert again.passed
    assert (again.rows, again.quarantined_rows) == (1_000 - len(PLANTED), len(PLANTED))


def test_files_that_are_not_the_recorded_ones_fail(dataset: Path, tmp_path: Path) -> None:
    def drop_rows(rows: Rows) -> None:
        del rows[:40]

    spoil(dataset / "tiny_a.parquet", drop_rows)
    (dataset / "tiny_b.parquet").unlink()
    stale = ValidationTools(now=NOW + timedelta(days=46))
    report = _validate(dataset, tmp_path / "report", stale)
    files = next(suite for suite in report.suites if suite.suite == "files")
    assert sorted(line.split("; found ")[1] for line in files.failures) == [
        "46 days, 46 days; build it again",
        "460 instead of 500 in tiny_a; the files were changed after the build: build the dataset again",
        "another one of tiny_a; the files were changed after the build: build the dataset again",
        "others in tiny_a; the files were changed after the build: build the dataset again",
        "otherwise tiny_b; mend what is told of it above",
    ]
    assert len(report.errors) == 1
    assert not report.passed


def _with_one_answer(path: Path, rows: int) -> None:
    table = sample(rows, np.random.default_rng(1))
    write_table(path, {**table, **label(table), "answer": np.full(rows, "small")})


def test_a_constant_answer_fails_in_words(tmp_path: Path) -> None:
    _with_one_answer(tmp_path / "tiny_a.csv", LabelLimits().own_data_from_rows)
    report = _validate(tmp_path, tmp_path / "report")
    assert not report.passed
    assert not report.notes
    assert _told(report) == [
        "column 'answer': expected at least 2 different values; found 1; add entries with other answers",
        "the answers (column 'answer'): expected none in more than 95% of the rows; found 'small' in 100.0%; "
        "add entries with other answers",
    ]


def test_a_small_own_file_is_not_judged_by_the_spread_of_its_answers(tmp_path: Path) -> None:
    _with_one_answer(tmp_path / "tiny_a.csv", LabelLimits().own_data_from_rows - 1)
    report = _validate(tmp_path, tmp_path / "report")
    assert report.passed, _told(report)
    assert report.notes == ("tiny_a: how the answers are spread is judged from 100 rows on; this file has 99",)


def test_a_built_dataset_of_any_size_is_judged_by_the_spread_of_its_answers(tmp_path: Path) -> None:
    def make_constant(name: str) -> Problem:
        def constant(table: Table) -> Table:
            return {**label(table), "answer": np.full(len(table["bolts"]), "small")}

        return dataclasses.replace(make_problem(name), label=constant)

    tools = BuildTools(load=make_constant, now=lambda: NOW)
    build_dataset([make_constant("tiny_a")], Options(entries_per_problem=50), tmp_path / "ds", tools)
    report = validate_dataset(tmp_path / "ds", [make_constant("tiny_a")], tmp_path / "report", Options(), TOOLS)
    assert len(_told(report)) == 2
    assert not report.passed


def test_a_column_declared_in_another_unit_is_told_with_both_units(tmp_path: Path) -> None:
    table = sample(5, np.random.default_rng(1))
    write_table(tmp_path / "tiny_a.csv", {**table, **label(table)})
    (tmp_path / "units.json").write_text(json.dumps({"tiny_a": {"depth_in": "mm", "capacity_kip": "kN"}}))
    assert _told(_validate(tmp_path, tmp_path / "report")) == [
        "the columns: expected the unit of the contract; found column 'depth_in' in 'mm' instead of 'in', "
        "column 'capacity_kip' in 'kN' instead of 'kip'; convert the column, or correct the unit declared for it"
    ]


def test_many_bad_rows_are_counted_beyond_the_first(tmp_path: Path) -> None:
    table = sample(9, np.random.default_rng(1))
    table["bolts"][:5] = 99
    write_table(tmp_path / "tiny_a.csv", {**table, **label(table), "capacity_kip": np.ones(9)})
    (told,) = [line for line in _told(_validate(tmp_path, tmp_path / "report")) if "'bolts'" in line]
    assert "found 99 at tiny_a.csv:2, 99 at tiny_a.csv:3, 99 at tiny_a.csv:4 and 2 more; mend these rows" in told


def test_an_own_folder_is_judged_and_its_bad_rows_set_aside(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    table = sample(80, np.random.default_rng(4))
    table = as_texts({**table, **label(table)})
    table["depth_in"][3] = "abc"
    table["bolts"][5] = "99"
    write_table(own / "tiny_b.csv", table)
    with (own / "tiny_b.csv").open("a") as stream:
        stream.write("1,2,3\n")
    before = (own / "tiny_b.csv").read_bytes()
    refused = _validate(own, tmp_path / "report")
    assert not refused.passed
    assert [(bad.number, bad.fault) for bad in refused.bad_rows] == [
        (82, Fault.MALFORMED),
        (5, Fault.TYPE),
        (7, Fault.RANGE),
    ]
    accepted = _validate(own, tmp_path / "report", ValidationTools(bad_rows=BadRows.SET_ASIDE))
    assert accepted.passed
    assert (accepted.rows, accepted.quarantined_rows) == (78, 3)
    assert (own / "tiny_b.csv").read_bytes() == before
    aside = {path.name: path.read_bytes().splitlines() for path in (own / "quarantine").iterdir()}
    assert set(aside) == {"tiny_b.csv", "tiny_b.malformed.csv", "tiny_b.jsonl"}
    assert {len(aside["tiny_b.csv"]), len(aside["tiny_b.jsonl"])} == {3}
    assert aside["tiny_b.malformed.csv"] == [before.splitlines()[0], b"1,2,3"]


def test_lines_that_are_no_rows_are_set_aside_byte_for_byte(tmp_path: Path) -> None:
    table = sample(4, np.random.default_rng(4))
    write_table(tmp_path / "tiny_a.csv", {**table, **label(table)})
    lines = (tmp_path / "tiny_a.csv").read_bytes().splitlines(keepends=True)
    bad = [b'1,"a\r\nnote over two lines",2\r\n', b"caf\xe9,1\r\n", b"x" * 900 + b",1"]
    (tmp_path / "tiny_a.csv").write_bytes(b"".join([*lines[:2], bad[0], lines[2], bad[1], *lines[3:], bad[2]]))
    report = _validate(tmp_path, tmp_path / "report", ValidationTools(bad_rows=BadRows.SET_ASIDE))
    assert (report.passed, report.rows, report.quarantined_rows) == (True, 4, 3)
    assert not (tmp_path / "quarantine" / "tiny_a.csv").exists()
    assert (tmp_path / "quarantine" / "tiny_a.malformed.csv").read_bytes() == b"".join([lines[0], *bad]) + b"\n"


def test_mended_rows_can_be_brought_in_again(tmp_path: Path) -> None:
    table = sample(20, np.random.default_rng(4))
    table = as_texts({**table, **label(table)})
    right, table["depth_in"][3] = table["depth_in"][3], "abc"
    write_table(tmp_path / "tiny_b.csv", table)
    source = dataclasses.replace(ValidationTools(), bad_rows=BadRows.SET_ASIDE)
    _validate(tmp_path, tmp_path / "report", source)
    mended = tmp_path / "mended"
    mended.mkdir()
    text = (tmp_path / "quarantine" / "tiny_b.csv").read_text().replace("abc", str(right))
    (mended / "tiny_b.csv").write_text(text)
    checked = check_source(read_source(PROBLEMS[1], mended / "tiny_b.csv", SourceLimits()), Options())
    assert name_bad_rows(checked) == []
    assert checked.source.rows == 1


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format_version": 1, "problems": {"a": {}}}', '{"format_version": 99}', "\x00"]
)
def test_a_damaged_manifest_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / MANIFEST_FILE).write_text(content)
    with pytest.raises(ManifestError, match="build"):
        read_manifest(tmp_path)


def test_a_manifest_cannot_point_outside_its_folder(dataset: Path) -> None:
    text = (dataset / MANIFEST_FILE).read_text().replace('"tiny_a.parquet"', '"../tiny_a.parquet"')
    (dataset / MANIFEST_FILE).write_text(text)
    with pytest.raises(ManifestError, match="damaged"):
        read_manifest(dataset)


def test_a_folder_with_nothing_to_check_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no manifest.json and no <problem>"):
        _validate(tmp_path, tmp_path / "report")


def _grouped(name: str) -> Problem:
    """Return a problem all of whose entries are parts of one whole, which number 39 brings to the training split."""

    def of_one(count: int, rng: np.random.Generator) -> Table:
        return {**sample(count, rng), "bolts": np.full(count, 39)}

    return dataclasses.replace(make_problem(name), sample=of_one, group_column="bolts")


def test_parts_of_a_whole_share_its_split_and_one_that_was_moved_is_named(tmp_path: Path) -> None:
    """Shares of the splits are judged by rows that stand alone; a part in another split is a leak."""
    problem, folder = _grouped("tiny_g"), tmp_path / "ds"
    record = build_dataset([problem], Options(), folder, BuildTools(load=_grouped, now=lambda: NOW)).problems["tiny_g"]
    assert record.splits == {"train": 500, "validation": 0, "holdout": 0}
    tools = ValidationTools(limits=ValidationLimits(labels=LabelLimits(judged_from_rows=50)), now=NOW)
    assert validate_dataset(folder, [problem], tmp_path / "sound", Options(), tools).passed

    def move(rows: Rows) -> None:
        rows[10]["split"] = "holdout"

    spoil(folder / "tiny_g.parquet", move)
    report = validate_dataset(folder, [problem], tmp_path / "moved", Options(), tools)
    assert not report.passed
    assert [(row.fault, row.number) for row in report.bad_rows] == [(Fault.LEAK, 11)]
