"""The steps of the serving image, run as they stand in a clean place: installed, then started by a user of its own.

No container engine is needed, but the package index. What the Dockerfile calls ``/source`` and ``/opt/sdai`` lies in a
folder of the test; the process is started with the image's variables and command alone.
"""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows.service_process import free_port
from tests.infra.dockerfiles import copied, environment, files, stages
from tests.infra_tools import ROOT
from tests.test_imports import NEVER_IN_SERVING

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(1_800)]
USER = 10_001
INSTALL_LIMIT_S = 1_500
START_LIMIT_S = 90
LARGEST_MB = 750


@dataclass(frozen=True)
class Image:
    """The folder that stands for the image, and the user that may not change it."""

    root: Path
    user: int | None

    @property
    def programs(self) -> Path:
        return self.root / "opt" / "sdai" / "bin"

    def run(self, command: list[str], variables: dict[str, str], cwd: Path, limit_s: float) -> str:
        done = subprocess.run(
            command,
            env=variables,
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
            **self.owner(),
        )
        assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
        return done.stdout

    def owner(self) -> dict[str, Any]:
        return {} if self.user is None else {"user": self.user, "group": self.user, "extra_groups": []}


def index_settings() -> dict[str, str]:
    """Where this machine's pip installs from."""
    return {name: value for name, value in os.environ.items() if name.startswith("PIP_") and "CONSTRAINT" not in name}


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """Run the COPY and RUN instructions of the build stage."""
    root = Path(tempfile.mkdtemp(prefix="sdai-image-"))  # pytest's own folders are closed to other users
    root.chmod(0o755)
    build = stages("serving")[0]
    source = root / "source"
    for file in files(copied(build)):
        target = source / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    for name in ("home", "tmp", "opt"):
        (root / name).mkdir()
    made = Image(root, USER if os.geteuid() == 0 else None)
    if made.user is not None:
        for path in (root, *root.rglob("*")):
            os.chown(path, USER, USER)
    constraint = environment(build)["PIP_CONSTRAINT"].replace("/source", str(source))
    variables = {
        "PATH": f"{Path(sys.executable).resolve().parent}:/usr/bin:/bin",
        "HOME": str(root / "home"),
        "TMPDIR": str(root / "tmp"),
        "PIP_CACHE_DIR": str(root / "tmp" / "cache"),
        **index_settings(),
        "PIP_CONSTRAINT": constraint,
    }
    for item in build:
        if item.word == "RUN":
            step = item.rest.replace("/opt/sdai", str(root / "opt" / "sdai")).replace(
                "python -m venv", "python3 -m venv"
            )
            made.run(["/bin/sh", "-c", step], variables, source, INSTALL_LIMIT_S)
    yield made
    shutil.rmtree(root, ignore_errors=True)


def runtime_variables(image: Image, **more: str) -> dict[str, str]:
    """The variables of the final stage, its folders being those of the test."""
    given = environment(stages("serving")[-1])
    given["PATH"] = f"{image.programs}:/usr/bin:/bin"
    given["SDAI_PATHS_HOME"] = str(image.root / "home")
    return {**given, "HOME": str(image.root / "home"), "TMPDIR": str(image.root / "tmp"), **more}


@pytest.fixture(scope="module")
def service(image: Image) -> Iterator[tuple[int, dict[str, str]]]:
    """Start the image's command; the user may write to its home and to the folder for temporary files alone."""
    port = free_port()
    variables = runtime_variables(image, SDAI_SERVING_PORT=str(port))
    if image.user is not None:
        for path in (image.root / "opt").rglob("*"):
            os.chown(path, 0, 0, follow_symlinks=False)
    command = json.loads(next(item.rest for item in stages("serving")[-1] if item.word == "CMD"))
    with (image.root / "service.log").open("wb") as log:
        process = subprocess.Popen(
            [str(image.programs / command[0]), *command[1:]],
            env=variables,
            cwd=image.root / "home",
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **image.owner(),
        )
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while ask(port, "/readyz")[0] != 200:
            assert process.poll() is None, (image.root / "service.log").read_text()[-2_000:]
            assert time.monotonic() < deadline, (image.root / "service.log").read_text()[-2_000:]
            time.sleep(0.2)
        yield port, variables
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def ask(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""
    finally:
        connection.close()


def test_nothing_that_trains_is_installed_and_the_versions_are_the_locks(image: Image) -> None:
    listed = image.run(
        [str(image.programs / "python"), "-m", "pip", "list", "--format=json"], runtime_variables(image), image.root, 60
    )
    installed = {item["name"].lower().replace("_", "-"): item["version"] for item in json.loads(listed)}
    assert "bentoml" in installed
    assert not {name.replace("_", "-") for name in (*NEVER_IN_SERVING, "scikit-learn")} & set(installed)
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    locked = {line.partition("==")[0].lower().replace("_", "-"): line.partition("==")[2] for line in lines}
    # The last is asked for by a Python below 3.11.3, which this machine may have and the image has not.
    of_the_environment = {"pip", "setuptools", "structural-design-ai", "async-timeout"}
    wrong = {name: version for name, version in installed.items() if locked.get(name) != version}
    assert set(wrong) <= of_the_environment, wrong


def test_the_image_stays_small(image: Image) -> None:
    size_mb = sum(file.lstat().st_size for file in (image.root / "opt").rglob("*") if file.is_file()) / 1e6
    print(f"serving environment: {size_mb:.0f} MB")
    assert size_mb < LARGEST_MB


def test_the_service_answers_as_a_user_who_cannot_change_it(service: tuple[int, dict[str, str]], image: Image) -> None:
    status, body = ask(service[0], "/api/v1/health")
    assert status == 200
    assert json.loads(body)["models"] == 0  # nothing was promoted here
    if image.user is None:
        return
    assert all(path.lstat().st_uid == 0 for path in (image.root / "opt").rglob("*"))
    assert any((image.root / "home" / ".sdai").iterdir())


def test_the_health_check_of_the_image_agrees(service: tuple[int, dict[str, str]], image: Image) -> None:
    line = next(item.rest for item in stages("serving")[-1] if item.word == "HEALTHCHECK")
    command = json.loads(line[line.index("[") :])
    ran = [str(image.programs / command[0]), *command[1:]]
    image.run(ran, service[1], image.root / "home", 30)
    elsewhere = {**service[1], "SDAI_SERVING_PORT": str(free_port())}
    done = subprocess.run(ran, env=elsewhere, cwd=image.root / "home", timeout=30, check=False, **image.owner())
    assert done.returncode == 1
