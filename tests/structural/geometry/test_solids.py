"""Solids of a pack: what pairs share, how many are kept, and that the library keeps to one processor."""

import subprocess
import sys

import numpy as np
import pytest

from structural.geometry import solids
from structural.geometry.meshes import pack
from structural.geometry.solids import Solids
from tests.structural.geometry.solid_shapes import box, tube

THREADS = """
import os
import numpy as np
from structural.geometry.meshes import pack
from structural.geometry.solids import Solids
from tests.structural.geometry.solid_shapes import moved, tube

bars = [moved(tube(60.0, 40.0, 500.0, 6_000), by=by) for by in ([0.0, 0, 0], [0, 30.0, 5.0])]
allowed, threads = os.sched_getaffinity(0), len(os.listdir("/proc/self/task"))
assert Solids(pack(bars)).shared(np.array([[0, 1]])).depth_mm[0] > 0.0
print(len(os.listdir("/proc/self/task")) - threads, os.sched_getaffinity(0) == allowed)
"""


def test_the_library_starts_no_helper_threads():
    """Two tubes of 24,000 faces each are intersected without any, and the process may run where it might before."""
    done = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == ["0", "True"]


def test_rows_belong_to_their_pairs():
    """Pairs that share nothing, a box, two pieces of which one is thicker, and nothing that is known."""
    meshes = pack(
        [
            box([0, 0, 0], [100, 100, 100]),
            box([90, 0, 0], [200, 100, 100]),
            box([500, 0, 0], [600, 100, 100]),
            tube(40.0, 30.0, 300.0),
        ]
    )
    shared = Solids(meshes).shared(np.array([[0, 2], [0, 1], [0, 3], [2, 1]]))
    assert shared.solid.all()
    assert shared.volume_mm3[[0, 1, 3]] == pytest.approx([0.0, 1e5, 0.0])
    assert shared.depth_mm[[0, 1, 3]] == pytest.approx([0.0, 10.0, 0.0])
    assert shared.low_mm[1].tolist() == [90.0, 0.0, 0.0]
    assert shared.high_mm[1].tolist() == [100.0, 100.0, 100.0]
    assert shared.centre_mm[1].tolist() == [95.0, 50.0, 50.0]
    assert np.isnan(shared.centre_mm[[0, 3]]).all()
    assert shared.depth_mm[2] > 0.0


def test_results_do_not_depend_on_how_much_is_kept_or_looked_at_together(monkeypatch):
    """With room for one solid and one result at a time the same is found."""
    meshes = pack([box([60.0 * at, 0, 0], [60.0 * at + 100, 90 + at, 90]) for at in range(6)])
    pairs = np.stack(np.triu_indices(6, 1), axis=1)
    before = Solids(meshes).shared(pairs)
    monkeypatch.setattr(solids, "_KEPT_FACES", 10)
    monkeypatch.setattr(solids, "_LEAST_KEPT", 1)
    monkeypatch.setattr(solids, "_MOST_FACES", 1)
    after = Solids(meshes).shared(pairs)
    for name in ("solid", "volume_mm3", "depth_mm", "centre_mm", "low_mm", "high_mm"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))


def test_a_solid_of_more_faces_than_are_kept_is_made_once_for_its_neighbours(monkeypatch):
    """A detailed member beside many is not made anew for each of them."""
    meshes = pack([tube(60.0, 40.0, 500.0), *(box([0, 0, 40.0 * at], [80, 80, 40.0 * at + 20]) for at in range(6))])
    monkeypatch.setattr(solids, "_KEPT_FACES", 10)
    made = []
    make = solids._solid_of
    monkeypatch.setattr(solids, "_solid_of", lambda *mesh: made.append(len(mesh[1])) or make(*mesh))
    Solids(meshes).shared(np.array([[0, other] for other in range(1, 7)]))
    assert len(made) == len(meshes)


def test_a_sandbox_that_forbids_to_choose_processors_costs_time_alone(monkeypatch):
    """Where the mask cannot be set the solids are intersected all the same."""

    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.sched_setaffinity", refuse)
    solids._library.cache_clear()
    meshes = pack([box([0, 0, 0], [100, 100, 100]), box([90, 0, 0], [200, 100, 100])])
    assert Solids(meshes).shared(np.array([[0, 1]])).depth_mm[0] == pytest.approx(10.0)
