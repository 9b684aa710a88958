"""The two drills: a service is killed; one set of services takes over from another and gives back."""

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.failover.balancer import Balancer
from benchmarks.load.driver import Extras, LoadResult, finish_drive, start_drive
from benchmarks.load.questions import Asked
from benchmarks.load.service import LoadedService

NOTICED_LIMIT_S = 120.0
RESTART_AFTER_S = 2.0
PATIENT = {"SDAI_LIMITS_MAX_WAIT_S": "20", "SDAI_LIMITS_STANDING_WAIT_S": "20"}
"""Services that wait out a busy machine instead of refusing: the drills are about the balancer, not about overload."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked meanwhile: the requests, how many a second, the tokens they carry by turns."""

    asked: Sequence[Asked]
    rate: float
    tokens: Sequence[str]

    @property
    def seconds(self) -> float:
        """How long it takes to send all."""
        return len(self.asked) / self.rate


@dataclass(frozen=True, slots=True)
class Failover:
    """What came of a kill; times in seconds after it, ``killed_s`` after the first request."""

    result: LoadResult
    killed_s: float
    noticed_s: float
    ready_again_s: float
    answers_again_s: float
    sent_again: int


@dataclass(frozen=True, slots=True)
class Switched:
    """What came of switching to the other set and back; ``shares`` are requests of blue and of green."""

    result: LoadResult
    shares: dict[str, int]
    sent_again: int


def prepare(services: Sequence[LoadedService]) -> list[str]:
    """Give services one store, one set of versions and the same keys; return tokens that all of them accept.

    All but the first must name the first one's database as their ``store_url``.
    """
    first, *others = services
    for service in services:
        service.settings |= PATIENT
    first.prepare()
    tokens = first.tokens()
    for other in others:
        other.link_models()
        shutil.copytree(first.home / ".sdai" / "keys", other.home / ".sdai" / "keys", dirs_exist_ok=True)
    return tokens


def start_all(services: Sequence[LoadedService]) -> None:
    """Start services side by side and wait until all are ready."""
    began_s = time.perf_counter()
    for service in services:
        service.launch()
    for service in services:
        service.wait_until_ready(began_s)


def kill_one(balancer: Balancer, name: str, service: LoadedService, load: Load) -> Failover:
    """Kill a service a quarter into a load, and start it again `RESTART_AFTER_S` later, as a supervisor would."""
    marks: dict[str, float] = {}

    def kill() -> None:
        marks["killed"] = time.time()
        service.kill_everything()
        marks["noticed"] = balancer.wait_until(name, up=False, limit_s=NOTICED_LIMIT_S)
        time.sleep(max(0.0, marks["killed"] + RESTART_AFTER_S - time.time()))
        service.start()
        marks["ready"] = time.time()
        marks["answers"] = balancer.wait_until(name, up=True, limit_s=NOTICED_LIMIT_S)

    before = balancer.sent_again()
    result = under_load(balancer.url, load, [(0.25 * load.seconds, kill)])
    after_kill_s = {what: at_s - marks["killed"] for what, at_s in marks.items()}
    return Failover(
        result,
        marks["killed"] - result.began_unix_s,
        after_kill_s["noticed"],
        after_kill_s["ready"],
        after_kill_s["answers"],
        balancer.sent_again() - before,
    )


def switch_and_back(balancer: Balancer, load: Load) -> Switched:
    """Let green answer from a third of a load on, and blue again from two thirds on."""
    before, again = _totals(balancer), balancer.sent_again()
    result = under_load(
        balancer.url,
        load,
        [
            (load.seconds / 3, lambda: balancer.switch("green")),
            (2 * load.seconds / 3, lambda: balancer.switch("blue")),
        ],
    )
    after = _totals(balancer)
    shares = {name: after[name] - before[name] for name in after}
    return Switched(result, shares, balancer.sent_again() - again)


def under_load(url: str, load: Load, events: Sequence[tuple[float, Callable[[], None]]]) -> LoadResult:
    """Send a load, each request with a key of its own, and do things meanwhile, each at its second."""
    with tempfile.TemporaryDirectory(prefix="sdai-drill-") as folder:
        process, results = start_drive(Path(folder), url, load.asked, load.rate, load.tokens, Extras(keyed=True))
        began_s = time.monotonic()
        try:
            for at_s, event in events:
                time.sleep(max(0.0, began_s + at_s - time.monotonic()))
                event()
            return finish_drive(process, results, load.rate, len(load.asked))
        finally:
            process.kill()


def _totals(balancer: Balancer) -> dict[str, int]:
    totals = {"blue": 0, "green": 0}
    for name, row in balancer.figures().items():
        totals[name.partition("-")[0]] += int(row["stot"] or 0)
    return totals
