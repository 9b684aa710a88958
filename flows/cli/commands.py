"""The commands. Each is a few lines over a plain function of another module."""

import json
import os
import sys
from typing import Annotated, Any

import typer

from flows.cli.alarms import alarms
from flows.cli.backup import backup, restore
from flows.cli.call import app as call_app
from flows.cli.check import check
from flows.cli.clash import clash
from flows.cli.cost import cost
from flows.cli.dataset import app as dataset_app
from flows.cli.feedback import app as feedback_app
from flows.cli.friendly import FriendlyGroup
from flows.cli.ledger import app as ledger_app
from flows.cli.lineage import lineage
from flows.cli.models import known_model
from flows.cli.monitor import monitor
from flows.cli.preflight import preflight
from flows.cli.rollout import app as rollout_app
from flows.cli.schedule import expand, schedule
from flows.cli.token import app as token_app


def _settings() -> Any:
    from configs import load_settings
    from flows.environment import prepare_environment

    settings = load_settings()
    prepare_environment(settings)
    return settings


def _prepare() -> None:
    _settings()


app = typer.Typer(
    cls=FriendlyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Train, gate, promote and serve the five structural-design models. SDAI_DEBUG=1 shows traces of errors.",
)
app.add_typer(dataset_app, name="dataset")
app.add_typer(token_app, name="token")
app.add_typer(call_app, name="call")
app.add_typer(ledger_app, name="ledger")
app.add_typer(feedback_app, name="feedback")
app.add_typer(rollout_app, name="rollout")
app.command()(check)
app.command()(clash)
app.command()(cost)
app.command()(lineage)
app.command()(monitor)
app.command()(alarms)
app.command()(backup)
app.command()(restore)
app.command()(preflight)
app.command()(schedule)
app.command()(expand)

Model = Annotated[str, typer.Argument(help="one of the five model names, for example section_optimizer")]


@app.command()
def run(
    serve_samples: Annotated[
        bool, typer.Option(help="start the service at the end and send the sample requests")
    ] = True,
    scheduled: Annotated[
        bool, typer.Option("--scheduled", help="for timers: the ledger says that a schedule started the run")
    ] = False,
) -> None:
    """Do the whole job: build, validate, train five, evaluate, gate, promote, then ask the service five samples.

    Exit code 0 means that the job was done to the end. A model refused by its gate is a result, not an error: its
    endpoint goes on with the version it had, or answers 503 when there is none, and the last lines say which. A killed
    run is taken up where it was by the same command.
    """
    settings = _settings()
    from flows.cli.running import run_everything, told_when_stopped

    with told_when_stopped("`sdai run` goes on where this was"):
        run_everything(settings, serve_samples, scheduled)


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="machine-readable, for scripts")] = False,
) -> None:
    """Show what the last run came to, and which version of each model is in service."""
    from configs import load_settings
    from flows.promotion import versions_in_service
    from flows.records import read_latest
    from flows.status import status as status_of

    settings = load_settings()
    record = read_latest(settings.paths.work / "runs")
    in_service = versions_in_service(settings)
    if as_json:
        typer.echo(json.dumps(status_of(record, in_service), indent=2))
        return
    from flows.cli.screen import show_run

    show_run(record, in_service)


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="TCP port; default: the settings'")] = None,
    host: Annotated[str | None, typer.Option(help="address to listen on; default: the settings'")] = None,
) -> None:
    """Answer the five endpoints until stopped. Models without a promoted version answer 503."""
    settings = _settings()
    from flows.samples import write_sample_models
    from flows.service_process import require_free_port, service_command
    from serving.auth.setup import require_loopback
    from serving.tls import require_certificate

    address = host or settings.serving.host, port or settings.serving.port
    require_loopback(settings.auth, address[0])
    require_certificate(settings.serving)
    require_free_port(*address)
    write_sample_models(settings.paths.ifc_models)
    command = service_command(*address)
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606  (a command line of this project)


@app.command()
def models(
    model: Annotated[str | None, typer.Argument(help="one model; default: all five")] = None,
) -> None:
    """List the registered versions with their aliases and gate verdicts."""
    settings = _settings()
    from flows.cli.screen import show_versions
    from flows.promotion import champions
    from flows.tracking import Tracker
    from structural.problems import PROBLEM_NAMES

    names = (known_model(model),) if model else PROBLEM_NAMES
    tracker = Tracker(settings)
    show_versions({name: tracker.versions(name) for name in names}, champions(settings))


@app.command()
def rollback(
    model: Model,
    reason: Annotated[str, typer.Option(help="why; kept in the ledger")] = "rolled back by hand",
) -> None:
    """Go back to the version that served before. A running service follows within two seconds."""
    settings = _settings()
    from flows.promotion import rollback as go_back

    row = go_back(settings, known_model(model), reason)
    typer.echo(f"{model}: version {row.version} serves again (was {row.previous_version})")


@app.command()
def sign(
    model: Annotated[str | None, typer.Argument(help="one model; default: all five")] = None,
    public_key: Annotated[
        bool, typer.Option("--public-key", help="sign nothing; print the public part of the key, for those who verify")
    ] = False,
) -> None:
    """Sign promoted versions again: those of a release that did not sign, and all after a change of SDAI_SIGNING_KEY.

    Only a version whose files are what the ledger says was promoted is signed; the service loads no other.
    """
    settings = _settings()
    if public_key:
        from flows.model_store import open_key
        from serving.signing import public_pem

        typer.echo(public_pem(open_key(settings).public).decode(), nl=False)
        return
    from flows.promotion import sign_promoted
    from structural.problems import PROBLEM_NAMES

    for name in (known_model(model),) if model else PROBLEM_NAMES:
        outcomes = sign_promoted(settings, name) or {"none": "nothing was promoted yet"}
        for version, outcome in outcomes.items():
            typer.echo(f"{name}: version {version}: {outcome}")


@app.command()
def purge() -> None:
    """Delete what is kept no longer: old predictions, ended jobs, used idempotency keys, uploaded models.

    The service does the same by itself, see SDAI_RETENTION_INTERVAL_S; this is for a database without a service, and
    for after a change of SDAI_RETENTION_PREDICTIONS_DAYS, SDAI_JOBS_KEEP_DAYS or SDAI_UPLOADS_KEEP_DAYS.
    """
    settings = _settings()
    from flows.cli.purging import purge_everything

    for line in purge_everything(settings):
        typer.echo(line)


@app.command()
def ui(port: Annotated[int, typer.Option(help="TCP port")] = 5000) -> None:
    """Open the MLflow pages (runs, figures, registered models) on a port of this machine until stopped."""
    settings = _settings()
    from flows.tracking import Tracker, tracking_uri

    Tracker(settings)  # an empty store must be made by one process, not by the server's workers at once
    os.environ.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", tracking_uri(settings)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    typer.echo(f"MLflow on http://127.0.0.1:{port} (stop with Ctrl-C)")
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606  (a command line of this project)
