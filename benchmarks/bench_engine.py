"""Print how many members a second the AISC engine evaluates in one process: ``python benchmarks/bench_engine.py``."""

import time
from collections.abc import Callable

import numpy as np

from structural.aisc.bolts import bearing, bolt_shear, tearout
from structural.aisc.compression import compressive_strength
from structural.aisc.compression_angles import angle_compression
from structural.aisc.compression_hollow import rectangular_hss_compression
from structural.aisc.compression_tees import tee_compression
from structural.aisc.flexure import major_axis_flexure
from structural.aisc.flexure_hollow import rectangular_hss_flexure
from structural.aisc.interaction import h1_interaction
from structural.aisc.shear import major_axis_shear
from structural.aisc.shear_other import rectangular_hss_shear
from structural.angles import load_angles
from structural.hollow import load_rectangular_hss
from structural.shapes import load_shapes
from structural.tees import load_tees

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
    """Time the limit states of members of several families and of bolts, each call on random members."""
    rng = np.random.default_rng(1)
    shapes = load_shapes("W")
    shapes = shapes.take(rng.integers(0, len(shapes), MEMBERS))
    tubes, tees, angles = (
        table.take(rng.integers(0, len(table), MEMBERS))
        for table in (load_rectangular_hss(), load_tees(), load_angles())
    )
    diameter_in, clear_in = rng.uniform(0.5, 1.5, MEMBERS), rng.uniform(0.5, 3.0, MEMBERS)
    length_in = rng.uniform(12.0, 600.0, MEMBERS)
    ratio = rng.uniform(0.0, 1.0, MEMBERS)
    calls: dict[str, tuple[int, Callable[[], object]]] = {
        "flexure F2, F3": (3, lambda: major_axis_flexure(shapes, 50.0, length_in, 1.0)),
        "compression E3, E7": (2, lambda: compressive_strength(shapes, 50.0, length_in, length_in)),
        "shear G2": (1, lambda: major_axis_shear(shapes, 50.0)),
        "interaction H1": (1, lambda: h1_interaction(ratio, ratio)),
        "HSS flexure F7": (4, lambda: rectangular_hss_flexure(tubes, 50.0, length_in)),
        "HSS compression E3, E7": (2, lambda: rectangular_hss_compression(tubes, 50.0, length_in, length_in)),
        "HSS shear G4": (1, lambda: rectangular_hss_shear(tubes, 50.0)),
        "tee compression E3, E4, E7": (4, lambda: tee_compression(tees, 50.0, length_in, length_in, length_in)),
        "angle compression E3, E4-4, E7": (3, lambda: angle_compression(angles, 36.0, length_in)),
        "bolt shear, bearing, tearout": (
            3,
            lambda: (bolt_shear(68.0, diameter_in), bearing(diameter_in, 0.5, 58.0), tearout(clear_in, 0.5, 58.0)),
        ),
    }
    print(f"| call on {MEMBERS:,} members | ms | members × limit states a second |\n|---|---|---|")
    for name, (limit_states, work) in calls.items():
        seconds = best_seconds(work)
        print(f"| {name} | {1e3 * seconds:.1f} | {MEMBERS * limit_states / seconds:,.0f} |")


if __name__ == "__main__":
    main()
