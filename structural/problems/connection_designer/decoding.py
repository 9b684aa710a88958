"""How model output becomes answers: families that the rules bar are masked, the most likely of the rest is taken."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structural.elementwise import picked, within
from structural.problems.connection_designer.catalogue import FAMILIES
from structural.problems.connection_designer.request import BoolArray, FloatArray

BARRED_LOGIT = -1e4


@dataclass(frozen=True, slots=True)
class Decoded:
    """``family`` (n,) positions in `FAMILIES`; ``score`` (n,) uncalibrated probability; ``capacity`` (n,) kip."""

    family: NDArray[np.intp]
    score: FloatArray
    capacity: FloatArray


def mask_logits(logits: FloatArray, allowed: BoolArray) -> FloatArray:
    """Return the logits (n, classes) with barred families at `BARRED_LOGIT`; `inadequate` is always possible.

    ``allowed`` (n, families) is `applicability.applicable_families`: a rule of the Specification, not a thing to learn.
    """
    masked = np.array(logits, dtype=float)
    masked[..., : allowed.shape[-1]][~allowed] = BARRED_LOGIT
    return masked


def decode(logits: NDArray, log_ratio: NDArray, allowed: BoolArray, load: FloatArray) -> Decoded:
    """Return the answers from the network's two heads.

    ``logits`` (n, classes) of the type head; ``log_ratio`` (n, classes) of the capacity head: log(capacity / load)
    of each answer, of which the chosen one's is taken.
    """
    masked = mask_logits(logits, allowed)
    weights = np.exp(masked - masked.max(axis=-1, keepdims=True))
    probabilities = weights / weights.sum(axis=-1, keepdims=True)
    family = probabilities.argmax(axis=-1)
    own = picked(log_ratio, family)
    return Decoded(family, probabilities.max(axis=-1), load * np.exp(within(own, -12.0, 12.0)))


def family_names(family: NDArray[np.intp]) -> NDArray[np.str_]:
    """Return the answer-column strings of positions in `FAMILIES`."""
    return np.array([str(item) for item in FAMILIES])[family]
