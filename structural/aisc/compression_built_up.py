"""Built-up compression members of two shapes joined at intervals, ANSI/AISC 360-22 E6."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.buckling import effective_length
from structural.aisc.compression import MAX_SLENDERNESS
from structural.checks import FloatArray, enum_codes, require_between, require_non_negative, require_positive


class ConnectorKind(StrEnum):
    """How intermediate connectors are fastened (E6.1): bolted snug-tight, or welded or pretensioned on class A or B."""

    SNUG_TIGHT = "snug_tight"
    WELDED_OR_PRETENSIONED = "welded_or_pretensioned"


class Arrangement(StrEnum):
    """What is joined (E6.1): decides Ki, which is 0.50, 0.75 and 0.86."""

    ANGLES = "angles_back_to_back"
    CHANNELS = "channels_back_to_back"
    OTHER = "other"


_KI = np.array([0.50, 0.75, 0.86])
_CLOSE_SPACING = 40.0
_COMPONENT_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Connectors:
    """Intermediate connectors: distance ``spacing_in`` between them (a of E6), in., > 0, and their `ConnectorKind`."""

    spacing_in: ArrayLike
    kind: ConnectorKind | ArrayLike = ConnectorKind.WELDED_OR_PRETENSIONED

    @classmethod
    def spaced_evenly(
        cls,
        length_in: ArrayLike,
        count: ArrayLike,
        kind: ConnectorKind | ArrayLike = ConnectorKind.WELDED_OR_PRETENSIONED,
    ) -> Self:
        """Return ``count`` connectors (>= 0) that part a member of ``length_in`` (in., > 0) in equal spaces."""
        length = require_positive("length_in", effective_length("length_in", length_in))
        return cls(length / (require_non_negative("count", count) + 1.0), kind)

    def spacing_ratio(self, ri_in: FloatArray) -> FloatArray:
        """Return a/ri with the least radius of gyration ri of one component; a spacing out of range is refused."""
        spacing = require_positive("spacing_in", effective_length("spacing_in", self.spacing_in))
        return np.asarray(spacing / ri_in)


def modified_slenderness(
    slenderness: ArrayLike,
    spacing_ratio: ArrayLike,
    kind: ConnectorKind | ArrayLike,
    arrangement: Arrangement | ArrayLike = Arrangement.OTHER,
) -> FloatArray:
    """Return (Lc/r)m of a built-up member for buckling that shears its connectors (E6.1).

    Parameters
    ----------
    slenderness : array_like
        (Lc/r)o of the member acting as a unit in that direction, 0 to 1e8.
    spacing_ratio : array_like
        a/ri, distance between connectors over the least radius of gyration of one component, 0 to 1e8.
    kind : ConnectorKind, str or array_like of str
        How the intermediate connectors are fastened. The ends are welded or pretensioned in any case.
    arrangement : Arrangement, str or array_like of str
        What is joined.

    Returns
    -------
    ndarray of float
        Eq. E6-1 for snug-tight bolts; else Eq. E6-2a for a/ri <= 40 and Eq. E6-2b above. Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number out of range, or ``field="kind"`` or ``"arrangement"`` for an unknown word.
    """
    unit = require_between("slenderness", slenderness, 0.0, MAX_SLENDERNESS)
    ratio = require_between("spacing_ratio", spacing_ratio, 0.0, MAX_SLENDERNESS)
    is_snug = enum_codes("kind", kind, ConnectorKind) == 0
    ki = _KI[enum_codes("arrangement", arrangement, Arrangement)]
    firm = np.where(ratio <= _CLOSE_SPACING, unit, np.hypot(unit, ki * ratio))
    return np.where(is_snug, np.hypot(unit, ratio), firm)


def component_slenderness_limit(governing_slenderness: ArrayLike) -> FloatArray:
    """Return the largest a/ri of a component: 3/4 of the governing Lc/r of the member, 0 to 1e8 (E6.2(a))."""
    governing = require_between("governing_slenderness", governing_slenderness, 0.0, MAX_SLENDERNESS)
    return np.asarray(_COMPONENT_SHARE * governing)
