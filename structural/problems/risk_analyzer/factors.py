"""The six factors beside schedule and budget: how probable each is at every point of the integration.

A factor's event goes with overrun: its logit carries a loading on the standard normal draw behind the overrun of cost
or of time, which is what makes "overrun added when the factor strikes" a quantity of the model. Base probabilities
follow Mott MacDonald's Table 15 (see `reference_classes`); weights are proposals [P].
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from structural.problems.risk_analyzer.inputs import Inputs
from structural.problems.risk_analyzer.overruns import Draws, Matrix, logistic
from structural.problems.risk_analyzer.priors import Points
from structural.problems.risk_analyzer.reference_classes import FACTORS, TIME, type_array

OTHER_FACTORS = tuple(factor for factor in FACTORS if factor.key not in ("schedule", "budget"))

DESIGN_CHANGE_SHARE = 0.40
"""Business case, innovation and complexity: 35 % of overrun for non-standard, 39 % for standard buildings [V]."""
LABOR_SUPPLY_SHARE = 0.21
"""Contractor and economic: 18 and 20 % [V], on the same scale."""
REFERENCE_MONTHS = 18.0


def _levels(*values: float) -> NDArray[np.float64]:
    return np.array(values)


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of one factor's logit. ``effects`` gives a weight to each level of an optional category."""

    loading: float
    impact: float
    complexity: NDArray[np.float64] = field(default_factory=lambda: np.zeros(4))
    size: float = 0.0
    pressure: float = 0.0
    duration: float = 0.0
    stories: float = 0.0
    effects: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


# ``impact`` is the PMBOK value of the factor's usual severity, as it enters the score.
WEIGHTS = {
    "design_change": Weights(
        1.2,
        0.40,
        complexity=_levels(-0.5, 0.0, 0.5, 1.0),
        effects={
            "design_class": _levels(0.6, 0.3, 0.0, -0.3, -0.6),
            "delivery_method": _levels(0.1, -0.1, -0.2, -0.4),
        },
    ),
    "labor_supply": Weights(0.9, 0.20, size=0.1, pressure=0.5, effects={"market": _levels(-0.6, 0.0, 0.7)}),
    "geotechnical": Weights(
        1.0,
        0.40,
        effects={
            "site_conditions": _levels(-0.6, 0.0, 0.9),
            "seismicity": _levels(0.0, 0.15, 0.4),
            "design_class": _levels(0.3, 0.15, 0.0, -0.15, -0.3),
        },
    ),
    "regulatory": Weights(
        0.8,
        0.20,
        complexity=_levels(-0.2, 0.0, 0.2, 0.4),
        effects={
            "design_class": _levels(0.4, 0.2, 0.0, -0.3, -0.6),
            "seismicity": _levels(0.0, 0.1, 0.2),
        },
    ),
    "weather": Weights(0.7, 0.20, duration=0.6, effects={"site_conditions": _levels(-0.1, 0.0, 0.3)}),
    "safety": Weights(
        0.6,
        0.80,
        complexity=_levels(-0.2, 0.0, 0.25, 0.5),
        pressure=0.6,
        duration=0.2,
        stories=0.35,
        effects={"site_conditions": _levels(-0.1, 0.0, 0.2)},
    ),
}


def factor_probabilities(inputs: Inputs, draws: Draws, points: Points) -> dict[str, Matrix]:
    """Return the probability of each of the six factors at every point, each (rows, points)."""
    rushed = np.maximum(draws.pressure, 0)
    duration = np.log(inputs.schedule_months / REFERENCE_MONTHS)[:, None]
    probabilities = {}
    for factor in OTHER_FACTORS:
        weights = WEIGHTS[factor.key]
        row = _base_logit(factor.key, inputs) + weights.complexity[inputs.complexity][:, None]
        row = row + weights.size * draws.log_size + weights.pressure * rushed + weights.duration * duration
        logit = row + weights.loading * (points.time if factor.scale == TIME else points.cost)
        if weights.stories:
            logit += weights.stories * draws.log_stories
        for name, effect in weights.effects.items():
            logit += effect[draws.levels[name]]
        probabilities[factor.key] = logistic(logit)
    return probabilities


def combined_impact(probabilities: Mapping[str, Matrix]) -> Matrix:
    """Return the joint probability-weighted impact of the six factors, 0 to 1, (rows, points)."""
    spared = np.ones_like(next(iter(probabilities.values())))
    for key, probability in probabilities.items():
        spared *= 1.0 - WEIGHTS[key].impact * probability
    return 1.0 - spared


def _base_logit(key: str, inputs: Inputs) -> NDArray[np.float64]:
    shared = {"design_change": DESIGN_CHANGE_SHARE, "labor_supply": LABOR_SUPPLY_SHARE}
    share = np.full(len(inputs.project_type), shared[key]) if key in shared else type_array(key)[inputs.project_type]
    return np.log(share / (1.0 - share))[:, None]
