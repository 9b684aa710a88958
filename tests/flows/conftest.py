"""A home of its own for the flow over stand-ins, and one Prefect server for all of them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from configs import load_settings
from flows.prefect_server import prefect_server

RUN_LIMIT_S = 300


@dataclass(frozen=True)
class Home:
    """A folder for one project state, the plan of its stand-ins, and ways to run things in it."""

    path: Path

    def plan(self, **wishes: Any) -> None:
        (self.path / "plan.json").write_text(json.dumps(wishes), encoding="utf-8")

    def environment(self, **more: str) -> dict[str, str]:
        return {
            **os.environ,
            "SDAI_PATHS_HOME": str(self.path),
            "STAND_IN_PLAN": str(self.path / "plan.json"),
            "SDAI_FLOWS_RETRY_DELAY_S": "0.1",
            "COLUMNS": "200",
            **more,
        }

    def command(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT_S,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.path / "started.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *arguments], env=self.environment(), stdout=log, stderr=subprocess.STDOUT
            )

    def calls(self) -> list[str]:
        log = self.path / "calls.log"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []

    def forget_calls(self) -> None:
        (self.path / "calls.log").unlink(missing_ok=True)

    def status(self) -> dict[str, Any]:
        answer = self.command("flows.cli", "status", "--json")
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One temporary Prefect server; runs started while it is up use it."""
    kept = dict(os.environ)
    os.environ["PREFECT_HOME"] = str(tmp_path_factory.mktemp("prefect"))
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    try:
        with prefect_server():
            yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    load_settings.cache_clear()
    yield
    load_settings.cache_clear()
