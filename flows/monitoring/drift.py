"""How far what is asked and answered today lies from what the model learned from. Pure.

Population stability index: sum over groups of (p - q) ln(p / q), p today's share and q the reference's, over ten groups
of equal reference share for numbers and the values themselves for words. Customary reading in credit scoring, where it
comes from: below 0.1 stable, 0.1 to 0.25 moderate, above 0.25 major shift (N. Siddiqi, Credit Risk Scorecards, 2006).
For numbers the Kolmogorov-Smirnov distance is given beside it: the largest gap between the two cumulative shares.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

GROUPS = 10
RARE_SHARE = 0.01
"""Words rarer than this in the reference are one group: their shares are noise."""
_LEAST_SHARE = 1e-4
_OTHER = "\0other"


@dataclass(frozen=True, slots=True)
class Drift:
    """One column's shift. ``ks`` is None for words; ``example`` tells the group that grew or shrank most."""

    column: str
    psi: float
    ks: float | None
    rows: int
    example: str


def measure_drift(reference: Mapping[str, NDArray], current: Mapping[str, NDArray]) -> list[Drift]:
    """Return the drift of every column that both tables have, the largest first.

    Columns of words are compared by value, of numbers by range; missing numbers are a group of their own. Columns
    without rows on either side are left out.
    """
    shared = [name for name in reference if name in current and len(reference[name]) and len(current[name])]
    found = [column_drift(name, np.asarray(reference[name]), np.asarray(current[name])) for name in shared]
    return sorted(found, key=lambda drift: -drift.psi)


def column_drift(name: str, reference: NDArray, current: NDArray) -> Drift:
    """Return the drift of one column, values of shape (n,) and (m,), both above 0."""
    if reference.dtype.kind in "fiu":
        numbers = reference.astype(float), current.astype(float)
        edges = _edges(numbers[0])
        groups = [_number_groups(values, edges) for values in numbers]
        names = _range_names(edges)
        ks = _ks(*numbers)
    else:
        names, groups = _word_groups(reference.astype(np.str_), current.astype(np.str_))
        ks = None
    shares = [np.bincount(group, minlength=len(names)) / len(group) for group in groups]
    before, now = (np.clip(share, _LEAST_SHARE, None) for share in shares)
    terms = (now - before) * np.log(now / before)
    worst = int(terms.argmax())
    example = f"{names[worst]}: {shares[0][worst]:.1%} before, {shares[1][worst]:.1%} now"
    return Drift(name, float(terms.sum()), ks, len(current), example)


def _edges(reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the upper ends of the groups but the last. A value that many have is a group between two equal ends."""
    given = reference[~np.isnan(reference)]
    if not len(given):
        return np.empty(0)
    ends, times = np.unique(np.quantile(given, np.linspace(0, 1, GROUPS + 1)[1:-1]), return_counts=True)
    # Without an end just below it such a value would share its group with all smaller ones: a step down went unseen.
    return np.union1d(ends, np.nextafter(ends[times > 1], -np.inf))


def _number_groups(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.intp]:
    groups = np.searchsorted(edges, values, side="left")
    return np.where(np.isnan(values), len(edges) + 1, groups)


def _range_names(edges: NDArray[np.float64]) -> list[str]:
    if not len(edges):
        return ["given", "not given"]
    ends = edges.tolist()
    between = [f"{high:g}" if _is_one_value(low, high) else f"{low:g} to {high:g}" for low, high in pairwise(ends)]
    is_below = len(ends) > 1 and _is_one_value(ends[0], ends[1])
    first = f"below {ends[1]:g}" if is_below else f"up to {ends[0]:g}"
    return [first, *between, f"over {ends[-1]:g}", "not given"]


def _is_one_value(low: float, high: float) -> bool:
    return low == float(np.nextafter(high, -np.inf))


def _word_groups(reference: NDArray[np.str_], current: NDArray[np.str_]) -> tuple[list[str], list[NDArray[np.intp]]]:
    words, counts = np.unique(reference, return_counts=True)
    common = words[counts >= RARE_SHARE * len(reference)]
    names = [*common.tolist(), _OTHER]
    groups = []
    for values in (reference, current):
        places = np.minimum(np.searchsorted(common, values), max(len(common) - 1, 0))
        known = common[places] == values if len(common) else np.zeros(len(values), dtype=bool)
        groups.append(np.where(known, places, len(common)))
    return [name if name != _OTHER else "others" for name in names], groups


def _ks(reference: NDArray[np.float64], current: NDArray[np.float64]) -> float | None:
    from scipy.stats import ks_2samp

    before, now = reference[~np.isnan(reference)], current[~np.isnan(current)]
    if not len(before) or not len(now):
        return None
    return float(ks_2samp(before, now, method="asymp").statistic)
