"""Building: bytes depend on the seed alone, exact counts, whole or not at all, own data first."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from data_validation.build import BuildTools, build_dataset, ensure_dataset, find_finished
from data_validation.contract import SPLITS
from data_validation.errors import DataError, SourceError
from data_validation.folders import building_folder
from data_validation.manifest import MANIFEST_FILE, Manifest, dataset_key, file_sha256, read_manifest
from structural.problem import Problem
from structural.tables import Table
from tests.data_validation.tiny import Options, label, make_poor_problem, make_problem, sample, write_table

NAMES = ("tiny_a", "tiny_b")
PROBLEMS = [make_problem(name) for name in NAMES]
TOOLS = BuildTools(load=make_problem, now=lambda: datetime(2026, 1, 2, tzinfo=UTC))


def _build(folder: Path, options: Options, tools: BuildTools = TOOLS) -> Manifest:
    return build_dataset(PROBLEMS, options, folder, tools)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_bytes_do_not_depend_on_workers_or_executor(tmp_path: Path) -> None:
    _build(tmp_path / "one", Options(workers=1))
    _build(tmp_path / "two", Options(workers=2))
    with ThreadPoolExecutor(3) as executor:  # the interface that a Dask client's executor has
        _build(tmp_path / "threads", Options(), replace(TOOLS, executor=executor))
    assert _bytes(tmp_path / "one") == _bytes(tmp_path / "two") == _bytes(tmp_path / "threads")


def test_a_dask_client_can_run_the_chunks(tmp_path: Path) -> None:
    from distributed import Client

    with Client(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as client:
        manifest = _build(tmp_path / "dask", Options(), replace(TOOLS, executor=client.get_executor()))
    assert manifest == _build(tmp_path / "here", Options())


def test_another_seed_gives_other_bytes_and_the_clock_does_not(tmp_path: Path) -> None:
    first = _build(tmp_path / "a", Options())
    second = _build(tmp_path / "b", Options(seed=8))
    later = _build(tmp_path / "c", Options(), replace(TOOLS, now=lambda: datetime(2027, 1, 1, tzinfo=UTC)))
    assert first.sha256 != second.sha256
    assert first.sha256 == later.sha256
    assert first.created_at != later.created_at


def test_manifest_tells_what_the_files_hold(tmp_path: Path) -> None:
    manifest = _build(tmp_path / "ds", Options(entries_per_problem=1_000))
    assert manifest == read_manifest(tmp_path / "ds")
    assert manifest.entries == 2_000
    for name, record in manifest.problems.items():
        table = pq.read_table(tmp_path / "ds" / record.file)
        splits = table["split"].to_pylist()
        assert table.num_rows == record.rows == 1_000
        assert len(set(table["entry_id"].to_pylist())) == 1_000
        assert record.splits == {split: splits.count(split) for split in SPLITS}
        assert record.sha256 == file_sha256(tmp_path / "ds" / f"{name}.parquet")
        assert table.schema.field("depth_in").metadata == {b"unit": b"in"}
        assert table.column_names[:2] == ["entry_id", "split"]


def _make_repeating(name: str) -> Problem:
    """Return a problem in which every second question is an old one."""

    def twice(count: int, rng: np.random.Generator) -> Table:
        table = sample(count, rng)
        return {column: np.repeat(values[: count // 2], 2) for column, values in table.items()}

    return replace(make_problem(name), sample=twice)


def test_repeated_questions_are_topped_up_to_the_exact_count(tmp_path: Path) -> None:
    problem = _make_repeating("tiny_a")
    manifest = build_dataset([problem], Options(), tmp_path / "ds", BuildTools(load=_make_repeating))
    record = manifest.problems["tiny_a"]
    assert record.rows == 500
    assert record.repeats_skipped == 64 * record.chunks
    assert record.chunks == 8


def test_a_sampler_that_runs_dry_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"tiny_a: the sampler gave nothing new .* 40 distinct"):
        build_dataset([make_poor_problem("tiny_a")], Options(), tmp_path / "ds", BuildTools(load=make_poor_problem))
    assert not (tmp_path / "ds").exists()


def test_a_killed_build_leaves_nothing_and_is_rebuilt(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path\nfrom data_validation.build import BuildTools, build_dataset\n"
        "from tests.data_validation.tiny import Options, make_slow_problem as make\n"
        f"build_dataset([make('tiny_a')], Options(), Path({str(tmp_path / 'ds')!r}), BuildTools(load=make))\n"
    )
    started = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(Path.cwd())})
    _wait_for(lambda: (tmp_path / ".ds.building" / "tiny_a.parquet").exists())
    started.send_signal(signal.SIGKILL)
    started.wait()
    assert not (tmp_path / "ds").exists()
    build_dataset(PROBLEMS[:1], Options(), tmp_path / "ds", TOOLS)
    build_dataset(PROBLEMS[:1], Options(), tmp_path / "reference", TOOLS)
    assert _bytes(tmp_path / "ds") == _bytes(tmp_path / "reference")
    assert not (tmp_path / ".ds.building").exists()


def _wait_for(happened: Callable[[], bool], limit_s: float = 30.0) -> None:
    end = time.monotonic() + limit_s
    while not happened():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_a_failed_rebuild_keeps_the_old_dataset(tmp_path: Path) -> None:
    _build(tmp_path / "ds", Options())
    before = _bytes(tmp_path / "ds")
    with pytest.raises(DataError):
        build_dataset([make_poor_problem("tiny_a")], Options(), tmp_path / "ds", BuildTools(load=make_poor_problem))
    assert _bytes(tmp_path / "ds") == before


def test_one_writer_at_a_time_and_nothing_foreign_is_replaced(tmp_path: Path) -> None:
    with building_folder(tmp_path / "ds"), pytest.raises(DataError, match="another process is writing"):
        _build(tmp_path / "ds", Options())
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match="not a dataset"):
        _build(tmp_path / "home", Options())


def test_ensure_reuses_a_finished_dataset_and_rebuilds_a_stale_or_damaged_one(tmp_path: Path) -> None:
    folder, first = ensure_dataset(PROBLEMS, Options(), tmp_path, TOOLS)
    days_later = replace(TOOLS, now=lambda: first.created + timedelta(days=10))
    assert ensure_dataset(PROBLEMS, Options(workers=2), tmp_path, days_later) == (folder, first)
    stale = replace(TOOLS, now=lambda: first.created + timedelta(days=46))
    assert ensure_dataset(PROBLEMS, Options(), tmp_path, stale)[1].created > first.created
    (folder / "tiny_a.parquet").write_bytes(b"PAR1")
    assert find_finished(folder) is None
    assert ensure_dataset(PROBLEMS, Options(), tmp_path, TOOLS)[1] == first


def test_the_key_follows_what_decides_the_bytes(tmp_path: Path) -> None:
    base = dataset_key(PROBLEMS, Options())
    assert base == dataset_key(PROBLEMS, Options(workers=5, max_age_days=3))
    own = tmp_path / "own"
    own.mkdir()
    (own / "tiny_a.csv").write_text("x")
    others = [Options(seed=8), Options(entries_per_problem=501), Options(chunk_rows=64), Options(own_data_dir=own)]
    assert len({base, *(dataset_key(PROBLEMS, options) for options in others)}) == 5
    assert base != dataset_key(PROBLEMS[:1], Options())


def test_own_entries_come_first_and_bad_ones_are_set_aside(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    table = sample(40, np.random.default_rng(99))
    table = {**table, **label(table)}
    del table["recipe"]
    table["depth_in"][7] = 900.0
    write_table(own / "tiny_a.csv", table)
    manifest = _build(tmp_path / "ds", Options(own_data_dir=own))
    record = manifest.problems["tiny_a"]
    assert (record.own_rows, record.own_rows_refused, record.rows) == (39, 1, 539)
    assert manifest.quarantined_rows == 1
    stored = pq.read_table(tmp_path / "ds" / "tiny_a.parquet")
    assert stored["recipe"].to_pylist()[:40] == ["own_data"] * 39 + [stored["recipe"][39].as_py()]
    assert np.array_equal(stored["depth_in"].to_numpy()[:39], np.delete(table["depth_in"], 7))
    reason = json.loads((tmp_path / "ds" / "quarantine" / "tiny_a.jsonl").read_text())
    assert (reason["number"], reason["column"], reason["fault"]) == (9, "depth_in", "range")
    assert "tiny_b" not in [path.stem for path in (tmp_path / "ds" / "quarantine").iterdir()]


def test_own_data_that_repeats_a_generated_question_takes_its_place(tmp_path: Path) -> None:
    _build(tmp_path / "plain", Options())
    own = tmp_path / "own"
    own.mkdir()
    generated = pq.read_table(tmp_path / "plain" / "tiny_a.parquet")
    pq.write_table(generated.slice(0, 10).drop_columns(["entry_id", "split", "recipe"]), own / "tiny_a.parquet")
    record = _build(tmp_path / "ds", Options(own_data_dir=own)).problems["tiny_a"]
    assert (record.own_rows, record.rows) == (10, 510)
    assert record.repeats_skipped == 10


def test_a_missing_own_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        _build(tmp_path / "ds", Options(own_data_dir=tmp_path / "nowhere"))
    assert not (tmp_path / "ds" / MANIFEST_FILE).exists()
