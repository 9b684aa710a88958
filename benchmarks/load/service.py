"""The real service for a load: own home and store, promoted models, tokens of several clients, every part on."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import sqlalchemy as sa

from configs.auth_settings import Scope
from configs.settings import PROJECT_ROOT
from flows.errors import FlowError
from flows.service_process import HOST, free_port, service_command
from serving.auth.development import DevelopmentKeys, TokenOrder
from serving.signing.keys import LOCAL_PUBLIC_KEY
from serving.store.database import open_database
from serving.store.tables import MODELS, PREDICTIONS, PROMOTION_LEDGER

CLIENTS = 8
TOKEN_LIFETIME_S = 6 * 3_600.0
READY_LIMIT_S = 120.0
STOP_LIMIT_S = 60.0
POLL_S = 0.02
STORED_LIMIT_S = 120.0
WORKER_MARK = "worker"


@dataclass(slots=True)
class LoadedService:
    """A service started for a load.

    ``source`` is the work folder (``.sdai``) with the promoted models; ``home`` an empty folder for this service's own
    files; ``store_url`` its database, none = SQLite in ``home``; ``settings`` are further environment variables.
    """

    source: Path
    home: Path
    store_url: str | None = None
    settings: dict[str, str] = field(default_factory=dict)
    workers: int = 2
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    @property
    def database(self) -> str:
        """SQLAlchemy URL of its store."""
        return self.store_url or f"sqlite:///{self.home / '.sdai' / 'store.db'}"

    def prepare(self) -> None:
        """Give the service a store that knows the promoted versions, and the models themselves."""
        self.link_models()
        if self.store_url is None:
            shutil.copy(self.source / "store.db", self.home / ".sdai" / "store.db")
        else:
            copy_ledger(f"sqlite:///{self.source / 'store.db'}", self.store_url)

    def link_models(self) -> None:
        """Give the service the models alone: its store is another one's too."""
        bentoml = self.home / ".sdai" / "bentoml"
        bentoml.mkdir(parents=True, exist_ok=True)
        (bentoml / "models").symlink_to((self.source / "bentoml" / "models").resolve(), target_is_directory=True)

    def tokens(self) -> list[str]:
        """Return a token for everything of each client."""
        keys = DevelopmentKeys(self.home / ".sdai" / "keys")
        orders = [TokenOrder(f"load-{number}", (), tuple(Scope), TOKEN_LIFETIME_S) for number in range(CLIENTS)]
        return [keys.mint(order, time.time()) for order in orders]

    def start(self) -> float:
        """Start it and return the seconds until it was ready."""
        began_s = time.perf_counter()
        self.launch()
        self.wait_until_ready(began_s)
        return time.perf_counter() - began_s

    def launch(self) -> None:
        """Start it without waiting. It ends with the thread that called: see `flows.tether`."""
        command = [sys.executable, "-m", "flows.tether", *service_command(HOST, self.port, has_tls=False)]
        with self._log.open("ab") as stream:
            self.process = subprocess.Popen(
                command,
                env=self._environment(),
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=PROJECT_ROOT,
            )

    def wait_until_ready(self, began_s: float) -> None:
        """Wait until it says that it is ready, at most `READY_LIMIT_S` from ``began_s`` (`time.perf_counter`) on."""
        assert self.process is not None
        while time.perf_counter() - began_s < READY_LIMIT_S:
            if self.process.poll() is not None:
                raise FlowError(f"the service ended while starting (code {self.process.returncode}): {self._tail()}")
            if self.is_ready():
                return
            time.sleep(POLL_S)
        raise FlowError(f"the service was not ready within {READY_LIMIT_S:g} s: {self._tail()}")

    def is_ready(self) -> bool:
        """Return whether it says so."""
        with suppress(OSError):
            return urllib.request.urlopen(f"{self.url}/readyz", timeout=5).status == 200
        return False

    def get(self, path: str, token: str) -> str:
        """Return a page."""
        request = urllib.request.Request(f"{self.url}{path}", headers={"authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()

    def processes(self) -> list[psutil.Process]:
        """Return the parent and all below it."""
        assert self.process is not None
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def worker_processes(self) -> list[psutil.Process]:
        """Return the processes that answer requests, oldest first."""
        found = [process for process in self.processes()[1:] if any(WORKER_MARK in word for word in process.cmdline())]
        return sorted(found, key=lambda process: process.create_time())

    def kill_everything(self) -> None:
        """Kill parent and workers as a machine that loses its power does."""
        processes = self.processes()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(processes, timeout=10)
        assert self.process is not None
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end and wait; whatever is left is killed."""
        if self.process is None or self.process.poll() is not None:
            return
        processes = self.processes()
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_LIMIT_S)
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def stored(self) -> int:
        """Return the number of predictions in the store."""
        engine = open_database(self.database)
        try:
            with engine.connect() as connection:
                return int(connection.execute(sa.select(sa.func.count()).select_from(PREDICTIONS)).scalar_one())
        finally:
            engine.dispose()

    def stored_ids(self) -> set[str]:
        """Return the ids of all predictions in the store."""
        engine = open_database(self.database)
        try:
            with engine.connect() as connection:
                return set(connection.execute(sa.select(PREDICTIONS.c.id)).scalars())
        finally:
            engine.dispose()

    def wait_until_stored(self, expected: int) -> tuple[int, float]:
        """Wait until the store holds as many predictions; return what it holds, and the seconds waited."""
        began_s = time.perf_counter()
        while (found := self.stored()) < expected and time.perf_counter() - began_s < STORED_LIMIT_S:
            time.sleep(0.5)
        return found, time.perf_counter() - began_s

    def _environment(self) -> dict[str, str]:
        own = {
            "PYTHONPATH": str(PROJECT_ROOT),
            "SDAI_PATHS_HOME": str(self.home),
            "SDAI_STORE_URL": self.database,
            "SDAI_SERVING_WORKERS": str(self.workers),
            # One machine stands for many clients here: the limits are asked for every request and never reached.
            "SDAI_LIMITS_JSON_RATE": "100000/second",
            "SDAI_SIGNING_TRUSTED_KEYS": json.dumps([str(self.source / "keys" / LOCAL_PUBLIC_KEY)]),
            "BENTOML_HOME": str(self.home / ".sdai" / "bentoml"),
            "BENTOML_DO_NOT_TRACK": "True",
        }
        return {**os.environ, **own, **self.settings}

    @property
    def _log(self) -> Path:
        return self.home / "service.log"

    def _tail(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-1_500:]


def cpu_s(processes: list[psutil.Process]) -> dict[int, float]:
    """Return the CPU seconds of each process so far."""
    spent = {}
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            spent[process.pid] = times.user + times.system
    return spent


def rss_mb(processes: list[psutil.Process]) -> list[float]:
    """Return the resident memory of each process, MB."""
    return [process.memory_info().rss / 1e6 for process in processes]


def copy_ledger(source_url: str, target_url: str) -> None:
    """Copy registered versions and promotions from one store into an empty one."""
    source, target = open_database(source_url), open_database(target_url)
    try:
        with source.connect() as reading, target.begin() as writing:
            for table in (MODELS, PROMOTION_LEDGER):
                rows = [dict(row) for row in reading.execute(sa.select(table)).mappings()]
                if rows:
                    writing.execute(sa.insert(table), rows)
    finally:
        source.dispose()
        target.dispose()


def cache_hit_ratio(metrics: str, before: str = "") -> float | None:
    """Return the share of lookups in the in-process cache that found something between two pages of metrics."""
    hits, lookups = (now - then for now, then in zip(_lookups(metrics), _lookups(before), strict=True))
    return hits / lookups if lookups else None


def _lookups(metrics: str) -> tuple[float, float]:
    hits = lookups = 0.0
    for line in metrics.splitlines():
        if line.startswith("sdai_cache_lookups_total{") and 'level="memory"' in line:
            count = float(line.rsplit(" ", 1)[1])
            lookups += count
            hits += count if 'result="hit"' in line else 0
    return hits, lookups
