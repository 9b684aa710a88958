"""``sdai rollout``: bring a version into service step by step, watch it, stop it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from configs import Settings
    from serving.store.rollouts import Rollout

app = typer.Typer(
    no_args_is_help=True, help="Bring a version into service step by step beside the champion, or compare the two."
)

SHARE, DAYS = 0.5, 7.0
"""Of an A/B that stands alone."""
Model = Annotated[str, typer.Argument(help="one of the five model names, for example section_optimizer")]
OneModel = Annotated[str | None, typer.Argument(help="one model; default: all five")]
Reason = Annotated[str, typer.Option(help="why; kept with the rollout and in the ledger")]
AsJson = Annotated[bool, typer.Option("--json", help="for programs")]


@app.command()
def start(  # noqa: PLR0913  (each is an option of the command line)
    model: Model,
    version: Annotated[
        str | None, typer.Argument(help="registered version; default: the newest that passed its gate")
    ] = None,
    ab: Annotated[
        bool, typer.Option("--ab", help="compare at a fixed split for a fixed time, promote nothing")
    ] = False,
    share: Annotated[
        float | None, typer.Option(help=f"with --ab: ratio of the clients that the version answers; default {SHARE}")
    ] = None,
    days: Annotated[float | None, typer.Option(help=f"with --ab: how long; default {DAYS:g}")] = None,
    then_ab: Annotated[
        bool, typer.Option("--then-ab", help="up the ladder, with the A/B of the settings before 100 %")
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", help="begin, and leave it to `sdai rollout watch`")] = False,
) -> None:
    """Begin a rollout and carry it to its end.

    Stopped with Ctrl-C or killed, the rollout stays where it is: `sdai rollout watch` goes on with it. Services that
    run follow within two seconds.
    """
    settings = _settings()
    from flows.actors import hand_actor
    from flows.errors import FlowError
    from flows.rollout.entrants import begin, find_version
    from flows.rollout.policy import ab_policy, canary_policy
    from flows.rollout.story import headline
    from flows.tracking import Tracker

    name = _known(model)
    if ab and then_ab:
        raise FlowError("--ab compares and promotes nothing, --then-ab goes on after it; give one of them")
    if not ab and (share is not None or days is not None):
        raise FlowError("--share and --days are of an A/B alone (--ab); the ladder is that of configs/rollout.yaml")
    ladder = canary_policy(settings.rollout, name, then_ab)
    policy = ladder
    if ab:
        policy = ab_policy(settings.rollout, name, SHARE if share is None else share, DAYS if days is None else days)
    with _database(settings) as engine:
        found, verdict = find_version(engine, Tracker(settings), name, version)
        rollout = begin(settings, engine, found, verdict, policy, hand_actor("rollout"))
        typer.echo(headline(rollout))
    if not detach:
        _carry(settings, name)


@app.command()
def watch(model: OneModel = None) -> None:
    """Carry open rollouts to their ends; returns when none is open. May run twice, may be killed and run again."""
    settings = _settings()
    _carry(settings, _known(model) if model else None)


@app.command()
def status(
    model: OneModel = None,
    readings: Annotated[bool, typer.Option(help="show every reading that was kept, not only the steps")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the newest rollout of each model: where it stands, every step with its reason, the evidence."""
    settings = _plain_settings()
    from flows.rollout.story import to_json
    from serving.store.rollouts import list_events, list_rollouts
    from structural.problems import PROBLEM_NAMES

    with _database(settings) as engine:
        names = (_known(model),) if model else PROBLEM_NAMES
        newest = [rollout for name in names for rollout in list_rollouts(engine, name, limit=1)]
        told = [(rollout, list_events(engine, rollout.id)) for rollout in newest]
    if as_json:
        typer.echo(json.dumps([to_json(*item) for item in told], indent=2))
        return
    from flows.cli.rollout_screen import show_rollout

    for rollout, events in told:
        show_rollout(rollout, events, with_readings=readings)
    if not told:
        typer.echo("no rollout yet; `sdai rollout start MODEL` begins one")


@app.command()
def report(model: Model, as_json: AsJson = False) -> None:
    """Compare the arms of a model's newest rollout or A/B: effects, intervals, tests; an A/B that is over as it ended.

    While none is over, what there is so far.
    """
    settings = _plain_settings()
    from datetime import UTC, datetime

    from flows.rollout.comparing import compare_arms, kept_report
    from serving.store.rollouts import EventKind, list_events, list_rollouts

    with _database(settings) as engine:
        newest = list_rollouts(engine, _known(model), limit=1)
        if not newest:
            typer.echo(f"{model} had no rollout yet")
            raise typer.Exit(1)
        kept = kept_report(list_events(engine, newest[0].id, {EventKind.STEP, EventKind.ENDED}))
        found = kept or compare_arms(engine, newest[0], datetime.now(UTC))
    if as_json:
        typer.echo(json.dumps(found.to_json(), indent=2))
        return
    from flows.cli.rollout_screen import show_report

    show_report(newest[0], found)


@app.command()
def pause(model: Model, reason: Reason = "paused by hand") -> None:
    """Let a rollout stay where it is. A version that fails is taken back all the same."""
    from flows.rollout.interventions import pause as act

    _intervene(act, model, reason, "pause")


@app.command()
def resume(model: Model, reason: Reason = "resumed by hand") -> None:
    """Let a paused rollout go on."""
    from flows.rollout.interventions import resume as act

    _intervene(act, model, reason, "resume")


@app.command()
def abort(model: Model, reason: Reason = "aborted by hand") -> None:
    """End a rollout: every client is the champion's again. Final; may be repeated."""
    from flows.rollout.interventions import abort as act

    _intervene(act, model, reason, "abort")


@app.command()
def promote(model: Model, reason: Reason = "promoted by hand") -> None:
    """Make the version of the open rollout champion now, by your word instead of the evidence."""
    from flows.rollout.interventions import promote as act

    _intervene(act, model, reason, "promotion")


def _intervene(act: Any, model: str, reason: str, what: str) -> None:
    settings = _settings()
    from datetime import UTC, datetime

    from flows.actors import hand_actor
    from flows.rollout.controller import settle
    from flows.rollout.effects import AliasEffects
    from flows.rollout.story import headline

    with _database(settings) as engine:
        actor = hand_actor(what)
        rollout: Rollout = act(engine, _known(model), reason, actor, datetime.now(UTC))
        typer.echo(headline(rollout))
        if not rollout.is_open:
            settle(engine, AliasEffects(settings), rollout, actor, datetime.now(UTC))


def _carry(settings: "Settings", model: str | None) -> None:
    """Run the controller's flow in the foreground and show how it ended; without anything to do, say so at once."""
    from flows.cli.running import show_progress_lines, told_when_stopped
    from flows.prefect_server import prefect_server
    from serving.store.rollouts import find_rollout, list_events, open_rollouts, unsettled_rollouts

    with _database(settings) as engine:
        is_open = any(model in (None, rollout.model) for rollout in open_rollouts(engine))
        if not is_open and not unsettled_rollouts(engine):
            typer.echo("no rollout is open")
            return
    show_progress_lines()
    with prefect_server():
        from flows.rollout.flow import canary_rollout

        show_progress_lines()
        with told_when_stopped("open rollouts stay where they are, `sdai rollout watch` goes on with them"):
            ended = canary_rollout(model or "")
    from flows.cli.rollout_screen import show_rollout

    with _database(settings) as engine:
        for rollout_id in ended:
            rollout = find_rollout(engine, rollout_id)
            if rollout is not None:
                show_rollout(rollout, list_events(engine, rollout_id))


@contextmanager
def _database(settings: "Settings") -> "Iterator[Engine]":
    from serving.store.database import open_database

    engine = open_database(settings.store_url)
    try:
        yield engine
    finally:
        engine.dispose()


def _plain_settings() -> "Settings":
    from configs import load_settings

    return load_settings()


def _settings() -> "Settings":
    from flows.environment import prepare_environment

    settings = _plain_settings()
    prepare_environment(settings)
    return settings


def _known(model: str) -> str:
    from flows.errors import FlowError
    from structural.problems import PROBLEM_NAMES

    if model not in PROBLEM_NAMES:
        raise FlowError(f"there is no model {model!r}; use one of {', '.join(PROBLEM_NAMES)}")
    return model
