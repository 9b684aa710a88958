"""The quarterly expansion: a larger dataset, further variants of the models, the same gates, and a cost report.

``sdai expand`` is the way in by hand. The dataset grows by ``more_entries`` over the settings' size, or over that of
the last completed expansion. What passes the gates comes into service like any other version; what the settings
would have to say for the monthly run to start from there stands in the report.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from configs import Settings, load_settings
from configs.rollout_settings import PromotionPath
from flows.actors import Start, run_actor
from flows.documents import gate_table, markdown_table, percent
from flows.environment import PROGRESS_LOGGER
from flows.expansion.costs import Line, Prices, Served, cost_lines, folder_bytes
from flows.expansion.variants import CONFIGURED, Attempt, train_variants
from flows.lock import only_run
from flows.monthly_retraining import choose_task_runner, prefect_scheduled
from flows.notify import Notice, Notifier
from flows.records import RunRecord, new_run_id, read_all
from flows.steps import Steps
from flows.tracking import Tracker
from serving.store.database import open_database
from serving.store.monitoring import Span, time_served
from structural.problems import PROBLEM_NAMES

log = logging.getLogger(PROGRESS_LOGGER)
ARTIFACT_KEY = "quarterly-expansion"
KIND = "expansion"
QUARTER = timedelta(days=91)


@flow(name="quarterly-expansion", validate_parameters=False, retries=0)
def quarterly_expansion(run_id: str = "", scheduled: bool = False, promotion: str = "") -> dict[str, Any]:
    """Grow the dataset, train variants, gate the best of each model; returns the run's record.

    ``promotion`` as in `flows.monthly_retraining`.
    """
    settings = load_settings()
    with only_run(settings.paths.work / "run.lock"):
        runs = settings.paths.work / "runs"
        grown = with_entries(settings, entries_after_growth(settings, read_all(runs)))
        record = RunRecord(runs, run_id or new_run_id())
        actor = run_actor(Start.SCHEDULED if scheduled or prefect_scheduled() else Start.BY_HAND)
        record.note(actor=actor, kind=KIND, entries_per_problem=grown.dataset.entries_per_problem)
        try:
            path = PromotionPath(promotion) if promotion else settings.rollout.promotion
            attempts = _expand(Steps(grown, record, path))
            # Before "completed": completed expansions are what the next one grows over, so one that is tried again
            # because its report failed would grow the dataset a second time.
            _publish(grown, record, attempts)
        except BaseException as error:
            record.finish("failed", str(error) or type(error).__name__)
            raise
        record.finish("completed")
    return record.content


def expand(run_id: str = "", scheduled: bool = False, promotion: str = "") -> dict[str, Any]:
    """Run the flow where the settings say: on this machine or on their Dask cluster."""
    configured = quarterly_expansion.with_options(task_runner=choose_task_runner(load_settings()))
    return configured(run_id, scheduled, promotion)


def entries_after_growth(settings: Settings, records: Sequence[Mapping[str, Any]]) -> int:
    """Return the entries a problem of the next expansion; ``records`` are those of earlier runs."""
    done = [
        int(record["entries_per_problem"])
        for record in records
        if record.get("kind") == KIND and record.get("state") == "completed"
    ]
    more = -(-settings.expansion.more_entries // len(PROBLEM_NAMES))
    return max([settings.dataset.entries_per_problem, *done]) + more


def with_entries(settings: Settings, entries_per_problem: int) -> Settings:
    """Return the settings with another size of the dataset."""
    dataset = settings.dataset.model_copy(update={"entries_per_problem": entries_per_problem})
    return replace(settings, dataset=dataset)


def _expand(steps: Steps) -> list[Attempt]:
    dataset = steps.build()
    dataset |= steps.validate(dataset)
    attempts = train_variants(steps, dataset)
    steps.evaluate(dataset)
    steps.probe()
    steps.register(dataset)
    steps.gate()
    steps.promote()
    return attempts


def _publish(settings: Settings, record: RunRecord, attempts: Sequence[Attempt]) -> None:
    text = page(record.content, attempts, _costs(settings, record.content, attempts), settings)
    file = settings.paths.work / "reports" / "expansion" / f"{record.run_id}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    tracker = Tracker(settings)
    tracker.log_text(tracker.parent(record.run_id, {}), text, "expansion.md")
    create_markdown_artifact(text, key=ARTIFACT_KEY, description=f"Expansion {record.run_id}")
    log.info("expansion: %s", file)
    promoted = [name for name, facts in record.content["models"].items() if facts.get("promoted")]
    body = f"{record.content['dataset']['entries']:,} entries; better: {', '.join(promoted) or 'none'}. Report: {file}"
    Notifier(settings.notify).tell(Notice("Quarterly expansion done", body))


def _costs(settings: Settings, record: Mapping[str, Any], attempts: Sequence[Attempt]) -> list[Line]:
    now = datetime.now(UTC)
    engine = open_database(settings.store_url)
    try:
        counted = {name: time_served(engine, Span(name, now - QUARTER, now)) for name in PROBLEM_NAMES}
    finally:
        engine.dispose()
    served = [Served(name, count, seconds) for name, (count, seconds) in counted.items()]
    telemetry, expansion = settings.telemetry, settings.expansion
    per_cpu_hour = telemetry.task_usd_per_hour / telemetry.task_cpus
    prices = Prices(expansion.training_usd_per_hour, per_cpu_hour, expansion.storage_usd_per_gb_month)
    training = {f"{item.model} ({item.variant})": item.seconds for item in attempts}
    other_s = sum(stage["seconds"] for name, stage in record["stages"].items() if name != "train")
    work = settings.paths.work
    kept: list[Path] = [work / "datasets", work / "artifacts", work / "bentoml", settings.paths.mlruns]
    return cost_lines(training, other_s, served, folder_bytes(kept), prices)


def page(record: Mapping[str, Any], attempts: Sequence[Attempt], costs: Sequence[Line], settings: Settings) -> str:
    """Return the report: what was tried, what the gates said, what it cost, what to set to go on from there."""
    rows = [
        (
            item.model,
            item.variant,
            percent(item.accuracy),
            f"{item.seconds:.0f} s",
            "taken" if record["models"][item.model].get("variant") == item.variant else item.failure,
        )
        for item in attempts
    ]
    money = [(line.what, line.amount, f"{line.usd:.4f}") for line in costs]
    money.append(("total", "", f"{sum(line.usd for line in costs):.4f}"))
    return (
        f"# Quarterly expansion {record['run_id']}\n\n"
        f"{record['dataset']['entries']:,} entries, sha256 `{record['dataset']['sha256']}`.\n\n"
        "## Tried, by accuracy on the validation split\n\n"
        f"{markdown_table(('model', 'variant', 'validation', 'training', ''), rows)}\n"
        f"## Gates\n\n{gate_table(record['models'])}\n"
        f"## Cost\n\n{markdown_table(('what', 'amount', 'USD'), money)}\n"
        f"## To go on from here\n\n{_adoption(record, attempts, settings)}"
    )


def _adoption(record: Mapping[str, Any], attempts: Sequence[Attempt], settings: Settings) -> str:
    lines = [f"dataset.yaml:  entries_per_problem: {settings.dataset.entries_per_problem}"]
    for item in attempts:
        facts = record["models"][item.model]
        if item.variant != CONFIGURED and facts.get("variant") == item.variant and facts.get("verdict") == "pass":
            changed = settings.expansion.variants[item.model][item.variant]
            lines.append(f"training.yaml: {item.model}: {changed}")
    body = "\n".join(lines)
    return f"The monthly run keeps its own size and parameters until `configs/` says otherwise:\n\n```\n{body}\n```\n"
