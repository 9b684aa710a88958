"""A good version goes from nothing to everything: ``python -m benchmarks.run_good_rollout [--rate 100]``.

The section optimizer in service, signed once more under another name, is rolled out on a real service of two workers
while 200 clients ask questions, all different, at a steady rate. The real controller takes it through shadow, ladder
and bake to its promotion, by the settings in force but for times: ``--step-s`` seconds a step, and labels are given
half a core, so that what must be excluded is excluded in minutes.

Printed are how long each step lasted and which share of the clients the version had in it; then what is wrong, of which
there should be nothing: requests without an answer, answers of another version than the client's bucket says, clients
that went back to the old version, shares further than three standard deviations of the binomial from the weight.
Ends with code 1 if anything is.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from sqlalchemy.engine import Engine

from benchmarks.load.questions import fresh_bodies
from benchmarks.load.service import LoadedService
from benchmarks.rollbacks.clients import Got, SteadyClients
from benchmarks.rollbacks.routed import MOST_DEVIATIONS, Routed, Share, flipped, misrouted, shares
from benchmarks.rollbacks.versions import MODEL, Fault, make_bad_version
from benchmarks.run_rollbacks import (
    AFTER_S,
    CLIENTS,
    SEED,
    TOKEN_LIFETIME_S,
    asking,
    copied_home,
    started,
    stored,
    watched,
)
from configs import Settings, load_settings
from configs.auth_settings import Scope
from configs.rollout_settings import RolloutSettings
from flows.documents import markdown_table
from flows.environment import prepare_environment
from flows.machine import describe_machine
from flows.model_store import stored_folder
from flows.promotion import Version, versions_in_service
from serving.auth.development import DevelopmentKeys, TokenOrder
from serving.rollout.routing import BUCKETS
from serving.store.database import open_database
from serving.store.rollouts import EventKind, Rollout, RolloutEvent, RolloutState, list_events

NUMBER = 89
MIN_REQUESTS = 20
ANSWERED = (200, 422)
"""A question that no section answers is refused by both versions, which is an answer."""
HEAD = ("weight", "lasted", "clients that asked", "of the version", "standard deviations off")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the rollout of a good version went."""

    rollout: Rollout
    steps: list[RolloutEvent]
    got: list[Got]

    @property
    def changes(self) -> list[tuple[float, int]]:
        """When weights were written (Unix time); the end of a promotion leaves everybody with the version."""
        written = [(step.created_at.timestamp(), int(step.reading["weight"])) for step in self.steps]
        if self.rollout.state is RolloutState.PROMOTED and self.rollout.ended_at is not None:
            written.append((self.rollout.ended_at.timestamp(), BUCKETS))
        return written

    @property
    def routed(self) -> list[Routed]:
        """The answers that say which version gave them."""
        version = self.rollout.candidate_version
        return [
            Routed(f"client-{one.client}", one.asked_s, one.came_s, one.version == version)
            for one in self.got
            if one.version
        ]


def main() -> None:
    """Print the machine, a table of the steps, and what is wrong."""
    options = read_options()
    prepare_environment(load_settings())
    print(f"{datetime.now(UTC):%Y-%m-%d}, {describe_machine()}.\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="sdai-good-") as folder:
        settings = quick(copied_home(load_settings(), Path(folder) / "source"), options.step_s)
        good = stored_folder(f"{MODEL}:{versions_in_service(settings)[MODEL]}")
        if good is None:
            raise SystemExit(f"{MODEL} has no version in service; run `sdai run` first")
        version = stored(settings, make_bad_version(Fault.NONE, good, Path(folder) / "good", ()), NUMBER)
        outcome = roll_out(settings, version, Path(folder) / "service", options)
    print(markdown_table(HEAD, step_rows(outcome)), flush=True)
    took_s = ((outcome.rollout.ended_at or outcome.rollout.updated_at) - outcome.rollout.created_at).total_seconds()
    answers = sum(one.status in ANSWERED for one in outcome.got)
    print(f"\n{outcome.rollout.state} after {took_s:.1f} s; {answers:,} of {len(outcome.got):,} requests answered")
    wrong = faults_of(outcome)
    print("\n".join(wrong) or "nothing is wrong")
    if wrong:
        raise SystemExit(1)


def read_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=100.0, help="requests a second")
    parser.add_argument("--step-s", type=float, default=15.0, help="each step lasts at least this long")
    parser.add_argument(
        "--limit-s", type=float, default=1_200.0, help="a rollout that has not ended by then is aborted"
    )
    return parser.parse_args()


def quick(settings: Settings, step_s: float) -> Settings:
    """Return the settings with a ladder of seconds; what is compared and how sure it must be stays."""
    rules = settings.rollout
    steps = tuple(step.model_copy(update={"min_time_s": step_s, "min_requests": MIN_REQUESTS}) for step in rules.steps)
    times = {"shadow_min_time_s": step_s, "shadow_min_requests": MIN_REQUESTS, "bake_time_s": step_s}
    return replace(settings, rollout=RolloutSettings(**rules.model_dump() | times | {"steps": steps}))


def roll_out(settings: Settings, version: Version, home: Path, options: argparse.Namespace) -> Outcome:
    """Roll a version out under load until it is promoted, and go on asking for a while."""
    service = LoadedService(settings.paths.work, home, settings={"SDAI_LABELS_BUSY_SHARE": "0.5"})
    service.prepare()
    bodies = iter(list(islice(fresh_bodies(MODEL, SEED + 2), round(options.rate * (options.limit_s + 60)))))
    clients = SteadyClients(service.url, MODEL, tokens_of(home), bodies, options.rate)
    engine = open_database(service.database)
    try:
        service.start()
        with asking(clients):
            time.sleep(AFTER_S)
            rollout = started(settings, engine, version, with_shadow=True)
            ended = watched(settings, engine, rollout, options.limit_s)
            time.sleep(AFTER_S)
        return Outcome(ended, steps_of(engine, ended), clients.got)
    finally:
        service.stop()
        engine.dispose()


def tokens_of(home: Path) -> list[str]:
    """Return a token of each client."""
    keys = DevelopmentKeys(home / ".sdai" / "keys")
    orders = [TokenOrder(f"client-{number}", (), (Scope.DESIGN_READ,), TOKEN_LIFETIME_S) for number in range(CLIENTS)]
    return [keys.mint(order, time.time()) for order in orders]


def steps_of(engine: Engine, rollout: Rollout) -> list[RolloutEvent]:
    """Return the steps that a rollout took."""
    return list_events(engine, rollout.id, {EventKind.STEP})


def step_rows(outcome: Outcome) -> list[tuple[str, ...]]:
    """Return the cells of each step."""
    changes = outcome.changes
    ends_s = [at_s for at_s, _ in changes[1:]]
    lasted = [f"{end_s - at_s:.1f} s" for (at_s, _), end_s in zip(changes, ends_s, strict=False)] + ["on"]
    return [
        (f"{share.weight / 100:g} %", how_long, str(share.clients), str(share.taken), f"{share.deviations:.2f}")
        for share, how_long in zip(shares(outcome.routed, changes), lasted, strict=True)
    ]


def faults_of(outcome: Outcome) -> list[str]:
    """Return what is wrong, in words."""
    routed, changes = outcome.routed, outcome.changes
    unanswered = [one for one in outcome.got if one.status not in ANSWERED or (one.status == 200 and not one.version)]
    counted: Sequence[tuple[str, int]] = (
        ("requests without an answer", len(unanswered)),
        ("answers of another version than the client's", len(misrouted(routed, changes, outcome.rollout.salt))),
        ("clients that went back", len(flipped(routed))),
    )
    found = [f"{count} {what}" for what, count in counted if count]
    found += [f"{told(share)}" for share in shares(routed, changes) if share.deviations > MOST_DEVIATIONS]
    if outcome.rollout.state is not RolloutState.PROMOTED:
        found.append(f"it was not promoted: {outcome.rollout.reason}")
    return found


def told(share: Share) -> str:
    """Return a share that is too far off, in words."""
    return f"at {share.weight / 100:g} % the version had {share.taken} of {share.clients} clients"


if __name__ == "__main__":
    main()
