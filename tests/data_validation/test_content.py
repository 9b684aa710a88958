"""Identity and split: functions of the question alone, near duplicates together."""

import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data_validation.content import (
    coarse_keys,
    entry_ids,
    groups_of,
    normalise_text,
    round_significant,
    short_hashes,
    splits_of,
)
from data_validation.contract import SPLITS
from data_validation.seen import SeenHashes
from structural.tables import Table, take
from tests.data_validation.tiny import Options, label, make_problem, sample

PROBLEM = make_problem("tiny")


def _entries(count: int, seed: int = 3) -> Table:
    table = sample(count, np.random.default_rng(seed))
    return {**table, **label(table)}


def test_identity_does_not_depend_on_order_or_company() -> None:
    table = _entries(300)
    order = np.random.default_rng(1).permutation(300)
    assert np.array_equal(entry_ids(PROBLEM, take(table, order)), entry_ids(PROBLEM, table)[order])
    assert np.array_equal(coarse_keys(PROBLEM, take(table, slice(5, 6))), coarse_keys(PROBLEM, table)[5:6])


def test_identity_changes_with_every_question_column_and_no_other() -> None:
    table = _entries(1)
    before = entry_ids(PROBLEM, table)[0]
    changed = {
        "depth_in": table["depth_in"] + 1e-9,
        "bolts": table["bolts"] + 1,
        "limit_in": np.array([np.nan if np.isfinite(table["limit_in"][0]) else 1.0]),
        "grade": np.array(["A36" if table["grade"][0] != "A36" else "A992"]),
        "braced": ~table["braced"],
        "notes": np.array([table["notes"][0] + " "]),
    }
    assert all(entry_ids(PROBLEM, {**table, name: value})[0] != before for name, value in changed.items())
    assert entry_ids(PROBLEM, {**table, "recipe": np.array(["edge"]), "capacity_kip": np.array([1.0])})[0] == before
    assert entry_ids(make_problem("other"), table)[0] != before


def test_zero_has_one_sign_and_missing_one_pattern() -> None:
    table = take(_entries(2), np.array([0, 0]))
    table["depth_in"] = np.array([0.0, -0.0])
    table["limit_in"] = np.array([np.nan, np.frombuffer(b"\x01\x00\x00\x00\x00\x00\xf8\x7f")[0]])
    assert len(set(entry_ids(PROBLEM, table))) == 1


@given(
    st.floats(min_value=4.0, max_value=44.0),
    st.floats(min_value=-0.4, max_value=0.4),
    st.integers(min_value=0, max_value=99),
)
def test_near_duplicates_always_share_a_split(depth_in: float, nudge: float, row: int) -> None:
    table = take(_entries(100), slice(row, row + 1))
    centre = float(f"{depth_in:.3g}")
    step = 10 ** (np.floor(np.log10(centre)) - 2)
    twin = {
        **table,
        "depth_in": np.array([centre + nudge * step]),
        "notes": np.array([f"  {table['notes'][0].upper()}"]),
    }
    both = [coarse_keys(PROBLEM, {**table, "depth_in": np.array([centre])}), coarse_keys(PROBLEM, twin)]
    assert both[0] == both[1]
    assert splits_of(both[0], Options()) == splits_of(both[1], Options())


@given(st.integers(0, 2**53), st.integers(0, 2**63))
def test_a_group_shares_the_split_of_its_number(group: int, key: int) -> None:
    """Whatever the question; a reviewed question alone is trained on, and 0 is no group."""
    keys = (np.uint64(key) + np.arange(100, dtype=np.uint64)) % np.uint64(2**63)
    groups = np.full(100, group)
    found = splits_of(keys, Options(), None, groups)
    assert len(set(found)) == (1 if group else len(SPLITS))
    reviewed = splits_of(keys, Options(), keys[:1], groups)
    assert reviewed[0] == "train"
    assert np.array_equal(reviewed[1:], found[1:])


def test_groups_are_those_of_the_column_that_the_problem_names() -> None:
    table = _entries(20)
    grouped = dataclasses.replace(PROBLEM, group_column="bolts")
    assert np.array_equal(groups_of(grouped, table), table["bolts"])
    assert not groups_of(PROBLEM, table).any()


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e250, max_value=1e250))
def test_rounding_agrees_with_decimal_formatting(value: float) -> None:
    rounded = float(f"{value:.3g}")
    distance = abs(abs(value) / 10 ** np.floor(np.log10(abs(value)) - 2) % 1 - 0.5) if abs(value) > 1e-290 else 1.0
    if distance > 1e-6 and (value == 0 or abs(value) > 1e-290):  # ties may round either way
        assert round_significant(np.array([value]))[0] == round_significant(np.array([rounded]))[0]


@given(st.floats(1e-6, 1e9), st.floats(1e-6, 1e9))
def test_rounding_separates_numbers_that_differ_in_three_digits(one: float, other: float) -> None:
    same = round_significant(np.array([one]))[0] == round_significant(np.array([other]))[0]
    assert not same or abs(one - other) <= 0.0101 * max(one, other)


def test_shares_follow_the_weights() -> None:
    keys = coarse_keys(PROBLEM, _entries(20_000))
    splits = splits_of(keys, Options())
    shares = [np.mean(splits == split) for split in SPLITS]
    assert np.allclose(shares, [0.8, 0.1, 0.1], atol=0.01)
    wider = splits_of(keys, dataclasses.replace(Options(), train_weight_percent=85, validation_weight_percent=5))
    assert np.all(wider[splits == "train"] == "train")
    assert np.all(wider[splits == "holdout"] == "holdout")


def test_text_is_compared_without_case_space_and_fourth_digits() -> None:
    assert normalise_text("  Span 35.04 FT,\n W18x50 ") == normalise_text("span 35.0 ft, w18X50")
    assert normalise_text("½ in") == normalise_text("1⁄2 in")
    assert normalise_text("span 35 ft") != normalise_text("span 36 ft")


@given(st.lists(st.lists(st.integers(0, 50), max_size=30), max_size=20))
def test_seen_hashes_behave_like_a_set(batches: list[list[int]]) -> None:
    seen, reference = SeenHashes(), set()
    for batch in batches:
        new = seen.add(np.array(batch, dtype=np.uint64))
        for value, is_new in zip(batch, new, strict=True):
            assert is_new == (value not in reference)
            reference.add(value)
    assert len(seen) == len(reference)


def test_short_hashes_are_the_start_of_the_identity() -> None:
    ids = entry_ids(PROBLEM, _entries(3))
    assert [f"{value:016x}" for value in short_hashes(ids).tolist()] == [entry_id[:16] for entry_id in ids]
