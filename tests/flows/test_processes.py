"""Worker processes: results, refusals and crashes told apart."""

import sys
from pathlib import Path

import pytest

from flows import processes
from flows.errors import FlowError, RetryableError
from flows.processes import run_worker
from flows.tasks import may_pass
from flows.worker import _plain


def test_a_refusal_of_the_project_is_not_worth_a_second_try(tmp_path: Path) -> None:
    order = {
        "problem": "no_such_model",
        "key": "k",
        "dataset_path": "x",
        "dataset_sha256": "x",
        "folder": str(tmp_path),
        "seed": 1,
        "device": "cpu",
        "threads": 1,
        "show_progress": False,
        "params": {},
    }
    with pytest.raises(FlowError, match="no trainer for 'no_such_model'") as caught:
        run_worker("train", order, 1)
    assert not isinstance(caught.value, RetryableError)


def test_an_unexpected_error_is(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RetryableError, match="TypeError"):
        run_worker("evaluate", {"unheard_of": 1}, 1)
    assert "Traceback" in capfd.readouterr().err


def test_a_killed_worker_is_named_by_its_signal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killer = tmp_path / "python"
    killer.write_text("#!/bin/sh\nkill -9 $$\n")
    killer.chmod(0o755)
    monkeypatch.setattr(processes.sys, "executable", str(killer))
    with pytest.raises(RetryableError, match="killed by SIGKILL; is there enough memory"):
        run_worker("train", {"problem": "risk_analyzer"}, 1)


@pytest.mark.parametrize(
    ("error", "again"), [(RetryableError("x"), True), (FlowError("x"), False), (ValueError("x"), False)]
)
def test_only_passing_troubles_are_tried_again(error: Exception, again: bool) -> None:
    class State:
        def result(self, raise_on_failure: bool) -> Exception:
            assert not raise_on_failure
            return error

    assert may_pass(None, None, State()) is again


def test_reports_take_numpy_values_and_paths_and_nothing_else() -> None:
    import numpy as np

    assert _plain(np.float32(0.5)) == 0.5
    assert _plain(np.arange(2)) == [0, 1]
    assert _plain(Path("a")) == "a"
    with pytest.raises(TypeError):
        _plain(object())


def test_a_tethered_child_dies_with_its_parent(tmp_path: Path) -> None:
    import os
    import signal
    import subprocess
    import time

    script = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'flows.tether', 'sleep', '60'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    deadline = time.monotonic() + 20
    while "sleep" not in Path(f"/proc/{child}/cmdline").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    while _alive(child):
        assert time.monotonic() < deadline, "the child outlived its parent"
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[-1].split()[0] != "Z"
    except FileNotFoundError:
        return False
