"""Write the figures of a run on this machine into the model cards of docs/model_cards; nothing is measured here.

Usage: ``python -m benchmarks.write_model_cards --home DIR`` after ``sdai run``, DIR being what ``SDAI_PATHS_HOME`` was
(default: the project). Text outside of the two marks is written by people and stays.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.bench_main_job import FURTHER, written
from flows.documents import MISSING, markdown_table, milliseconds, percent, worst_slice_in_words
from flows.errors import FlowError
from flows.machine import describe_machine
from flows.records import read_latest
from structural.problems import PROBLEM_NAMES, load_problem

ROOT = Path(__file__).parents[1]
CARDS = ROOT / "docs" / "model_cards"
BEGIN = "<!-- figures: benchmarks/write_model_cards.py -->"
END = "<!-- end of figures -->"


def figures(problem: str, record: Mapping[str, Any], machine: str) -> str:
    """Return what a run's record says of a model: origin, the measured table, the slices that are looked at."""
    facts, dataset = record["models"].get(problem, {}), record["dataset"]
    low, high = facts.get("interval") or (None, None)
    error, seconds = facts.get("calibration_error"), facts.get("training_seconds")
    rows = [
        ("target", percent(facts.get("target"))),
        ("accuracy of the model alone, sealed holdout", f"{percent(facts.get('holdout_accuracy'))} of {_count(facts)}"),
        ("95 % interval (Wilson)", f"{percent(low)} to {percent(high)}"),
        ("accuracy of what is served", percent(facts.get("served_accuracy"))),
        ("simple baseline", percent(facts.get("baseline_accuracy"))),
        ("calibration error of the confidence", MISSING if error is None else f"{error:.4f}"),
        ("worst slice of 100 entries or more", worst_slice_in_words(facts)),
        ("model alone, p95, one thread", f"{milliseconds(facts.get('inference_p95_ms'))} {_asked(facts)}".strip()),
        ("gate", str(facts.get("verdict") or MISSING)),
        ("training", MISSING if seconds is None else f"{seconds:.0f} s on {facts.get('device', MISSING)}"),
    ]
    details = facts.get("details") or {}
    rows += [(title, written(details[key], how)) for title, key, how in FURTHER[problem] if key in details]
    slices = ", ".join(cut.name.replace("_", " ") for cut in load_problem(problem).slices)
    return (
        f"Version {facts.get('version') or MISSING}, run {record['run_id']}. Machine: {machine}. Dataset of "
        f"{dataset['entries']:,} entries,\nsha256 `{dataset['sha256']}`.\n\n"
        f"{markdown_table(('figure', 'value'), rows)}\n"
        f"Cut by: {slices}.\n"
    )


def filled(card: str, text: str) -> str:
    """Return a card with the text between its marks. Raises `FlowError` for a card without them."""
    before, begin, rest = card.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise FlowError(f"a card needs the marks {BEGIN} and {END}; put them where its figures shall stand")
    return f"{before}{BEGIN}\n{text}{END}{after}"


def _count(facts: Mapping[str, Any]) -> str:
    count = facts.get("holdout_n")
    return MISSING if count is None else f"{count:,}"


def _asked(facts: Mapping[str, Any]) -> str:
    count = facts.get("inference_questions")
    return "" if count in (None, 1) else f"for {count} questions"


def main(arguments: list[str]) -> int:
    """Fill every card; exit code 1 where a run did not get as far as five verdicts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--home", type=Path, default=ROOT, help="folder that holds .sdai/ of the run")
    home = parser.parse_args(arguments).home
    try:
        record = read_latest(home / ".sdai" / "runs", "completed")
        missing = [name for name in PROBLEM_NAMES if not record["models"].get(name, {}).get("verdict")]
        if missing:
            raise FlowError(f"run {record['run_id']} has no verdict on {', '.join(missing)}")
        for name in PROBLEM_NAMES:
            card = CARDS / f"{name}.md"
            card.write_text(
                filled(card.read_text(encoding="utf-8"), figures(name, record, describe_machine())), encoding="utf-8"
            )
            print(f"{card.relative_to(ROOT)}: run {record['run_id']}")
    except FlowError as error:
        print(f"no figures: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
