"""From a question to what the trees read: candidate shapes and a row of features for each.

Training and serving both go through `candidates` and `features`, so what is learned is what is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structural.aisc.constants import E_KSI
from structural.problems.section_optimizer.catalogue import catalogue
from structural.problems.section_optimizer.ratios import Estimate, Necessary, estimate, necessary
from structural.problems.section_optimizer.request import Members, resolve
from structural.shapes import ShapeTable

ENCODING_VERSION = 1
ESTIMATE_SLACK = 0.1
"""A shape whose estimated log utilization is above this is left out: the estimate is never that pessimistic."""
_LARGEST_ESTIMATE = np.exp(ESTIMATE_SLACK)
LOG_FLOOR = -5.0
_FLOOR = np.exp(LOG_FLOOR)

FEATURES = (
    "log_estimate",
    "moment_share",
    "axial_share",
    "interaction_share",
    "shear_share",
    "slenderness_share",
    "live_deflection_share",
    "total_deflection_share",
    "log_axial",
    "log_moment",
    "column_slenderness",
    "bending_strength",
    "log_elastic_buckling",
    "first_yield",
    "lb_over_lp",
    "lb_over_lr",
    "transition_place",
    "log_torsion_term",
    "moment_gradient",
    "elastic_axial_share",
    "flange_slenderness",
    "web_slenderness",
    "web_area_share",
    "asd",
)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate shapes of n questions in order of preference, as pairs: shape (k,).

    ``question`` (k,) ascending row numbers, ``shape`` (k,) catalogue positions, ``rank`` (k,) 0-based place within the
    question. ``hopeless`` (n, shapes) marks what the exact screen rules out.
    """

    question: NDArray[np.intp]
    shape: NDArray[np.intp]
    rank: NDArray[np.int64]
    hopeless: NDArray[np.bool_]

    def between(self, first: int, last: int, questions: NDArray[np.bool_]) -> "Candidates":
        """Return the candidates of ranks ``first`` <= rank < ``last`` of the questions marked True."""
        kept = (self.rank >= first) & (self.rank < last) & questions[self.question]
        return Candidates(self.question[kept], self.shape[kept], self.rank[kept], self.hopeless)


def encode(questions: Mapping[str, NDArray]) -> tuple[Members, Candidates]:
    """Return the resolved members of a question table and their candidate shapes."""
    members = resolve(questions)
    return members, candidates(members)


def candidates(members: Members) -> Candidates:
    """Return the shapes worth a prediction: not ruled out by an exact bound, nor hopeless by the estimate."""
    wide, shapes = members.column(), catalogue()
    bounds = necessary(wide, shapes)
    hopeless = bounds.hopeless()
    possible = ~hopeless & (estimate(wide, shapes, bounds).utilization <= _LARGEST_ESTIMATE)
    question, shape = np.nonzero(possible)
    starts = np.searchsorted(question, np.arange(len(members)))
    return Candidates(question, shape, np.arange(len(question)) - starts[question], hopeless)


@dataclass(frozen=True, slots=True)
class Outlook:
    """The whole catalogue of m shapes as one member sees it.

    ``rows`` (m, len(FEATURES)) float32 and ``log_estimate`` (m,) are the `features` of all shapes, ``hopeless`` (m,)
    marks those that the exact screen rules out, ``possible`` (k,) are the positions worth a prediction, in order.
    """

    rows: NDArray[np.float32]
    log_estimate: NDArray[np.float64]
    hopeless: NDArray[np.bool_]
    possible: NDArray[np.intp]


def outlook(member: Members) -> Outlook:
    """Return `features` and `candidates` of one member: of all shapes at once, which takes no longer than of a few."""
    shapes = catalogue()
    bounds = necessary(member, shapes)
    guess, hopeless = estimate(member, shapes, bounds), bounds.hopeless()
    possible = np.flatnonzero(~hopeless & (guess.utilization <= _LARGEST_ESTIMATE))
    return Outlook(*_features(member, shapes, bounds, guess), hopeless, possible)


def features(members: Members, shapes: ShapeTable) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return the feature rows of k pairs, float32 of shape (k, len(FEATURES)), and the estimated log utilization (k,).

    ``members`` and ``shapes`` both have k rows and are paired row by row.
    """
    bounds = necessary(members, shapes)
    return _features(members, shapes, bounds, estimate(members, shapes, bounds))


def _features(
    members: Members, shapes: ShapeTable, bounds: Necessary, guess: Estimate
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    log_estimate = np.log(guess.utilization)
    columns = (log_estimate, *_shares(bounds, guess), *_coordinates(members, shapes, guess))
    rows = np.empty((len(log_estimate), len(FEATURES)), dtype=np.float32)
    for place, column in enumerate(columns):
        rows[:, place] = column
    return rows, log_estimate


def _log(values: NDArray) -> NDArray[np.float64]:
    return np.asarray(np.log(np.maximum(values, _FLOOR)))


def _shares(bounds: Necessary, guess: Estimate) -> list[NDArray[np.float64]]:
    """Return the log of each ratio over the estimated utilization: 0 for the one that governs."""
    ratios = (
        guess.moment,
        guess.axial,
        guess.interaction,
        bounds.shear,
        bounds.slenderness,
        bounds.live,
        bounds.total,
    )
    return [_log(ratio / guess.utilization) for ratio in ratios]


def _coordinates(members: Members, shapes: ShapeTable, guess: Estimate) -> list[NDArray[np.float64]]:
    bending = guess.bending
    root = np.sqrt(members.fy_ksi / E_KSI)
    ratio = bending.lb_over_lp / np.maximum(bending.lb_over_lr, 1e-9)
    place = (bending.lb_over_lp - 1.0) / np.maximum(ratio - 1.0, 0.1)
    return [
        _log(guess.axial),
        _log(guess.moment),
        guess.column_slenderness,
        bending.strength,
        _log(bending.elastic),
        bending.first_yield,
        bending.lb_over_lp,
        bending.lb_over_lr,
        np.clip(place, -0.1, 4.0),
        _log(bending.torsion_term),
        members.cb,
        np.minimum(guess.euler_x, 2.0),
        shapes.bf_2tf * root,
        shapes.h_tw * root,
        shapes.h_in * shapes.tw_in / shapes.area_in2,
        members.asd.astype(float),
    ]
