"""``sdai dataset``: build and validate the dataset by hand, as the flow does in every run."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from configs.models_settings import ModelsSettings
    from configs.settings import DatasetSettings
    from data_validation.validation import ValidationReport

app = typer.Typer(no_args_is_help=True, help="Build and validate the dataset the models learn from.")

_ROWS_SHOWN = 20
_FAILURES_SHOWN = 20


@app.command()
def build(
    out: Annotated[Path | None, typer.Option(help="folder to write; default: the one the flow uses")] = None,
    own: Annotated[Path | None, typer.Option(help="folder of your own <problem>.parquet or .csv entries")] = None,
    entries: Annotated[int | None, typer.Option(help="entries a problem; default: the settings'")] = None,
    seed: Annotated[int | None, typer.Option(help="same seed, same bytes; default: the settings'")] = None,
    workers: Annotated[int | None, typer.Option(help="processes; 0 = one a core")] = None,
) -> None:
    """Generate the dataset, add your own entries, print entries, splits and digest.

    Without --out a finished dataset of the same settings is used again. Bad rows of your own data are set aside in
    quarantine/ with their reasons; the good ones are used.
    """
    from data_validation.build import BuildTools, build_dataset, ensure_dataset
    from data_validation.progress import progress_bar
    from flows.progress_lines import progress_lines
    from flows.whole_buildings import loader

    given = {"own_data_dir": own, "entries_per_problem": entries, "seed": seed, "workers": workers}
    options, root = _options(given)
    found = _problems(options)
    total = options.entries_per_problem * len(found)
    with progress_lines("dataset: build"), progress_bar(total) as progress:
        tools = BuildTools(load=loader(whole_buildings=options.whole_buildings), progress=progress)
        if out is None:
            folder, manifest = ensure_dataset(found, options, root, tools)
        else:
            folder, manifest = out, build_dataset(found, options, out, tools)
    for name, record in sorted(manifest.problems.items()):
        splits = ", ".join(f"{split} {count:,}" for split, count in record.splits.items())
        extra = f", own {record.own_rows:,}" if options.own_data_dir else ""
        extra += f", reviewed {record.reviewed_rows:,}" if record.reviewed_rows else ""
        extra += f" (refused {record.own_rows_refused:,})" if extra else ""
        typer.echo(f"{name:20} {record.rows:>9,} entries: {splits}{extra}")
    if manifest.quarantined_rows:
        typer.echo(f"{manifest.quarantined_rows:,} bad rows are set aside in {folder / 'quarantine'}")
    typer.echo(f"{manifest.entries:,} entries in {folder}\nsha256 {manifest.sha256}")


@app.command()
def validate(
    folder: Annotated[
        Path | None, typer.Argument(help="a built dataset, or a folder of your own files; default: the built one")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="folder for data docs and summary")] = None,
    quarantine: Annotated[bool, typer.Option("--quarantine", help="move bad rows out, then judge the rest")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the summary as JSON")] = False,
) -> None:
    """Check every expectation; exit code 1 unless all hold. Bad rows are named with file, row, column and reason.

    With --quarantine bad rows of a built dataset are moved out and its manifest is written anew; of a folder of your
    own files they are copied into quarantine/ and the files are left as they are.
    """
    from data_validation.manifest import MANIFEST_FILE, dataset_key
    from data_validation.quarantine import quarantine_dataset
    from data_validation.validation import BadRows, ValidationTools, validate_dataset

    options, root = _options({})
    chosen = folder or root / dataset_key(_problems(options), options)
    tools = ValidationTools()
    if quarantine and (chosen / MANIFEST_FILE).is_file():
        moved = quarantine_dataset(chosen, _problems(options))
        typer.echo(f"{moved.total:,} bad rows moved to {moved.folder}", err=True)
    elif quarantine:
        tools = ValidationTools(bad_rows=BadRows.SET_ASIDE)
    report_dir = report or root.parent / "reports" / chosen.resolve().name
    outcome = validate_dataset(chosen, _problems(options), report_dir, options, tools)
    if as_json:
        typer.echo(json.dumps(outcome.to_json(), indent=2, default=str))
    else:
        _show(outcome)
    if not outcome.passed:
        raise typer.Exit(1)


@app.command()
def push(
    place: Annotated[str, typer.Argument(help="where to: s3://bucket/folder")],
    folder: Annotated[Path | None, typer.Argument(help="a built dataset; default: the one the flow uses")] = None,
) -> None:
    """Put a built dataset on S3, its files compared with its manifest first."""
    from data_validation.manifest import dataset_key
    from flows.dataset_store import open_place, push_dataset

    options, root = _options({})
    chosen = folder or root / dataset_key(_problems(options), options)
    manifest = push_dataset(chosen, open_place(place, _s3_settings()))
    typer.echo(f"{manifest.entries:,} entries in {place}\nsha256 {manifest.sha256}")


@app.command()
def pull(
    place: Annotated[str, typer.Argument(help="where from: s3://bucket/folder")],
    folder: Annotated[Path, typer.Argument(help="new folder")],
    own: Annotated[bool, typer.Option("--own", help="files of your own entries, not a built dataset")] = False,
) -> None:
    """Fetch a dataset from S3, each file compared with its manifest; or, with --own, files for `build --own`."""
    from flows.dataset_store import fetch_own, open_place, pull_dataset

    opened = open_place(place, _s3_settings())
    if own:
        typer.echo(f"{', '.join(fetch_own(opened, folder))} in {folder}")
        return
    manifest = pull_dataset(opened, folder)
    typer.echo(f"{manifest.entries:,} entries in {folder}\nsha256 {manifest.sha256}")


@app.command()
def columns(
    problem: Annotated[
        str | None, typer.Argument(help="one problem, for example section_optimizer; default: all")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="print the page that docs/columns.md holds")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the columns as JSON")] = False,
) -> None:
    """List the columns of each problem's file: role, kind, unit, whether own data needs it, what it may hold."""
    from data_validation.columns import describe_columns
    from flows.documents import columns_page
    from structural.problems import PROBLEM_NAMES, load_problem

    chosen = [load_problem(name) for name in PROBLEM_NAMES if problem in (None, name)]
    if not chosen:
        from flows.errors import FlowError

        raise FlowError(f"there is no problem {problem!r}; use one of {', '.join(PROBLEM_NAMES)}")
    if markdown:
        typer.echo(columns_page(chosen), nl=False)
    elif as_json:
        facts = {item.name: [asdict(column) for column in describe_columns(item)] for item in chosen}
        typer.echo(json.dumps(facts, indent=2))
    else:
        from flows.cli.screen import show_columns

        for item in chosen:
            show_columns(item.name, describe_columns(item))


def _options(given: dict[str, Any]) -> "tuple[DatasetSettings, Path]":
    """Return the dataset settings, with what was given in the command line before them, and the folder of datasets."""
    from configs import load_settings
    from flows.dataset import dataset_options

    chosen = {name: value for name, value in given.items() if value is not None}
    settings = load_settings()
    return dataset_options(settings, **chosen), settings.paths.work / "datasets"


def _s3_settings() -> "ModelsSettings":
    from configs import load_settings

    return load_settings().models


def _problems(options: "DatasetSettings") -> list[Any]:
    from flows.dataset import problems

    return problems(options)


def _show(outcome: "ValidationReport") -> None:
    for error in outcome.errors:
        typer.echo(f"refused: {error}")
    for row in outcome.bad_rows[:_ROWS_SHOWN]:
        typer.echo(f"bad row: {row}")
    if outcome.bad_rows_total > _ROWS_SHOWN:
        typer.echo(f"… {outcome.bad_rows_total:,} bad rows in all, listed in {outcome.summary_file.parent}")
    failures = [f"{suite.suite}: {failure}" for suite in outcome.suites for failure in suite.failures]
    for failure in failures[:_FAILURES_SHOWN]:
        typer.echo(f"failed: {failure}")
    if len(failures) > _FAILURES_SHOWN:
        typer.echo(f"… {len(failures)} failed expectations in all, listed in {outcome.summary_file}")
    for note in outcome.notes:
        typer.echo(f"note: {note}")
    verdict = "passed" if outcome.passed else "FAILED"
    held = f"{outcome.expectations_passed} of {outcome.expectations_total} expectations hold"
    aside = f", {outcome.quarantined_rows:,} rows in quarantine" if outcome.quarantined_rows else ""
    typer.echo(f"{verdict}: {held}, {outcome.rows:,} rows{aside}\ndata docs: {outcome.index_page}")
