"""Run the whole job at several sizes and print how time and memory grow; writes ``docs/scaling.md`` and a picture.

    python benchmarks/run_scaling.py [--entries 30000 300000 1000000] [--home DIR]

Each size runs ``sdai run`` in a home of its own below ``--home``, so a size that is done is not run again. Memory is
that of all processes of the run together, read twice a second. Processor time is told beside the time that passed:
neighbours on the machine change the latter, hardly the former.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from configs.settings import PROJECT_ROOT
from flows.documents import markdown_table, percent
from flows.machine import describe_machine
from flows.records import read_latest, write_json
from structural.problems import PROBLEM_NAMES

PAGE = PROJECT_ROOT / "docs" / "scaling.md"
STAGES = ("build", "validate", "train", "evaluate", "probe", "register")
LOOK_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Reading:
    """One size: entries in all, seconds by stage and in all, processor time, largest memory of all processes.

    ``accuracy`` is what the gate measured on the holdout, by model.
    """

    entries: int
    stages_s: dict[str, float]
    training_s: dict[str, float]
    accuracy: dict[str, float]
    total_s: float
    processor_s: float
    peak_memory_mib: float


def main(arguments: argparse.Namespace) -> None:
    """Measure what has not been measured and write the page."""
    readings = [_reading(size, arguments.home.resolve() / str(size)) for size in sorted(arguments.entries)]
    text = page(readings)
    arguments.page.write_text(text, encoding="utf-8")
    draw(readings, arguments.page.with_suffix(".png"))
    print(text)


def _reading(entries: int, home: Path) -> Reading:
    kept = home / "reading.json"
    if kept.exists():
        return Reading(**json.loads(kept.read_text(encoding="utf-8")))
    peak_mib, processor_s = _run(entries // len(PROBLEM_NAMES), home)
    record = read_latest(home / ".sdai" / "runs", state="completed")
    reading = Reading(
        entries=record["dataset"]["entries"],
        stages_s={name: record["stages"][name]["seconds"] for name in STAGES},
        training_s={name: facts["training_seconds"] for name, facts in record["models"].items()},
        accuracy={name: facts["holdout_accuracy"] for name, facts in record["models"].items()},
        total_s=sum(facts["seconds"] for facts in record["stages"].values()),
        processor_s=processor_s,
        peak_memory_mib=peak_mib,
    )
    write_json(kept, asdict(reading))
    return reading


def _run(entries_per_problem: int, home: Path) -> tuple[float, float]:
    """Do the main job at one size; returns the peak of memory in MiB and the processor time in seconds."""
    home.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "SDAI_PATHS_HOME": str(home),
        "SDAI_DATASET_ENTRIES_PER_PROBLEM": str(entries_per_problem),
    }
    command = [sys.executable, "-m", "flows.cli", "run", "--no-serve-samples"]
    peak, before = 0, resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(command, env=environment, cwd=PROJECT_ROOT) as child:
        while child.poll() is None:
            peak = max(peak, _memory(child.pid))
            time.sleep(LOOK_EVERY_S)
    if child.returncode:
        raise SystemExit(f"the run of {entries_per_problem} entries a problem ended with code {child.returncode}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return peak / 2**20, used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime


def _memory(pid: int) -> int:
    """Return the bytes that a process and all below it hold for themselves: shared pages count once a sharer."""
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            total += _own(process)
    except psutil.NoSuchProcess:
        pass
    return total


def _own(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def page(readings: list[Reading]) -> str:
    """Return the page in Markdown."""
    stages = markdown_table(
        ("entries", *STAGES, "all", "processor time", "of it a 100,000 entries", "peak memory"),
        [
            (
                f"{item.entries:,}",
                *(f"{item.stages_s[name]:.0f} s" for name in STAGES),
                f"{item.total_s:.0f} s",
                f"{item.processor_s:.0f} s",
                f"{item.processor_s / item.entries * 1e5:.0f} s",
                f"{item.peak_memory_mib / 1024:.1f} GiB",
            )
            for item in readings
        ],
    )
    training = markdown_table(
        ("entries", *PROBLEM_NAMES),
        [(f"{item.entries:,}", *(f"{item.training_s[name]:.0f} s" for name in PROBLEM_NAMES)) for item in readings],
    )
    accuracy = markdown_table(
        ("entries", *PROBLEM_NAMES),
        [(f"{item.entries:,}", *(percent(item.accuracy[name]) for name in PROBLEM_NAMES)) for item in readings],
    )
    return (
        f"# How time and memory grow\n\nMachine: {describe_machine()}. Printed by `python benchmarks/run_scaling.py`. "
        "Memory is the largest sum over all processes of the run.\n\n"
        f"{stages}\n\nTraining alone:\n\n{training}\n\nHoldout accuracy, the model's own, "
        f"each on the holdout of its own dataset:\n\n{accuracy}\n\n![time and memory against entries](scaling.png)\n"
    )


def draw(readings: list[Reading], path: Path) -> None:
    """Draw time and memory against entries, both axes logarithmic, with a line of linear growth."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    entries = [item.entries for item in readings]
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    axes[0].loglog(entries, [item.total_s for item in readings], "o-", label="whole job")
    axes[0].loglog(entries, [item.processor_s for item in readings], "s-", label="processor time")
    axes[0].loglog(entries, [readings[0].processor_s * n / entries[0] for n in entries], ":", label="linear")
    axes[0].set(xlabel="entries", ylabel="seconds")
    axes[0].legend()
    axes[1].semilogx(entries, [item.peak_memory_mib / 1024 for item in readings], "o-")
    axes[1].set(xlabel="entries", ylabel="peak memory, GiB", ylim=(0, None))
    figure.savefig(path, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, nargs="+", default=[30_000, 300_000, 1_000_000])
    parser.add_argument("--home", type=Path, default=PROJECT_ROOT / ".sdai" / "scaling")
    parser.add_argument("--page", type=Path, default=PAGE)
    main(parser.parse_args())
