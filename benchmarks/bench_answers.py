"""Print the processor time of one cold answer: ``python benchmarks/bench_answers.py [--profile PROBLEM]``.

From a validated request to its response model, one thread, no HTTP, no cache: what a worker spends on a question that
nobody asked before, the engine's proof included (`bench_inference.py` times the model's part alone). The models are the
ones trained last in the work folder (``.sdai``), in service or not; the questions are freshly drawn from a fixed seed.
"""

import argparse
import cProfile
import json
import pstats
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from configs import load_settings
from flows.documents import MISSING, markdown_table, milliseconds
from flows.environment import prepare_environment
from flows.machine import describe_machine
from serving.errors import RequestError
from serving.predictors.contract import load_predictor
from serving.predictors.onnx import MODEL_CARD_FILE
from structural.problem import Role
from structural.problems import load_problem
from structural.tables import UNSPECIFIED, Table

SEED = 7_001
PROBLEMS = ("connection_designer", "section_optimizer", "compliance_checker", "risk_analyzer")
"""The endpoints that answer one design question; the clash detector answers a whole model."""
WARM_UP = 1_000
"""A worker that has run for seconds has met the shapes, grades and words that come again and again."""
QUESTIONS = 1_000
HEAD = ("model", "questions", "mean", "median", "p95")
PROFILE_LINES = 45

Answer = Callable[[Any], Any]


def newest_artifact(work: Path, problem: str) -> Path | None:
    """Return the folder of the model trained last below a work folder, None where none was."""
    cards = sorted((work / "artifacts" / problem).glob(f"**/{MODEL_CARD_FILE}"), key=lambda card: card.stat().st_mtime)
    return cards[-1].parent if cards else None


def draw_requests(problem: str, count: int, seed: int = SEED) -> list[Any]:
    """Return freshly drawn questions as the requests that clients would send, validated."""
    found = load_problem(problem)
    drawn = found.sample(count, np.random.default_rng(seed))
    questions = {name: drawn[name] for name in found.names(Role.QUESTION)}
    model = import_module(f"serving.schemas.{problem}").Request
    return [model.model_validate(_body(questions, row)) for row in range(count)]


def _body(questions: Table, row: int) -> dict[str, Any]:
    """Return one question as a JSON body: what is missing is left out."""
    values = {name: column[row].item() for name, column in questions.items()}
    given = {name: value for name, value in values.items() if value != UNSPECIFIED and value == value}
    if "document" in given:
        given["design_parameters"] = json.loads(given.pop("document"))
    if "design_class" in given:
        given["design_class"] = int(given["design_class"].removeprefix("class_"))
    if "supported_member" in given:
        given = {name: value for name, value in given.items() if value != ""}
    return given


def asked(answer: Answer, request: Any) -> Any:
    """Return the answer to a request, or the error that is its answer."""
    try:
        return answer(request)
    except RequestError as error:
        return error


def processor_ms(answer: Answer, requests: Sequence[Any]) -> list[float]:
    """Return the processor time of each answer, ms."""
    times = []
    for request in requests:
        started_ns = time.thread_time_ns()
        asked(answer, request)
        times.append((time.thread_time_ns() - started_ns) / 1e6)
    return times


def row(problem: str, folder: Path | None, count: int) -> tuple[str, ...]:
    """Return the table's row of one model; one that was never trained has no figures."""
    if folder is None:
        return (problem, *[MISSING] * (len(HEAD) - 1))
    predictor = load_predictor(problem, folder)
    requests = draw_requests(problem, WARM_UP + count)
    processor_ms(predictor.answer, requests[:WARM_UP])
    times = processor_ms(predictor.answer, requests[WARM_UP:])
    figures = (float(np.mean(times)), *(float(value) for value in np.percentile(times, [50, 95])))
    return (problem, str(count), *(milliseconds(value) for value in figures))


def profile(problem: str, folder: Path, count: int) -> None:
    """Print where the time of a model's answers goes, by the time spent in each function itself."""
    predictor = load_predictor(problem, folder)
    requests = draw_requests(problem, WARM_UP + count)
    processor_ms(predictor.answer, requests[:WARM_UP])
    profiler = cProfile.Profile()
    profiler.enable()
    for request in requests[WARM_UP:]:
        asked(predictor.answer, request)
    profiler.disable()
    for order in ("tottime", "cumulative"):
        pstats.Stats(profiler).strip_dirs().sort_stats(order).print_stats(PROFILE_LINES)


def main() -> None:
    """Print the machine and the table, or the profile of one model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="questions a model")
    parser.add_argument("--work", type=Path, help="folder with artifacts/<problem>; by default the project's")
    parser.add_argument("--profile", choices=PROBLEMS, help="print where the time of this model's answers goes")
    options = parser.parse_args()
    settings = load_settings()
    prepare_environment(settings)
    work = options.work or settings.paths.work
    if options.profile:
        folder = newest_artifact(work, options.profile)
        if folder is None:
            parser.error(f"no model of {options.profile} was trained below {work}; run `make run`")
        profile(options.profile, folder, options.questions)
        return
    print(f"Machine: {describe_machine()}.\n")
    rows = [row(name, newest_artifact(work, name), options.questions) for name in PROBLEMS]
    print(markdown_table(HEAD, rows))


if __name__ == "__main__":
    main()
