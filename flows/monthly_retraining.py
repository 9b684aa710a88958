"""The monthly retraining: build, validate, train five, evaluate, probe, register, gate, promote.

``sdai run`` is the usual way in. From Python, call `flows.environment.prepare_environment` first, then
`retrain`. A killed run is started again the same way: finished work is found by its key and not repeated.
"""

import logging
from typing import Any

from prefect import flow
from prefect.artifacts import create_link_artifact, create_markdown_artifact
from prefect.context import FlowRunContext
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from configs import Settings, load_settings
from configs.rollout_settings import PromotionPath
from flows.actors import Start, run_actor
from flows.documents import gate_table
from flows.environment import PROGRESS_LOGGER
from flows.lock import only_run
from flows.records import RunRecord, new_run_id
from flows.steps import Steps

log = logging.getLogger(PROGRESS_LOGGER)


@flow(name="monthly-retraining", validate_parameters=False, retries=0)
def monthly_retraining(run_id: str = "", scheduled: bool = False, promotion: str = "") -> dict[str, Any]:
    """Retrain all models; returns the run's record. Refused models are verdicts, not failures of the run.

    ``scheduled``: a timer started this run; a run that Prefect's own scheduler started knows by itself.
    ``promotion``: ``direct``, ``canary`` or ``canary_ab`` for versions that win against the champion, empty: as the
    settings say. The rollouts that begin are carried to their ends by `flows.rollout.flow.canary_rollout`.
    """
    settings = load_settings()
    with only_run(settings.paths.work / "run.lock"):
        record = RunRecord(settings.paths.work / "runs", run_id or new_run_id())
        record.note(actor=run_actor(Start.SCHEDULED if scheduled or prefect_scheduled() else Start.BY_HAND))
        path = PromotionPath(promotion) if promotion else settings.rollout.promotion
        try:
            _retrain_all(Steps(settings, record, path))
        except BaseException as error:
            record.finish("failed", str(error) or type(error).__name__)
            raise
        record.finish("completed")
        _publish(record)
    return record.content


def prefect_scheduled() -> bool:
    """Tell whether this flow run comes from a schedule of a Prefect deployment."""
    context = FlowRunContext.get()
    return context is not None and context.flow_run is not None and bool(context.flow_run.auto_scheduled)


def _retrain_all(steps: Steps) -> None:
    dataset = steps.build()
    dataset |= steps.validate(dataset)
    steps.train(dataset)
    steps.evaluate(dataset)
    steps.probe()
    steps.register(dataset)
    steps.gate()
    steps.promote()


def _publish(record: RunRecord) -> None:
    """Show the gate table and the way to the reports in Prefect."""
    create_markdown_artifact(
        gate_table(record.content["models"]), key="gate-table", description=f"Gate verdicts of run {record.run_id}"
    )
    docs = record.content["dataset"].get("docs")
    if docs:
        create_link_artifact(docs, link_text="data docs", key="data-docs", description="Great Expectations report")


def choose_task_runner(settings: Settings) -> TaskRunner[Any]:
    """Return Dask when a cluster is set, else as many tasks at a time as models are trained side by side."""
    if settings.flows.dask_address is None:
        return ThreadPoolTaskRunner(max_workers=settings.training.at_once)
    from prefect_dask import DaskTaskRunner

    runner: TaskRunner[Any] = DaskTaskRunner(address=settings.flows.dask_address)
    return runner


def retrain(run_id: str = "", scheduled: bool = False, promotion: str = "") -> dict[str, Any]:
    """Run the flow where the settings say: on this machine or on their Dask cluster."""
    configured = monthly_retraining.with_options(task_runner=choose_task_runner(load_settings()))
    return configured(run_id, scheduled, promotion)
