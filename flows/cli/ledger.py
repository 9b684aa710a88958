"""``sdai ledger``: what was promoted, refused or rolled back, and the proof that nothing of it was changed."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from flows.cli.friendly import DefaultCommandGroup
from flows.cli.models import known_model

AsJson = Annotated[bool, typer.Option("--json", help="machine-readable, for scripts")]

app = typer.Typer(
    cls=DefaultCommandGroup,
    help="Show the promotion ledger: what was promoted, refused or rolled back, when, by whom and why.",
)


@app.command()
def show(
    model: Annotated[str | None, typer.Argument(help="one model; default: all five")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the entries, oldest first."""
    from configs import load_settings
    from flows.cli.screen import show_ledger
    from flows.promotion import ledger

    rows = ledger(load_settings(), known_model(model) if model else None)
    if as_json:
        typer.echo(json.dumps([asdict(row) | {"created_at": row.created_at.isoformat()} for row in rows], indent=2))
        return
    show_ledger(rows)


@app.command()
def verify(
    known: Annotated[
        str | None, typer.Option(help="digest that an earlier verification or report gave; it must still be there")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that every entry is as it was written and in its place; exit code 1 and the first broken entry if not.

    Note the digest that is printed: with --known, a later check also tells whether entries were cut off at the end.
    """
    from configs import load_settings
    from flows.promotion import verify as verify_ledger

    report = verify_ledger(load_settings(), known)
    if as_json:
        typer.echo(json.dumps(asdict(report)))
        raise typer.Exit(0 if report.holds else 1)
    if report.broken is not None:
        typer.echo(f"BROKEN at entry {report.broken.entry_id}: {report.broken.reason}", err=True)
        typer.echo(f"{report.entries} entries before it hold", err=True)
        raise typer.Exit(1)
    typer.echo(f"{report.entries} entries hold; digest of the last: {report.head_sha256}")
