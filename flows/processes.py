"""Starting `flows.worker` and reading what it reports."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from configs.settings import PROJECT_ROOT
from flows.errors import FlowError, RetryableError

TIME_LIMIT_S = 6 * 3_600
"""A worker that takes longer hangs; the longest known training takes minutes."""


def run_worker(kind: str, order: dict[str, Any], threads: int) -> dict[str, Any]:
    """Do one piece of work in a child process and return its result with its ``seconds``.

    Arguments: the kind of work (a key of ``flows.worker.WORK``), its order (JSON-ready), the CPU threads that native
    libraries may use. The child's progress bar shows through. Raises `RetryableError` for a crash or an unexpected
    error and `FlowError` for one that trying again cannot mend.
    """
    name = order.get("problem", kind)
    with tempfile.TemporaryDirectory(prefix=f"sdai-{kind}-") as folder:
        order_path, report_path = Path(folder) / "order.json", Path(folder) / "report.json"
        order_path.write_text(json.dumps(order), encoding="utf-8")
        command = [sys.executable, "-m", "flows.worker", kind, str(order_path), str(report_path)]
        started = time.perf_counter()
        try:
            done = subprocess.run(  # noqa: S603  (a command line of this project)
                command, env=_environment(threads), timeout=TIME_LIMIT_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise FlowError(f"{name}: {kind} took longer than {TIME_LIMIT_S / 3600:g} h and was stopped") from error
        if not report_path.exists():
            raise RetryableError(f"{name}: {kind} ended without a report ({_ending(done.returncode)})")
        report = json.loads(report_path.read_text(encoding="utf-8"))
    if not report["ok"]:
        kind_of_error = RetryableError if report["retryable"] else FlowError
        raise kind_of_error(report["error"])
    return {**report["result"], "seconds": time.perf_counter() - started}


def _environment(threads: int) -> dict[str, str]:
    paths = os.pathsep.join(filter(None, (str(PROJECT_ROOT), os.environ.get("PYTHONPATH", ""))))
    return {**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONPATH": paths}


def _ending(returncode: int) -> str:
    if returncode < 0:
        return f"killed by {signal.Signals(-returncode).name}; is there enough memory?"
    return f"exit code {returncode}"
