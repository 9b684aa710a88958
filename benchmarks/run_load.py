"""Drive the real service at a constant rate: ``python -m benchmarks.run_load [--rate 1000] [--seconds 60] [--search]``.

Two workers with the promoted models of the project's work folder and every part switched on: tokens, limits, metrics,
access log, caches, recorder, prediction store. Requests leave at their planned times whatever becomes of the earlier
ones, and latencies count from there. Connection, section, compliance and risk get a quarter each, drawn by the
problems' samplers. The generator (``loadtest`` of npm, Node.js 20) runs on the same machine.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bench_answers import PROBLEMS
from benchmarks.load import peers
from benchmarks.load.driver import LoadResult, drive, install_generator
from benchmarks.load.profiling import parts_of, profile_table, profiler, start_profile
from benchmarks.load.questions import Asked, mixed_requests
from benchmarks.load.service import LoadedService, cache_hit_ratio, cpu_s, rss_mb
from benchmarks.load.tables import Cost, cost_row, cost_table, is_held, load_row, load_table
from configs import load_settings
from flows.machine import describe_machine

SEED = 9_001
MLFLOW_ONLY = (peers.MLFLOW_PROBLEM,)
WARM_UP_SEED = 17
WARM_UP_S = 5.0
WARM_UP_RATE = 200.0
SEARCH_SECONDS = 20.0
SEARCH_STEPS = 6
CLOSE_ENOUGH = 1.04


def main() -> None:
    """Print the machine and the tables asked for."""
    options = read_options()
    install_generator()
    source = (options.work or load_settings().paths.work).resolve()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {describe_machine()}.\n", flush=True)
    if options.profile:
        with service_for(options, source) as (service, _):
            print(profiled(service, options.rate, options.seconds, profiler()))
        return
    if options.peers:
        print(load_table(beside_peers(options, source)), flush=True)
        return
    shares = options.repeat_share or [0.0, 0.9]
    rows, costs = [], []
    for share in shares:
        with service_for(options, source) as (service, ready_s):
            name = f"{share:.0%} repeated"
            if options.search:
                rows += search_rows(service, share, options.rate, name)
                continue
            asked = mixed_requests(int(options.rate * options.seconds), share, SEED)
            result, server_cpu_s, cost = measured(service, asked, options.rate, ready_s)
            rows.append(load_row(name, result, server_cpu_s))
            costs.append(cost_row(name, cost))
    print(load_table(rows), flush=True)
    if costs:
        print(cost_table(costs), flush=True)


def beside_peers(options: argparse.Namespace, source: Path) -> list[tuple[str, ...]]:
    """Return a row a load, no input repeated: this service first, then its peers, under the same load."""
    rows: list[tuple[str, ...]] = []
    for name, problems in (("this service, four endpoints", PROBLEMS), ("this service, section alone", MLFLOW_ONLY)):
        with service_for(options, source) as (service, _):
            asked = mixed_requests(int(options.rate * options.seconds), 0.0, SEED, problems)
            result, server_cpu_s, _ = measured(service, asked, options.rate)
            rows.append(load_row(name, result, server_cpu_s))
    return rows + peers.rows(source, options.rate, options.seconds, search=options.search)


def read_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=1_000.0, help="requests a second; where --search begins")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--repeat-share", type=float, action="append", help="share asked before; default: 0 and 0.9")
    parser.add_argument("--search", action="store_true", help="find the highest rate held: p97.5 < 500 ms, no errors")
    parser.add_argument("--peers", action="store_true", help="drive plain FastAPI and `mlflow models serve` too")
    parser.add_argument(
        "--profile", action="store_true", help="print where a worker's CPU goes; needs py-spy on the PATH"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--work", type=Path, help="work folder (.sdai) with promoted models; default: the project's")
    parser.add_argument("--store", help="empty database, postgresql+psycopg2://…; default: a SQLite file")
    parser.add_argument("--redis", help="redis://… for caches and limits; default: none")
    return parser.parse_args()


@contextmanager
def service_for(options: argparse.Namespace, source: Path) -> Iterator[tuple[LoadedService, float]]:
    """Run the service with an empty prediction store; yield it, warm, and the seconds it took to be ready."""
    with tempfile.TemporaryDirectory(prefix="sdai-load-home-", ignore_cleanup_errors=True) as folder:
        service = LoadedService(source, Path(folder), options.store, workers=options.workers)
        if options.redis:
            service.settings |= {"SDAI_CACHE_REDIS_URL": options.redis, "SDAI_LIMITS_REDIS_URL": options.redis}
        service.prepare()
        ready_s = service.start()
        try:
            asked = mixed_requests(int(WARM_UP_RATE * WARM_UP_S), 0.0, WARM_UP_SEED)
            drive(service.url, asked, WARM_UP_RATE, service.tokens())
            yield service, ready_s
        finally:
            service.stop()


def measured(
    service: LoadedService, asked: list[Asked], rate: float, ready_s: float = 0.0
) -> tuple[LoadResult, float, Cost]:
    """Drive the service and return what came of it, its CPU seconds (storing included), and its cost."""
    tokens = service.tokens()
    stored_before = service.stored()
    hits_before = service.get("/metrics", tokens[0])
    processes, workers = service.processes(), service.worker_processes()
    before = cpu_s(processes)
    result = drive(service.url, asked, rate, tokens)
    memory_mb = rss_mb(workers)
    stored, stored_after_s = service.wait_until_stored(stored_before + result.recorded)
    after = cpu_s(processes)
    spent = {pid: after[pid] - before[pid] for pid in after}
    cost = Cost(
        ready_s,
        memory_mb,
        [spent[worker.pid] for worker in workers],
        cache_hit_ratio(service.get("/metrics", tokens[0]), hits_before),
        result.recorded,
        stored - stored_before,
        stored_after_s,
    )
    return result, sum(spent.values()), cost


def profiled(service: LoadedService, rate: float, seconds: float, program: str) -> str:
    """Return the table of where the CPU of the workers goes, nothing repeated."""
    asked, tokens, workers = (
        mixed_requests(int(rate * seconds), 0.0, SEED),
        service.tokens(),
        service.worker_processes(),
    )
    with tempfile.TemporaryDirectory(prefix="sdai-profile-") as folder:
        files = [Path(folder) / f"{worker.pid}.txt" for worker in workers]
        before = cpu_s(workers)
        samplers = [start_profile(program, int(file.stem), seconds, file) for file in files]
        result = drive(service.url, asked, rate, tokens)
        spent_s = sum(cpu_s(workers).values()) - sum(before.values())
        for sampler in samplers:
            sampler.wait()
        counts = sum(
            (parts_of(file.read_text(encoding="utf-8", errors="replace").splitlines()) for file in files), Counter()
        )
    cpu_ms = 1_000 * spent_s / max(result.answered, 1)
    told = f"{result.rate_held:,.0f} requests/s, {cpu_ms:.2f} ms of worker CPU a request, profiler running.\n\n"
    return told + profile_table(counts, cpu_ms)


def search_rows(service: LoadedService, share: float, rate: float, name: str) -> list[tuple[str, ...]]:
    """Halve the distance between a rate that was held and one that was not; return a row a step."""
    rows = []
    held, lost = 0.0, 0.0
    for step in range(SEARCH_STEPS):
        asked = mixed_requests(int(rate * SEARCH_SECONDS), share, SEED + step)
        result, server_cpu_s, _ = measured(service, asked, rate)
        rows.append(load_row(f"{name}: {'held' if is_held(result) else 'not held'}", result, server_cpu_s))
        print(" | ".join(rows[-1]), flush=True)
        held, lost = (max(held, rate), lost) if is_held(result) else (held, min(lost or rate, rate))
        if held and lost and lost / held < CLOSE_ENOUGH:
            break
        rate = next_rate(held, lost)
    return rows


def next_rate(held: float, lost: float) -> float:
    """Return the rate to try after the highest that was held and the lowest that was not; 0 = none yet."""
    if not lost:
        return round(held * 1.25, -1)
    return round((held + lost) / 2 if held else lost * 0.75, -1)


if __name__ == "__main__":
    main()
