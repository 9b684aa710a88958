"""One interrupted and one unbroken run of the whole job on a few thousand entries, through all the real tools."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

CONFIGS = Path(__file__).parent / "configs"
RUN_LIMIT_S = 1_000
POLL_S = 0.2


@dataclass(frozen=True)
class Home:
    """A folder of its own for everything that a run writes."""

    path: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            key: value for key, value in os.environ.items() if not key.startswith(("SDAI_", "PREFECT_", "BENTOML_"))
        }
        return {**kept, "SDAI_PATHS_HOME": str(self.path), "SDAI_CONFIG_DIR": str(CONFIGS), "COLUMNS": "200"}

    def sdai(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("sdai")), *arguments]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False
        )

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        command = [str(Path(sys.executable).with_name("sdai")), *arguments]
        with (self.path / "started.log").open("wb") as log:
            return subprocess.Popen(
                command, env={**self.environment, **more}, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def status(self) -> dict[str, Any]:
        answer = self.sdai("status", "--json")
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    def trained_models(self) -> int:
        """Return how many trainings are done and kept."""
        return len(list((self.path / ".sdai" / "results").glob("train-*")))


def kill_during_third_model(home: Home) -> None:
    """Start the job, wait until two models are trained, and kill it with everything it started."""
    process = home.start("run", "--no-serve-samples")
    deadline = time.monotonic() + RUN_LIMIT_S
    while home.trained_models() < 2:
        assert process.poll() is None, (home.path / "started.log").read_text()[-3000:]
        assert time.monotonic() < deadline, "two models were not trained in time"
        time.sleep(POLL_S)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@dataclass(frozen=True)
class Finished:
    """A home whose job is done, what the command printed, and the status after it."""

    home: Home
    output: str
    status: dict[str, Any]


def finish(home: Home, *options: str) -> Finished:
    answer = home.sdai("run", *options)
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]
    return Finished(home, answer.stdout + answer.stderr, home.status())


@pytest.fixture(scope="session")
def unbroken(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Finished:
    """Return the home of one run that all processes of the tests share: whoever comes first makes it."""
    own = tmp_path_factory.getbasetemp()
    path = (own if worker_id == "master" else own.parent) / "unbroken"
    told = path / "printed.json"
    with FileLock(path.with_suffix(".lock")):
        if not told.is_file():
            shutil.rmtree(path, ignore_errors=True)  # of a run that failed: each process tries once, and tells why
            path.mkdir()
            finished = finish(Home(path))
            told.write_text(json.dumps([finished.output, finished.status]))
    return Finished(Home(path), *json.loads(told.read_text()))


@pytest.fixture(scope="session")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    home = Home(tmp_path_factory.mktemp("resumed"))
    kill_during_third_model(home)
    return finish(home, "--no-serve-samples")
