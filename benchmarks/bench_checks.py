"""Print how fast designs are checked: ``python benchmarks/bench_checks.py``.

One design from canonical parameters to all 60 results, and batches of designs of mixed shape families, one process.
"""

import platform
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from structural.code_checks.derived import make_case
from structural.code_checks.parameters import parameter_table
from structural.code_checks.registry import CHECKS_TOTAL, evaluate
from structural.problems.compliance_checker.stated import check_design, read_design
from tests.structural.code_checks.designs import DESIGNS

REPEATS = 300
BATCH = 20_000
ROUNDS = 3


def milliseconds(work, repeats: int) -> tuple[float, float, float]:  # type: ignore[no-untyped-def]
    """Return the least, the median and the 95th percentile of the duration of a call, ms."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - started))
    return min(times), float(np.median(times)), float(np.percentile(times, 95))


def main() -> None:
    """Time single designs of every kind, then a batch of all of them."""
    print(f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}, one process")
    code, place = np.array(["AISC 360-22"]), np.array(["default"])
    print("\nms, as least / median / p95\n")
    print("| one design | parameters to 60 outcomes | with results for people |\n|---|---|---|")
    for name, row in DESIGNS.items():
        bare = milliseconds(lambda row=row: evaluate(make_case(parameter_table([row]), code, place)), REPEATS)
        whole = milliseconds(lambda row=row: check_design(read_design(row)), REPEATS)
        columns = (" / ".join(f"{figure:.2f}" for figure in figures) for figures in (bare, whole))
        print(f"| {name} | {' | '.join(columns)} |", flush=True)
    rows = [list(DESIGNS.values())[at % len(DESIGNS)] for at in range(BATCH)]
    table = parameter_table(rows)
    codes, places = np.full(BATCH, code[0]), np.full(BATCH, place[0])
    _, median, _ = milliseconds(lambda: evaluate(make_case(table, codes, places)), ROUNDS)
    rate = BATCH / median * 1e3
    print(f"\n{BATCH:,} designs of all families in one call: {rate:,.0f} designs a second,")
    print(f"{rate * CHECKS_TOTAL:,.0f} checks a second")


if __name__ == "__main__":
    main()
