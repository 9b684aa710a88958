import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.problem import Kind, Role
from structural.problems import load_problem
from structural.problems.section_optimizer import PROBLEM
from structural.problems.section_optimizer.catalogue import catalogue
from structural.problems.section_optimizer.checking import check
from structural.problems.section_optimizer.decoding import Policy, pick, pick_one, section_names
from structural.problems.section_optimizer.encoding import FEATURES, encode, features, outlook
from structural.problems.section_optimizer.proof import prove, prove_member
from structural.problems.section_optimizer.ratios import necessary
from structural.problems.section_optimizer.request import LIMIT_STATES, NO_SECTION, resolve, resolve_one
from structural.problems.section_optimizer.truth import NONE_INDEX, check_all, label, lightest
from structural.records import field_names
from structural.tables import Table, row_count, take


def question(**values: object) -> Table:
    row = {
        "member_type": "beam",
        "span_feet": 40.0,
        "tributary_load_psf": 150.0,
        "design_code": "AISC 360-22",
    } | values
    return {
        column.name: np.array([row.get(column.name, "unspecified" if column.categories else np.nan)])
        for column in PROBLEM.columns
        if column.role is Role.QUESTION
    }


def ratio(table: Table, section: str, limit_state: str) -> float:
    shapes = catalogue()
    verdict = check(resolve(table), shapes.take(shapes.index_of([section])))
    return float(verdict.ratios[0, LIMIT_STATES.index(limit_state)])


@pytest.fixture(scope="module")
def entries() -> Table:
    return PROBLEM.generate(1200, np.random.default_rng(5))


# AISC Design Examples v16.0 (Companion to the Manual, Vol. 1): F.1-1A, W18 at most, D 0.45 and L 0.75 kip/ft, 35 ft.
def test_design_example_f1_1a_selects_w18x50() -> None:
    table = question(
        span_feet=35.0,
        tributary_load_psf=120.0,
        live_load_share=0.625,
        depth_limit_in=18.2,
        total_deflection_limit=180.0,
    )
    assert label(table)["section"][0] == "W18X50"


# F.3A of the same: Mu = 396 kip-ft, continuously braced, the lightest is W21X48 (its flange is noncompact).
def test_design_example_f3a_selects_w21x48() -> None:
    live_kip_ft = (396.0 * 8.0 / 20.0**2 - 1.2 * 0.048) / 1.6
    table = question(
        span_feet=20.0,
        tributary_load_psf=100.0 * live_kip_ft,
        live_load_share=1.0,
        live_deflection_limit=100.0,
        total_deflection_limit=90.0,
    )
    truth = label(table)
    assert truth["section"][0] == "W21X48"
    assert truth["governing_limit_state"][0] == "flange_local_buckling"
    assert truth["utilization_ratio"][0] == pytest.approx(396.0 / 398.0, rel=0.003)


# E.1D of the same: W14X90, Lcx 30 ft, Lcy 15 ft: 927 kip (LRFD), 617 kip (ASD).
@pytest.mark.parametrize(("method", "capacity", "live_factor"), [("LRFD", 927.0, 1.6), ("ASD", 617.0, 1.0)])
def test_design_example_e1d_column_strength(method: str, capacity: float, live_factor: float) -> None:
    table = question(
        member_type="column",
        span_feet=30.0,
        unbraced_length_ft=15.0,
        axial_load_kips=400.0,
        tributary_load_psf=5.0,
        tributary_width_ft=1.0,
        live_load_share=1.0,
        design_method=method,
    )
    self_weight = (1.2 if method == "LRFD" else 1.0) * 0.090 * 30.0
    demand = live_factor * 400.005 + self_weight
    assert ratio(table, "W14X90", "compression") == pytest.approx(demand / capacity, rel=0.01)


# F.1-2B of the same: W18X50 braced at third points of 35 ft, Cb 1.01: 304 kip-ft.
def test_design_example_f1_2b_lateral_torsional_buckling() -> None:
    table = question(span_feet=35.0, unbraced_length_ft=35.0 / 3.0, tributary_load_psf=100.0, live_load_share=1.0)
    demand = (1.6 * 1.0 + 1.2 * 0.050) * 35.0**2 / 8.0
    assert ratio(table, "W18X50", "lateral_torsional_buckling") == pytest.approx(demand / 304.0, rel=0.01)


# H.4 of the same without its minor-axis moment: W10X33, Pu 30, Mu 90, Pe1 1730, phi Pn 253, phi Mn 137.
def test_design_example_h4_interaction() -> None:
    span = 14.0
    live_kip_ft = (90.0 * 8.0 / span**2 - 1.2 * 0.033) / 1.6
    table = question(
        member_type="beam_column",
        span_feet=span,
        tributary_load_psf=1000.0 * live_kip_ft / 10.0,
        tributary_width_ft=10.0,
        axial_load_kips=30.0 / 1.6,
        live_load_share=1.0,
    )
    expected = 0.5 * 30.0 / 253.0 + 90.0 / (1.0 - 30.0 / 1730.0) / 137.0
    assert ratio(table, "W10X33", "combined_axial_flexure") == pytest.approx(expected, rel=0.01)


def test_design_sample_gets_a_sensible_floor_beam() -> None:
    assert label(question())["section"][0] == "W24X68"


def test_columns_rules_and_answers(entries: Table) -> None:
    assert load_problem("section_optimizer") is PROBLEM
    assert list(entries) == [column.name for column in PROBLEM.columns]
    for column in PROBLEM.columns:
        values = entries[column.name]
        if column.kind is Kind.CATEGORY:
            assert set(values.tolist()) <= set(column.categories)
        elif column.kind is Kind.FLOAT:
            known = values[~np.isnan(values)]
            assert column.optional or len(known) == len(values)
            assert np.all((known >= column.minimum) & (known <= column.maximum))
    for rule in PROBLEM.rules:
        assert rule.holds(entries).all(), rule.name
    assert len(set(entries["section"].tolist())) > 120
    assert 0.0 < np.mean(entries["section"] == NO_SECTION) < 0.03


@pytest.mark.parametrize(
    ("rule", "column", "value"),
    [("utilization", "utilization_ratio", 1.2), ("depth", "depth_in", 59.0), ("properties", "weight_lb_ft", 7.0)],
)
def test_rules_find_a_broken_row(entries: Table, rule: str, column: str, value: float) -> None:
    broken = dict(take(entries, np.flatnonzero(~np.isnan(entries["depth_limit_in"]) & (entries["section"] != "none"))))
    broken[column] = np.full(row_count(broken), value)
    assert not next(item for item in PROBLEM.rules if item.name == rule).holds(broken).any()


def test_slices_name_every_row(entries: Table) -> None:
    for part in PROBLEM.slices:
        groups = part.group(entries)
        assert groups.shape == (row_count(entries),)
        assert len(set(groups.tolist())) > 1


def test_same_seed_same_entries() -> None:
    first, second = (PROBLEM.generate(64, np.random.default_rng(9)) for _ in range(2))
    for name, values in first.items():
        np.testing.assert_array_equal(values, second[name])


def test_truth_is_what_checking_every_shape_says(entries: Table) -> None:
    members = resolve(take(entries, slice(0, 200)))
    passes = check_all(members).passes.reshape(200, -1)
    brute = np.where(passes.any(axis=1), passes.argmax(axis=1), NONE_INDEX)
    np.testing.assert_array_equal(lightest(members), brute)
    hopeless = necessary(members.column(), catalogue()).hopeless()
    assert not (hopeless & passes).any()


def test_candidates_hold_the_truth(entries: Table) -> None:
    members, candidates = encode(entries)
    truth = lightest(members)
    held = np.zeros(len(truth), dtype=bool)
    held[candidates.question[candidates.shape == truth[candidates.question]]] = True
    assert np.mean(held | (truth == NONE_INDEX)) > 0.999


def test_one_question_gives_what_many_give(entries: Table) -> None:
    members, candidates = encode(take(entries, slice(0, 60)))
    rows, _ = features(members.take(candidates.question), catalogue().take(candidates.shape))
    assert rows.shape[1] == len(FEATURES)
    assert np.isfinite(rows).all()
    for at in (0, 17, 59):
        alone, pairs = encode(take(entries, slice(at, at + 1)))
        single, _ = features(alone.take(pairs.question), catalogue().take(pairs.shape))
        np.testing.assert_array_equal(single, rows[candidates.question == at])


def test_one_member_on_numbers_is_what_many_give(entries: Table) -> None:
    """Member, candidates, features, pick and proof of a single question are those of its row among many."""
    asked = {name: entries[name][:200] for name in PROBLEM.names(Role.QUESTION)}
    members, pairs = encode(asked)
    rows, log_estimate = features(members.take(pairs.question), catalogue().take(pairs.shape))
    policy = Policy(xgboost_weight=0.37, offset=1e-3, spread_floor=2e-3, spread_disagreement=0.3, spread_residual=0.2)
    picks = pick(members, _guess, policy)
    served = prove(members, picks.shape)
    for at in range(200):
        one = resolve_one({name: column[at].item() for name, column in asked.items()})
        for name in field_names(type(one)):
            np.testing.assert_array_equal(getattr(one, name), getattr(members, name)[at], err_msg=name)
        seen, own = outlook(one), pairs.question == at
        np.testing.assert_array_equal(seen.possible, pairs.shape[own])
        np.testing.assert_array_equal(seen.rows[seen.possible], rows[own])
        np.testing.assert_array_equal(seen.log_estimate[seen.possible], log_estimate[own])
        picked = pick_one(seen, _guess, policy)
        for name in field_names(type(picked)):
            np.testing.assert_array_equal(getattr(picked, name), getattr(picks, name)[[at]], err_msg=name)
        found, verdict = prove_member(one, int(picked.shape[0]), 2, seen.hopeless)
        assert (int(found[0]) if len(found) else NONE_INDEX) == served[at]
        again = check(members.take(np.full(len(found), at)), catalogue().take(found))
        np.testing.assert_array_equal(verdict.ratios, again.ratios)


def _guess(rows: np.ndarray) -> np.ndarray:
    """Return two residuals that hang on the features alone."""
    return np.stack([3.0 * np.sin(40.0 * rows[:, 1] + rows[:, 5]), 3.0 * np.cos(50.0 * rows[:, 2])], axis=1)


def test_an_exact_prediction_is_the_truth(entries: Table) -> None:
    table = take(entries, slice(0, 100))
    members = resolve(table)
    exact = {}
    _, candidates = encode(table)
    paired, shapes = members.take(candidates.question), catalogue().take(candidates.shape)
    rows, log_estimate = features(paired, shapes)
    residual = 100.0 * (np.log(check(paired, shapes).utilization) - log_estimate)
    exact = {row.tobytes(): value for row, value in zip(rows, residual, strict=True)}

    def oracle(asked: np.ndarray) -> np.ndarray:
        return np.array([[exact[row.tobytes()]] * 2 for row in asked])

    picks = pick(members, oracle, Policy(spread_floor=1e-4, offset=1e-9))
    np.testing.assert_array_equal(picks.names(), table["section"])
    assert np.median(picks.score) > 0.99


@pytest.mark.parametrize("shift", [-9, -2, 0, 3, 11])
def test_proof_repairs_a_wrong_proposal(entries: Table, shift: int) -> None:
    table = take(entries, slice(0, 150))
    members = resolve(table)
    truth = lightest(members)
    wrong = np.where(truth == NONE_INDEX, NONE_INDEX, np.clip(truth + shift, 0, len(catalogue()) - 1))
    np.testing.assert_array_equal(prove(members, wrong), truth)
    for row in range(20):
        found, verdict = prove_member(members.take(np.array([row])), int(wrong[row]), 2)
        assert verdict.passes.all()
        assert (int(found[0]) if len(found) else NONE_INDEX) == truth[row]


def test_nothing_is_served_where_nothing_passes(entries: Table) -> None:
    nothing = take(entries, np.flatnonzero(entries["section"] == NO_SECTION))
    members = resolve(nothing)
    served = prove(members, np.full(len(members), len(catalogue()) - 1))
    assert (section_names(served) == NO_SECTION).all()


def test_served_sections_always_pass(entries: Table) -> None:
    members = resolve(entries)
    guesses = np.random.default_rng(0).integers(-1, len(catalogue()), len(members))
    served = prove(members, guesses)
    kept = np.flatnonzero(served != NONE_INDEX)
    assert check(members.take(kept), catalogue().take(served[kept])).passes.all()


spans = st.floats(10.0, 60.0)
loads = st.floats(40.0, 300.0)


@settings(max_examples=40)
@given(span=spans, psf=loads, factor=st.floats(1.0, 2.0), kind=st.sampled_from(["beam", "girder", "column", "brace"]))
def test_more_load_never_needs_a_lighter_section(span: float, psf: float, factor: float, kind: str) -> None:
    weights = [
        float(label(question(member_type=kind, span_feet=span, tributary_load_psf=load))["weight_lb_ft"][0])
        for load in (psf, psf * factor)
        if label(question(member_type=kind, span_feet=span, tributary_load_psf=load))["section"][0] != NO_SECTION
    ]
    assert weights == sorted(weights)


@settings(max_examples=30)
@given(span=spans, psf=loads, share=st.floats(0.05, 1.0))
def test_bracing_never_costs_weight(span: float, psf: float, share: float) -> None:
    braced, unbraced = (
        resolve(question(span_feet=span, tributary_load_psf=psf, unbraced_length_ft=length))
        for length in (0.0, share * span)
    )
    assert (check_all(braced).utilization <= check_all(unbraced).utilization + 1e-9).all()


def test_defaults_are_the_documented_ones() -> None:
    plain = resolve(question())
    spelled = resolve(
        question(
            tributary_width_ft=10.0,
            unbraced_length_ft=0.0,
            end_condition="pinned-pinned",
            axial_load_kips=0.0,
            live_load_share=0.5,
            live_deflection_limit=360.0,
            total_deflection_limit=240.0,
            steel_grade="A992",
            camber_in=0.0,
            design_method="LRFD",
        )
    )
    for name in ("w_dead", "w_live", "lb_in", "cb", "live_limit_in", "total_limit_in", "fy_ksi", "lcx_in", "p_live"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(spelled, name))
    assert resolve(question(member_type="girder", span_feet=30.0)).lb_in[0] == pytest.approx(120.0)
    assert resolve(question(member_type="column", span_feet=12.0)).p_live[0] == pytest.approx(0.5 * 0.150 * 30.0**2)
    assert resolve(question(end_condition="fixed-free")).lb_in[0] == pytest.approx(480.0)


def test_camber_takes_off_dead_load_deflection_only() -> None:
    flat, cambered = (ratio(question(camber_in=camber), "W24X68", "total_load_deflection") for camber in (0.0, 6.0))
    live = ratio(question(), "W24X68", "live_load_deflection")
    # What is left is the live-load deflection, against span/240 instead of span/360.
    assert cambered == pytest.approx(live * 240.0 / 360.0)
    assert cambered < flat
