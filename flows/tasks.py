"""The Prefect tasks: thin wrappers that add caching and retries to plain functions.

Work that is expensive and depends on its inputs alone (validation, training, evaluation, probing) keeps its result
under the key of its order, so a killed run resumes. Steps with effects elsewhere are never cached and may be repeated.
Every kept result carries the id of the run that did the work.
"""

import time
from collections.abc import Callable
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from flows.errors import RetryableError
from flows.processes import run_worker

Order = dict[str, Any]
KeyFunction = Callable[[Any, dict[str, Any]], str]


def _keyed(kind: str) -> KeyFunction:
    def key(_context: Any, parameters: dict[str, Any]) -> str:
        return f"{kind}-{parameters['order']['key']}"

    return key


def may_pass(_task: Any, _task_run: Any, state: Any) -> bool:
    """Tell whether a failure is worth trying again: not the project's own errors, unless they say so."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, RetryableError)


@task(name="build dataset", cache_policy=NO_CACHE, retry_condition_fn=may_pass)
def build_dataset(order: Order) -> dict[str, Any]:
    """Build the dataset or find it finished."""
    return run_worker("build", order, order["threads"])


@task(
    name="validate dataset",
    persist_result=True,
    result_serializer="json",
    cache_key_fn=_keyed("validate"),
    retry_condition_fn=may_pass,
)
def validate_dataset(order: Order, run_id: str) -> dict[str, Any]:
    """Check the dataset against its contract; a failed expectation raises."""
    return run_worker("validate", order, order["threads"]) | {"run_id": run_id}


@task(
    name="train",
    task_run_name="train {order[problem]}",
    persist_result=True,
    result_serializer="json",
    cache_key_fn=_keyed("train"),
    retry_condition_fn=may_pass,
)
def train_model(order: Order, run_id: str) -> dict[str, Any]:
    """Train one model in a process of its own; returns report, artifact folder and digest."""
    return run_worker("train", order, order["threads"]) | {"run_id": run_id}


@task(
    name="evaluate",
    task_run_name="evaluate {order[problem]}",
    persist_result=True,
    result_serializer="json",
    cache_key_fn=_keyed("evaluate"),
    retry_condition_fn=may_pass,
)
def evaluate_model(order: Order, run_id: str, threads: int) -> dict[str, Any]:
    """Measure one artifact on the sealed holdout in a process of its own."""
    fields = {name: value for name, value in order.items() if name != "key"}
    return run_worker("evaluate", fields, threads) | {"run_id": run_id}


@task(
    name="probe service",
    persist_result=True,
    result_serializer="json",
    cache_key_fn=_keyed("probe"),
)
def probe_service(order: Order, run_id: str) -> dict[str, Any]:
    """Try all candidates in the real service."""
    from flows.serveability import probe_candidates

    started = time.perf_counter()
    probes = probe_candidates(order["artifacts"], order["requests"])
    return {"probes": probes, "seconds": time.perf_counter() - started, "run_id": run_id}


@task(cache_policy=NO_CACHE)
def with_retries(step: Callable[[], None]) -> None:
    """Do a step with effects elsewhere; the step must bear being repeated."""
    step()
