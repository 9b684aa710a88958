"""Routing: sticky, monotone in the weight, as large as the weight says; rises wait until every worker knows of them."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from serving.rollout.routing import BUCKETS, Split, Wanted, bucket, following, in_canary

WEIGHTS = st.integers(0, BUCKETS)
DELAY_S = 1.5


@given(salt=st.text(), client=st.text(), one=WEIGHTS, other=WEIGHTS)
def test_raising_the_weight_never_moves_a_client_back(salt: str, client: str, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert in_canary(low, salt, client) <= in_canary(high, salt, client)


@given(salt=st.text(), client=st.text(), weight=WEIGHTS)
def test_a_client_stays_where_it_is(salt: str, client: str, weight: int) -> None:
    split = Split(salt, weight)
    assert {split.takes(client, now_s) for now_s in (0.0, 1.0, 1e9)} == {in_canary(weight, salt, client)}
    assert 0 <= bucket(salt, client) < BUCKETS


@given(client=st.text(), salt=st.text())
def test_nobody_is_in_at_nothing_and_all_are_at_everything(client: str, salt: str) -> None:
    assert not in_canary(0, salt, client)
    assert in_canary(BUCKETS, salt, client)


@pytest.mark.parametrize("weight", [1, 100, 500, 2_500, 5_000, 9_900])
@pytest.mark.parametrize("salt", ["1f", "section_optimizer-7"])
def test_the_share_of_clients_is_the_weight_within_three_standard_deviations(weight: int, salt: str) -> None:
    clients, share = 40_000, weight / BUCKETS
    taken = sum(in_canary(weight, salt, f"client-{number}") for number in range(clients))
    assert abs(taken - clients * share) <= 3.0 * math.sqrt(clients * share * (1 - share))


def test_another_salt_begins_with_other_clients() -> None:
    clients = [f"client-{number}" for number in range(4_000)]
    first = {client for client in clients if in_canary(500, "a", client)}
    second = {client for client in clients if in_canary(500, "b", client)}
    assert len(first & second) < 0.2 * len(first)


def test_a_bucket_is_the_same_on_every_machine_and_release() -> None:
    # The first 16 digits that `printf "salt\0client" | sha256sum` prints, as a number, modulo 10,000.
    assert bucket("salt", "client") == 8_086


def wanted(weight: int, changed_at_s: float, salt: str = "s") -> Wanted:
    return Wanted(salt, weight, 0.0, changed_at_s)


def test_a_rise_waits_until_all_workers_have_looked_and_a_fall_does_not() -> None:
    split = following(None, wanted(500, 100.0), DELAY_S, 100.4)
    assert [split.weight_at(now_s) for now_s in (100.4, 101.4, 101.5)] == [0, 0, 500]
    split = following(split, wanted(2_500, 200.0), DELAY_S, 200.9)
    assert [split.weight_at(now_s) for now_s in (200.9, 201.4, 201.5)] == [500, 500, 2_500]
    split = following(split, wanted(0, 300.0), DELAY_S, 300.2)
    assert split.weight_at(300.2) == 0


def test_a_worker_that_comes_late_rises_at_once() -> None:
    assert following(None, wanted(500, 100.0), DELAY_S, 500.0).weight_at(500.0) == 500


def test_a_clock_that_runs_ahead_delays_no_more_than_one_that_agrees() -> None:
    assert following(None, wanted(500, 9_999.0), DELAY_S, 100.0).weight_at(100.0 + DELAY_S) == 500


def test_looking_again_while_a_rise_waits_does_not_put_it_off() -> None:
    split = following(None, wanted(500, 100.0), DELAY_S, 100.1)
    again = following(split, wanted(500, 100.9), DELAY_S, 101.1)
    assert again.weight_at(101.5) == 500


@given(
    steps=st.lists(st.tuples(WEIGHTS, st.floats(0.0, 5.0), st.floats(0.0, 1.2)), min_size=1, max_size=8),
    client=st.text(),
)
def test_two_workers_never_disagree_about_who_is_in_while_weights_only_rise(
    steps: list[tuple[int, float, float]], client: str
) -> None:
    weights = sorted(weight for weight, _, _ in steps)
    assume(weights[0] > 0)
    one: Split | None = None
    other: Split | None = None
    now_s = 1_000.0
    was_in = False
    for weight, (_, pause_s, apart_s) in zip(weights, steps, strict=True):
        now_s += pause_s + DELAY_S
        row = wanted(weight, now_s)
        one = following(one, row, DELAY_S, now_s)
        # Until the other one has looked it goes by what it had.
        for at_s in (now_s, now_s + apart_s):
            held = other.takes(client, at_s) if other is not None else False
            assert held == one.takes(client, at_s)
        other = following(other, row, DELAY_S, now_s + apart_s)
        for at_s in (now_s + apart_s, now_s + DELAY_S, now_s + DELAY_S + 0.1):
            assert one.takes(client, at_s) == other.takes(client, at_s)
        is_in = one.takes(client, now_s + DELAY_S)
        assert is_in >= was_in
        was_in = is_in
