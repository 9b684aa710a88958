"""``sdai lineage``: from an answer to its data, and from data or a version to the answers."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from flows.lineage import Lineage
    from serving.store.predictions import GivenAnswer, StoredPrediction

MISSING = "not known"
PAGE = 20


def lineage(  # noqa: PLR0913  (each is an option of the command line)
    answer: Annotated[str | None, typer.Argument(help="prediction_id or request_id of an answer")] = None,
    version: Annotated[str | None, typer.Option(help="a version, for example 1-fd42977c or risk_analyzer:1-…")] = None,
    dataset: Annotated[
        str | None, typer.Option(help="sha256 of a dataset or of one of its files, or its start")
    ] = None,
    ids: Annotated[
        bool, typer.Option("--ids", help="with --version or --dataset: which answers they are, newest first")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, max=1_000, help="with --ids: answers a page; default 20")] = None,
    before: Annotated[str | None, typer.Option(help="with --ids: the prediction id that ended the page before")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="machine-readable, for scripts")] = False,
) -> None:
    """Show where an answer came from: version, decision, run, dataset, source; or what came of a version or dataset."""
    from configs import load_settings
    from flows.environment import prepare_environment
    from flows.errors import FlowError
    from flows.lineage import Tracing, cached
    from flows.tracking import Tracker
    from serving.store import open_database

    if sum(given is not None for given in (answer, version, dataset)) != 1:
        raise FlowError("give one of: the id of an answer, --version, --dataset")
    if answer is not None and ids:
        raise FlowError("--ids goes from a --version or a --dataset to its answers; the id of an answer is one already")
    if not ids and (limit is not None or before is not None):
        raise FlowError("--limit and --before are of the pages that --ids shows; add --ids")
    limit = limit or PAGE
    settings = load_settings()
    prepare_environment(settings)
    engine = open_database(settings.store_url)
    try:
        tracing = Tracing(engine, cached(Tracker(settings).origins))
        answers: list[tuple[StoredPrediction, Lineage]] = []
        if answer is not None:
            answers = tracing.of_answer(answer)
            lineages = list({(row.model, row.version): row for _, row in answers}.values())
        else:
            lineages = tracing.of_version(version) if version is not None else tracing.of_dataset(str(dataset))
        page = tracing.answers_of(lineages, limit, before) if ids else []
    finally:
        engine.dispose()
    given = [prediction for prediction, _ in answers]
    if as_json:
        told = _to_json(given, lineages) | ({"answer_ids": [asdict(row) for row in page]} if ids else {})
        typer.echo(json.dumps(told, indent=2, default=str))
        return
    for prediction in given:
        typer.echo("\n".join(_answer_lines(prediction)))
    for item in lineages:
        typer.echo("\n".join(_version_lines(item)))
    for row in page:
        typer.echo(_id_line(row))
    if len(page) == limit:
        typer.echo(f"older ones: --before {page[-1].id}")


def _to_json(answers: "Sequence[StoredPrediction]", lineages: "Sequence[Lineage]") -> dict[str, Any]:
    versions = [asdict(item) | {"dataset_sha256": item.dataset_sha256} for item in lineages]
    return {"answers": [asdict(answer) for answer in answers], "versions": versions}


def _id_line(row: "GivenAnswer") -> str:
    item = "" if row.item_index is None else f", item {row.item_index}"
    by = f"{row.model} {row.model_version}, arm {row.arm or MISSING}, {row.status}"
    return f"  {row.created_at:%Y-%m-%d %H:%M:%S}  {row.id} (request {row.request_id}{item}), {by}"


def _answer_lines(answer: "StoredPrediction") -> list[str]:
    item = "" if answer.item_index is None else f", item {answer.item_index}"
    sure = "" if answer.confidence is None else f", confidence {answer.confidence:.4f}"
    return [
        f"answer      {answer.id} (request {answer.request_id}{item})",
        f"  given     {answer.created_at:%Y-%m-%d %H:%M:%S} UTC to {answer.client_id}, {answer.status}{sure}",
        f"  by        {answer.model} {answer.model_version}, arm {answer.arm or MISSING}",
        f"  input     sha256 {answer.input_hash}",
    ]


def _version_lines(item: "Lineage") -> list[str]:
    origin, stored, use = item.origin, item.stored, item.use
    lines = [f"version     {item.model} {item.version}"]
    if stored is not None:
        lines.append(
            f"  accuracy  {100 * stored.accuracy:.2f} % on the holdout, target {100 * stored.target_accuracy:g} %"
        )
        lines.append(f"  files     {stored.model_path}")
    lines.append(f"  artifact  sha256 {item.artifact_sha256 or MISSING}")
    for row in item.decisions:
        lines.append(f"  decided   {row.created_at:%Y-%m-%d %H:%M:%S} UTC {row.action} by {row.actor}: {row.reason}")
    if origin is None:
        lines.append("  trained   MLflow does not know this version")
    else:
        run = f"MLflow run {origin.mlflow_run_id} (run {origin.run_id or MISSING})"
        lines.append(f"  trained   {origin.started_at:%Y-%m-%d %H:%M:%S} UTC, {run}")
        lines.append(f"  source    commit {origin.commit or MISSING}")
        lines += _dataset_lines(item)
    when = f", {use.first_at:%Y-%m-%d %H:%M} to {use.last_at:%Y-%m-%d %H:%M}" if use.first_at and use.last_at else ""
    lines.append(f"  answers   {use.answered:,} given, {use.failed:,} failed{when}; {use.feedback:,} reports on them")
    return lines


def _dataset_lines(item: "Lineage") -> list[str]:
    path = item.origin.dataset_path if item.origin else None
    lines = [
        f"  dataset   sha256 {item.dataset_sha256 or MISSING}",
        f"  its file  sha256 {item.dataset_file_sha256 or MISSING}, {path or MISSING}",
    ]
    facts = item.dataset
    if facts:
        settings = facts.get("settings", {})
        lines.append(
            f"            {facts.get('rows', 0):,} entries of this model ({facts.get('own_rows', 0):,} own, "
            f"{facts.get('reviewed_rows', 0):,} reviewed), "
            f"generator {facts.get('generator_version')}, seed {settings.get('seed')}"
        )
    return lines
