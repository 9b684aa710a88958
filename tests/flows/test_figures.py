"""The further figures of each problem, on answers whose figures are known."""

from dataclasses import replace

import numpy as np
import pytest

from flows.figures import (
    Answered,
    clash_detector,
    compliance_checker,
    further_figures,
    risk_analyzer,
    section_optimizer,
)
from serving.predictors.contract import Predictor, Proposals
from structural.problem import Role
from structural.problems import load_problem
from structural.problems.clash_detector.sampler import GUARD_BAND_SHARE, sample, sample_all
from structural.problems.compliance_checker.sampler import sample_held_out
from structural.problems.compliance_checker.truth import label
from structural.problems.risk_analyzer.inputs import missing_optionals
from structural.tables import Table, take


class Oracle:
    """Answers with the truth itself, or with what it is told to say; remembers the questions."""

    def __init__(self, problem: str, says: str = "") -> None:
        self._problem, self._says = load_problem(problem), says
        self.asked: Table = {}

    def propose(self, questions: Table) -> Proposals:
        assert set(questions) == set(self._problem.names(Role.QUESTION))
        self.asked = questions
        answers = self._problem.label(questions)[self._problem.answer_column]
        answers = np.full(len(answers), self._says) if self._says else np.asarray(answers, dtype=np.str_)
        return Proposals(answers, np.ones(len(answers)))

    def prove(self, questions: Table, proposals: Proposals) -> np.ndarray:
        return proposals.answers


def answered(problem: str, holdout: Table, predictor: Predictor | None = None, **said: np.ndarray) -> Answered:
    """Return an answered holdout; what is not ``said`` is the truth."""
    found = load_problem(problem)
    truth = np.asarray(holdout[found.answer_column], dtype=np.str_)
    answers = said.get("answers", truth)
    return Answered(
        problem=found,
        holdout=holdout,
        questions={name: holdout[name] for name in found.names(Role.QUESTION) if name in holdout},
        proposals=Proposals(answers, np.ones(len(truth))),
        served=said.get("served", truth),
        baseline=said.get("baseline", truth),
        predictor=predictor or Oracle(problem),
    )


@pytest.fixture(scope="module")
def pairs() -> Table:
    return load_problem("clash_detector").generate(400, np.random.default_rng(21))


@pytest.fixture(scope="module")
def few_fresh_pairs() -> pytest.MonkeyPatch:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clash_detector, "FRESH_PAIRS", 600)
        yield patch


def test_the_misses_of_a_section_have_a_weight() -> None:
    holdout = {"section": np.array(["W21X44", "W21X44", "W21X44", "none", "W21X44"])}
    answers = np.array(["W21X44", "W21X50", "W18X40", "W21X44", "W21X55"])
    found = section_optimizer.figures(answered("section_optimizer", holdout, answers=answers))
    assert found == pytest.approx(
        {
            "miss_count": 4,
            "miss_none_share": 0.25,
            "miss_too_light_share": 0.25,
            "miss_weight_penalty_percent": 100 * ((50 / 44 + 55 / 44) / 2 - 1),
            "miss_weight_penalty_percent_greatest": 25.0,
        }
    )


def test_without_a_miss_there_is_no_penalty() -> None:
    holdout = {"section": np.array(["W21X44", "none"])}
    assert section_optimizer.figures(answered("section_optimizer", holdout)) == {"miss_count": 0.0}
    none_at_all = np.array(["none", "W21X44"])
    found = section_optimizer.figures(answered("section_optimizer", holdout, answers=none_at_all))
    assert found == {"miss_count": 2.0, "miss_none_share": 1.0, "miss_too_light_share": 0.0}


def test_recall_of_severe_clashes_is_told_for_model_proof_and_baseline(pairs: Table) -> None:
    truth = pairs["pair_class"].astype(np.str_)
    half = truth.copy()
    half[np.flatnonzero(truth == "HIGH")[::2]] = "LOW"
    never = np.where(truth == "HIGH", "LOW", truth)
    found = clash_detector.high_recalls(answered("clash_detector", pairs, answers=half, baseline=never))
    assert found["recall_high"] == pytest.approx(0.5, abs=0.02)
    assert (found["recall_high_served"], found["recall_high_baseline"]) == (1.0, 0.0)
    without = take(pairs, truth != "HIGH")
    assert clash_detector.high_recalls(answered("clash_detector", without)) == {}


def test_a_perfect_clash_detector_has_one_accuracy_with_and_without_bands(
    pairs: Table, few_fresh_pairs: pytest.MonkeyPatch
) -> None:
    found = further_figures(answered("clash_detector", pairs))
    for name in ("accuracy_outside_guard_bands", "accuracy_without_guard_bands", "accuracy_inside_guard_bands"):
        assert found[name] == 1.0
    assert found["guard_band_removed_share"] == pytest.approx((1 - GUARD_BAND_SHARE) * found["guard_band_share"])
    assert 0.01 < found["guard_band_share"] < 0.3


def test_the_bands_are_what_separates_the_two_accuracies() -> None:
    fresh = {**sample_all(600, np.random.default_rng(4))}
    labels = load_problem("clash_detector").label(fresh)["pair_class"]
    inside = fresh["in_guard_band"].astype(bool)
    found = clash_detector.fresh_figures(fresh, np.where(inside, "wrong", labels))
    assert found["accuracy_without_guard_bands"] == pytest.approx(1 - found["guard_band_share"])
    assert found["accuracy_inside_guard_bands"] == 0.0


def test_fresh_pairs_are_the_same_each_time_and_keep_the_bands(
    pairs: Table, few_fresh_pairs: pytest.MonkeyPatch
) -> None:
    first, second = Oracle("clash_detector"), Oracle("clash_detector")
    for oracle in (first, second):
        clash_detector.figures(answered("clash_detector", pairs, oracle))
    for name, values in first.asked.items():
        np.testing.assert_array_equal(values, second.asked[name])
    banded = [draw(600, np.random.default_rng(4))["in_guard_band"].mean() for draw in (sample, sample_all)]
    assert banded[0] < 0.5 * banded[1]


def test_no_dataset_draws_from_the_seed_of_the_fresh_pairs() -> None:
    # A chunk is drawn from (seed, (problem, chunk)); the fresh pairs have a key of another length.
    fresh = clash_detector.FRESH_SEED
    chunk = np.random.SeedSequence(entropy=fresh.entropy, spawn_key=fresh.spawn_key[:2])
    assert len(fresh.spawn_key) == 3
    assert not np.array_equal(fresh.generate_state(4), chunk.generate_state(4))


def test_risk_questions_are_shortened_and_answered_anew() -> None:
    holdout = load_problem("risk_analyzer").generate(120, np.random.default_rng(3))
    oracle = Oracle("risk_analyzer")
    assert further_figures(answered("risk_analyzer", holdout, oracle))["accuracy_without_optional_inputs"] == 1.0
    assert missing_optionals(oracle.asked).all()
    assert not missing_optionals(holdout).all()  # the holdout itself is left as it was
    constant = answered("risk_analyzer", holdout, Oracle("risk_analyzer", "LOW"))
    truth = load_problem("risk_analyzer").label(risk_analyzer.without_optionals(constant.questions))["overall_risk"]
    share = risk_analyzer.figures(constant)["accuracy_without_optional_inputs"]
    assert share == pytest.approx(np.mean(truth == "LOW"))


def test_a_problem_without_a_module_has_the_figures_of_its_labels() -> None:
    holdout = load_problem("connection_designer").generate(50, np.random.default_rng(3))
    said = answered("connection_designer", holdout)
    details = {"capacity_kips": 1.1 * holdout["capacity_kips"], "slip_critical": ~holdout["slip_critical"].astype(bool)}
    found = further_figures(replace(said, proposals=replace(said.proposals, details=details)))
    assert found == pytest.approx({"capacity_kips_mape_percent": 10.0, "slip_critical_accuracy": 0.0})


def test_what_is_served_of_documents_is_counted() -> None:
    truth = np.array(["none", "FLX-01", "contradiction:length_ft", "contradiction:shape", "none"])
    served = np.array(["none", "abstain", "contradiction:length_ft", "none", "FLX-01"])
    assert compliance_checker.served_figures(truth, served) == {
        "served_accuracy": 0.4,
        "abstained_share": 0.2,
        "wrong_verdicts_served": 2.0,
        "contradictions_flagged": 0.5,
    }


def test_unseen_phrasing_is_asked_in_reserved_spellings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compliance_checker, "FRESH_DOCUMENTS", 30)
    holdout = load_problem("compliance_checker").generate(20, np.random.default_rng(3))
    oracle = _Reader()
    found = further_figures(answered("compliance_checker", holdout, oracle))
    expected = sample_held_out(30, np.random.default_rng(compliance_checker.FRESH_SEED))
    assert oracle.asked["document"].tolist() == expected["document"].tolist()
    assert found["unseen_phrasing_accuracy"] == np.mean(label(expected)["violations"] == "none")
    assert found["served_accuracy"] == 1.0


class _Reader:
    """Says that every document complies."""

    def __init__(self) -> None:
        self.asked: Table = {}

    def propose(self, questions: Table) -> Proposals:
        self.asked = questions
        return Proposals(np.full(len(questions["document"]), "none"), np.ones(len(questions["document"])))

    def prove(self, questions: Table, proposals: Proposals) -> np.ndarray:
        return proposals.answers
