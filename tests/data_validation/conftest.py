"""A small built dataset, and ways to spoil it."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_validation.build import BuildTools, build_dataset
from tests.data_validation.tiny import Options, make_problem

NOW = datetime(2026, 1, 2, tzinfo=UTC)
Spoil = Callable[[list[dict[str, object]]], None]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "ds"
    tools = BuildTools(load=make_problem, now=lambda: NOW)
    build_dataset([make_problem("tiny_a"), make_problem("tiny_b")], Options(), folder, tools)
    return folder


@pytest.fixture
def dataset(built: Path, tmp_path: Path) -> Path:
    """A copy of the built dataset that a test may spoil."""
    return Path(shutil.copytree(built, tmp_path / "ds"))


def spoil(path: Path, change: Spoil) -> None:
    """Rewrite a Parquet file after a change of its rows; a column of mixed values becomes text."""
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    columns = {}
    for field in table.schema:
        values = [row[field.name] for row in rows]
        try:
            columns[field.name] = pa.array(values, field.type)
        except (pa.ArrowException, TypeError):
            columns[field.name] = pa.array([str(value) for value in values])
    pq.write_table(pa.table(columns), path)
