"""Train every model without each of its parts and write what the parts buy into ``docs/ablations.md``.

    python benchmarks/run_ablations.py [--models NAME ...] [--entries N] [--page FILE]

Trains on the dataset of the settings (built when it is not there; ``--entries`` takes a smaller one) and measures on
the validation split. Each variant is an MLflow run of the experiment ``ablations``. What has been measured is kept
below ``.sdai/ablations``: a run that was stopped goes on where it was, and the page shows all that is there.
"""

import argparse
import sys
import time
from pathlib import Path

from configs import Settings, load_settings
from configs.settings import PROJECT_ROOT
from flows.ablations.measuring import Bench
from flows.ablations.page import lines_of, page
from flows.ablations.tracking import ablation_tracker, log_variant
from flows.ablations.variants import Variant, variants_of
from flows.dataset import build_with
from flows.environment import prepare_environment
from flows.errors import FlowError
from flows.lock import only_run
from structural.problems import PROBLEM_NAMES

PAGE = PROJECT_ROOT / "docs" / "ablations.md"


def main(arguments: argparse.Namespace) -> int:
    """Measure what has not been measured of the chosen models, log it, and write the page; returns the exit code.

    A model whose training fails is told and does not keep the others from being measured.
    """
    settings = load_settings()
    prepare_environment(settings)
    with only_run(settings.paths.work / "ablations.lock"):
        bench = Bench(settings, _dataset(settings, arguments.entries))
        failed = [problem for problem in arguments.models if not _measure_all(bench, problem)]
        there = [problem for problem in PROBLEM_NAMES if problem in bench.dataset["files"]]
        text = page(bench.dataset, {problem: lines_of(bench, problem) for problem in there})
    arguments.page.write_text(text, encoding="utf-8")
    print(f"{text}\nwritten to {arguments.page}")
    if failed:
        print(f"not measured to the end: {', '.join(failed)}; run again to go on", file=sys.stderr)
    return 1 if failed else 0


def _dataset(settings: Settings, entries: int | None) -> dict:
    options = settings.dataset
    if entries is not None:
        options = options.model_copy(update={"entries_per_problem": entries})
    return build_with(options, settings.paths.work / "datasets", show_progress=settings.training.show_progress)


def _measure_all(bench: Bench, problem: str) -> bool:
    """Measure all variants of a model and log them; returns whether all went well."""
    variants = variants_of(problem)
    try:
        for number, variant in enumerate(variants, start=1):
            _measure(bench, problem, variant, f"[{problem}, {number} of {len(variants)}] {variant.name}")
        _log(bench, problem)
    except FlowError as error:
        print(f"{problem}: {error}", file=sys.stderr, flush=True)
        return False
    return True


def _measure(bench: Bench, problem: str, variant: Variant, what: str) -> None:
    """Measure one variant unless that has been done, telling what is going on and what came out."""
    kept = bench.find(problem, variant)
    if kept is None:
        print(f"{what} …", flush=True)
    started = time.perf_counter()
    result = kept or bench.measure(problem, variant)
    took = "kept from before" if kept else f"{time.perf_counter() - started:.0f} s"
    print(f"{what}: {100 * result.accuracy:.2f} % of {result.count:,} validation entries ({took})", flush=True)


def _log(bench: Bench, problem: str) -> None:
    """Write the measured variants of a model to MLflow."""
    tracker, lines = ablation_tracker(bench.settings), lines_of(bench, problem)
    for line in lines:
        log_variant(tracker, line.result, lines[0].result, line.gain, bench.dataset["files"][problem])


def parse(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=PROBLEM_NAMES, default=list(PROBLEM_NAMES), metavar="NAME")
    parser.add_argument("--entries", type=int, help="entries a problem; default: those of the settings")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the page is written")
    return parser.parse_args(words)


if __name__ == "__main__":
    try:
        sys.exit(main(parse(sys.argv[1:])))
    except FlowError as error:
        sys.exit(f"no page: {error}")
