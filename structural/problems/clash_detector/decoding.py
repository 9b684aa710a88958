"""From the network's class probabilities to answers, and the proof that exact geometry gives of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structural.geometry.prisms import FloatArray, IntArray
from structural.problems.clash_detector.encoding import Pairs
from structural.problems.clash_detector.request import CLASSES, CONNECTION, HIGH, LOW, MEDIUM, NONE
from structural.problems.clash_detector.truth import (
    RULE,
    classify,
    distance_mm,
    is_duplicate,
    is_service,
    severity_of_depth,
)


@dataclass(frozen=True, slots=True)
class Known:
    """What exact geometry knows of n pairs, (n,) each: whether they share volume, are one member modelled twice, are
    farther apart than the tolerance, ``distance_mm``, the gap or minus the depth, and whether faces of true shapes bear
    on one another where the prisms that the network reads cannot tell.
    """

    hard: NDArray[np.bool_]
    duplicate: NDArray[np.bool_]
    beyond: NDArray[np.bool_]
    distance_mm: FloatArray
    bears: NDArray[np.bool_] | None = None


def known_of(pairs: Pairs) -> Known:
    """Return what the pairs' own prisms tell."""
    contact = pairs.measures.contact
    return Known(
        hard=contact.depth > RULE.hard_mm,
        duplicate=is_duplicate(pairs.first, pairs.second),
        beyond=contact.gap > pairs.tolerance_mm,
        distance_mm=distance_mm(contact),
    )


def decode(probabilities: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the class codes (n,) and their raw scores (n,) from probabilities (n, 5)."""
    classes = np.argmax(probabilities, axis=1)
    return classes, np.take_along_axis(probabilities, classes[:, None], axis=1)[:, 0]


def prove(classes: IntArray, pairs: Pairs, known: Known | None = None) -> IntArray:
    """Return the classes after exact geometry has overruled what it alone decides, (n,).

    ``known`` is what the members' true shapes tell; by default that of the prisms that the pairs are given as.

    - Solids farther apart than the tolerance are NONE.
    - Solids that share no volume are at most LOW; services among them are no joint.
    - Solids that share volume are never NONE; they get the severity of the written rule.
    - Steel whose true faces bear on one another, where the prisms only approximate it, is a joint: rule 3, bearing.
    - The same member modelled twice is HIGH, whatever the network says.

    Whether members that meet do so on purpose, and how severe a hard clash is, stays the network's answer.
    """
    known = known or known_of(pairs)
    hard = known.hard
    service = is_service(pairs.first) | is_service(pairs.second)
    by_rule = np.full(len(classes), LOW)
    unsure = np.flatnonzero((hard & (classes == NONE)) | (service & (classes == CONNECTION)))
    if len(unsure):
        by_rule = classify(pairs.first, pairs.second, pairs.measures, pairs.tolerance_mm)
        # the rule reads the prisms; where these are clear of one another and the true shapes are not, depth decides
        by_rule = np.where(hard & (by_rule == NONE), severity_of_depth(-known.distance_mm), by_rule)
        by_rule = np.where(service & (by_rule == CONNECTION), LOW, by_rule)
    proved = np.where(hard & (classes == NONE), by_rule, classes)
    proved = np.where(service & (classes == CONNECTION), by_rule, proved)
    proved = np.where(~hard & ((proved == MEDIUM) | (proved == HIGH)), LOW, proved)
    proved = np.where(known.beyond, NONE, proved)
    if known.bears is not None:
        proved = np.where(known.bears & ~hard & ~service, CONNECTION, proved)
    return np.where(known.duplicate, HIGH, proved).astype(np.int64)


def class_names(classes: IntArray) -> NDArray[np.str_]:
    """Return the names of class codes, (n,)."""
    return np.array(CLASSES)[classes]
