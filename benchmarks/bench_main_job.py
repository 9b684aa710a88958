"""Print the figures of the last `make run` as Markdown: the gate table, the stages, the machine.

Usage: ``python benchmarks/bench_main_job.py`` after ``make run``. Nothing is measured here; the run's record is read.
"""

import os
import platform
from pathlib import Path

from configs import load_settings
from flows.errors import FlowError
from flows.promotion import versions_in_service
from flows.records import read_latest
from flows.status import status


def machine() -> str:
    """Describe the machine: cores, memory, processor architecture, Python."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    gpu = "with a GPU" if Path("/dev/nvidiactl").exists() else "no GPU"
    return (
        f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, {gpu}, {platform.machine()}, Python {platform.python_version()}"
    )


def percent(value: float | None) -> str:
    """Return a ratio as percent with two digits, a dash for None."""
    return "–" if value is None else f"{100 * value:.2f} %"


def gate_rows(models: dict[str, dict]) -> list[str]:
    """Return the gate table's lines."""
    lines = [
        "| model | target | holdout accuracy (raw) | 95 % interval | served | baseline | calibration error | p95 "
        "| verdict | in service | training |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, facts in models.items():
        low, high = facts.get("interval") or (None, None)
        error, p95 = facts.get("calibration_error"), facts.get("p95_ms")
        cells = [
            name,
            percent(facts["target"]),
            f"{percent(facts['holdout_accuracy'])} of {facts['holdout_n']}",
            f"{percent(low)} – {percent(high)}",
            percent(facts.get("served_accuracy")),
            percent(facts["baseline_accuracy"]),
            "–" if error is None else f"{error:.4f}",
            "–" if p95 is None else f"{p95:.1f} ms",
            str(facts["verdict"]),
            facts["in_service"] or "none (503)",
            f"{facts['training_seconds']:.0f} s" if facts["training_seconds"] is not None else "–",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    """Print the last run's figures, or say that there is none."""
    try:
        settings = load_settings()
        run = status(read_latest(settings.paths.work / "runs"), versions_in_service(settings))
    except FlowError as error:
        print(f"no figures: {error}")
        return
    print(
        f"Dataset: {run['dataset']['entries']:,} entries, sha256 `{run['dataset']['sha256']}`. Machine: {machine()}.\n"
    )
    print("\n".join(gate_rows(run["models"])))
    stages = ", ".join(f"{name} {facts['seconds']:.0f} s" for name, facts in run["stages"].items())
    print(f"\nWhole job: {run['total_seconds']:.0f} s. By stage: {stages}.")


if __name__ == "__main__":
    main()
