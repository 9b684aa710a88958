"""``sdai backup`` and ``sdai restore``: everything that cannot be made again, kept elsewhere and brought back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from configs import Settings
    from flows.backup.copying import Advance

Address = Annotated[
    str, typer.Argument(help="a folder, or s3://bucket/folder; each backup is a folder of its own in it")
]


def backup(
    address: Address,
    with_signing_key: Annotated[
        bool,
        typer.Option("--with-signing-key", help="put the private signing key in: the backup is then as secret as it"),
    ] = False,
) -> None:
    """Copy databases, versions, MLflow's artifacts, records and configuration as used, with a digest of every file.

    The service may answer meanwhile. Note the digest that is printed: `sdai restore --known` compares it.
    """
    settings = _prepared()
    from flows.backup.making import Order, make_backup, note_last, size_of
    from flows.backup.places import open_backups

    place = open_backups(address, settings.models)
    with _shown("backup", size_of(settings)) as advance:
        made = make_backup(settings, place, Order(datetime.now(UTC), with_signing_key, advance))
    note_last(settings.paths.work, place, made)
    manifest = made.manifest
    for text in made.warnings:
        typer.echo(f"warning: {text}", err=True)
    for text in manifest.left_out:
        typer.echo(f"not in it: {text}")
    ledger = manifest.ledger
    typer.echo(f"ledger: {ledger.entries} entries, digest of the last {ledger.head_sha256}")
    typer.echo(f"{len(manifest.files)} files, {manifest.size_bytes:,} bytes in {place}/{manifest.backup_id}")
    typer.echo(f"sha256 of the manifest {made.manifest_sha256}")


def restore(
    address: Annotated[str, typer.Argument(help="a backup, or the folder of backups: then its newest whole one")],
    force: Annotated[
        bool, typer.Option("--force", help="replace what is there; files are moved to .sdai/replaced")
    ] = False,
    known: Annotated[str | None, typer.Option(help="sha256 of the manifest, as `sdai backup` printed it")] = None,
) -> None:
    """Bring home and databases back to what a backup holds, then verify ledger and signatures.

    Stop the service first. Every digest is compared before anything is changed. Killed, the same command goes on. Exit
    code 1 when it was not restored, or when what was restored does not verify.
    """
    settings = _prepared()
    from flows.backup.places import chosen_backup
    from flows.backup.restoring import Wish, read_manifest, restore_backup

    place, backup_id = chosen_backup(address, settings.models)
    manifest = read_manifest(place, backup_id, settings.paths.work, known)
    with _shown("restore", manifest.size_bytes) as advance:
        restored = restore_backup(settings, place, manifest, Wish(force, known, advance))
    for text in restored.notes:
        typer.echo(f"note: {text}")
    typer.echo(f"{backup_id} of {manifest.created_at:%Y-%m-%d %H:%M} UTC: {len(manifest.files)} files restored")
    for text in restored.faults:
        typer.echo(f"FAULT: {text}", err=True)
    if restored.faults:
        raise typer.Exit(1)
    typer.echo(f"ledger verified, {len(manifest.champions)} versions in service verified")


def _prepared() -> "Settings":
    from configs import load_settings
    from flows.environment import prepare_environment

    settings = load_settings()
    prepare_environment(settings)
    return settings


@contextmanager
def _shown(name: str, total_bytes: int) -> "Iterator[Advance]":
    from tqdm import tqdm

    from flows.progress_lines import progress_lines

    with (
        progress_lines(name),
        tqdm(total=total_bytes, desc=name, unit="B", unit_scale=True, mininterval=0.5) as bar,
    ):
        yield lambda count: bar.update(count) and None
