"""Distance grids over the overlap zone."""

from dataclasses import replace

import numpy as np
import pytest

from structural.geometry.grids import GRID, distance_grids, zones_of
from structural.geometry.prisms import BOX, PLATE
from tests.structural.geometry.test_contact import BEAM, prisms


def test_zone_is_the_padded_overlap_with_its_longest_axis_first():
    """A 200 mm bar pressed 5 mm into the top flange: 200 x 200 x 5 mm, padded by 5 mm all round."""
    bar = prisms(PLATE, [1500, -200, 295], [0, 1, 0], [0, 0, 1], depth=200.0, width=180.0, length=400.0)
    zones = zones_of(BEAM, bar)
    np.testing.assert_allclose(zones.extent[0], [210.0, 190.0, 15.0])
    np.testing.assert_array_equal(zones.order[0], [1, 0, 2])


def test_zone_spans_the_gap_of_members_apart():
    """With 30 mm between the faces, the zone is the space between them, padded."""
    bar = prisms(PLATE, [1500, -200, 330], [0, 1, 0], [0, 0, 1], depth=200.0, width=180.0, length=400.0)
    zones = zones_of(BEAM, bar)
    assert zones.high[0, 2] - zones.low[0, 2] == pytest.approx(40.0)


def test_grid_signs_follow_a_point_by_point_distance():
    """Sign and order of magnitude of each cell agree with the distance to a tube computed point by point."""
    tube = prisms(BOX, [0, 0, 0], [1, 0, 0], [0, 0, 1], depth=200.0, width=200.0, web=20.0, flange=20.0)
    bar = prisms(PLATE, [1500, -300, 0], [0.2, 1, 0.3], [0, 0, 1], depth=120.0, width=120.0, length=600.0)
    zones = zones_of(tube, bar)
    grids = distance_grids(tube, bar, zones)
    assert grids.shape == (1, 2, GRID, GRID, GRID)
    ticks = (np.arange(GRID) + 0.5) / GRID
    unit = np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij"), axis=-1)
    points = np.empty_like(unit)
    for rank, axis in enumerate(zones.order[0]):
        points[..., axis] = zones.low[0, axis] + (zones.high - zones.low)[0, axis] * unit[..., rank]
    outer = np.maximum(np.abs(points[..., 1]), np.abs(points[..., 2]))
    inside_wall = (outer < 100.0) & (outer > 80.0) & (points[..., 0] > 0) & (points[..., 0] < 3000.0)
    clear = np.minimum(np.abs(outer - 100.0), np.abs(outer - 80.0)) > 2.0
    np.testing.assert_array_equal((grids[0, 0] < 0)[clear], inside_wall[clear])


def test_grids_do_not_change_when_the_pair_is_moved():
    """The zone is seen from the first member."""
    bar = prisms(PLATE, [1500, -200, 280], [0.3, 1, 0.1], [0, 0, 1], depth=200.0, width=180.0, length=400.0)
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    moved = [
        replace(p, origin=p.origin @ turn.T + [30_000.0, -5_000.0, 12.0], frame=np.einsum("ij,nkj->nki", turn, p.frame))
        for p in (BEAM, bar)
    ]
    before = distance_grids(BEAM, bar, zones_of(BEAM, bar))
    after = distance_grids(*moved, zones_of(*moved))
    assert np.abs(before.astype(int) - after.astype(int)).max() <= 1
