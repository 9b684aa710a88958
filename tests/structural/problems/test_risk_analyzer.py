import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.errors import StructuralError
from structural.problem import Role
from structural.problems.risk_analyzer import PROBLEM, truth
from structural.problems.risk_analyzer.decoding import (
    TARGETS,
    decode_targets,
    encode_targets,
    rank_factors,
    raw_confidence,
    shown_scores,
)
from structural.problems.risk_analyzer.encoding import FEATURES, encode
from structural.problems.risk_analyzer.reference_classes import FACTORS, planned_months
from structural.problems.risk_analyzer.request import (
    CATEGORY_PRIORS,
    OPTIONAL_COLUMNS,
    OPTIONAL_LEVELS,
    QUANTILE_COLUMNS,
    RISK_CLASSES,
    WITHOUT_STORIES,
)
from structural.problems.risk_analyzer.sampler import TYPE_SHARES
from structural.problems.risk_analyzer.scoring import cost_impact, impact_level, risk_class, time_impact
from structural.tables import UNSPECIFIED, Table, concatenate, take

ROWS = 3000


@pytest.fixture(scope="module")
def entries() -> Table:
    return PROBLEM.generate(ROWS, np.random.default_rng(5))


def project(**given: object) -> Table:
    """The documented sample request with changes, as a table of one row."""
    values: dict[str, object] = {
        "project_type": "office_building",
        "budget_usd": 5e6,
        "schedule_months": 18.0,
        "complexity": "medium",
        **dict.fromkeys(OPTIONAL_LEVELS, UNSPECIFIED),
        "stories": np.nan,
        "contingency_share": np.nan,
        **given,
    }
    return {name: np.array([value]) for name, value in values.items()}


def score(**given: object) -> float:
    return float(PROBLEM.label(project(**given))["risk_score"][0])


def test_the_documented_sample_is_medium_at_six_and_a_half() -> None:
    labels = PROBLEM.label(project())
    assert labels["overall_risk"][0] == "MEDIUM"
    assert labels["risk_score"][0] == pytest.approx(6.5, abs=0.05)
    assert FACTORS[rank_factors(labels)[0, 0]].title == "Schedule Risk"


def test_usual_duration_is_bromilows_law() -> None:
    # Hoffman et al. 2007: 26.8 * C^0.202 calendar days; $5M gives 604 days = 19.9 months.
    office, medium = np.array([0]), np.array([1])
    assert planned_months(office, medium, np.array([5e6]))[0] == pytest.approx(19.85, abs=0.05)


def test_impact_levels_are_those_of_the_pmbok() -> None:
    # PMBOK 6: cost < 10 % low, 10-20 moderate, 20-40 high, above very high; time 5, 10, 20 %.
    assert impact_level([0.05, 0.15, 0.3, 0.5], "cost").tolist() == [0, 1, 2, 3]
    assert impact_level([0.03, 0.07, 0.15, 0.3], "time").tolist() == [0, 1, 2, 3]


def test_impact_as_a_ramp_agrees_with_interpolation_through_its_knots() -> None:
    overrun = np.linspace(-0.5, 1.5, 400)
    values = [0.05, 0.1, 0.2, 0.4, 0.8]
    np.testing.assert_allclose(cost_impact(overrun), np.interp(overrun, [0, 0.05, 0.15, 0.3, 0.6], values), atol=1e-12)
    np.testing.assert_allclose(
        time_impact(overrun), np.interp(overrun, [0, 0.025, 0.075, 0.15, 0.3], values), atol=1e-12
    )


def test_questions_and_labels_match_the_contract(entries: Table) -> None:
    assert list(entries) == [column.name for column in PROBLEM.columns]
    for column in PROBLEM.columns:
        values = entries[column.name]
        assert len(values) == ROWS
        if column.categories:
            assert set(values) <= set(column.categories), column.name
        else:
            present = values[~np.isnan(values)] if column.optional else values
            assert present.min() >= column.minimum, column.name
            assert present.max() <= column.maximum, column.name


def test_physics_holds_in_every_entry(entries: Table) -> None:
    for rule in PROBLEM.rules:
        assert rule.holds(entries).all(), rule.name


@pytest.mark.parametrize(
    ("rule", "column", "value"),
    [
        ("probabilities", "p_weather", 1.2),
        ("quantiles", "cost_p10", 50.0),
        ("class_of_score", "overall_risk", "LOW"),
        ("severities", "severity_budget", 0.01),
        ("stories", "stories", 12.0),
    ],
)
def test_a_broken_row_is_found(entries: Table, rule: str, column: str, value: object) -> None:
    row = int(np.flatnonzero((entries["overall_risk"] != "LOW") & np.isin(entries["project_type"], WITHOUT_STORIES))[0])
    broken = {name: values.copy() for name, values in entries.items()}
    broken[column][row] = value
    holds = next(item for item in PROBLEM.rules if item.name == rule).holds(broken)
    assert np.flatnonzero(~holds).tolist() == [row]


def test_no_class_is_rare_and_no_row_is_repeated(entries: Table) -> None:
    shares = [float((entries["overall_risk"] == name).mean()) for name in RISK_CLASSES]
    assert min(shares) > 0.05
    questions = PROBLEM.names(Role.QUESTION)
    assert len(set(zip(*(entries[name].tolist() for name in questions[:4]), strict=True))) == ROWS


def test_many_requests_give_the_four_required_fields_alone(entries: Table) -> None:
    group = next(item for item in PROBLEM.slices if item.name == "optional_inputs").group(entries)
    assert (group == "all missing").mean() > 0.25
    assert (group == "all given").mean() > 0.05


def test_shares_and_priors_are_distributions() -> None:
    assert sum(TYPE_SHARES.values()) == pytest.approx(1.0)
    assert set(TYPE_SHARES) == set(next(c for c in PROBLEM.columns if c.name == "project_type").categories)
    for name, prior in CATEGORY_PRIORS.items():
        assert sum(prior) == pytest.approx(1.0), name
        assert len(prior) == len(OPTIONAL_LEVELS[name]), name


def test_the_same_seed_gives_the_same_entries_and_rows_do_not_depend_on_their_neighbours(entries: Table) -> None:
    again = PROBLEM.generate(ROWS, np.random.default_rng(5))
    alone = PROBLEM.label(take(again, slice(100, 107)))
    for name, values in entries.items():
        np.testing.assert_array_equal(values, again[name])
    for name in TARGETS:
        np.testing.assert_allclose(alone[name], entries[name][100:107], rtol=1e-12)


def test_no_rows_give_no_labels() -> None:
    nothing = take(project(), slice(0, 0))
    assert all(len(values) == 0 for values in PROBLEM.label(nothing).values())


def test_leaving_an_input_out_is_averaging_over_its_prior() -> None:
    # Expected impact is linear in the mixture, so the mean over given levels must come close to the one left out.
    for name in ("delivery_method", "site_conditions", "seismicity", "market", "design_class"):
        rows = concatenate([project(**{name: level}) for level in OPTIONAL_LEVELS[name]])
        averaged = float(np.asarray(CATEGORY_PRIORS[name]) @ truth.expected_impact(rows))
        assert averaged == pytest.approx(float(truth.expected_impact(project())[0]), rel=0.02), name


@pytest.mark.parametrize(
    ("safer", "riskier"),
    [
        ({"complexity": "low"}, {"complexity": "very_high"}),
        ({"schedule_months": 30.0}, {"schedule_months": 12.0}),
        ({"design_class": "class_1"}, {"design_class": "class_5"}),
        ({"site_conditions": "good"}, {"site_conditions": "poor"}),
        ({"market": "soft"}, {"market": "tight"}),
        ({"contingency_share": 0.2}, {"contingency_share": 0.0}),
        ({"delivery_method": "design_build"}, {"delivery_method": "design_bid_build"}),
        ({}, {"project_type": "stadium"}),
    ],
    ids=str,
)
def test_what_makes_a_project_riskier_raises_its_score(safer: dict, riskier: dict) -> None:
    assert score(**safer) < score(**riskier)


@settings(max_examples=30)
@given(months=st.floats(2, 100), budget=st.floats(1e6, 1e9), shorter=st.floats(0.3, 0.95))
def test_a_tighter_schedule_is_never_likelier_to_be_kept(months: float, budget: float, shorter: float) -> None:
    rows = concatenate([project(budget_usd=budget, schedule_months=value) for value in (months, months * shorter)])
    labels = PROBLEM.label(rows)
    assert labels["p_schedule"][1] >= labels["p_schedule"][0]
    assert labels["time_p50"][1] >= labels["time_p50"][0]


def test_housing_spreads_about_as_the_tehran_buildings_do() -> None:
    # 372 residential buildings, UCI data set 437: sd of log real cost ratio 0.20, median 1.21.
    labels = PROBLEM.label(project(project_type="mid_rise_housing", budget_usd=1.5e7, schedule_months=24.0))
    spread = float(np.log(labels["cost_p90"] / labels["cost_p10"])[0]) / 2.563
    assert 0.13 < spread < 0.27
    assert 1.0 < float(labels["cost_p50"][0]) < 1.3


def test_stories_mean_nothing_for_a_bridge() -> None:
    assert score(project_type="bridge") == score(project_type="bridge", stories=40.0)
    np.testing.assert_array_equal(
        encode(project(project_type="bridge")), encode(project(project_type="bridge", stories=9.0))
    )


def test_an_unknown_category_is_named_with_its_row() -> None:
    rows = concatenate([project(), project(market="boiling")])
    with pytest.raises(StructuralError, match=r"market: 'boiling' is unknown \(row 1\)"):
        PROBLEM.label(rows)
    with pytest.raises(StructuralError, match="complexity"):
        encode(project(complexity=UNSPECIFIED))


def test_features_are_finite_and_tell_missing_from_given(entries: Table) -> None:
    features = encode(entries)
    assert features.shape == (ROWS, len(FEATURES))
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    for name in OPTIONAL_COLUMNS:
        if name in OPTIONAL_LEVELS:
            missing = entries[name] == UNSPECIFIED
            np.testing.assert_array_equal(features[:, FEATURES.index(f"{name}=missing")] == 1, missing)
    np.testing.assert_array_equal(
        features[:, FEATURES.index("contingency_missing")] == 1, np.isnan(entries["contingency_share"])
    )


def test_targets_survive_the_round_trip(entries: Table) -> None:
    decoded = decode_targets(encode_targets(entries), entries["risk_score"])
    for name in TARGETS:
        np.testing.assert_allclose(decoded[name], entries[name], atol=2e-3, err_msg=name)


def test_decoded_quantiles_are_in_order() -> None:
    outputs = np.random.default_rng(0).normal(size=(50, len(TARGETS)))
    decoded = decode_targets(outputs, np.linspace(-3, 13, 50))
    assert all(np.all(decoded[f"{kind}_p10"] <= decoded[f"{kind}_p90"]) for kind in ("cost", "time"))
    assert len(QUANTILE_COLUMNS) == 6
    assert decoded["risk_score"].min() == 0
    assert decoded["risk_score"].max() == 10


@settings(max_examples=200)
@given(value=st.floats(0, 10))
def test_the_score_shown_has_the_class_shown(value: float) -> None:
    shown = shown_scores(np.array([value]))
    assert risk_class(shown)[0] == risk_class(value)
    assert abs(shown[0] - value) < 0.01


def test_confidence_falls_towards_a_boundary_and_with_disagreement() -> None:
    agreed, torn = np.array([[5.0, 5.0, 5.0]]), np.array([[4.5, 5.0, 5.5]])
    at = np.array([5.0])
    assert raw_confidence(agreed, at, 0.1) > raw_confidence(torn, at, 0.1)
    assert raw_confidence(agreed, at, 0.1) > raw_confidence(agreed, np.array([4.05]), 0.1)
