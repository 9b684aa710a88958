"""The tests are valid whenever one stops, and find what they are for."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.rollout.sequential import (
    Arms,
    _projection,
    block_log_e,
    excesses,
    log_mean_exp,
    one_arm_log_e,
    start_comparison,
)

ALPHA = 0.05


def blocks(
    rng: np.random.Generator, rates: tuple[float, float], counts: tuple[int, int], shape: tuple[int, int]
) -> Arms:
    count_b, count_c = (np.full(shape, float(count)) for count in counts)
    events = [rng.binomial(count, rate, shape).astype(float) for rate, count in zip(rates, counts, strict=True)]
    return Arms(events[0], count_b, events[1], count_c)


def binomial(count: int, rate: float) -> list[float]:
    return [math.comb(count, k) * rate**k * (1 - rate) ** (count - k) for k in range(count + 1)]


def expectation(
    rates: tuple[float, float], counts: tuple[int, int], guess: float, margin: float, excess: float
) -> float:
    """Return the exact expectation of a block's e-value, by summing over every outcome."""
    k_b, k_c = np.meshgrid(np.arange(counts[0] + 1.0), np.arange(counts[1] + 1.0), indexing="ij")
    probability = np.outer(*(binomial(count, rate) for count, rate in zip(counts, rates, strict=True)))
    outcome = Arms(k_b, np.full_like(k_b, counts[0]), k_c, np.full_like(k_c, counts[1]))
    value = block_log_e(outcome, np.full_like(k_b, guess), margin, excess)
    return float(np.sum(probability * np.exp(value)))


ratio = st.floats(0.0, 1.0)


@settings(max_examples=60)
@given(
    champion=ratio,
    within=ratio,
    guess=st.floats(0.0, 1.0),
    counts=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    margin=st.floats(0.0, 0.3),
    more=st.floats(0.001, 0.6),
)
def test_under_its_hypothesis_a_block_of_harm_expects_at_most_one(
    champion: float, within: float, guess: float, counts: tuple[int, int], margin: float, more: float
) -> None:
    candidate = within * min(1.0, champion + margin)
    assert expectation((champion, candidate), counts, guess, margin, margin + more) <= 1 + 1e-7


@settings(max_examples=60)
@given(
    champion=ratio,
    within=ratio,
    guess=st.floats(0.0, 1.0),
    counts=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    margin=st.floats(0.01, 0.3),
)
def test_under_its_hypothesis_a_block_of_safety_expects_at_most_one(
    champion: float, within: float, guess: float, counts: tuple[int, int], margin: float
) -> None:
    champion *= 1 - margin
    candidate = champion + margin + within * (1 - champion - margin)
    assert expectation((champion, candidate), counts, guess, margin, 0.0) <= 1 + 1e-7


@settings(max_examples=60)
@given(
    guess=st.floats(0.0, 1.0),
    counts=st.tuples(st.integers(1, 10_000), st.integers(1, 10_000)),
    margin=st.sampled_from([0.0, 0.005, 0.1, 0.4]),
    more=st.sampled_from([-0.4, -0.03, 0.02, 0.5]),
)
def test_the_hypothesis_that_is_tested_is_the_one_least_far_from_the_bet(
    guess: float, counts: tuple[int, int], margin: float, more: float
) -> None:
    champion, candidate = (min(max(rate, 1e-9), 1 - 1e-9) for rate in (guess, guess + margin + more))

    def divergence(rate: float) -> float:
        pairs = ((champion, rate, counts[0]), (candidate, rate + margin, counts[1]))
        return sum(
            count * (bet * math.log(bet / null) + (1 - bet) * math.log((1 - bet) / (1 - null)))
            for bet, null, count in pairs
        )

    arrays = [np.array([value]) for value in (champion, float(counts[0]), candidate, float(counts[1]))]
    found = float(_projection(*arrays, margin)[0])
    others = np.linspace(1e-6, 1 - margin - 1e-6, 301)
    assert divergence(found) <= min(map(divergence, others)) + 1e-9


def test_the_expectation_is_one_on_the_edge_that_is_bet_against() -> None:
    # Equal rates that the bet's projection meets: the bound is not merely loose.
    assert expectation((0.5, 0.5), (4, 4), 0.4, 0.0, 0.2) == pytest.approx(1.0, abs=1e-6)


def test_a_version_as_good_seldom_looks_harmful_and_soon_looks_safe() -> None:
    rng = np.random.default_rng(3)
    after = start_comparison(0.0, 0.03, (300,)).after(blocks(rng, (0.02, 0.02), (95, 5), (300, 200)))
    assert np.mean(after.harm_peak >= -math.log(ALPHA)) <= ALPHA
    assert np.mean(after.safety_peak >= -math.log(ALPHA)) > 0.95


def test_a_version_three_points_worse_looks_harmful_and_seldom_safe() -> None:
    rng = np.random.default_rng(4)
    after = start_comparison(0.005, 0.03, (400,)).after(blocks(rng, (0.01, 0.04), (25, 25), (400, 200)))
    assert np.mean(after.harm_peak >= -math.log(0.001)) > 0.95
    assert np.mean(after.safety_peak >= -math.log(ALPHA)) <= 1.5 * ALPHA


def test_a_drift_of_both_arms_is_no_harm() -> None:
    rng = np.random.default_rng(5)
    drifting = np.linspace(0.01, 0.3, 300)
    count = np.full(300, 20.0)
    events = [rng.binomial(20, drifting, (200, 300)).astype(float) for _ in range(2)]
    full = np.broadcast_to(count, (200, 300))
    after = start_comparison(0.0, 0.03, (200,)).after(Arms(events[0], full, events[1], full))
    assert np.mean(after.harm_peak >= -math.log(ALPHA)) <= ALPHA


def test_four_failures_of_a_canary_beside_a_sound_champion_are_enough() -> None:
    failing = Arms(np.zeros(4), np.full(4, 95.0), np.ones(4), np.full(4, 5.0))
    assert float(start_comparison(0.005, 0.02).after(failing).harm_peak) > math.log(700)


@pytest.mark.parametrize(("good_blocks", "bad_blocks"), [(720, 5), (17_280, 6)])
def test_a_version_that_turns_bad_late_is_found_all_the_same(good_blocks: int, bad_blocks: int) -> None:
    rng = np.random.default_rng(9)
    good = blocks(rng, (0.002, 0.002), (475, 25), (1, good_blocks))
    bad = blocks(rng, (0.002, 0.2), (475, 25), (1, bad_blocks))
    before = start_comparison(0.005, 0.02, (1,)).after(good)
    assert float(before.harm_peak[0]) < math.log(20)
    assert float(before.after(bad).harm_peak[0]) > math.log(700)


@given(st.integers(1, 39))
@settings(max_examples=20)
def test_blocks_in_portions_give_what_they_give_at_once(cut: int) -> None:
    whole = blocks(np.random.default_rng(6), (0.05, 0.1), (10, 5), (3, 40))
    parts = [
        Arms(
            *(
                part[:, chosen]
                for part in (whole.champion_events, whole.champion_count, whole.candidate_events, whole.candidate_count)
            )
        )
        for chosen in (slice(0, cut), slice(cut, None))
    ]
    at_once = start_comparison(0.01, 0.05, (3,)).after(whole)
    in_portions = start_comparison(0.01, 0.05, (3,)).after(parts[0]).after(parts[1])
    np.testing.assert_allclose(at_once.harm_peak, in_portions.harm_peak)
    np.testing.assert_allclose(at_once.safety, in_portions.safety)
    np.testing.assert_array_equal(at_once.totals.candidate_events, in_portions.totals.candidate_events)


def test_blocks_without_an_arm_are_no_evidence() -> None:
    alone = Arms(np.zeros(5), np.full(5, 100.0), np.zeros(5), np.zeros(5))
    failing = Arms(np.zeros(5), np.zeros(5), np.full(5, 9.0), np.full(5, 9.0))
    after = start_comparison(0.0, 0.03).after(alone).after(failing)
    assert float(after.harm_peak) == pytest.approx(0.0, abs=1e-12)
    assert float(after.safety_peak) == 0.0
    assert float(after.totals.candidate_events) == 45


def test_no_blocks_change_nothing() -> None:
    begun = start_comparison(0.0, 0.03)
    nothing = np.zeros(0)
    assert begun.after(Arms(nothing, nothing, nothing, nothing)) is begun


def test_one_arm_is_held_to_a_limit() -> None:
    rng = np.random.default_rng(8)
    count = np.full((400, 200), 10.0)
    sound = one_arm_log_e(rng.binomial(10, 0.05, (400, 200)).astype(float), count, 0.05, excesses(0.02))
    failing = one_arm_log_e(rng.binomial(10, 0.2, (400, 200)).astype(float), count, 0.05, excesses(0.02))
    assert np.mean(sound.max(axis=1) >= -math.log(ALPHA)) <= ALPHA
    assert np.mean(failing.max(axis=1) >= -math.log(0.001)) > 0.99


def test_excesses_begin_with_what_matters_and_end_with_nearly_everything() -> None:
    assert excesses(0.02)[0] == pytest.approx(0.02)
    assert excesses(0.02)[-1] == pytest.approx(0.9)


def test_means_of_large_exponentials_do_not_overflow() -> None:
    assert log_mean_exp(np.array([[1000.0], [1000.0]]))[0] == pytest.approx(1000.0)
