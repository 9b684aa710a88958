"""``sdai run``: the flow, then the sample requests to the promoted models."""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.logging import RichHandler

from configs import Settings
from flows.cli.screen import WIDEST_PIPE, console, show_answer, show_health, show_run, show_samples_file
from flows.environment import PROGRESS_LOGGER
from flows.prefect_server import prefect_server
from flows.promotion import versions_in_service
from flows.records import add_stage, write_json
from flows.samples import ROUTES, sample_request, write_sample_models
from flows.service_process import running_service
from structural.problems import PROBLEM_NAMES

log = logging.getLogger(PROGRESS_LOGGER)
SAMPLES_FILE = "samples.json"
"""Below ``<work>/runs/<run id>/``: the sample requests and what the service answered."""


def run_everything(settings: Settings, serve_samples: bool, scheduled: bool = False) -> None:
    """Run the flow, ask the service the five samples, show the gate table."""
    runs = settings.paths.work / "runs"
    began = time.monotonic()
    show_progress_lines()
    with prefect_server():
        from flows.monthly_retraining import retrain

        show_progress_lines()  # importing Prefect has put its own handlers in
        start_seconds = time.monotonic() - began
        run_id = retrain(scheduled=scheduled)["run_id"]
    record = add_stage(runs, run_id, "start", start_seconds)
    unavailable: list[str] = []
    if serve_samples:
        began = time.monotonic()
        unavailable = ask_samples(settings, runs / run_id / SAMPLES_FILE)
        record = add_stage(runs, run_id, "samples", time.monotonic() - began)
    show_run(record, versions_in_service(settings))
    if unavailable:
        names = ", ".join(unavailable)
        console().print(f"\nNo promoted version, the endpoint answers 503 (the others answer): {names}", style="yellow")


@contextmanager
def told_when_stopped(what_next: str) -> Iterator[None]:
    """Say at Ctrl-C during the block what goes on and how, and end with code 130."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"stopped; {what_next}", err=True)
        raise typer.Exit(130) from None


def show_progress_lines() -> None:
    """Print the flow's own progress on standard error; Prefect stores the same lines."""
    logger = logging.getLogger(PROGRESS_LOGGER)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    for handler in [*logger.handlers]:
        if isinstance(handler, logging.StreamHandler):  # Prefect's own console, which would show each line twice
            logger.removeHandler(handler)
    if not any(isinstance(handler, RichHandler) for handler in logger.handlers):
        screen = Console(stderr=True)
        if not screen.is_terminal:
            screen = Console(stderr=True, width=max(screen.width, WIDEST_PIPE))
        logger.addHandler(RichHandler(console=screen, show_path=False, show_level=False, log_time_format="%H:%M:%S"))


def ask_samples(settings: Settings, file: Path) -> list[str]:
    """Start the service on the promoted versions and ask the five samples; return the models that answer 503.

    The screen shows the answers in short, the file holds requests and answers whole.
    """
    log.info("the service answers the five sample requests")
    write_sample_models(settings.paths.ifc_models)
    models_folder = Path(os.environ["BENTOML_HOME"]) / "models"
    unavailable, exchanges = [], []
    with running_service({}, models_folder) as client:
        health: dict[str, Any] = client.get("/api/v1/health").body
        show_health(health)
        for problem in PROBLEM_NAMES:
            request = sample_request(problem)
            answer = client.post(ROUTES[problem], request)
            show_answer(ROUTES[problem], request, answer.status, answer.body, answer.elapsed_ms)
            exchanges.append(
                {
                    "model": problem,
                    "method": "POST",
                    "path": ROUTES[problem],
                    "request": request,
                    "status": answer.status,
                    "elapsed_ms": round(answer.elapsed_ms, 3),
                    "answer": answer.body,
                }
            )
            if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
                unavailable.append(problem)
    write_json(file, {"health": health, "exchanges": exchanges})
    show_samples_file(file)
    return unavailable
