"""Print how long the promoted models take alone, on one thread: ``python benchmarks/bench_inference.py``.

Measured as the gate measures it (`flows.inference`): from the question to the proposal, without HTTP and without the
engine's proof; the p95 of the quietest round. The models are those in service by the ledger of the work
folder (``.sdai``), the questions freshly drawn from a fixed seed.
"""

import os

import numpy as np

from configs import load_settings
from configs.settings import Settings
from flows.documents import MISSING, markdown_table, milliseconds
from flows.environment import prepare_environment
from flows.inference import (
    CALLS_A_ROUND,
    QUESTIONS_A_CALL,
    ROUNDS,
    WARM_UP_CALLS,
    InferenceTiming,
    time_inference,
)
from flows.machine import describe_machine
from serving.artifacts import Artifact, open_source
from serving.loaded_models import NOTHING_PROMOTED
from serving.predictors.contract import load_predictor
from structural.problem import Role
from structural.problems import PROBLEM_NAMES, load_problem
from structural.tables import Table

SEED = 2_024
QUESTIONS = WARM_UP_CALLS + ROUNDS * CALLS_A_ROUND
PAIRS = 2_560
HEAD = ("model", "version", "questions a call", "median", "p95", "limit", "within", "busy threads")


def draw_questions(problem: str) -> Table:
    """Return questions enough to ask none twice, or, of batches, enough for ten different ones."""
    found = load_problem(problem)
    drawn = found.sample(PAIRS if problem in QUESTIONS_A_CALL else QUESTIONS, np.random.default_rng(SEED))
    return {name: drawn[name] for name in found.names(Role.QUESTION)}


def row(problem: str, artifact: Artifact | None, limit_ms: float) -> tuple[str, ...]:
    """Return the table's row of one model; one that is not in service has its reason instead of figures."""
    if artifact is None:
        return (problem, NOTHING_PROMOTED, *[MISSING] * 3, milliseconds(limit_ms), MISSING, MISSING)
    timing = time_inference(problem, load_predictor(problem, artifact.locate()), draw_questions(problem))
    return (problem, artifact.version, *cells(timing, limit_ms))


def cells(timing: InferenceTiming, limit_ms: float) -> tuple[str, ...]:
    """Return the figures of one model as cells."""
    within = "yes" if timing.p95_ms <= limit_ms else "no"
    times = (milliseconds(value) for value in (timing.p50_ms, timing.p95_ms, limit_ms))
    return (str(timing.questions), *times, within, f"{timing.cpu_share:.2f}")


def table(settings: Settings) -> str:
    """Measure every model in service and return the table as Markdown."""
    artifacts = open_source(settings.store_url, os.environ).poll() or {}
    limits_ms = settings.gates.inference_p95_ms
    return markdown_table(HEAD, [row(name, artifacts.get(name), limits_ms[name]) for name in PROBLEM_NAMES])


def main() -> None:
    """Print the machine and the table."""
    settings = load_settings()
    prepare_environment(settings)
    print(f"Machine: {describe_machine()}.\n")
    print(table(settings))


if __name__ == "__main__":
    main()
