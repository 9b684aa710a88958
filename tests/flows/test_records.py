"""Run records, status and the lock."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.errors import FlowError
from flows.lock import only_run
from flows.records import RunRecord, add_stage, new_run_id, read_latest
from flows.status import CONTRACT, status
from structural.problems import PROBLEM_NAMES


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_taken_over_work_counts_with_the_time_it_took(tmp_path: Path) -> None:
    clock = Clock()
    record = RunRecord(tmp_path, "1-a", clock)
    clock.now_s += 10
    record.stage("train", 6.0)
    record.stage("train", 30.0, cached=True)
    record.finish("completed")
    content = read_latest(tmp_path)
    assert content["stages"]["train"] == {"seconds": 36.0, "cached_seconds": 30.0, "cached": False}
    assert (content["wall_seconds"], content["total_seconds"]) == (10.0, 40.0)


def test_every_change_is_on_disk(tmp_path: Path) -> None:
    record = RunRecord(tmp_path, "1-a")
    record.model("risk_analyzer", training_seconds=3.0)
    kept = json.loads((tmp_path / "1-a.json").read_text())
    assert kept["models"]["risk_analyzer"] == {"training_seconds": 3.0}
    assert kept["state"] == "running"


def test_a_stage_may_be_added_afterwards(tmp_path: Path) -> None:
    record = RunRecord(tmp_path, "1-a", Clock())
    record.finish("completed")
    assert add_stage(tmp_path, "1-a", "samples", 2.5)["total_seconds"] == 2.5
    assert read_latest(tmp_path)["stages"]["samples"]["seconds"] == 2.5


def test_the_latest_run_in_a_state_is_found(tmp_path: Path) -> None:
    RunRecord(tmp_path, "20260101-a").finish("completed")
    RunRecord(tmp_path, "20260201-a").finish("failed", "no data")
    assert read_latest(tmp_path)["run_id"] == "20260201-a"
    assert read_latest(tmp_path, "completed")["run_id"] == "20260101-a"


def test_no_run_and_bad_names_are_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match="no run yet; start one with `sdai run`"):
        read_latest(tmp_path)
    with pytest.raises(FlowError, match="not usable as a file name"):
        RunRecord(tmp_path, "../evil")


def test_run_ids_sort_by_time_and_are_file_names(tmp_path: Path) -> None:
    RunRecord(tmp_path, new_run_id())
    moments = [datetime(2026, month, 1, hour, tzinfo=UTC) for month in (2, 11) for hour in (3, 15)]
    names = [new_run_id(moment) for moment in moments]
    assert sorted(names) == names


def test_status_of_a_run_that_hardly_began_has_every_key(tmp_path: Path) -> None:
    shown = status(RunRecord(tmp_path, "1-a").content, {"risk_analyzer": "3-abc"})
    assert shown["dataset"] == {"entries": None, "sha256": None}
    assert set(shown["models"]) == set(PROBLEM_NAMES)
    for facts in shown["models"].values():
        assert tuple(facts) == (*CONTRACT, "in_service")
        assert facts["reasons"] == []
    in_service = {name: facts["in_service"] for name, facts in shown["models"].items()}
    assert in_service == {**dict.fromkeys(PROBLEM_NAMES), "risk_analyzer": "3-abc"}
    json.dumps(shown)


def test_only_one_run_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "work" / "run.lock"
    with only_run(lock), pytest.raises(FlowError, match="another run is going on"), only_run(lock):
        pass
    with only_run(lock):
        pass
