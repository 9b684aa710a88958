"""From the network's class probabilities to answers, and the proof that exact geometry gives of them."""

import numpy as np
from numpy.typing import NDArray

from structural.geometry.prisms import FloatArray, IntArray
from structural.problems.clash_detector.encoding import Pairs
from structural.problems.clash_detector.request import CLASSES, CONNECTION, HIGH, LOW, MEDIUM, NONE
from structural.problems.clash_detector.truth import RULE, classify, is_duplicate, is_service


def decode(probabilities: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the class codes (n,) and their raw scores (n,) from probabilities (n, 5)."""
    classes = np.argmax(probabilities, axis=1)
    return classes, np.take_along_axis(probabilities, classes[:, None], axis=1)[:, 0]


def prove(classes: IntArray, pairs: Pairs) -> IntArray:
    """Return the classes after exact geometry has overruled what it alone decides, (n,).

    - Solids farther apart than the tolerance are NONE.
    - Solids that share no volume are at most LOW; services among them are no joint.
    - Solids that share volume are never NONE; they get the severity of the written rule.
    - The same member modelled twice is HIGH, whatever the network says.

    Whether members that meet do so on purpose, and how severe a hard clash is, stays the network's answer.
    """
    hard = pairs.measures.contact.depth > RULE.hard_mm
    beyond = pairs.measures.contact.gap > pairs.tolerance_mm
    service = is_service(pairs.first) | is_service(pairs.second)
    by_rule = np.full(len(classes), LOW)
    unsure = np.flatnonzero((hard & (classes == NONE)) | (service & (classes == CONNECTION)))
    if len(unsure):
        by_rule = classify(pairs.first, pairs.second, pairs.measures, pairs.tolerance_mm)
    proved = np.where(hard & (classes == NONE), by_rule, classes)
    proved = np.where(service & (classes == CONNECTION), by_rule, proved)
    proved = np.where(~hard & ((proved == MEDIUM) | (proved == HIGH)), LOW, proved)
    proved = np.where(beyond, NONE, proved)
    return np.where(is_duplicate(pairs.first, pairs.second), HIGH, proved).astype(np.int64)


def class_names(classes: IntArray) -> NDArray[np.str_]:
    """Return the names of class codes, (n,)."""
    return np.array(CLASSES)[classes]
