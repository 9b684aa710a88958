"""Clashes grouped by cause."""

import random
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.problems.clash_detector.causes import Cause
from structural.problems.clash_detector.grouping import clash_id, group_clashes
from tests.clash_scenes import clash, element

BEAMS = [element(number, storey="L1") for number in range(12)]
PIPE = element(20, "pipe", low=(0, 0, 0), high=(100, 100, 9000))


def depths(count):
    """Return depths that no two clashes share, so that only a member can group them."""
    return [-20.0 - 7 * number for number in range(count)]


def test_a_pipe_through_several_beams_is_one_group_named_after_it():
    """Five overlaps of different depth have the pipe in common."""
    elements = [*BEAMS[:5], PIPE]
    found = group_clashes(elements, [clash(row, 5, distance=depth) for row, depth in enumerate(depths(5))])
    (group,) = found
    assert group.cause is Cause.ONE_MEMBER
    assert group.title == "pipe pipe-20 runs through 5 beams"
    assert group.rows == (4, 3, 2, 1, 0), "the deepest first"


def test_hours_of_one_member_are_its_worst_clash_and_a_look_at_each_other_place():
    """8 h + 2 × 0.25 h: the pipe is moved once."""
    clashes = [clash(row, 3, distance=depth, hours=8.0) for row, depth in enumerate(depths(3))]
    assert group_clashes([*BEAMS[:3], PIPE], clashes)[0].hours == 8.5


def test_hours_of_a_repeated_detail_are_a_quarter_for_each_further_place():
    """12 h + 2 × 3 h: the same detail is drawn again."""
    columns = [element(30 + row, "column") for row in range(3)]
    clashes = [clash(row, 3 + row, hours=12.0, pair_class="HIGH") for row in range(3)]
    (group,) = group_clashes([*BEAMS[:3], *columns], clashes)
    assert group.cause is Cause.REPEATED_DETAIL
    assert group.hours == 18.0


def test_a_group_never_costs_more_than_its_clashes():
    """Clearances of 0.1 h are not made dearer by looking at them together."""
    clashes = [clash(row, 3, "clearance", depth + 100, hours=0.1) for row, depth in enumerate(depths(3))]
    assert group_clashes([*BEAMS[:3], PIPE], clashes)[0].hours == pytest.approx(0.3)


def test_equal_details_are_one_group_whichever_way_the_box_is_turned():
    """The sides of the box count in any order, and differences below the tolerance do not."""
    elements = [*BEAMS[:6]]
    sides = [(10.0, 20.0, 30.0), (30.0, 10.4, 20.0), (20.3, 30.0, 10.0)]
    clashes = [clash(2 * row, 2 * row + 1, sides=sides[row], distance=-12.0 - 0.3 * row) for row in range(3)]
    (group,) = group_clashes(elements, clashes)
    assert group.cause is Cause.REPEATED_DETAIL
    assert group.title == "3 times the same overlap of beams, as beam-4 and beam-5"


def test_other_boxes_are_other_details():
    """A box twice as high is not the same detail; of two clashes on a storey no shift is concluded."""
    clashes = [clash(0, 1, sides=(10.0, 20.0, 30.0)), clash(2, 3, sides=(10.0, 20.0, 60.0))]
    assert [group.cause for group in group_clashes(BEAMS, clashes)] == [Cause.SINGLE, Cause.SINGLE]


def test_depths_that_differ_little_from_one_to_the_next_are_not_all_equal():
    """Thirty depths a millimetre apart are no shift of one level: within a group they spread by 2 mm at most."""
    pipes = [element(40 + row, "pipe", storey="L1") for row in range(30)]
    beams = [element(row, storey="L1") for row in range(30)]
    clashes = [clash(row, 30 + row, distance=-10.0 - row, sides=(1.0, 2.0, 9.0 * (row + 1))) for row in range(30)]
    for group in group_clashes([*beams, *pipes], clashes):
        found = [clashes[row].distance_mm for row in group.rows]
        assert max(found) - min(found) <= 2.0


def test_equal_depths_of_one_kind_on_one_storey_look_like_a_shift():
    """Three pipes lie 40 mm deep in three beams of a storey, whatever the shape of the overlap."""
    pipes = [element(40 + row, "pipe", storey="L1") for row in range(3)]
    clashes = [clash(row, 3 + row, distance=-40.0, sides=(10.0, 20.0, 50.0 * (row + 1))) for row in range(3)]
    (group,) = group_clashes([*BEAMS[:3], *pipes], clashes)
    assert group.cause is Cause.STOREY_SHIFT
    assert group.title == "3 equal overlaps of beams and pipes on L1, as if a level had moved"


def test_an_assembly_copied_as_a_whole_is_one_group():
    """Four members of one assembly and their copies in another; a fifth stands alone and is copied too."""
    originals = [element(row, assembly="A" if row < 4 else "", storey="L2") for row in range(5)]
    copies = [element(50 + row, assembly="B" if row < 4 else "", storey="L2") for row in range(5)]
    clashes = [clash(row, 5 + row, "duplicate", -100.0, pair_class="HIGH", hours=1.0) for row in range(5)]
    found = group_clashes([*originals, *copies], clashes)
    assert [(group.cause, len(group)) for group in found] == [(Cause.MODELLED_TWICE, 4), (Cause.MODELLED_TWICE, 1)]
    assert found[0].title == "4 members are modelled twice on L2"
    assert found[0].hours == 1.75
    assert found[1].title == "beam beam-4 is modelled twice"


def test_duplicates_without_assembly_are_grouped_by_storey():
    """A level that was imported twice is one group, not one a member."""
    elements = [element(row, storey=f"L{row % 2}") for row in range(8)]
    clashes = [clash(row, row + 4, "duplicate", -100.0, pair_class="HIGH", hours=1.0) for row in range(4)]
    assert [group.title for group in group_clashes(elements, clashes)] == [
        "2 members are modelled twice on L0",
        "2 members are modelled twice on L1",
    ]


def test_a_copy_counts_as_its_original():
    """The pipe hits a beam and the beam's copy: one group beside the duplicate, and one other beam in its title."""
    elements = [BEAMS[0], BEAMS[1], PIPE]
    clashes = [
        clash(0, 1, "duplicate", -100.0, pair_class="HIGH"),
        clash(0, 2, distance=-30.0),
        clash(1, 2, distance=-50.0, sides=(1.0, 2.0, 3.0)),
    ]
    twice, hub = group_clashes(elements, clashes)
    assert twice.cause is Cause.MODELLED_TWICE
    assert (hub.cause, set(hub.rows)) == (Cause.ONE_MEMBER, {1, 2})


def test_the_candidate_that_explains_most_goes_first():
    """A column hit by four beams takes the two clashes that a beam also has."""
    column = element(60, "column")
    elements = [*BEAMS[:6], column]
    to_column = [clash(row, 6, distance=depth) for row, depth in enumerate(depths(4))]
    beam_0 = [clash(0, 4, distance=-150.0), clash(0, 5, distance=-170.0)]
    found = group_clashes(elements, [*to_column, *beam_0])
    assert [(group.title, len(group)) for group in found] == [
        ("column column-60 hits 4 beams", 4),
        ("beam beam-0 hits 2 beams", 2),
    ]


def test_worst_severity_leads_and_names_the_group():
    """A group of LOW and HIGH is HIGH and comes before larger ones of MEDIUM."""
    elements = [*BEAMS, PIPE]
    medium = [clash(row, 12, distance=depth) for row, depth in enumerate(depths(4))]
    mixed = [clash(5, 6, pair_class="LOW", distance=-1.0), clash(5, 7, pair_class="HIGH", distance=-90.0)]
    found = group_clashes(elements, [*medium, *mixed])
    assert [group.severity for group in found] == ["HIGH", "MEDIUM"]
    assert found[0].rows == (5, 4)


def test_without_a_network_there_is_no_severity_and_no_hours():
    """Geometry alone groups all the same."""
    unjudged = {"pair_class": "", "hours": float("nan"), "confidence": float("nan")}
    clashes = [clash(row, 3, distance=depth, **unjudged) for row, depth in enumerate(depths(3))]
    (group,) = group_clashes([*BEAMS[:3], PIPE], clashes)
    assert group.severity == ""
    assert group.hours != group.hours


def test_one_global_id_for_many_members_gives_groups_of_their_own():
    """A file that breaks the rule of unique GlobalIds still gets distinct topics."""
    alike = [element(1, name=f"n{row}") for row in range(4)]
    clashes = [clash(0, 1, distance=-10.0), clash(2, 3, distance=-99.0)]
    found = group_clashes(alike, clashes)
    assert len({group.id for group in found}) == 2


def test_ids_are_uuids_that_do_not_hang_on_order():
    """The same clash between the same members is the same issue in every run."""
    assert clash_id("a", "b") == clash_id("b", "a") != clash_id("a", "c")
    assert uuid.UUID(clash_id("a", "b")).version == 5


@st.composite
def searches(draw):
    """Draw elements and clashes among them, many of which look alike."""
    count = draw(st.integers(2, 9))
    kinds = [draw(st.sampled_from(["beam", "column", "pipe"])) for _ in range(count)]
    elements = [element(row, kind, storey=draw(st.sampled_from(["", "L1"]))) for row, kind in enumerate(kinds)]
    pairs = draw(st.sets(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=14))
    clashes = [
        clash(
            min(pair),
            max(pair),
            draw(st.sampled_from(["hard", "hard", "clearance", "duplicate"])),
            draw(st.sampled_from([-40.0, -12.0, 20.0])),
            pair_class=draw(st.sampled_from(["LOW", "HIGH"])),
            sides=draw(st.sampled_from([(1.0, 2.0, 3.0), (10.0, 20.0, 30.0)])),
        )
        for pair in sorted({tuple(sorted(pair)) for pair in pairs})
        if pair[0] != pair[1]
    ]
    return elements, clashes


@settings(max_examples=60)
@given(searches(), st.randoms(use_true_random=False))
def test_every_clash_is_in_one_group_whatever_the_order(search, shuffler: random.Random):
    """Groups partition the clashes, and another order of the clashes gives the same groups in the same order."""
    elements, clashes = search
    found = group_clashes(elements, clashes)
    assert sorted(row for group in found for row in group.rows) == list(range(len(clashes)))
    shuffled = clashes[:]
    shuffler.shuffle(shuffled)
    again = group_clashes(elements, shuffled)

    def content(groups, source):
        return [(group.id, group.title, [source[row] for row in group.rows]) for group in groups]

    assert content(again, shuffled) == content(found, clashes)
