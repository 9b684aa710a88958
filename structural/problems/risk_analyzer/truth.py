"""The true answer: expected risk of the reference-class model, given exactly the inputs that were given.

"True" means "of the reference model": the label is the class of an *expected* score, not the fate of one project,
which no model can know. Expectations are taken over 512 scrambled Sobol points shared by all rows; whether a project
falls into the tail is integrated exactly, by its probability at each point.
"""

import numpy as np
from numpy.typing import NDArray

from structural.problems.risk_analyzer.factors import OTHER_FACTORS, combined_impact, factor_probabilities
from structural.problems.risk_analyzer.inputs import Inputs, read_inputs
from structural.problems.risk_analyzer.overruns import Matrix, Overruns, draw_inputs, simulate
from structural.problems.risk_analyzer.priors import POINTS, Points, integration_points
from structural.problems.risk_analyzer.reference_classes import FACTORS, TIME
from structural.problems.risk_analyzer.request import LABEL_COLUMNS
from structural.problems.risk_analyzer.scoring import (
    SCORE_WEIGHTS,
    cost_impact,
    risk_class,
    score_from_impact,
    time_impact,
)
from structural.tables import Table, concatenate, row_count

ROWS_AT_A_TIME = 24
"""Some 24 x 512 doubles fit the second-level cache; larger blocks are slower."""
EVENT_RATIO = 1.10
"""Schedule and budget count as struck when they run over by more than a tenth."""
QUANTILES = (0.10, 0.50, 0.90)


def label(questions: Table) -> Table:
    """Return the LABEL columns of a table of questions: class, score, factors, quantiles; pure and vectorised."""
    count = row_count(questions)
    inputs = read_inputs(questions)
    points = integration_points()
    blocks = [
        _label_block(inputs.rows(slice(start, start + ROWS_AT_A_TIME)), points)
        for start in range(0, count, ROWS_AT_A_TIME)
    ]
    if not blocks:
        return {column.name: np.zeros(0, dtype=np.str_ if column.categories else float) for column in LABEL_COLUMNS}
    labels = concatenate(blocks)
    labels["overall_risk"] = risk_class(labels["risk_score"])
    return {column.name: labels[column.name] for column in LABEL_COLUMNS}


def expected_impact(questions: Table) -> NDArray[np.float64]:
    """Return the expected impact that the score is made of, 0 to 1, shape (n,); for tuning the score map."""
    inputs = read_inputs(questions)
    points = integration_points()
    draws = draw_inputs(inputs, points)
    overruns = simulate(inputs, draws, points)
    return _impact(overruns, factor_probabilities(inputs, draws, points))


def _label_block(inputs: Inputs, points: Points) -> Table:
    draws = draw_inputs(inputs, points)
    overruns = simulate(inputs, draws, points)
    probabilities = factor_probabilities(inputs, draws, points)
    labels: Table = {"risk_score": score_from_impact(_impact(overruns, probabilities))}
    labels |= _factors(overruns, probabilities)
    in_tail = points.tail < overruns.tail_share
    labels |= _quantiles("cost", np.where(in_tail, overruns.cost_tail, overruns.cost_body))
    labels |= _quantiles("time", np.where(in_tail, overruns.time_tail, overruns.time_body))
    return labels


def _mix(overruns: Overruns, body: Matrix, tail: Matrix) -> Matrix:
    return body + overruns.tail_share * (tail - body)


def _impact(overruns: Overruns, probabilities: dict[str, Matrix]) -> NDArray[np.float64]:
    cost = _mix(overruns, cost_impact(overruns.cost_body - 1), cost_impact(overruns.cost_tail - 1))
    time = _mix(overruns, time_impact(overruns.time_body - 1), time_impact(overruns.time_tail - 1))
    weight_cost, weight_time, weight_other = SCORE_WEIGHTS
    impact = weight_cost * cost + weight_time * time + weight_other * combined_impact(probabilities)
    return np.asarray(impact.mean(axis=1))


def _factors(overruns: Overruns, probabilities: dict[str, Matrix]) -> Table:
    overrun = {
        "cost": _mix(overruns, np.maximum(overruns.cost_body - 1, 0), overruns.cost_tail - 1),
        "time": _mix(overruns, np.maximum(overruns.time_body - 1, 0), np.maximum(overruns.time_tail - 1, 0)),
    }
    p_schedule, severity_schedule = _event(overruns, overruns.time_body, overruns.time_tail)
    p_budget, severity_budget = _event(overruns, overruns.cost_body, overruns.cost_tail)
    found = {"schedule": (p_schedule, severity_schedule), "budget": (p_budget, severity_budget)}
    for factor in OTHER_FACTORS:
        found[factor.key] = _added(probabilities[factor.key], overrun["time" if factor.scale == TIME else "cost"])
    labels = {f"p_{factor.key}": found[factor.key][0] for factor in FACTORS}
    return labels | {f"severity_{factor.key}": found[factor.key][1] for factor in FACTORS}


def _added(probability: Matrix, overrun: Matrix) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the probability of a factor, and the mean overrun when it strikes less the mean when it does not.

    The difference, because the whole overrun of such projects is not this factor's doing.
    """
    mean = probability.mean(axis=1)
    struck = np.einsum("rp,rp->r", probability, overrun) / POINTS
    spared = overrun.mean(axis=1) - struck
    return mean, np.maximum(struck / mean - spared / (1.0 - mean), 0.0)


def _event(overruns: Overruns, body: Matrix, tail: Matrix) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return probability of running over by more than a tenth, and the mean overrun given that."""
    struck_body = (body > EVENT_RATIO) * (1.0 - overruns.tail_share)
    struck_tail = (tail > EVENT_RATIO) * overruns.tail_share
    probability = (struck_body + struck_tail).mean(axis=1)
    excess = np.einsum("rp,rp->r", struck_body, body - 1) + np.einsum("rp,rp->r", struck_tail, tail - 1)
    # Where no point runs over, the least overrun that counts stands for the mean.
    severity = np.divide(excess, POINTS * probability, out=np.full(len(body), EVENT_RATIO - 1.0), where=probability > 0)
    return probability, severity


def _quantiles(name: str, ratios: Matrix) -> Table:
    ordered = np.sort(ratios, axis=1)
    labels: Table = {}
    for quantile in QUANTILES:
        position = quantile * (POINTS - 1)
        low = int(position)
        value = ordered[:, low] + (position - low) * (ordered[:, low + 1] - ordered[:, low])
        labels[f"{name}_p{round(quantile * 100)}"] = value
    return labels
