"""The exact search: each kind of finding, invariances, and the exact contact of prisms as a second opinion."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.geometry.clash_search import find_clashes
from structural.geometry.contact import contact_of
from structural.geometry.findings import FINDING_KINDS, Mesh
from structural.geometry.meshes import pack
from structural.geometry.prisms import PLATE, Prisms, frame_from
from structural.geometry.sweep import TooManyPairsError
from tests.structural.geometry.solid_shapes import box, joined, moved, rotation, tube


def search(*meshes, tolerance=50.0):
    """Return the findings of a few meshes."""
    return list(find_clashes(pack(meshes), tolerance).findings)


BEAM = box([0, 0, 0], [3000, 200, 400])
WIDE = joined(box([0, -500, 0], [20, 500, 20]), box([0, -500, 380], [20, 500, 400]))
WEDGE = Mesh(
    np.array([[0.0, 0, 0], [20, 0, 0], [0, 20, 0], [0, 0, 3600], [20, 0, 3600], [0, 20, 3600]]),
    np.array([[0, 2, 1], [3, 4, 5], [0, 1, 4], [0, 4, 3], [1, 2, 5], [1, 5, 4], [2, 0, 3], [2, 3, 5]], dtype=np.int32),
    True,
)


@pytest.mark.parametrize(
    ("other", "kind", "distance"),
    [
        pytest.param(box([1000, 0, 430], [1200, 200, 500]), "clearance", 30.0, id="lies 30 mm above"),
        pytest.param(box([3040, 0, 430], [3200, 200, 500]), "clearance", 50.0, id="edge to edge, just within"),
        pytest.param(box([1000, 0, 400], [1200, 200, 500]), "touching", 0.0, id="lies on it"),
        pytest.param(box([1000, 0, 400.005], [1200, 200, 500]), "touching", 0.0, id="lies on it, but for rounding"),
        pytest.param(box([1000, 0, 399.9], [1200, 200, 500]), "touching", -0.1, id="a hair into it"),
        pytest.param(box([1000, 0, 395], [1200, 200, 500]), "hard", -5.0, id="5 mm into it"),
        pytest.param(box([1000, -50, 100], [1060, 250, 160]), "hard", -60.0, id="goes through"),
        pytest.param(box([2, 1, 0], [3002, 201, 400]), "duplicate", -200.0, id="modelled twice"),
        pytest.param(box([100, 50, 50], [900, 150, 90]), "contained", -40.0, id="inside"),
        pytest.param(box([100, 0, 50], [900, 150, 90]), "contained", -40.0, id="inside, at a face"),
    ],
)
def test_each_kind_of_finding(other, kind, distance):
    """What a box 200 x 400 mm along x and another box are to one another."""
    (found,) = search(BEAM, other)
    assert (found.a, found.b, found.kind) == (0, 1, kind)
    if kind == "duplicate":  # the thickness of what both share
        distance = -199.0
    assert found.distance_mm == pytest.approx(distance, abs=1e-6)
    assert np.isfinite([*found.point_mm, *found.low_mm, *found.high_mm]).all()


@pytest.mark.parametrize("noise", [0.0, 1e-9, 1e-6, 1e-3])
def test_coincident_members_are_told_apart_whatever_the_rounding(noise):
    """A tube in any direction beside itself: modelled twice, a shorter one in its place, end to end, overlapping."""
    rng = np.random.default_rng(5)
    long, short = tube(60, 50, 3000), tube(60, 50, 1200)
    expected = [(long, 0, "duplicate"), (short, 0, "contained"), (short, 700, "contained")]
    expected += [(long, 3000, "touching"), (long, 2900, "hard"), (long, 3040, "clearance")]
    for other, along, kind in expected:
        turn = rotation(rng)
        placed = moved(other, turn, turn @ [along, 0, 0])
        rough = Mesh(placed.vertices_mm + rng.uniform(-noise, noise, placed.vertices_mm.shape), placed.faces, True)
        (found,) = search(moved(long, turn), rough)
        assert found.kind == kind, along


def test_what_is_beyond_the_tolerance_is_no_finding():
    """The boxes come within 50 mm, the solids do not."""
    outcome = find_clashes(pack([BEAM, box([3040, 240, 440], [3100, 300, 500])]), 50.0)
    assert outcome.candidates == 1
    assert len(outcome.findings) == 0


def test_what_lies_deep_inside_is_found_however_far_the_surface_is():
    """A bolt in the middle of a block, half a metre from every face; and in the bore of a tube it is not inside."""
    block = box([-600, -600, -600], [600, 600, 600])
    bolt = box([-10, -10, -10], [10, 10, 10])
    (found,) = search(block, bolt)
    assert found.kind == "contained"
    assert found.distance_mm == pytest.approx(-20.0)
    assert search(tube(600, 500, 1200), moved(bolt, by=[600, 0, 0])) == []


def test_one_piece_of_a_member_inside_another_counts():
    """A member of two pieces: one apart, one wholly inside."""
    pair = joined(box([5000, 0, 0], [5100, 100, 100]), box([100, 50, 50], [200, 100, 100]))
    (found,) = search(BEAM, pair)
    assert found.kind == "hard"
    assert found.distance_mm == pytest.approx(-50.0)


def test_the_point_to_look_at():
    """In the middle of what is shared, or between the nearest points; the box is around it."""
    (hard,) = search(BEAM, box([1000, -50, 100], [1060, 250, 160]))
    np.testing.assert_allclose(hard.point_mm, [1030, 100, 130], atol=1e-6)
    np.testing.assert_allclose([hard.low_mm, hard.high_mm], [[1000, 0, 100], [1060, 200, 160]], atol=1e-6)
    (near,) = search(BEAM, box([3010, 0, 0], [3020, 200, 400]))
    assert near.point_mm[0] == pytest.approx(3005)
    assert near.low_mm[0] == pytest.approx(3000)
    assert near.high_mm[0] == pytest.approx(3010)


def test_the_thickest_piece_gives_the_depth():
    """A bar through two flanges of 20 mm shares two pieces; their distance apart is no depth."""
    (found,) = search(WIDE, box([5, -10, -50], [15, 10, 450]))
    assert found.kind == "hard"
    assert found.distance_mm == pytest.approx(-10.0)


@pytest.mark.parametrize("film", [0.0, 1e-5, 1e-3, 0.01])
def test_a_film_where_faces_meet_adds_no_depth(film):
    """A corner bracket that meets a post along two faces but for rounding touches it, however large the faces are."""
    post = box([0, 0, 0], [200, 200, 3000])
    bracket = joined(box([200 - film, -100, 0], [210, 300, 3000]), box([-100, 200 - film, 0], [190, 210, 3000]))
    (found,) = search(post, bracket)
    assert found.kind == "touching"
    assert found.distance_mm == pytest.approx(0.0, abs=0.06)


@pytest.mark.parametrize("film", [1e-6, 1e-4, 0.01])
def test_depth_is_that_of_what_a_film_joins(film):
    """A wedge of 20 x 20 mm (14.142 mm thick) that shares its faces' films with what it is cut from."""
    slab = joined(box([-100, -300, 0], [film, 0, 3600]))
    lip = joined(box([-100, -300, 0], [0, 300, 3600]))
    (found,) = search(WEDGE, moved(lip, by=[film, 0, 0]))
    assert found.kind == "touching"
    (deep,) = search(joined(WEDGE, slab), box([0, -300, 0], [100, 300, 3600]))
    assert deep.kind == "hard"
    assert deep.distance_mm == pytest.approx(-20 / np.sqrt(2), abs=0.12)


def test_open_meshes_are_undecided_and_the_rest_goes_on():
    """A surface with a hole has a distance but no inside; pairs without it are judged."""
    holed = Mesh(BEAM.vertices_mm, BEAM.faces[1:], False)
    near, on = box([1000, 0, 430], [1200, 200, 500]), box([1150, 0, 500], [1300, 200, 600])
    found = {(item.a, item.b): item for item in search(holed, near, on)}
    assert found[0, 1].kind == "undecided"
    assert found[0, 1].distance_mm == pytest.approx(30.0)
    assert found[1, 2].kind == "touching"


def test_no_mesh_and_one_mesh_have_no_pairs():
    """Nothing to compare."""
    assert search() == []
    assert search(BEAM) == []


def test_too_many_pairs_are_refused():
    """The limit is on candidates."""
    with pytest.raises(TooManyPairsError):
        find_clashes(pack([BEAM] * 5), 50.0, max_pairs=9)


def test_progress_grows_to_the_end():
    """Shares between 0 and 1, in order."""
    shares: list[float] = []
    meshes = pack([box([100 * at, 0, 0], [100 * at + 90, 90, 90]) for at in range(1200)])
    find_clashes(meshes, 50.0, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize("tolerance_mm", [50.0, 100.0])
def test_a_sheet_too_thin_to_count_touches_what_it_lies_in(tolerance_mm):
    """A sheet of 0.15 mm, 80 mm inside a beam, is found where it lies, also with the beam's surface in reach."""
    (found,) = search(BEAM, box([1400, 80, 200], [1500, 120, 200.15]), tolerance=tolerance_mm)
    assert (found.kind, found.distance_mm) == ("touching", pytest.approx(-0.15))
    assert found.point_mm == pytest.approx((1450.0, 100.0, 200.075))


@pytest.mark.parametrize("tolerance_mm", [0.0, 0.005, 0.0099, 0.01])
def test_what_touches_is_found_by_any_tolerance(tolerance_mm):
    """Two boxes with a face in common, by a tolerance smaller than what counts as contact too."""
    (found,) = search(box([0, 0, 0], [100, 100, 100]), box([100, 0, 0], [200, 100, 100]), tolerance=tolerance_mm)
    assert (found.kind, found.distance_mm) == ("touching", 0.0)


def test_what_bounds_no_solid_is_undecided_only_where_it_matters():
    """Two faces back to back have matched edges and no solid; beside a beam they are as far as they are."""
    sheet = Mesh(
        np.array([[1400.0, 80, 200], [1500, 80, 200], [1400, 120, 200]]),
        np.array([[0, 1, 2], [2, 1, 0]], dtype=np.int32),
        True,
    )
    (inside,) = search(BEAM, sheet, tolerance=90.0)
    assert (inside.kind, inside.distance_mm) == ("undecided", pytest.approx(80.0))
    bracket = joined(BEAM, box([0, 0, 400], [100, 200, 900]))
    (beside,) = search(bracket, moved(sheet, by=[0, 0, 230]), tolerance=90.0)
    assert (beside.kind, beside.distance_mm) == ("clearance", pytest.approx(30.0))


def random_bars(n, rng):
    """Return n bars in any direction as prisms and as meshes."""
    zero, sizes = np.zeros(n), rng.uniform(40, 900, (3, n))
    frame = frame_from(rng.normal(size=(n, 3)), rng.normal(size=(n, 3)))
    origin = rng.uniform(-700, 700, (n, 3))
    prisms = Prisms(np.full(n, PLATE), *sizes[[0, 1, 1, 1, 2]], zero, zero, zero, zero, zero, origin, frame)
    meshes = [
        moved(
            box([0, -sizes[1, row] / 2, -sizes[0, row] / 2], [sizes[2, row], sizes[1, row] / 2, sizes[0, row] / 2]),
            frame[row].T,
            origin[row],
        )
        for row in range(n)
    ]
    return prisms, meshes


@settings(max_examples=25)
@given(seed=st.integers(0, 100_000))
def test_prisms_and_meshes_agree(seed):
    """Random bars: the gap is that of the separating-axis engine, which pairs share volume too, the depth near it."""
    prisms, meshes = random_bars(8, np.random.default_rng(seed))
    found = {(item.a, item.b): item for item in search(*meshes, tolerance=100.0)}
    first, second = np.triu_indices(8, 1)
    contact = contact_of(prisms.take(first), prisms.take(second))
    for row, pair in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        item = found.get(pair)
        if contact.depth[row] > 0.5:
            assert item is not None
            assert item.kind in ("hard", "contained")
            assert item.distance_mm < 0
        elif contact.depth[row] == 0.0 and contact.gap[row] <= 99.999:
            assert item is not None
            assert item.kind in ("clearance", "touching")
            assert item.distance_mm == pytest.approx(contact.gap[row] if contact.gap[row] > 0.01 else 0.0, abs=1e-6)
        elif contact.gap[row] > 100.001:
            assert item is None


@settings(max_examples=15)
@given(seed=st.integers(0, 100_000), far=st.sampled_from([0.0, 1e4, 1e8]))
def test_findings_survive_motion_and_order(seed, far):
    """The same pairs, kinds and distances wherever the model lies and however its members are numbered."""
    rng = np.random.default_rng(seed)
    _, meshes = random_bars(7, rng)
    before = {frozenset((item.a, item.b)): item for item in search(*meshes)}
    turn, order = rotation(rng), rng.permutation(7)
    after = search(*(moved(meshes[row], turn, [far, -far, far]) for row in order.tolist()))
    assert len(after) == len(before)
    for item in after:
        same = before[frozenset((int(order[item.a]), int(order[item.b])))]
        assert item.kind == same.kind
        assert item.distance_mm == pytest.approx(same.distance_mm, abs=1e-4)


def test_pairs_that_repeat_are_told_apart_from_those_that_nearly_do():
    """Twelve storeys of the same two members, one of them a hundredth of a millimetre off, and one mirrored."""
    meshes, expected = [], []
    for storey in range(12):
        off = 0.01 if storey == 7 else 0.0
        meshes += [
            moved(BEAM, by=[0, 0, 4000 * storey]),
            box([1000, 0, 4000 * storey + 430 + off], [1200, 200, 4000 * storey + 500]),
        ]
        expected.append(30.0 + off)
    meshes.append(moved(meshes[1], by=[0, 250, -30]))
    found = search(*meshes)
    single = {(item.a, item.b): item for item in found}
    np.testing.assert_allclose([single[2 * at, 2 * at + 1].distance_mm for at in range(12)], expected, atol=1e-9)
    for at in range(12):
        assert single[2 * at, 2 * at + 1].point_mm[2] == pytest.approx(4000 * at + 415, abs=0.01)
    alone = search(meshes[0], meshes[-1])
    assert single[0, 24].distance_mm == pytest.approx(alone[0].distance_mm)


@settings(max_examples=15)
@given(seed=st.integers(0, 100_000))
def test_a_model_beside_its_copy_has_each_finding_twice(seed):
    """What is reused of the first half is right for the second."""
    rng = np.random.default_rng(seed)
    _, meshes = random_bars(6, rng)
    by = np.round(rng.uniform(5000, 9000, 3), 3)
    found = search(*meshes, *(moved(mesh, by=by) for mesh in meshes))
    half = len(found) // 2
    for item, again in zip(found[:half], found[half:], strict=True):
        assert (again.a, again.b, again.kind) == (item.a + 6, item.b + 6, item.kind)
        assert again.distance_mm == pytest.approx(item.distance_mm, abs=1e-6)
        np.testing.assert_allclose(np.array(again.point_mm) - item.point_mm, by, atol=1e-3)
        np.testing.assert_allclose(np.array(again.low_mm) - item.low_mm, by, atol=1e-3)


def test_kinds_have_names():
    """Codes and names are one list."""
    assert FINDING_KINDS[0] == "hard"
    assert len(set(FINDING_KINDS)) == 6


def test_only_wanted_candidates_are_looked_at():
    """Of three boxes in a row, the pair that is not wanted is neither found nor counted."""
    row = pack([box([low, 0, 0], [low + 100, 100, 100]) for low in (0, 90, 180)])
    found = find_clashes(row, 50.0, wanted=lambda pairs: pairs[:, 0] == 0)
    assert find_clashes(row, 50.0).findings.pairs.tolist() == [[0, 1], [1, 2]]
    assert (found.findings.pairs.tolist(), found.candidates) == ([[0, 1]], 1)


def test_the_limit_is_on_wanted_candidates():
    """A dense model against a small second one: pairs within the dense one do not count."""
    both = pack([BEAM] * 6 + [box([3040, 240, 440], [3100, 300, 500])])
    found = find_clashes(both, 50.0, max_pairs=6, wanted=lambda pairs: pairs[:, 1] == 6)
    assert found.candidates == 6
    with pytest.raises(TooManyPairsError):
        find_clashes(both, 50.0, max_pairs=5, wanted=lambda pairs: pairs[:, 1] == 6)


def test_no_wanted_candidate_is_no_finding():
    """A filter that keeps nothing gives an empty search."""
    found = find_clashes(
        pack([box([0, 0, 0], [100, 100, 100]), box([90, 0, 0], [190, 100, 100])]),
        50.0,
        wanted=lambda pairs: pairs[:, 0] < 0,
    )
    assert (len(found.findings), found.candidates) == (0, 0)
