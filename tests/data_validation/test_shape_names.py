"""Names of shapes in own data: any spelling is taken, unknown ones are told as such with near ones."""

from pathlib import Path

import numpy as np
import pytest

from data_validation.checks import check_source, name_bad_rows
from data_validation.content import entry_ids
from data_validation.findings import Fault
from data_validation.limits import SourceLimits
from data_validation.shape_names import NO_SHAPE, known_name, one_spelling
from data_validation.sources import Source, read_source
from structural.problem import Column, Kind, Role
from structural.problems import load_problem
from structural.shapes import display_name, load_shapes
from structural.tables import Table
from tests.data_validation.tiny import Options, as_texts, write_table

SECTION = Column("section", Kind.TEXT, Role.LABEL, "", "a shape")


def _generated(problem: str, rows: int = 8) -> Table:
    return load_problem(problem).generate(rows, np.random.default_rng(3))


def _read(problem: str, table: Table, folder: Path) -> Source:
    write_table(folder / f"{problem}.csv", table)
    return read_source(load_problem(problem), folder / f"{problem}.csv", SourceLimits())


@pytest.mark.parametrize("text", ["W24X68", "w24x68", "W24×68", " W 24 x 68 ", "W24*68", "W-24X68"])
def test_every_spelling_is_one_name(text: str) -> None:
    assert known_name(text) == "W24X68"


def test_every_shape_is_known_as_the_service_prints_it() -> None:
    names = load_shapes("W").name.tolist()
    assert [known_name(display_name(name)) for name in names] == names


@pytest.mark.parametrize("text", ["W24X999", "HP14X89", "none", "", "×", "W", "W24X68; drop", "9" * 300])
def test_what_is_no_w_shape_is_not_known(text: str) -> None:
    assert known_name(text) is None


def test_columns_of_shapes_exist_and_their_word_for_none_is_generated() -> None:
    for (problem, name), none in NO_SHAPE.items():
        values = _generated(problem, 2_000)[name]
        known = [value == none or known_name(value) == value for value in np.unique(values).tolist()]
        assert all(known)
        assert none in values or none == "none"


def test_sections_as_the_service_writes_them_give_the_same_entries(tmp_path: Path) -> None:
    table = _generated("section_optimizer")
    spelled = {**table, "section": np.array([display_name(name) for name in table["section"].tolist()])}
    source = _read("section_optimizer", spelled, tmp_path)
    assert source.table["section"].tolist() == table["section"].tolist()
    assert name_bad_rows(check_source(source, Options())) == []


def test_an_unknown_and_an_empty_section_are_told_as_such_and_not_as_physics(tmp_path: Path) -> None:
    table = as_texts(_generated("section_optimizer"))
    table["section"][1], table["section"][2], table["section"][3] = "W24X999", "", "None"
    bad = name_bad_rows(check_source(_read("section_optimizer", table, tmp_path), Options()))
    unknown, empty = bad[0], bad[1]
    assert (unknown.number, unknown.fault, unknown.column, unknown.value) == (3, Fault.SHAPE, "section", "W24X999")
    assert unknown.reason.startswith("unknown shape 'W24X999'; near: W24X94")
    assert unknown.reason.endswith("; write a W shape or 'none'")
    assert (empty.number, empty.fault) == (4, Fault.MISSING)
    assert [row.number for row in bad[2:]] == [5]  # "None" is a word that is known, but not the truth of that row
    assert bad[2].fault is Fault.PHYSICS


def test_members_that_are_left_out_or_empty_are_unspecified(tmp_path: Path) -> None:
    table = _generated("connection_designer", 30)
    given = {**table, "supporting_member": np.where(table["supporting_member"] == "unspecified", "", "w14 × 90")}
    del given["supported_member"]
    source = _read("connection_designer", given, tmp_path)
    assert set(source.table["supported_member"].tolist()) == {"unspecified"}
    assert set(source.table["supporting_member"].tolist()) == {"unspecified", "W14X90"}
    named = {(row.fault, row.column) for row in name_bad_rows(check_source(source, Options()))}
    assert not {column for fault, column in named if fault is not Fault.PHYSICS}


def test_one_unknown_member_does_not_condemn_the_other_rows(tmp_path: Path) -> None:
    table = as_texts(_generated("connection_designer", 10))
    table["supported_member"][4] = "W1X1"
    (bad,) = name_bad_rows(check_source(_read("connection_designer", table, tmp_path), Options()))
    assert (bad.number, bad.fault, bad.column) == (6, Fault.SHAPE, "supported_member")


def test_the_spelling_does_not_make_another_question() -> None:
    problem = load_problem("connection_designer")
    table = _generated("connection_designer", 1)
    names = {}
    for text in ("W24X76", "w24×76"):
        spelled, findings = one_spelling(SECTION, np.array([text]), "unspecified", np.ones(1, dtype=bool))
        assert not findings
        names[text] = entry_ids(problem, {**table, "supported_member": spelled})[0]
    assert len(set(names.values())) == 1


def test_rows_without_names_and_rows_that_do_not_parse_are_left_alone() -> None:
    nothing = np.array([], dtype=np.str_)
    assert one_spelling(SECTION, nothing, "none", np.array([], dtype=bool))[0].tolist() == []
    values, findings = one_spelling(SECTION, np.array(["", "W24X68"]), "none", np.array([False, True]))
    assert (values.tolist(), findings) == (["", "W24X68"], [])


def test_a_file_of_nothing_but_unknown_names_costs_little() -> None:
    import time

    values = np.array([f"W24X{index}" for index in range(1_000, 31_000)])
    began = time.perf_counter()
    (finding,) = one_spelling(SECTION, values, "none", np.ones(len(values), dtype=bool))[1]
    assert len(finding.rows) == 30_000
    assert time.perf_counter() - began < 10
