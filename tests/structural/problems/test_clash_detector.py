"""The clash detector's questions, written rule and encoding."""

import numpy as np
import pytest

from structural.errors import StructuralError
from structural.problem import Kind, Role
from structural.problems.clash_detector import PROBLEM
from structural.problems.clash_detector.decoding import Known, class_names, prove
from structural.problems.clash_detector.encoding import encode, read_pairs, scalar_names
from structural.problems.clash_detector.measures import measure
from structural.problems.clash_detector.members import read_members
from structural.problems.clash_detector.request import CLASSES, CONNECTION, HIGH, MEDIUM, NONE
from structural.problems.clash_detector.truth import GUARD_BANDS, RULE, in_guard_band, is_service
from structural.tables import concatenate, take

ROWS = 3000


@pytest.fixture(scope="module")
def entries():
    """Return generated entries."""
    return PROBLEM.generate(ROWS, np.random.default_rng(7))


def pair(second, first=None, tolerance_mm=50.0):
    """Return the question on an upright W14-like column at the origin (or ``first``) and another member."""
    column = {
        "kind": "column",
        "section": "i_shape",
        "depth_mm": 360.0,
        "width_mm": 370.0,
        "web_mm": 11.0,
        "flange_mm": 18.0,
    }
    column |= {"length_mm": 6000.0, "origin": (0, 0, -3000), "axis": (0, 0, 1), "up": (1, 0, 0)}
    table = {"tolerance_mm": np.array([tolerance_mm])}
    for side, given in (("1", first or column), ("2", second)):
        given = dict(given)
        for name, letters in (("origin", ("x_mm", "y_mm", "z_mm")), ("axis", ("axis_x", "axis_y", "axis_z"))):
            table |= {
                f"{letter}_{side}": np.array([float(v)]) for letter, v in zip(letters, given.pop(name), strict=True)
            }
        table |= {f"up_{letter}_{side}": np.array([float(v)]) for letter, v in zip("xyz", given.pop("up"), strict=True)}
        trims = ("cope_length_mm", "cope_depth_mm", "opening_at_mm", "opening_length_mm", "opening_height_mm")
        for name in (*trims, *given):
            value = given.get(name, 0.0)
            table[f"{name}_{side}"] = np.array([value if isinstance(value, str) else float(value)])
    return table


def beam(start, axis=(1, 0, 0), up=(0, 0, 1), **sizes):
    """Return a W16-like beam."""
    plain = {
        "kind": "beam",
        "section": "i_shape",
        "depth_mm": 400.0,
        "width_mm": 180.0,
        "web_mm": 8.0,
        "flange_mm": 13.0,
    }
    return plain | {"length_mm": 5000.0, "origin": start, "axis": axis, "up": up} | sizes


SKEW = (np.cos(np.radians(6)), np.sin(np.radians(6)), 0.0)


@pytest.mark.parametrize(
    ("second", "answer"),
    [
        pytest.param(beam((192, 0, 0)), "CONNECTION", id="set back 12 mm from the flange"),
        pytest.param(beam((0, 0, 0)), "CONNECTION", id="drawn to the column's axis"),
        pytest.param(beam((100, 0, 0)), "HIGH", id="80 mm too long"),
        pytest.param(beam((-900, 0, 0)), "HIGH", id="run through the column"),
        pytest.param(beam((192, 70, 0)), "LOW", id="70 mm off the column's axis"),
        pytest.param(beam((215, 0, 0)), "LOW", id="35 mm short"),
        pytest.param(beam((250, 0, 0)), "NONE", id="70 mm short"),
        pytest.param(beam((192, 0, 0), up=(0, np.sin(0.3), np.cos(0.3))), "LOW", id="twisted"),
        pytest.param(beam((200, 0, 0), axis=SKEW), "LOW", id="6 degrees off square"),
        pytest.param(
            beam((300, -1000, 0), axis=(0, 1, 0), kind="pipe", section="round", depth_mm=200.0, width_mm=200.0),
            "LOW",
            id="pipe 20 mm from the flange",
        ),
        pytest.param(
            beam((0, -1000, 0), axis=(0, 1, 0), kind="pipe", section="round", depth_mm=100.0, width_mm=100.0),
            "MEDIUM",
            id="pipe through the web",
        ),
        pytest.param(
            beam((-1000, 0, 0), kind="pipe", section="round", depth_mm=100.0, width_mm=100.0),
            "HIGH",
            id="pipe through the flanges",
        ),
    ],
)
def test_written_rule(second, answer):
    """Single pairs whose class follows from the rule's text (column flange at x = 180 mm)."""
    question = pair(second)
    if second["kind"] == "pipe" and second["axis"] == (0, 1, 0) and answer == "MEDIUM":
        question = pair(
            second | {"origin": (-1000, 0, 0), "axis": (1, 0, 0)}, first=beam((0, -2500, 0), axis=(0, 1, 0))
        )
    assert PROBLEM.label(question)["pair_class"][0] == answer


@pytest.mark.parametrize(
    ("past_mm", "answer"), [(0.0, "CONNECTION"), (-5.0, "CONNECTION"), (5.0, "CONNECTION"), (60.0, "MEDIUM")]
)
def test_beams_drawn_to_one_node_are_a_joint(past_mm, answer):
    """Two beams square to one another that end in one point meet on purpose, a hair's breadth before it or past it."""
    along_y = beam((0.0, past_mm, 0.0), axis=(0, 1, 0))
    assert PROBLEM.label(pair(beam((0.0, 0.0, 0.0)), first=along_y))["pair_class"] == answer


def test_a_member_inside_another_is_no_splice():
    """A bar in the hollow of a box, clear of its walls, is not spliced to it; end to end it would be."""
    box = beam((0, 0, 0), section="box", depth_mm=120.0, width_mm=120.0, web_mm=8.0, flange_mm=8.0)
    bar = {"section": "plate", "depth_mm": 90.0, "width_mm": 90.0, "web_mm": 90.0, "flange_mm": 90.0}
    assert PROBLEM.label(pair(beam((0, 0, 0), **bar), first=box))["pair_class"] != "CONNECTION"
    assert PROBLEM.label(pair(beam((-10, 0, 0), axis=(-1, 0, 0), **bar), first=box))["pair_class"] == "CONNECTION"


def test_duplicates_are_high_and_cheap():
    """The same member twice is deleted in an hour."""
    found = PROBLEM.label(pair(beam((192, 1, 0)), first=beam((192, 0, 0))))
    assert found["pair_class"][0] == "HIGH"
    assert found["resolution_hours"][0] == 1.0


def test_distance_is_gap_or_minus_depth():
    """12 mm set back; 80 mm too long (the flange is 18 mm thick, the way out is along the beam)."""
    assert PROBLEM.label(pair(beam((192, 0, 0))))["distance_mm"][0] == pytest.approx(12.0)
    assert PROBLEM.label(pair(beam((100, 0, 0))))["distance_mm"][0] < -75


def test_generation_is_a_function_of_the_seed():
    """Same generator state, same entries."""
    one, other = (PROBLEM.generate(200, np.random.default_rng(5)) for _ in range(2))
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


def test_entries_keep_their_contract(entries):
    """Columns, kinds, ranges and physics hold in every entry."""
    assert list(entries) == [column.name for column in PROBLEM.columns]
    for column in PROBLEM.columns:
        values = entries[column.name]
        assert len(values) == ROWS
        if column.kind is Kind.FLOAT:
            assert np.isfinite(values).all(), column.name
            assert values.min() >= column.minimum, column.name
            assert values.max() <= column.maximum, column.name
        elif column.kind is Kind.CATEGORY:
            assert set(np.unique(values)) <= set(column.categories), column.name
    for rule in PROBLEM.rules:
        assert rule.holds(entries).all(), rule.name


def test_no_class_is_rare_and_no_two_questions_are_alike(entries):
    """Each class has a share of at least 8 %, and questions differ."""
    shares = [np.mean(entries["pair_class"] == name) for name in CLASSES]
    assert min(shares) > 0.08
    numbers = np.stack([entries[name] for name in PROBLEM.names(Role.QUESTION) if name.endswith("mm_1")], axis=1)
    assert len(np.unique(numbers, axis=0)) == ROWS


def test_joints_built_as_meant_are_joints(entries):
    """The rule recognises the scenes that were built as joints without an error, outside the guard bands."""
    meant = ~np.isin(entries["joint_type"], ("siblings", "service_opening", "crossing", "loose_end"))
    plain = meant & (entries["error_kind"] == "none") & ~entries["in_guard_band"]
    plain &= entries["distance_mm"] <= entries["tolerance_mm"]
    assert plain.sum() > 500
    assert np.mean(entries["pair_class"][plain] == "CONNECTION") > 0.99


def test_the_class_does_not_follow_from_the_gap(entries):
    """Within the same band of distances there are joints and clashes of several classes."""
    for low, high in ((-500.0, -50.0), (-50.0, -2.0), (0.0, 15.0)):
        within = (entries["distance_mm"] > low) & (entries["distance_mm"] <= high)
        top = max(np.mean(entries["pair_class"][within] == name) for name in CLASSES)
        assert top < 0.85, (low, high)


def test_guard_bands_cover_every_threshold():
    """Each threshold lies within its band, and the mark is what `in_guard_band` says."""
    assert set(GUARD_BANDS) == set(RULE.__dataclass_fields__)
    for name, (low, high) in GUARD_BANDS.items():
        assert low < getattr(RULE, name) < high


def test_guard_band_marks_borderline_pairs():
    """24.9 mm of setback is borderline, 12 mm is not."""
    questions = concatenate([pair(beam((204.9, 0, 0))), pair(beam((192, 0, 0)))])
    first, second = read_members(questions)
    marked = in_guard_band(first, second, measure(first, second), questions["tolerance_mm"])
    np.testing.assert_array_equal(marked, [True, False])


def test_one_row_equals_many(entries):
    """Labels and encoding of a row do not depend on the rows beside it."""
    some = take(entries, slice(0, 8))
    together, alone = encode(read_pairs(some)), [encode(read_pairs(take(some, slice(i, i + 1)))) for i in range(8)]
    np.testing.assert_allclose(together.scalars, np.concatenate([part.scalars for part in alone]), atol=1e-6)
    np.testing.assert_array_equal(together.grids, np.concatenate([part.grids for part in alone]))
    labels = [PROBLEM.label(take(some, slice(i, i + 1)))["pair_class"][0] for i in range(8)]
    np.testing.assert_array_equal(labels, some["pair_class"])


def test_encoding_does_not_see_the_order_of_the_members(entries):
    """Swapping first and second gives the same arrays (pairs of identical members may keep either order)."""
    swapped = {}
    for name in PROBLEM.names(Role.QUESTION):
        other = name[:-1] + {"1": "2", "2": "1"}.get(name[-1], name[-1])
        swapped[name] = entries[other if other in entries else name]
    one, other = encode(read_pairs(entries)), encode(read_pairs(swapped))
    differs = entries["depth_mm_1"] * entries["width_mm_1"] != entries["depth_mm_2"] * entries["width_mm_2"]
    differs |= entries["kind_1"] != entries["kind_2"]
    assert differs.mean() > 0.7
    np.testing.assert_allclose(one.scalars[differs], other.scalars[differs], atol=1e-5)
    np.testing.assert_array_equal(one.grids[differs], other.grids[differs])


def test_scalars_are_finite_named_and_bounded(entries):
    """No scalar is missing or huge."""
    pairs = read_pairs(entries)
    scalars = encode(pairs).scalars
    assert scalars.shape == (ROWS, len(scalar_names(pairs)))
    assert np.isfinite(scalars).all()
    assert np.abs(scalars).max() < 10


def test_there_is_room_across_the_depth_of_a_beam_and_none_across_a_column():
    """A beam 40 mm above the middle of a girder 200 mm deeper lies 60 mm within what the girder has room for."""
    girder = beam((0, -2500, 0), axis=(0, 1, 0), depth_mm=600.0, width_mm=220.0)
    column = girder | {"kind": "column", "origin": (0, 0, -3000), "axis": (0, 0, 1), "up": (1, 0, 0)}
    for first, at, beyond_mm in ((girder, (120, 0, 40), -60.0), (column, (310, 40, 0), 40.0)):
        pairs = read_pairs(pair(beam(at), first=first))
        scalars = dict(zip(scalar_names(pairs), encode(pairs).scalars[0].tolist(), strict=True))
        assert scalars["end2_axis_eccentricity_linear"] == pytest.approx(40.0 / 20.0)
        assert scalars["end2_axis_beyond_linear"] == pytest.approx(beyond_mm / 20.0)


def test_every_grading_ratio_is_as_clear_as_its_guard_band_is_narrow(entries):
    """Across the guard band of a ratio, however large the ratio is, the octave that it lies in moves by a tenth."""
    pairs = read_pairs(entries)
    names, scalars = scalar_names(pairs), encode(pairs).scalars
    ratio = pairs.measures.contact.part_depth[:, 0, 0] / pairs.first.prisms.flange
    octaves = sorted(
        (float(name.rpartition("_")[2]), at) for at, name in enumerate(names) if name.startswith("hit1_flange_ratio_to")
    )
    highs = [high for high, _ in octaves]
    for field in ("flange_low_ratio", "flange_high_ratio", "web_low_ratio", "web_high_ratio", "secondary_high_ratio"):
        low, high = GUARD_BANDS[field]
        octave = next(width for width in highs if width >= getattr(RULE, field))
        assert (high - low) / (octave / 2) >= 0.1, field
    for high, column in octaves:
        np.testing.assert_array_equal(scalars[:, column] == 1.0, np.float32(ratio / high) >= 1.0)
        assert ((scalars[:, column] >= 0.0) & (scalars[:, column] <= 1.0)).all()


def test_proof_never_contradicts_geometry(entries):
    """Whatever the network says: far pairs are NONE, overlaps never are, duplicates are HIGH, truth stays truth."""
    pairs = read_pairs(entries)
    rng = np.random.default_rng(0)
    served = class_names(prove(rng.integers(len(CLASSES), size=ROWS), pairs))
    hard = pairs.measures.contact.depth > RULE.hard_mm
    assert not np.any(hard & (served == "NONE"))
    assert np.all(served[pairs.measures.contact.gap > pairs.tolerance_mm] == "NONE")
    assert np.all(
        served[(entries["error_kind"] == "duplicated") & hard & (entries["resolution_hours"] == 1.0)] != "NONE"
    )
    truth = np.array([CLASSES.index(name) for name in entries["pair_class"].tolist()])
    np.testing.assert_array_equal(prove(truth, pairs), truth)
    assert {NONE, CONNECTION} <= set(truth.tolist())


@pytest.mark.parametrize("proposed", CLASSES)
def test_proof_holds_the_true_shapes_above_the_prisms(entries, proposed):
    """What an exact search knows wins, whatever the network says and however the prisms lie; joints of steel stay."""
    pairs = read_pairs(entries)
    depth = np.random.default_rng(1).uniform(0.3, 100.0, ROWS)
    classes = np.full(ROWS, CLASSES.index(proposed))
    no, yes = np.zeros(ROWS, dtype=bool), np.ones(ROWS, dtype=bool)
    hard = prove(classes, pairs, Known(hard=yes, duplicate=no, beyond=no, distance_mm=-depth))
    assert not np.any(hard == NONE)
    apart = prove(classes, pairs, Known(hard=no, duplicate=no, beyond=no, distance_mm=depth))
    assert not np.any((apart == MEDIUM) | (apart == HIGH))
    steel = ~is_service(pairs.first) & ~is_service(pairs.second)
    for served in (hard, apart):
        assert not np.any((served == CONNECTION) & ~steel)
        if proposed == "CONNECTION":
            assert np.all(served[steel] == CONNECTION)
    assert np.all(prove(classes, pairs, Known(yes, yes, no, -depth)) == HIGH)
    assert np.all(prove(classes, pairs, Known(no, no, yes, depth)) == NONE)
    bearing = prove(classes, pairs, Known(no, no, no, depth, bears=yes))
    assert np.all((bearing == CONNECTION)[steel])
    assert not np.any((bearing == CONNECTION)[~steel])
    overlapping = prove(classes, pairs, Known(yes, no, no, -depth, bears=yes))
    np.testing.assert_array_equal(overlapping, hard)


def test_unknown_kind_is_refused():
    """An unknown kind names its column."""
    question = pair(beam((192, 0, 0)))
    question["kind_2"] = np.array(["tower"])
    with pytest.raises(StructuralError, match="kind_2"):
        PROBLEM.label(question)
