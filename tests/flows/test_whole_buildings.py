"""Pairs of whole buildings: read back from IFC, labelled by the rule, never split, the same for a seed."""

from collections import Counter

import numpy as np
import pytest

import flows.dataset
from configs.settings import DatasetSettings
from data_validation.content import splits_of
from data_validation.contract import ENTRY_ID, SPLIT, SPLITS, from_arrow
from data_validation.generate import ChunkOrder, generate_chunk
from data_validation.manifest import dataset_key, source_sha256, sources_of
from flows.whole_buildings import (
    BUILDING_SHARE,
    PAIRS_A_BUILDING,
    draw_style,
    load_problem,
    pairs_of_building,
    read_back,
    sample_buildings,
    thinned,
)
from serving.ifc.writer import SCHEMAS, UNIT_MM, Placing, Style
from structural import problems
from structural.geometry.prisms import PLATE, Prisms
from structural.problems.clash_detector.buildings import draw_building
from structural.problems.clash_detector.request import CLASSES
from structural.tables import Table, row_count
from tests.data_validation.tiny import Options

ROWS = 240


def order(index: int = 0) -> ChunkOrder:
    return ChunkOrder("clash_detector", index, ROWS, 11, 80, 10)


@pytest.fixture(scope="module")
def chunk():
    return generate_chunk(load_problem, order())


@pytest.fixture(scope="module")
def entries(chunk) -> Table:
    return from_arrow(load_problem("clash_detector"), chunk.rows)


def test_a_share_of_the_pairs_is_of_buildings(entries: Table) -> None:
    of_building = entries["origin"] == "building"
    assert of_building.sum() == round(ROWS * BUILDING_SHARE)
    np.testing.assert_array_equal(of_building, entries["building_id"] > 0)
    np.testing.assert_array_equal(of_building, entries["building_kind"] != "none")
    assert max(Counter(entries["building_id"][of_building].tolist()).values()) <= PAIRS_A_BUILDING
    assert "unplanned" in entries["joint_type"][of_building]
    assert "unplanned" not in entries["joint_type"][~of_building]


def test_every_rule_holds_for_pairs_of_buildings(entries: Table) -> None:
    problem = load_problem("clash_detector")
    for rule in problem.rules:
        assert rule.holds(entries).all(), rule.name
    for column in problem.columns:
        if column.categories:
            assert set(entries[column.name]) <= set(column.categories), column.name


def test_a_chunk_is_the_same_each_time_and_another_is_not(chunk) -> None:
    assert generate_chunk(load_problem, order()).rows.equals(chunk.rows)
    other = generate_chunk(load_problem, order(1)).rows
    assert not set(other[ENTRY_ID].to_pylist()) & set(chunk.rows[ENTRY_ID].to_pylist())


def test_no_building_is_split(chunk, entries: Table) -> None:
    """Each building's pairs stand in one split, though their own hashes would part them."""
    splits = np.asarray(chunk.rows[SPLIT].to_pylist())
    buildings = np.unique(entries["building_id"][entries["building_id"] > 0])
    assert len(buildings) >= 2
    for number in buildings:
        assert len(set(splits[entries["building_id"] == number])) == 1
    alone = splits_of(np.random.default_rng(0).integers(2**63, size=60, dtype=np.uint64), Options())
    assert len(set(alone)) > 1


def test_neighbouring_numbers_spread_evenly_over_the_splits() -> None:
    """Any hundred buildings in a row hold exactly 80, 10 and 10, any twenty at most one more or less of the small."""
    weights, start = Options(), 7_654_321_987
    groups = start + np.arange(400)
    found = splits_of(np.zeros(400, dtype=np.uint64), weights, None, groups)
    for first in (0, 37, 300):
        assert [int((found[first : first + 100] == split).sum()) for split in SPLITS] == [80, 10, 10]
    for first in range(0, 380, 20):
        counts = Counter(found[first : first + 20].tolist())
        assert 1 <= counts["holdout"] <= 3, first


def test_the_key_of_a_dataset_covers_the_code_that_reads_buildings() -> None:
    with_buildings, plain = [load_problem("clash_detector")], [problems.load_problem("clash_detector")]
    assert sources_of(with_buildings) == ("flows.whole_buildings", "serving.ifc")
    assert source_sha256(sources_of(with_buildings)) != source_sha256(sources_of(plain)) == source_sha256()
    assert dataset_key(with_buildings, Options()) != dataset_key(plain, Options())
    assert load_problem("risk_analyzer") is problems.load_problem("risk_analyzer")


@pytest.mark.parametrize("seed", [1, 5])
@pytest.mark.parametrize(
    "style",
    [
        Style("IFC2X3", "ft", (4e8, -5.9e9, 1e5), 77.0, Placing.OFFSET, fillet_ratio=1.2),
        Style("IFC4", "m", placing=Placing.MAPPED),
        Style("IFC4X3_ADD2", "mm", placing=Placing.OFFSET, fillet_ratio=1.4, outlined=True),
        Style("IFC2X3", "ft", turn_deg=31.0, placing=Placing.MAPPED, outlined=True),
    ],
    ids=["far in feet", "mapped in metres", "as outlines with fillets", "as outlines in feet"],
)
def test_a_building_comes_back_as_it_was_drawn(seed: int, style: Style) -> None:
    """Every member, with copes and openings, in the same places to one another."""
    building = draw_building(np.random.default_rng(seed))
    members, exact, rows = read_back(building, style)
    assert exact.all()
    assert sorted(rows) == list(range(len(building)))
    drawn = building.members.take(rows)
    np.testing.assert_array_equal(members.kind, drawn.kind)
    steel = drawn.prisms.section != PLATE  # a solid rectangle is read to be as thick as it is thin, also a duct
    for name in ("web", "flange"):
        read, meant = getattr(members.prisms, name)[steel], getattr(drawn.prisms, name)[steel]
        np.testing.assert_allclose(read, meant, atol=0.1 if style.outlined else 0.05, err_msg=name)
    for name in ("cope_length", "cope_depth", "opening_length", "opening_height"):
        np.testing.assert_allclose(getattr(members.prisms, name), getattr(drawn.prisms, name), atol=0.05, err_msg=name)
    one, other = (_middles(prisms) for prisms in (members.prisms, drawn.prisms))
    # the kernel draws a circle as a polygon, and the middle of what bounds that is off by a little
    np.testing.assert_allclose(_apart(one), _apart(other), atol=0.3 if style.outlined else 0.1)


def _middles(prisms: Prisms) -> np.ndarray:
    return (prisms.origin + prisms.end) / 2


def _apart(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, None] - points[None], axis=-1)


def test_members_that_are_not_held_exactly_are_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    building = draw_building(np.random.default_rng(9))
    whole = pairs_of_building(building, 1, np.random.default_rng(0))
    assert (whole.members, whole.approximate, whole.unread) == (len(building), 0, 0)

    def doubtful(*given):
        members, exact, rows = read_back(*given)
        exact[:3] = False
        return members.take(np.arange(len(members)) > 0), exact[1:], rows[1:]

    monkeypatch.setattr("flows.whole_buildings.read_back", doubtful)
    found = pairs_of_building(building, 1, np.random.default_rng(0))
    assert (found.approximate, found.unread) == (2, 1)
    assert row_count(found.pairs) < row_count(whole.pairs)


def test_thinning_keeps_every_class_and_marks_the_guard_bands() -> None:
    rng = np.random.default_rng(3)
    pairs = pairs_of_building(draw_building(rng), 4, rng).pairs
    kept = thinned(pairs, rng)
    assert 0 < row_count(kept) < row_count(pairs)
    assert kept["in_guard_band"].dtype == bool
    table = sample_buildings(200, np.random.default_rng(8))
    assert row_count(table) == 200
    labels = problems.load_problem("clash_detector").label(table)["pair_class"]
    assert min(np.mean(labels == name) for name in CLASSES) > 0.04


def test_every_way_to_write_a_model_is_drawn() -> None:
    styles = [draw_style(np.random.default_rng(seed)) for seed in range(200)]
    assert {style.schema for style in styles} == set(SCHEMAS)
    assert {style.unit for style in styles} == set(UNIT_MM)
    assert {style.placing for style in styles} == set(Placing)
    assert any(abs(style.site_mm[1]) > 1e9 for style in styles)
    assert 0.3 < np.mean([style.turn_deg != 0 for style in styles]) < 0.5


def test_buildings_can_be_left_out() -> None:
    """By default datasets hold some, and those without are not taken for them."""
    assert DatasetSettings().whole_buildings
    plain, mixed = (flows.dataset.problems(DatasetSettings(whole_buildings=wanted)) for wanted in (False, True))
    assert [problem.sources for problem in plain] == [()] * len(plain)
    assert dataset_key(plain, DatasetSettings()) != dataset_key(mixed, DatasetSettings())
