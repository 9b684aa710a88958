"""Reading foreign files: strict, bounded, every bad cell or line named."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_validation.checks import check_source, name_bad_rows
from data_validation.errors import SourceError
from data_validation.findings import BadRow, Fault
from data_validation.limits import SourceLimits
from data_validation.own import refuse_foreign_units
from data_validation.parsing import parse_texts
from data_validation.sources import Source, read_source
from structural.problem import Role
from structural.problems import load_problem
from structural.tables import Table
from tests.data_validation.tiny import COLUMNS, Options, as_texts, label, make_problem, sample, write_table

PROBLEM = make_problem("tiny")
BY_NAME = {column.name: column for column in COLUMNS}


def _own(count: int = 30) -> Table:
    table = sample(count, np.random.default_rng(5))
    return {**table, **label(table)}


def _read(path: Path, limits: SourceLimits | None = None) -> Source:
    return read_source(PROBLEM, path, limits or SourceLimits())


def _bad_rows(path: Path) -> list[BadRow]:
    return name_bad_rows(check_source(_read(path), Options()))


def test_csv_round_trip_gives_the_same_entries(tmp_path: Path) -> None:
    table = _own()
    write_table(tmp_path / "tiny.csv", table)
    source = _read(tmp_path / "tiny.csv")
    assert not source.findings
    for name, values in table.items():
        assert source.table[name].dtype.kind == values.dtype.kind
        np.testing.assert_array_equal(source.table[name], values)
    assert _bad_rows(tmp_path / "tiny.csv") == []


def test_csv_with_byte_order_mark_and_windows_lines(tmp_path: Path) -> None:
    path = tmp_path / "tiny.csv"
    write_table(path, _own(3))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert _read(path).rows == 3


@pytest.mark.parametrize(
    ("column", "cell", "fault"),
    [
        ("depth_in", "abc", Fault.TYPE),
        ("depth_in", "1,5", Fault.TYPE),
        ("depth_in", "1_0", Fault.TYPE),
        ("depth_in", "inf", Fault.TYPE),
        ("depth_in", "1e999", Fault.TYPE),
        ("depth_in", "٣", Fault.TYPE),
        ("depth_in", "=1+1", Fault.TYPE),
        ("depth_in", "", Fault.MISSING),
        ("bolts", "8.5", Fault.TYPE),
        ("bolts", "9" * 30, Fault.TYPE),
        ("bolts", "", Fault.MISSING),
        ("braced", "maybe", Fault.TYPE),
        ("notes", "", Fault.MISSING),
        ("notes", "a\x00b", Fault.TYPE),
        ("grade", "A36 ", Fault.CATEGORY),
        ("answer", "huge", Fault.CATEGORY),
        ("depth_in", "609.6", Fault.RANGE),
        ("flange_in", "9.9", Fault.PHYSICS),
    ],
)
def test_a_bad_cell_is_named_with_its_line(tmp_path: Path, column: str, cell: str, fault: Fault) -> None:
    table = as_texts(_own(10))
    table["depth_in"][:] = "15.0"
    table["flange_in"][:] = "0.5"
    table["limit_in"][:] = [f"{0.5 + row / 100}" for row in range(10)]
    table[column][4] = cell
    write_table(tmp_path / "tiny.csv", table)
    (bad,) = _bad_rows(tmp_path / "tiny.csv") if cell != "a\x00b" else _with_nul(tmp_path / "tiny.csv", table)
    named = "flanges_fit" if fault is Fault.PHYSICS else column
    assert (bad.file, bad.number, bad.column, bad.fault) == ("tiny.csv", 6, named, fault)


def _with_nul(path: Path, table: Table) -> list[BadRow]:
    table["notes"][4] = "a?b"  # NumPy strings end at a NUL
    write_table(path, table)
    path.write_bytes(path.read_bytes().replace(b"a?b", b"a\x00b"))
    return _bad_rows(path)


def test_a_value_in_the_wrong_unit_is_recognised(tmp_path: Path) -> None:
    table = _own(4)
    table["depth_in"][2] *= 25.4
    write_table(tmp_path / "tiny.csv", table)
    (bad,) = _bad_rows(tmp_path / "tiny.csv")
    assert bad.reason.endswith("was it meant in mm?")


def test_units_declared_row_by_row(tmp_path: Path) -> None:
    units = np.array(["in", "", "inches", "mm"])
    write_table(tmp_path / "tiny.csv", {**_own(4), "depth_in__unit": units})
    (bad,) = _bad_rows(tmp_path / "tiny.csv")
    assert (bad.number, bad.fault, bad.column) == (5, Fault.UNIT, "depth_in")
    assert bad.reason.endswith("mm is not in in; convert it")


@pytest.mark.parametrize("way", ["sidecar", "metadata"])
def test_a_column_declared_in_another_unit_refuses_the_file(tmp_path: Path, way: str) -> None:
    arrow = pa.table({name: values.tolist() for name, values in _own(4).items()})
    if way == "sidecar":
        (tmp_path / "units.json").write_text(json.dumps({"tiny": {"depth_in": "mm", "bolts": "1"}}))
    else:
        index = arrow.column_names.index("depth_in")
        arrow = arrow.cast(arrow.schema.set(index, arrow.schema.field(index).with_metadata({b"unit": b"mm"})))
    pq.write_table(arrow, tmp_path / "tiny.parquet")
    with pytest.raises(SourceError, match="depth_in is declared in 'mm', the contract says 'in'"):
        refuse_foreign_units(_read(tmp_path / "tiny.parquet"))


def test_lines_that_are_no_rows_are_named_and_the_others_kept(tmp_path: Path) -> None:
    path = tmp_path / "tiny.csv"
    write_table(path, _own(5))
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = b"1,2,3\r\n"
    lines[4] = lines[4].replace(b"A", b"\xff", 1) if b"A" in lines[4] else lines[4][:-2] + b"\xff\r\n"
    path.write_bytes(b"".join(lines))
    bad = [row for row in _bad_rows(path) if row.fault is Fault.MALFORMED]
    assert [(row.number, row.reason.split(";")[0]) for row in bad] == [
        (3, "3 cells where the header has 10"),
        (5, "not UTF-8"),
    ]
    assert _read(path).numbers.tolist() == [2, 4, 6]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no header line"),
        ("depth_in\n".encode("utf-16"), "not UTF-8"),
        (b"depth_in,depth_in\n1,2\n", "twice"),
        (b"depth_in,colour\n1,red\n", "does not know: 'colour'. Allowed are depth_in, "),
        (b"depth_in\n1\n", "lacks columns: flange_in, bolts, braced"),
        (b'depth_in\n"1\n', "not valid CSV"),
        (b"depth_in\n" + b"1" * 3_000 + b"\n", "line longer than"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_fault(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "tiny.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=message):
        _read(path, SourceLimits(max_line_bytes=2_000))


def test_bounds_hold(tmp_path: Path) -> None:
    write_table(tmp_path / "tiny.csv", _own(50))
    with pytest.raises(SourceError, match="larger than 100 bytes"):
        _read(tmp_path / "tiny.csv", SourceLimits(max_file_bytes=100))
    pq.write_table(pa.table({"notes": ["x" * 1_000] * 1_000}), tmp_path / "tiny.parquet", compression="zstd")
    with pytest.raises(SourceError, match="bytes unpacked"):
        _read(tmp_path / "tiny.parquet", SourceLimits(max_unpacked_bytes=500))


def test_one_long_text_among_many_rows_does_not_fill_the_memory(tmp_path: Path) -> None:
    table = _own(200)
    texts = table["notes"].tolist()
    texts[0] = "x" * 19_000
    columns = {name: values.tolist() for name, values in table.items()} | {"notes": texts}
    pq.write_table(pa.table(columns), tmp_path / "tiny.parquet")
    with pytest.raises(SourceError, match="the texts of notes need 15,200,000 bytes"):
        _read(tmp_path / "tiny.parquet", SourceLimits(max_unpacked_bytes=10_000_000))


def test_a_small_file_that_unpacks_to_much_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"notes": ["x" * 19_000] * 20_000}), tmp_path / "tiny.parquet")
    assert (tmp_path / "tiny.parquet").stat().st_size < 50_000
    with pytest.raises(SourceError, match="unpacks to more than"):
        _read(tmp_path / "tiny.parquet", SourceLimits(max_unpacked_bytes=60_000_000))


@pytest.mark.parametrize("kind", [pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=str)
def test_every_way_to_store_text_is_read(tmp_path: Path, kind: pa.DataType) -> None:
    arrow = pa.table({name: values.tolist() for name, values in _own(6).items()})
    at = arrow.column_names.index("grade")
    pq.write_table(arrow.set_column(at, "grade", arrow["grade"].cast(kind)), tmp_path / "tiny.parquet")
    source = _read(tmp_path / "tiny.parquet")
    assert source.table["grade"].tolist() == arrow["grade"].to_pylist()
    assert all(column.found_type == column.expected_type for column in source.columns)


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tiny.parquet").write_bytes(b"PAR1 and nothing more")
    with pytest.raises(SourceError, match="not a readable Parquet file"):
        _read(tmp_path / "tiny.parquet")


def test_optional_and_provenance_columns_may_be_left_out(tmp_path: Path) -> None:
    table = _own(6)
    for name in ("limit_in", "grade", "recipe"):
        del table[name]
    write_table(tmp_path / "tiny.csv", table)
    source = _read(tmp_path / "tiny.csv")
    assert np.isnan(source.table["limit_in"]).all()
    assert set(source.table["grade"]) == {"unspecified"}
    assert set(source.table["recipe"]) == {"own_data"}
    assert [bad for bad in _bad_rows(tmp_path / "tiny.csv") if bad.column == "recipe"] == []


@given(st.lists(st.text(max_size=12), min_size=1, max_size=5), st.sampled_from(sorted(BY_NAME)))
def test_no_text_breaks_a_column(cells: list[str], name: str) -> None:
    read = parse_texts(BY_NAME[name], cells)
    assert len(read.values) == len(read.bad) == len(cells)
    if read.values.dtype.kind == "f":
        assert np.all(np.isfinite(read.values) | read.bad | read.missing)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_survives_csv(value: float) -> None:
    assert parse_texts(BY_NAME["depth_in"], [repr(value)]).values[0] == value


def test_a_companys_own_document_needs_neither_annotations_nor_parameters(tmp_path: Path) -> None:
    problem = load_problem("compliance_checker")
    entries = problem.generate(3, np.random.default_rng(1))
    asked = [column.name for column in problem.columns if column.role is not Role.PROVENANCE]
    write_table(tmp_path / "compliance_checker.csv", {name: entries[name] for name in asked})
    source = read_source(problem, tmp_path / "compliance_checker.csv", SourceLimits())
    assert not check_source(source, Options()).bad.any()
    for cut in problem.slices:
        assert len(cut.group(source.table)) == 3
