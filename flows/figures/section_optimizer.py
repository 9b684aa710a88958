"""Section optimizer: what its misses would weigh. A miss is an answer that is not the lightest adequate shape."""

import numpy as np
from numpy.typing import NDArray

from flows.figures.contract import Answered
from structural.problems.section_optimizer.catalogue import catalogue
from structural.problems.section_optimizer.request import NO_SECTION


def figures(answered: Answered) -> dict[str, float]:
    """Return number and kinds of the misses of the model alone, and how much heavier than the truth they are.

    ``miss_weight_penalty_percent`` is the mean excess weight of the misses that are no lighter than the truth, and
    ``..._greatest`` the largest; a lighter shape than the lightest adequate one is not adequate, so it has no penalty
    but a share of its own (``miss_too_light_share``): the engine's proof replaces it. ``miss_none_share`` counts the
    misses where truth or answer is that no shape works. Figures without a miss to rest on are left out.
    """
    missed = answered.answers != answered.truth
    found = {"miss_count": float(missed.sum())}
    if not missed.any():
        return found
    truth, answer = answered.truth[missed], answered.answers[missed]
    without = (truth == NO_SECTION) | (answer == NO_SECTION)
    excess_percent = 100 * (weights_lb_ft(answer[~without]) / weights_lb_ft(truth[~without]) - 1)
    found["miss_none_share"] = float(without.mean())
    found["miss_too_light_share"] = float(np.sum(excess_percent < 0) / len(truth))
    heavier = excess_percent[excess_percent >= 0]
    if len(heavier):
        found["miss_weight_penalty_percent"] = float(heavier.mean())
        found["miss_weight_penalty_percent_greatest"] = float(heavier.max())
    return found


def weights_lb_ft(names: NDArray[np.str_]) -> NDArray[np.float64]:
    """Return the weight of each W shape, lb/ft, (n,)."""
    shapes = catalogue()
    weight = dict(zip(shapes.name.tolist(), shapes.weight_lb_ft.tolist(), strict=True))
    return np.array([weight[str(name)] for name in names], dtype=float)
