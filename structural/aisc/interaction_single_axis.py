"""Compression with flexure about the major axis alone, ANSI/AISC 360-22 H1.3: in-plane and out-of-plane apart.

For doubly symmetric rolled compact members whose effective length for torsional buckling does not exceed that for
y-axis buckling, in place of H1.1 (`structural.aisc.interaction.h1_interaction`).
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.interaction import h1_interaction
from structural.checks import FloatArray, IntArray, require_between
from structural.elementwise import squared
from structural.errors import StructuralError

MAX_MINOR_MOMENT_RATIO = 0.05
"""Mry/Mcy from which H1.1 must be used."""


class SingleAxisState(IntEnum):
    """Limit state of H1.3 with the greater ratio; the codes in `SingleAxisInteraction.governing`."""

    IN_PLANE_INSTABILITY = 0
    OUT_OF_PLANE_BUCKLING = 1

    @property
    def clause(self) -> str:
        """Clause of the limit state."""
        return f"H1.3({'ab'[self.value]})"


@dataclass(frozen=True, slots=True)
class AxialRatios:
    """Required over available compressive strength in the plane of bending (Pr/Pcx) and out of it (Pr/Pcy)."""

    in_plane: ArrayLike
    out_of_plane: ArrayLike


@dataclass(frozen=True, slots=True)
class SingleAxisInteraction:
    """Interaction ratios of H1.3; both <= 1 is adequate."""

    in_plane: FloatArray
    out_of_plane: FloatArray

    @property
    def ratio(self) -> FloatArray:
        """The greater of the two."""
        return np.maximum(self.in_plane, self.out_of_plane)

    @property
    def governing(self) -> IntArray:
        """`SingleAxisState` codes, broadcast shape; ties go to the first."""
        return np.asarray(self.out_of_plane > self.in_plane).astype(np.int64)


def single_axis_interaction(
    axial: AxialRatios,
    yield_moment_ratio: ArrayLike,
    buckling_moment_ratio: ArrayLike,
    cb: ArrayLike = 1.0,
    moment_ratio_y: ArrayLike = 0.0,
) -> SingleAxisInteraction:
    """Return the interaction ratios of flexure about the major axis and compression (H1.3).

    Parameters
    ----------
    axial : AxialRatios
        Pr/Pcx and Pr/Pcy, 0 to 1e6.
    yield_moment_ratio : array_like
        Mrx over the available strength of yielding, phi Mp or Mp/Omega, 0 to 1e6.
    buckling_moment_ratio : array_like
        Mrx over the available lateral-torsional strength found with Cb = 1.0, 0 to 1e6.
    cb : array_like
        Lateral-torsional buckling modification factor (F1), 0.01 to 100.
    moment_ratio_y : array_like
        Mry/Mcy, at least 0 and below 0.05.

    Returns
    -------
    SingleAxisInteraction
        In-plane instability (Eq. H1-1a, H1-1b) and out-of-plane buckling (Eq. H1-3). Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number out of range; ``field="moment_ratio_y"`` where H1.1 must be used.
    """
    in_plane = require_between("in_plane", axial.in_plane, 0.0, 1e6)
    out_of_plane = require_between("out_of_plane", axial.out_of_plane, 0.0, 1e6)
    yielding = require_between("yield_moment_ratio", yield_moment_ratio, 0.0, 1e6)
    buckling = require_between("buckling_moment_ratio", buckling_moment_ratio, 0.0, 1e6)
    buckling = buckling / require_between("cb", cb, 0.01, 100.0)
    if np.any(require_between("moment_ratio_y", moment_ratio_y, 0.0, 1e6) >= MAX_MINOR_MOMENT_RATIO):
        raise StructuralError("Mry/Mcy of 0.05 and more is outside H1.3; use H1.1", field="moment_ratio_y")
    # Eq. H1-3 turns down beyond Pr = 1.5 Pcy; a member past its axial strength must not come out adequate.
    axial_term = out_of_plane * np.maximum(1.5 - 0.5 * out_of_plane, 1.0)
    return SingleAxisInteraction(h1_interaction(in_plane, yielding), np.asarray(axial_term + squared(buckling)))
