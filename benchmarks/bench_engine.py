"""Print how many members a second the AISC engine evaluates in one process: ``python benchmarks/bench_engine.py``."""

import time
from collections.abc import Callable

import numpy as np

from structural.aisc.compression import compressive_strength
from structural.aisc.flexure import major_axis_flexure
from structural.aisc.interaction import h1_interaction
from structural.aisc.shear import major_axis_shear
from structural.shapes import load_shapes

MEMBERS = 100_000
REPEATS = 5


def best_seconds(work: Callable[[], object]) -> float:
    """Return the fastest of `REPEATS` runs, in seconds."""
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    """Time flexure (F2, F3), compression (E3, E7), shear (G2) and interaction (H1) on random W shapes."""
    rng = np.random.default_rng(1)
    shapes = load_shapes("W")
    shapes = shapes.take(rng.integers(0, len(shapes), MEMBERS))
    length_in = rng.uniform(12.0, 600.0, MEMBERS)
    ratio = rng.uniform(0.0, 1.0, MEMBERS)
    calls: dict[str, tuple[int, Callable[[], object]]] = {
        "flexure F2, F3": (3, lambda: major_axis_flexure(shapes, 50.0, length_in, 1.0)),
        "compression E3, E7": (2, lambda: compressive_strength(shapes, 50.0, length_in, length_in)),
        "shear G2": (1, lambda: major_axis_shear(shapes, 50.0)),
        "interaction H1": (1, lambda: h1_interaction(ratio, ratio)),
    }
    print(f"| call on {MEMBERS:,} members | ms | members × limit states a second |\n|---|---|---|")
    for name, (limit_states, work) in calls.items():
        seconds = best_seconds(work)
        print(f"| {name} | {1e3 * seconds:.1f} | {MEMBERS * limit_states / seconds:,.0f} |")


if __name__ == "__main__":
    main()
