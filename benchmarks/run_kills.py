"""Kill parts of the running service under load: ``python -m benchmarks.run_kills [--rate 200] [--seconds 20]``.

Each time the service runs with two workers on a PostgreSQL cluster and a Redis server of its own, and is asked at a
constant rate. Then a worker, the whole service, PostgreSQL or Redis is killed with SIGKILL; what does not come back by
itself is started again. Printed are what the clients got meanwhile, how long that went on, and how many of the answers
that a client received are in the store afterwards.
"""

import argparse
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.load.driver import GOOD, Extras, LoadResult, drive, finish_drive, install_generator, start_drive
from benchmarks.load.questions import mixed_requests
from benchmarks.load.service import LoadedService
from benchmarks.load.tables import LIMIT_MS, in_words
from configs import load_settings
from flows.documents import markdown_table
from flows.errors import FlowError
from flows.machine import describe_machine
from flows.service_process import HOST, free_port

SEED = 12_001
WARM_UP = 400
KILL_AFTER_SHARE = 0.25
DOWN_S = 5.0
ADOPTION_S = 15.0
"""Journals of dead workers are looked for every 10 s."""
HEAD = (
    *("killed", "asked", "answered", "503 with Retry-After", "other errors", "connection faults"),
    *("recovered after", "slowest answer", "received and stored", "stored in all"),
)


@dataclass(slots=True)
class Postgres:
    """A PostgreSQL cluster of its own in ``folder``; run by the user postgres where this process is root."""

    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """SQLAlchemy URL of its database."""
        return f"postgresql+psycopg2://postgres@{HOST}:{self.port}/postgres"

    def create(self) -> None:
        """Make the cluster."""
        self.folder.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run("initdb", "-D", str(self.folder), "-U", "postgres", "-A", "trust", "--no-sync")

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        options = f"-p {self.port} -c listen_addresses={HOST} -c unix_socket_directories={self.folder}"
        log = self.folder / "server.log"
        self._run("pg_ctl", "-D", str(self.folder), "-w", "-l", str(log), "-o", options, "start")

    def kill(self) -> None:
        """Kill the postmaster; its children follow."""
        os.kill(int((self.folder / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def stop(self) -> None:
        """Stop it, if it runs."""
        with suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "-D", str(self.folder), "-m", "immediate", "stop")

    def _run(self, program: str, *words: str) -> None:
        command = [str(postgres_programs() / program), *words]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


@dataclass(slots=True)
class Redis:
    """A Redis server of its own that keeps nothing on disk."""

    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"redis://{HOST}:{self.port}/0"

    def start(self) -> None:
        """Start it."""
        command = ["redis-server", "--port", str(self.port), "--bind", HOST, "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        """Kill it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()


@dataclass(frozen=True, slots=True)
class Parts:
    """What runs during a load."""

    service: LoadedService
    postgres: Postgres
    redis: Redis


def kill_worker(parts: Parts) -> None:
    """Kill a worker; the service starts another one itself."""
    parts.service.worker_processes()[0].kill()


def kill_service(parts: Parts) -> None:
    """Kill the parent and all workers, and start again at once, as a supervisor would."""
    parts.service.kill_everything()
    parts.service.start()


def kill_postgres(parts: Parts) -> None:
    """Kill PostgreSQL and start it again `DOWN_S` later."""
    parts.postgres.kill()
    time.sleep(DOWN_S)
    parts.postgres.start()


def kill_redis(parts: Parts) -> None:
    """Kill Redis and start it again `DOWN_S` later."""
    parts.redis.kill()
    time.sleep(DOWN_S)
    parts.redis.start()


KILLS: dict[str, Callable[[Parts], None]] = {
    "nothing": lambda _: None,
    "one worker": kill_worker,
    "the whole service": kill_service,
    "PostgreSQL": kill_postgres,
    "Redis": kill_redis,
}


def main() -> None:
    """Print the machine and the table; ends with 1 where an answer that was received is not stored."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--kill", choices=tuple(KILLS), action="append", help="default: each in turn")
    parser.add_argument("--work", type=Path, help="work folder (.sdai) with promoted models; default: the project's")
    options = parser.parse_args()
    install_generator()
    source = (options.work or load_settings().paths.work).resolve()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {describe_machine()}; {options.rate:g} requests/s.\n", flush=True)
    rows, lost = [], 0
    for name in options.kill or KILLS:
        with running_parts(source) as parts:
            result, killed_s = load_and_kill(parts, options.rate, options.seconds, KILLS[name])
            received = {found for found in result.prediction_ids if found}
            stored = wait_until_stored(parts.service, received)
            lost += len(received - stored)
            rows.append(row(name, result, killed_s, received, stored))
            print(" | ".join(rows[-1]), flush=True)
    print("\n" + markdown_table(HEAD, rows), flush=True)
    if lost:
        raise SystemExit(f"{lost} answers that a client received are not in the store")


@contextmanager
def running_parts(source: Path) -> Iterator[Parts]:
    """Run the service on a database and a Redis of its own, warm."""
    with tempfile.TemporaryDirectory(prefix="sdai-kills-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the database's user must pass
        postgres, redis = Postgres(Path(folder) / "postgres"), Redis()
        postgres.create()
        postgres.start()
        redis.start()
        service = LoadedService(source, Path(folder) / "home", postgres.url)
        service.settings |= {
            "SDAI_CACHE_REDIS_URL": redis.url,
            "SDAI_LIMITS_REDIS_URL": redis.url,
            # Every request then depends on Redis, not only uploads.
            "SDAI_LIMITS_REDIS_FAMILIES": '["json","upload","unauthenticated"]',
        }
        try:
            service.prepare()
            service.start()
            drive(service.url, mixed_requests(WARM_UP, 0.0, SEED - 1), 100.0, service.tokens())
            yield Parts(service, postgres, redis)
        finally:
            service.stop()
            redis.kill()
            postgres.stop()


def load_and_kill(parts: Parts, rate: float, seconds: float, kill: Callable[[Parts], None]) -> tuple[LoadResult, float]:
    """Drive the service and kill meanwhile; return what came of it and when the kill was, s after the first request."""
    asked = mixed_requests(int(rate * seconds), 0.5, SEED)
    with tempfile.TemporaryDirectory(prefix="sdai-kills-load-") as folder:
        process, results = start_drive(
            Path(folder), parts.service.url, asked, rate, parts.service.tokens(), Extras(keep_ids=True)
        )
        time.sleep(KILL_AFTER_SHARE * seconds)
        killed_unix_s = time.time()
        kill(parts)
        result = finish_drive(process, results, rate, len(asked))
    return result, killed_unix_s - result.began_unix_s


def wait_until_stored(service: LoadedService, received: set[str]) -> set[str]:
    """Return the ids in the store once it holds what was received, or when enough time has passed for that."""
    deadline_s = time.monotonic() + ADOPTION_S + 30.0
    stored = service.stored_ids()
    while not received <= stored and time.monotonic() < deadline_s:
        time.sleep(1.0)
        stored = service.stored_ids()
    return stored


def row(name: str, result: LoadResult, killed_s: float, received: set[str], stored: set[str]) -> tuple[str, ...]:
    """Return the cells under `HEAD`."""
    told_to_retry = int((result.statuses == 503).sum()) - result.without_retry_after
    others = {status: count for status, count in result.errors.items() if status.isdigit() and status != "503"}
    if result.without_retry_after:
        others["5xx without Retry-After"] = result.without_retry_after
    faults = {status: count for status, count in result.errors.items() if not status.isdigit()}
    return (
        name,
        f"{len(result.statuses):,}",
        f"{result.answered:,}",
        f"{told_to_retry:,}",
        in_words(others),
        in_words(faults),
        f"{recovery_s(result, killed_s):.1f} s",
        f"{result.percentile_ms(100):,.0f} ms",
        f"{len(received & stored):,} of {len(received):,}",
        f"{len(stored):,}",
    )


def recovery_s(result: LoadResult, killed_s: float) -> float:
    """Return how long after the kill a client last saw a failure, or an answer that took `LIMIT_MS` or more, end."""
    sent_s = np.arange(len(result.statuses)) / result.rate
    slow = np.nan_to_num(result.latencies_ms) >= LIMIT_MS
    troubled = slow | ~np.isin(result.statuses, GOOD)
    ended_s = (sent_s + np.nan_to_num(result.latencies_ms) / 1_000)[troubled]
    return max(float(ended_s.max(initial=0.0)) - killed_s, 0.0)


def postgres_programs() -> Path:
    """Return the folder of PostgreSQL's server programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    program = shutil.which("initdb")
    if program is None:
        raise FlowError("this benchmark needs PostgreSQL's server programs (initdb, pg_ctl); install PostgreSQL")
    return Path(program).parent


if __name__ == "__main__":
    main()
