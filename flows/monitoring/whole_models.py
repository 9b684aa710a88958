"""What a stored clash check tells of its model and of its answer, as columns that drift compares. Pure.

A request names a file, so the question itself is not in the record; what was read of it is in the answer. Rows are
checks of whole models, not pairs: the pairs of one model resemble one another and would seem to be more than they are.
The pairs that the network learned from are a chosen mix of classes, no sample of buildings, and are no reference for
shares; the checks of earlier weeks are.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.store.monitoring import Sampled
from structural.problems.clash_detector.request import DEFAULT_TOLERANCE_MM

Answer = Mapping[str, Any]
UNKNOWN = float("nan")


def asked_columns(checks: Sequence[Sampled]) -> dict[str, NDArray]:
    """Return what was asked: the tolerance, and the model as it was read."""
    asked = [item.input for item in checks if isinstance(item.input, Mapping)]
    tolerances = np.array([float(given.get("tolerance_mm", DEFAULT_TOLERANCE_MM)) for given in asked])
    return {"tolerance_mm": tolerances, **_columns(checks, _OF_MODELS)}


def answered_columns(checks: Sequence[Sampled]) -> dict[str, NDArray]:
    """Return what was answered, as shares of the pairs that were judged or of the clashes that were found."""
    return _columns(checks, _OF_ANSWERS)


def _columns(checks: Sequence[Sampled], figures: Mapping[str, Callable[[Answer], float]]) -> dict[str, NDArray]:
    answers = [item.output for item in checks if isinstance(item.output, Mapping)]
    return {name: np.array(_known(answers, figure)) for name, figure in figures.items()}


def _known(answers: Sequence[Answer], figure: Callable[[Answer], float]) -> list[float]:
    """Return a figure of every answer that has its fields; one of an earlier contract may lack them."""
    found = []
    for answer in answers:
        try:
            found.append(float(figure(answer)))
        except (KeyError, TypeError, ValueError):
            continue
    return found


def _share(part: float, whole: float) -> float:
    return part / whole if whole else UNKNOWN


def _severe(answer: Answer) -> float:
    clashes = answer["clashes"]
    return _share(sum(clash["severity"] == "HIGH" for clash in clashes), len(clashes))


def _approximate(answer: Answer) -> float:
    clashes = answer["clashes"]
    return _share(sum(bool(clash["approximate"]) for clash in clashes), len(clashes))


_OF_MODELS: Mapping[str, Callable[[Answer], float]] = {
    "members": lambda answer: answer["members"],
    "pairs_per_1000_members": lambda answer: 1_000 * _share(answer["pairs_judged"], answer["members"]),
    "unread_member_share": lambda answer: _share(answer["members_without_geometry"], answer["members"]),
    "approximate_member_share": lambda answer: _share(answer["approximate_members"], answer["members"]),
}
_OF_ANSWERS: Mapping[str, Callable[[Answer], float]] = {
    "clash_share": lambda answer: _share(answer["total_clashes"], answer["pairs_judged"]),
    "connection_share": lambda answer: _share(answer["connections_count"], answer["pairs_judged"]),
    "high_share_of_clashes": _severe,
    "approximate_share_of_clashes": _approximate,
    "overruled_share": lambda answer: _share(answer["overruled"], answer["pairs_judged"]),
    "confidence": lambda answer: answer["confidence"],
}
