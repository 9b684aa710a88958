"""Lose a service, change sets, lose everything: ``python -m benchmarks.run_failover [--rate 50] [--seconds 10]``.

Services of one worker with the promoted models of a work folder answer behind HAProxy with the project's configuration
(`infra/balancer`), asked at a constant rate, all questions different. First one of two services is killed with SIGKILL
and started again two seconds after, with the health checks of a drill and, with ``--production-checks``, with those of
production. Then two services (blue) give every request to two others (green) and take them back. At last the work
folder is backed up and restored into an empty home. Printed are what clients got and how long things took.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.failover.balancer import DRILL, PRODUCTION, Balancer, Checks
from benchmarks.failover.drills import Failover, Load, Switched, kill_one, prepare, start_all, switch_and_back
from benchmarks.load.driver import CONNECTIONS, GOOD, LoadResult, drive, install_generator
from benchmarks.load.questions import mixed_requests
from benchmarks.load.service import LoadedService
from benchmarks.load.tables import in_words
from benchmarks.run_kills import recovery_s
from configs import Settings, load_settings
from flows.backup.making import Order, make_backup
from flows.backup.places import FolderPlace
from flows.backup.restoring import Wish, restore_backup
from flows.documents import markdown_table
from flows.environment import prepare_environment
from flows.machine import describe_machine

SEED = 31_007
WARM_UP = 200
KILL_HEAD = (
    *("health checks", "asked", "answered", "failed", "sent again", "slow or failed until", "slowest", "p95"),
    *("taken out after", "ready again after", "answers again after"),
)
SWITCH_HEAD = ("asked", "answered", "failed", "by blue", "by green", "p95", "slowest")
BACKUP_HEAD = ("files", "MB", "backup", "restore and verify", "faults")


def main() -> None:
    """Print the machine and three tables; ends with 1 where a request failed or a restore does not verify."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=50.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--production-checks", action="store_true", help="also with checks every 30 s (two minutes)")
    parser.add_argument("--work", type=Path, help="work folder (.sdai) with promoted models; default: the project's")
    options = parser.parse_args()
    install_generator()
    settings = load_settings()
    if options.work is not None:
        home = settings.paths.model_copy(update={"home": options.work.resolve().parent})
        settings = replace(settings, paths=home)
    prepare_environment(settings)
    print(f"{datetime.now(UTC):%Y-%m-%d}, {describe_machine()}; {options.rate:g} requests/s.\n", flush=True)
    failed = killed(settings, options) + switched(settings, options) + restored(settings)
    if failed:
        raise SystemExit(f"{failed} requests failed or parts did not verify")


def killed(settings: Settings, options: argparse.Namespace) -> int:
    """Print what a kill comes to; return how many requests failed."""
    rows, failed = [], 0
    for name, checks in {"every 0.5 s": DRILL, "every 30 s": PRODUCTION}.items():
        if checks is PRODUCTION and not options.production_checks:
            continue
        with behind_balancer(settings, ("blue_1", "blue_2"), checks) as (balancer, services, tokens):
            load = Load(questions(options), options.rate, tokens)
            outcome = kill_one(balancer, "blue-1", services[0], load)
        rows.append(kill_row(name, outcome))
        failed += len(outcome.result.statuses) - outcome.result.answered
    print(markdown_table(KILL_HEAD, rows) + "\n", flush=True)
    return failed


def switched(settings: Settings, options: argparse.Namespace) -> int:
    """Print what a change of sets and back comes to; return how many requests failed."""
    names = ("blue_1", "blue_2", "green_1", "green_2")
    with behind_balancer(settings, names, DRILL) as (balancer, _, tokens):
        outcome = switch_and_back(balancer, Load(questions(options), options.rate, tokens))
    print(markdown_table(SWITCH_HEAD, [switch_row(outcome)]) + "\n", flush=True)
    return len(outcome.result.statuses) - outcome.result.answered


def restored(settings: Settings) -> int:
    """Print what a backup and its restore into an empty home take; return the number of faults."""
    with tempfile.TemporaryDirectory(prefix="sdai-restore-") as folder:
        place = FolderPlace(Path(folder) / "backups")
        began_s = time.perf_counter()
        made = make_backup(settings, place, Order(datetime.now(UTC)))
        backup_s, began_s = time.perf_counter() - began_s, time.perf_counter()
        paths = settings.paths.model_copy(update={"home": Path(folder) / "home", "ifc_root": None})
        outcome = restore_backup(replace(settings, paths=paths), place, made.manifest, Wish())
        restore_s = time.perf_counter() - began_s
    manifest = made.manifest
    row = (
        f"{len(manifest.files):,}",
        f"{manifest.size_bytes / 1e6:,.1f}",
        f"{backup_s:.1f} s",
        f"{restore_s:.1f} s",
        str(len(outcome.faults)),
    )
    print(markdown_table(BACKUP_HEAD, [row]), flush=True)
    return len(outcome.faults)


@contextmanager
def behind_balancer(
    settings: Settings, names: tuple[str, ...], checks: Checks
) -> Iterator[tuple[Balancer, list[LoadedService], list[str]]]:
    """Run services of one worker on one store behind the balancer, warm; yield all three and the clients' tokens."""
    with tempfile.TemporaryDirectory(prefix="sdai-failover-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        store = f"sqlite:///{folder / 'shared.db'}"
        services = [LoadedService(settings.paths.work, folder / name, store, workers=1) for name in names]
        tokens = prepare(services)
        (folder / "balancer").mkdir()
        ports = {name: service.port for name, service in zip(names, services, strict=True)}
        balancer = Balancer(folder / "balancer", ports, checks)
        try:
            start_all(services)
            balancer.start()
            for service in services:
                drive(service.url, mixed_requests(WARM_UP, 0.0, SEED - 1), 100.0, tokens)
            yield balancer, services, tokens
        finally:
            balancer.stop()
            for service in services:
                service.stop()


def questions(options: argparse.Namespace) -> list:
    """Return the questions of a load."""
    return mixed_requests(round(options.rate * options.seconds), 0.0, SEED)


def kill_row(name: str, outcome: Failover) -> tuple[str, ...]:
    """Return the cells under `KILL_HEAD`."""
    result = outcome.result
    return (
        name,
        f"{len(result.statuses):,}",
        f"{result.answered:,}",
        failures(result),
        str(outcome.sent_again),
        f"{recovery_s(result, outcome.killed_s):.2f} s",
        f"{result.percentile_ms(100):,.0f} ms",
        f"{result.percentile_ms(95):,.0f} ms",
        f"{outcome.noticed_s:.1f} s",
        f"{outcome.ready_again_s:.1f} s",
        f"{outcome.answers_again_s:.1f} s",
    )


def switch_row(outcome: Switched) -> tuple[str, ...]:
    """Return the cells under `SWITCH_HEAD`."""
    result = outcome.result
    return (
        f"{len(result.statuses):,}",
        f"{result.answered:,}",
        failures(result),
        f"{outcome.shares['blue'] - CONNECTIONS:,}",  # the generator opens its connections with a request each
        f"{outcome.shares['green']:,}",
        f"{result.percentile_ms(95):,.0f} ms",
        f"{result.percentile_ms(100):,.0f} ms",
    )


def failures(result: LoadResult) -> str:
    """Return what came instead of answers, in words."""
    bad = int((~np.isin(result.statuses, GOOD)).sum())
    return in_words(result.errors) if bad else "0"


if __name__ == "__main__":
    main()
