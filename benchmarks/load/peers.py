"""What others would start: the same predictors in a plain FastAPI application, and one of them in MLflow's server."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from benchmarks.bench_answers import PROBLEMS
from benchmarks.load.driver import LoadResult, drive
from benchmarks.load.peer_fastapi import MODELS_VARIABLE
from benchmarks.load.questions import Asked, mixed_requests
from benchmarks.load.service import READY_LIMIT_S, cpu_s
from benchmarks.load.tables import is_held, load_row
from configs.settings import PROJECT_ROOT
from flows.errors import FlowError
from flows.service_process import HOST, free_port

SEED = 9_001
WORKERS = 2
WARM_UP_REQUESTS = 400
MLFLOW_PROBLEM = "section_optimizer"
MLFLOW_RATES = (1_000.0, 400.0, 200.0, 100.0, 50.0)
MLFLOW_SECONDS = 15.0
STEP_SECONDS = 20.0
SUMMARY = "peer"


def rows(source: Path, rate: float, seconds: float, *, search: bool) -> list[tuple[str, ...]]:
    """Return a row a load: FastAPI at ``rate`` (with ``search`` at rising ones too), MLflow at falling ones.

    ``source`` is the work folder with the promoted models.
    """
    folders = promoted_folders(source)
    found = []
    with fastapi_server(folders) as (url, parent):
        rates = (rate, *(rate * step for step in (1.25, 1.5, 1.75, 2.0))) if search else (rate,)
        for number, tried in enumerate(rates):
            asked = mixed_requests(int(tried * (STEP_SECONDS if search else seconds)), 0.0, SEED + number)
            result, row = _driven("plain FastAPI, four endpoints", url, parent, asked, tried)
            found.append(row)
            if not is_held(result):
                break
    with fastapi_server(folders) as (url, parent):
        asked = mixed_requests(int(rate * seconds), 0.0, SEED, (MLFLOW_PROBLEM,))
        found.append(_driven("plain FastAPI, section alone", url, parent, asked, rate)[1])
    with mlflow_server(folders[MLFLOW_PROBLEM]) as (url, parent):
        for number, tried in enumerate(MLFLOW_RATES):
            asked = mlflow_requests(int(tried * MLFLOW_SECONDS), SEED + number)
            result, row = _driven("`mlflow models serve`, section alone", url, parent, asked, tried)
            found.append(row)
            if is_held(result):
                break
    return found


def promoted_folders(source: Path) -> dict[str, str]:
    """Return the folder of each promoted model."""
    from serving.store.database import open_database
    from serving.store.ledger import current_champions

    engine = open_database(f"sqlite:///{source / 'store.db'}")
    try:
        champions = current_champions(engine)
    finally:
        engine.dispose()
    missing = sorted(set(PROBLEMS) - set(champions))
    if missing:
        raise FlowError(f"no promoted version of {', '.join(missing)} below {source}; run `make run`")
    return {name: str(source / "bentoml" / "models" / champions[name].model_tag.replace(":", "/")) for name in PROBLEMS}


def mlflow_requests(count: int, seed: int) -> list[Asked]:
    """Return questions in the form that MLflow's server takes."""
    asked = mixed_requests(count, 0.0, seed, (MLFLOW_PROBLEM,), {MLFLOW_PROBLEM: "/invocations"})
    return [Asked(path, json.dumps({"inputs": [body]})) for path, body in asked]


@contextmanager
def fastapi_server(folders: dict[str, str]) -> Iterator[tuple[str, psutil.Process]]:
    """Run the FastAPI application in two uvicorn workers."""
    port = free_port()
    server = [sys.executable, "-m", "uvicorn", "--factory", "benchmarks.load.peer_fastapi:build_app"]
    options = ["--host", HOST, "--port", str(port), "--workers", str(WORKERS), "--no-access-log"]
    environment = {MODELS_VARIABLE: json.dumps(folders)}
    with _server([*server, *options], f"http://{HOST}:{port}", "/openapi.json", environment) as found:
        drive(found[0], mixed_requests(WARM_UP_REQUESTS, 0.0, 17), 200.0, [""])
        yield found


@contextmanager
def mlflow_server(folder: str) -> Iterator[tuple[str, psutil.Process]]:
    """Run ``mlflow models serve`` with two workers on the section optimizer."""
    with tempfile.TemporaryDirectory(prefix="sdai-peer-") as home:
        model = Path(home) / "model"
        save = (
            "import sys, mlflow\n"
            "mlflow.pyfunc.save_model(sys.argv[1], python_model=sys.argv[2], artifacts={'model': sys.argv[3]},"
            " pip_requirements=[])\n"
        )
        code = str(PROJECT_ROOT / "benchmarks" / "load" / "peer_mlflow.py")
        environment = {"MLFLOW_TRACKING_URI": f"sqlite:///{home}/mlflow.db", "MLFLOW_DISABLE_TELEMETRY": "true"}
        subprocess.run(
            [sys.executable, "-c", save, str(model), code, folder], check=True, env=_environment(environment), cwd=home
        )
        port = free_port()
        server = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(model), "--env-manager", "local"]
        options = ["--host", HOST, "--port", str(port), "--workers", str(WORKERS)]
        with _server([*server, *options], f"http://{HOST}:{port}", "/ping", environment) as found:
            drive(found[0], mlflow_requests(WARM_UP_REQUESTS // 4, 17), 20.0, [""])
            yield found


@contextmanager
def _server(
    command: list[str], url: str, page: str, environment: dict[str, str]
) -> Iterator[tuple[str, psutil.Process]]:
    tethered = [sys.executable, "-m", "flows.tether", *command]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            tethered, cwd=PROJECT_ROOT, env=_environment(environment), stdout=log, stderr=subprocess.STDOUT
        )
        parent = psutil.Process(process.pid)
        try:
            _wait_until_up(process, f"{url}{page}", log)
            yield url, parent
        finally:
            below = parent.children(recursive=True) if process.poll() is None else []
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            for left in [*below, process]:
                with suppress(psutil.NoSuchProcess, ProcessLookupError):
                    left.kill()


def _wait_until_up(process: subprocess.Popen[bytes], page: str, log) -> None:
    deadline_s = time.monotonic() + READY_LIMIT_S
    while time.monotonic() < deadline_s and process.poll() is None:
        with suppress(OSError):
            urllib.request.urlopen(page, timeout=5)
            return
        time.sleep(0.1)
    log.seek(0)
    raise FlowError(f"a peer did not come up: {log.read().decode(errors='replace')[-800:]}")


def _environment(more: dict[str, str]) -> dict[str, str]:
    # MLflow starts its server by name.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    return {**os.environ, "PATH": path, "PYTHONPATH": str(PROJECT_ROOT), **more}


def _driven(
    what: str, url: str, parent: psutil.Process, asked: list[Asked], rate: float
) -> tuple[LoadResult, tuple[str, ...]]:
    processes = [parent, *parent.children(recursive=True)]
    before = cpu_s(processes)
    result = drive(url, asked, rate, [""])
    after = cpu_s(processes)
    row = load_row(what, result, sum(after[pid] - before[pid] for pid in after))
    print(" | ".join(row), flush=True)
    return result, row
