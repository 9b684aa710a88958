"""Compression of double angles, ANSI/AISC 360-22 E3, E4(b), E6 and E7.

y, between the angles, is the axis of symmetry.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.aisc.buckling import (
    BucklingMode,
    coupled_flexibility,
    effective_length,
    flexural_flexibility,
    torsional_flexibility,
    yield_stress,
)
from structural.aisc.classification import angle_leg_limit_compression, outstanding_leg_limit_compression
from structural.aisc.compression import ModalCompression, columns_of, modal_strength
from structural.aisc.compression_built_up import (
    Arrangement,
    Connectors,
    component_slenderness_limit,
    modified_slenderness,
)
from structural.aisc.effective_area import UNSTIFFENED, Element
from structural.angles import DoubleAngleTable
from structural.checks import FloatArray


@dataclass(frozen=True, slots=True)
class DoubleAngleCompression(ModalCompression):
    """A `ModalCompression` with what E6 adds, all arrays of one shape.

    ``slenderness_y_modified`` is (Lc/r)m about y; ``spacing_ratio`` a/ri of one angle between connectors, and
    ``spacing_ratio_limit`` three quarters of the greater of Lcx/rx and Lcy/ry (E6.2(a)).
    """

    slenderness_y_modified: FloatArray
    spacing_ratio: FloatArray
    spacing_ratio_limit: FloatArray

    @property
    def spacing_is_permitted(self) -> NDArray[np.bool_]:
        """Whether the connectors are as close as E6.2(a) asks."""
        return np.asarray(self.spacing_ratio <= self.spacing_ratio_limit)


def double_angle_compression(
    shape: DoubleAngleTable,
    fy_ksi: ArrayLike,
    lcx_in: ArrayLike,
    lcy_in: ArrayLike,
    lcz_in: ArrayLike,
    connectors: Connectors,
) -> DoubleAngleCompression:
    """Return the nominal compressive strength of double angles with the stress of each mode.

    Parameters
    ----------
    shape : DoubleAngleTable
        Double angles; the gap between them is part of the shape.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1000.
    lcx_in, lcy_in, lcz_in : array_like
        Effective lengths for buckling about the x and y axis and for twist, in., 0 to 1e6.
    connectors : Connectors
        Intermediate connectors: `Connectors` or `Connectors.spaced_evenly`; those at the ends are welded or
        pretensioned.

    Returns
    -------
    DoubleAngleCompression
        Flexural buckling about x (E3) and about y with the modified slenderness of E6.1, flexural-torsional buckling
        (Eq. E4-3 with that Fey, Cw included), and Pn = Fn Ae with slender legs reduced (E7.1). Broadcast shape.
        Connectors farther apart than E6.2(a) permits are reported, not refused.

    Raises
    ------
    StructuralError
        For a number or word out of range; ``field`` names it.
    """
    fy = yield_stress(fy_ksi)
    ratio_x = effective_length("lcx_in", lcx_in) / shape.rx_in
    ratio_y = effective_length("lcy_in", lcy_in) / shape.ry_in
    spacing_ratio = connectors.spacing_ratio(shape.ri_in)
    modified = modified_slenderness(ratio_y, spacing_ratio, connectors.kind, Arrangement.ANGLES)
    x, y = flexural_flexibility(ratio_x), flexural_flexibility(modified)
    twist = torsional_flexibility(shape, effective_length("lcz_in", lcz_in))
    coupled = coupled_flexibility(y, twist, shape.flexural_constant)
    modes = (x, y, (BucklingMode.FLEXURAL_TORSIONAL, coupled))
    strength = modal_strength(shape.area_in2, _elements(shape, fy), fy, modes)
    limit = component_slenderness_limit(np.maximum(ratio_x, ratio_y))
    full = strength.pn_kip.shape
    return DoubleAngleCompression(
        **columns_of(strength),
        slenderness_y_modified=np.broadcast_to(modified, full),
        spacing_ratio=np.broadcast_to(spacing_ratio, full),
        spacing_ratio_limit=np.broadcast_to(limit, full),
    )


def _elements(shape: DoubleAngleTable, fy: FloatArray) -> tuple[Element, Element]:
    joined, outstanding = 2.0 * shape.d_in * shape.t_in, 2.0 * shape.b_in * shape.t_in
    return (
        Element(shape.d_in / shape.t_in, angle_leg_limit_compression(fy), joined, UNSTIFFENED),
        Element(shape.b_in / shape.t_in, outstanding_leg_limit_compression(shape, fy), outstanding, UNSTIFFENED),
    )
