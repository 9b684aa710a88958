"""Bad versions meet clients, and are taken back: ``python -m benchmarks.run_rollbacks [--rate 5] [--rate 100]``.

For each fault a section optimizer with that fault is signed, rolled out to 5 % of 200 clients on a real service of two
workers, and watched by the real controller with the settings in force, without the shadow step (``--shadow`` leaves it
in: then most faults are found before a client is answered). What the champion answers is mirrored beside the clients,
who ask questions, all different, at a steady rate.

Printed are, by the service's own records: the time from the first bad answer of the version to the last question that
it was asked, what clients got meanwhile, and why the controller took it back. The first bad answer is the first that
failed; of a slow or wrong version the first at all; of one that does not load, the moment that a worker said so.
"""

import argparse
import asyncio
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from benchmarks.load.questions import fresh_bodies
from benchmarks.load.service import LoadedService
from benchmarks.rollbacks.clients import Got, SteadyClients
from benchmarks.rollbacks.versions import MODEL, BadVersion, Fault, make_bad_version
from configs import Settings, load_settings
from configs.auth_settings import Scope
from flows.documents import MISSING, markdown_table
from flows.environment import prepare_environment
from flows.machine import describe_machine
from flows.model_store import stored_folder
from flows.promotion import Version, store_version, versions_in_service
from flows.rollout.controller import Controller, Surroundings
from flows.rollout.policy import canary_policy
from flows.rollout.starting import Entrant, start_rollout
from serving.auth.development import DevelopmentKeys, TokenOrder
from serving.errors import RequestError
from serving.predictors.section_optimizer import Predictor
from serving.schemas.section_optimizer import Request
from serving.store.database import open_database
from serving.store.rollouts import EventKind, Rollout, list_events
from serving.store.tables import PREDICTIONS

SEED = 4_077
CLIENTS = 200
TUNED_BY = 300
"""Questions by which a fault is made as large as it is called."""
TOKEN_LIFETIME_S = 6 * 3_600.0
AFTER_S = 5.0
"""Clients go on asking this long after the end, so that a question that came too late would be seen."""
FAULTS = tuple(fault for fault in Fault if fault is not Fault.NONE)
HEAD = (
    *("version", "requests a second", "first bad answer to last question asked of it", "end of the rollout"),
    *("asked of it", "its failures", "clients: answered", "failed", "taken back because"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one rollout of a bad version went; times by the service's records, None where there was none."""

    fault: Fault
    rate_per_s: float
    rollout: Rollout
    first_bad: datetime | None
    last_asked: datetime | None
    asked: int
    failed: int
    clients: int
    got: list[Got]

    @property
    def exposed_s(self) -> float | None:
        """Seconds from the first bad answer to the last question asked of the version."""
        if self.first_bad is None:
            return None
        return max(0.0, ((self.last_asked or self.first_bad) - self.first_bad).total_seconds())


def main() -> None:
    """Print the machine and a table of all faults at all rates."""
    options = read_options()
    prepare_environment(load_settings())
    print(f"{datetime.now(UTC):%Y-%m-%d}, {describe_machine()}.\n", flush=True)
    rows = []
    with tempfile.TemporaryDirectory(prefix="sdai-rollbacks-") as folder:
        settings = copied_home(load_settings(), Path(folder) / "source")
        good = stored_folder(f"{MODEL}:{versions_in_service(settings)[MODEL]}")
        if good is None:
            raise SystemExit(f"{MODEL} has no version in service; run `sdai run` first")
        requests = answerable(good)
        for number, fault in enumerate(options.fault or FAULTS, start=90):
            bad = make_bad_version(fault, good, Path(folder) / fault.name.lower(), requests)
            version = stored(settings, bad, number)
            print(f"{fault}: measured {bad.measured:.3f}", flush=True)
            for rate in options.rate or [5.0, 100.0]:
                home = Path(folder) / f"{fault.name.lower()}-{rate:g}"
                outcome = roll_out(settings, version, bad, home, rate, options)
                rows.append(row_of(outcome))
                print(markdown_table(HEAD, rows[-1:]), flush=True)
    print(markdown_table(HEAD, rows), flush=True)


def read_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, action="append", help="requests a second; default: 5 and 100")
    parser.add_argument("--fault", type=lambda name: Fault[name.upper()], action="append", help="errors, slow, …")
    parser.add_argument("--shadow", action="store_true", help="with the shadow step before the first clients")
    parser.add_argument("--limit-s", type=float, default=900.0, help="a rollout that has not ended by then is aborted")
    return parser.parse_args()


def copied_home(settings: Settings, home: Path) -> Settings:
    """Return the settings with a copy of versions, keys and store, so that bad versions stay out of the real ones."""
    from bentoml._internal.configuration.containers import BentoMLContainer
    from bentoml._internal.models import ModelStore

    work, source = home / ".sdai", settings.paths.work
    work.mkdir(parents=True)
    shutil.copytree(source / "keys", work / "keys")
    shutil.copytree(source / "bentoml" / "models", work / "bentoml" / "models")
    shutil.copy(source / "store.db", work / "store.db")
    BentoMLContainer.model_store.set(ModelStore(work / "bentoml" / "models"))
    paths = settings.paths.model_copy(update={"home": home})
    return replace(settings, paths=paths, store=settings.store.model_copy(update={"url": None}))


def answerable(good: Path, count: int = TUNED_BY) -> list[Request]:
    """Return questions that some section answers."""
    predictor, found = Predictor(good), []
    for body in fresh_bodies(MODEL, SEED):
        request = Request.model_validate_json(body)
        try:
            predictor.answer(request)
        except RequestError:
            continue
        found.append(request)
        if len(found) == count:
            break
    return found


def stored(settings: Settings, bad: BadVersion, number: int) -> Version:
    """Return the bad version, signed and in the model store."""
    from serving.artifacts import folder_digest

    version = Version(MODEL, number, folder_digest(bad.folder), bad.folder)
    store_version(settings, version.tag, version)
    return version


def roll_out(
    settings: Settings, version: Version, bad: BadVersion, home: Path, rate_per_s: float, options: argparse.Namespace
) -> Outcome:
    """Roll a bad version out under load until it is taken back."""
    service = LoadedService(settings.paths.work, home)
    service.prepare()
    keys = DevelopmentKeys(home / ".sdai" / "keys")
    orders = [TokenOrder(f"client-{number}", (), (Scope.DESIGN_READ,), TOKEN_LIFETIME_S) for number in range(CLIENTS)]
    tokens = [keys.mint(order, time.time()) for order in orders]
    bodies = iter(list(islice(fresh_bodies(MODEL, SEED + 1), round(rate_per_s * (options.limit_s + 60)))))
    clients = SteadyClients(service.url, MODEL, tokens, bodies, rate_per_s)
    engine = open_database(service.database)
    try:
        service.start()
        with asking(clients):
            time.sleep(AFTER_S)
            rollout = started(settings, engine, version, with_shadow=options.shadow)
            ended = watched(settings, engine, rollout, options.limit_s)
            time.sleep(AFTER_S)
        service.stop()
        return outcome_of(engine, bad.fault, rate_per_s, ended, clients.got)
    finally:
        service.stop()
        engine.dispose()


@contextmanager
def asking(clients: SteadyClients) -> Iterator[None]:
    """Have clients ask in a thread while the block runs."""
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(loop.run_until_complete, clients.run(stop))
        try:
            yield
        finally:
            loop.call_soon_threadsafe(stop.set)
            running.result()  # clients that failed have measured nothing
            loop.close()


def started(settings: Settings, engine: Engine, version: Version, *, with_shadow: bool) -> Rollout:
    """Start the rollout of a version whose gate, for once, let it pass."""
    rules = settings.rollout if with_shadow else settings.rollout.model_copy(update={"shadow_share": 0.0})
    entrant = Entrant(MODEL, version.name, version.tag, version.artifact_sha256, {"outcome": "pass"})
    return start_rollout(engine, entrant, canary_policy(rules, MODEL), "benchmark", datetime.now(UTC))


class NoEffects:
    """Shows nothing outside of the database."""

    def ended(self, rollout: Rollout) -> None:
        """Show nothing."""


def watched(settings: Settings, engine: Engine, rollout: Rollout, limit_s: float) -> Rollout:
    """Have the controller carry a rollout to its end, or abort it after ``limit_s``."""
    from flows.rollout.interventions import abort

    around = Surroundings(engine, NoEffects(), None, "benchmark", settings.rollout.look_interval_s)
    controller, until_s = Controller(around, rollout.id), time.monotonic() + limit_s
    while time.monotonic() < until_s:
        looked = controller.look()
        if looked is not None and not looked.is_open:
            return looked
        time.sleep(settings.rollout.look_interval_s)
    return abort(engine, MODEL, f"not taken back within {limit_s:g} s", "benchmark", datetime.now(UTC))


def outcome_of(engine: Engine, fault: Fault, rate_per_s: float, rollout: Rollout, got: list[Got]) -> Outcome:
    """Return how it went, by the records."""
    columns = PREDICTIONS.c
    of_canary = (
        columns.model_version == rollout.candidate_version,
        columns.arm == "canary",
        columns.created_at >= rollout.created_at - timedelta(seconds=1),
    )
    query = (
        sa.select(columns.created_at, columns.status, columns.client_id).where(*of_canary).order_by(columns.created_at)
    )
    with engine.connect() as connection:
        rows = list(connection.execute(query))
    failed = [row.created_at for row in rows if row.status == "failed"]
    asked = [row.created_at for row in rows]
    if fault is Fault.CRASH:
        faults = list_events(engine, rollout.id, {EventKind.FAULT})
        first_bad = faults[0].created_at if faults else None
    else:
        first_bad = min(failed, default=None) if fault in (Fault.ERRORS, Fault.NOT_FINITE) else min(asked, default=None)
    clients = len({row.client_id for row in rows})
    last_asked = max(asked, default=None)
    return Outcome(fault, rate_per_s, rollout, first_bad, last_asked, len(asked), len(failed), clients, got)


def row_of(outcome: Outcome) -> tuple[str, ...]:
    """Return the cells of one rollout."""
    rollout = outcome.rollout
    fine = sum(got.status in (200, 422) for got in outcome.got)
    faults = Counter(str(got.status or got.arm) for got in outcome.got if got.status not in (200, 422))
    took_s = ((rollout.ended_at or rollout.updated_at) - rollout.created_at).total_seconds()
    return (
        outcome.fault.value,
        f"{outcome.rate_per_s:g}",
        MISSING if outcome.exposed_s is None else f"{outcome.exposed_s:.1f} s",
        f"{rollout.state.value} after {took_s:.1f} s",
        f"{outcome.asked} by {outcome.clients} clients",
        str(outcome.failed),
        str(fine),
        ", ".join(f"{count} x {name}" for name, count in faults.items()) or "0",
        rollout.reason,
    )


if __name__ == "__main__":
    main()
