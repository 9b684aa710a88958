"""Cross-sections of I-shaped girders, doubly or singly symmetric, as ANSI/AISC 360-22 F4, F5, F13 and G2 ask for them.

A girder is seen with its compression flange (subscript c) and tension flange (t) told apart.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.aisc.limit_states import checked_dimension, refuse
from structural.checks import FloatArray, require_between
from structural.shapes import ShapeTable

_MAY_BE_ZERO = ("hp_in", "j_in4")


@dataclass(frozen=True, slots=True)
class GirderSection:
    """Properties of I-shaped sections, arrays of one shape (or scalars), in. units; flags may be single.

    ``h_in`` clear distance between flanges (less the fillets of rolled shapes), ``hc_in`` and ``hp_in`` twice the
    distance from the elastic and the plastic neutral axis to the inside face of the compression flange (less the
    fillet), ``hp_in`` zero where that axis lies in the flange; ``ho_in`` between flange centroids; ``sxc_in3`` and
    ``sxt_in3`` referred to the compression and the tension flange; ``iyc_in4`` of the compression flange about the
    y axis; ``rt_in`` of F4.2(c)(7) (`effective_radius_in`, or that of the flange with its cap channel or cover plate
    and a third of the compressed web). Raises `StructuralError` naming a property that is not finite and positive.
    """

    d_in: FloatArray
    bfc_in: FloatArray
    tfc_in: FloatArray
    bft_in: FloatArray
    tft_in: FloatArray
    tw_in: FloatArray
    h_in: FloatArray
    hc_in: FloatArray
    hp_in: FloatArray
    ho_in: FloatArray
    sxc_in3: FloatArray
    sxt_in3: FloatArray
    zx_in3: FloatArray
    iy_in4: FloatArray
    iyc_in4: FloatArray
    j_in4: FloatArray
    rt_in: FloatArray
    name: NDArray[np.str_]
    is_rolled: NDArray[np.bool_]
    is_doubly_symmetric: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Check every number."""
        for item in fields(self):
            value = getattr(self, item.name)
            if "_in" in item.name:
                checked = require_between(item.name, value, 0.0 if item.name in _MAY_BE_ZERO else 1e-9, 1e9)
                object.__setattr__(self, item.name, checked)
            else:
                object.__setattr__(self, item.name, np.asarray(value))

    @property
    def h_tw(self) -> FloatArray:
        """Slenderness h/tw of the web."""
        return np.asarray(self.h_in / self.tw_in)

    @property
    def hc_tw(self) -> FloatArray:
        """Slenderness hc/tw of the web, that of F4 and F5."""
        return np.asarray(self.hc_in / self.tw_in)

    @property
    def aw(self) -> FloatArray:
        """Twice the compressed web area over the compression flange area (Eq. F4-12)."""
        return np.asarray(self.hc_in * self.tw_in / (self.bfc_in * self.tfc_in))


def effective_radius_in(bfc_in: ArrayLike, tfc_in: ArrayLike, hc_in: ArrayLike, tw_in: ArrayLike) -> FloatArray:
    """Return rt of an I shape with a rectangular compression flange, in. (Eq. F4-11 with F4-12).

    Dimensions in in., 0.001 to 10,000, those of `GirderSection`. Raises `StructuralError` naming one out of range.
    """
    bfc, tfc = checked_dimension("bfc_in", bfc_in), checked_dimension("tfc_in", tfc_in)
    aw = checked_dimension("hc_in", hc_in) * checked_dimension("tw_in", tw_in) / (bfc * tfc)
    return np.asarray(bfc / np.sqrt(12.0 * (1.0 + aw / 6.0)))


def girder_of_shape(shape: ShapeTable) -> GirderSection:
    """Return doubly symmetric I shapes (rolled, or `structural.built_up.welded_i_shapes`) as girder sections.

    Raises `StructuralError` (``field="shape"``) for a channel.
    """
    refuse(shape.is_channel, shape.name, "is a channel; a girder section is an I shape")
    return GirderSection(
        d_in=shape.d_in,
        bfc_in=shape.bf_in,
        tfc_in=shape.tf_in,
        bft_in=shape.bf_in,
        tft_in=shape.tf_in,
        tw_in=shape.tw_in,
        h_in=shape.h_in,
        hc_in=shape.h_in,
        hp_in=shape.h_in,
        ho_in=shape.ho_in,
        sxc_in3=shape.sx_in3,
        sxt_in3=shape.sx_in3,
        zx_in3=shape.zx_in3,
        iy_in4=shape.iy_in4,
        iyc_in4=shape.tf_in * shape.bf_in**3 / 12.0,
        j_in4=shape.j_in4,
        rt_in=effective_radius_in(shape.bf_in, shape.tf_in, shape.h_in, shape.tw_in),
        name=shape.name,
        is_rolled=shape.is_rolled,
        is_doubly_symmetric=np.ones(np.shape(shape.d_in), dtype=bool),
    )


def welded_girder(
    bfc_in: ArrayLike, tfc_in: ArrayLike, bft_in: ArrayLike, tft_in: ArrayLike, h_in: ArrayLike, tw_in: ArrayLike
) -> GirderSection:
    """Return welded I sections of three plates, of any two flanges; the area of the welds is left out.

    Parameters
    ----------
    bfc_in, tfc_in, bft_in, tft_in : array_like
        Width and thickness of the compression and of the tension flange, in., 0.001 to 10,000.
    h_in, tw_in : array_like
        Clear distance between the flanges and thickness of the web, in., 0.001 to 10,000.

    Returns
    -------
    GirderSection
        Broadcast shape; J is the sum of b t^3/3.

    Raises
    ------
    StructuralError
        Naming a dimension out of range.
    """
    given = {"bfc_in": bfc_in, "tfc_in": tfc_in, "bft_in": bft_in, "tft_in": tft_in, "h_in": h_in, "tw_in": tw_in}
    bfc, tfc, bft, tft, h, tw = np.broadcast_arrays(*(checked_dimension(name, value) for name, value in given.items()))
    widths, thicknesses = np.stack([bfc, tw, bft], axis=-1), np.stack([tfc, h, tft], axis=-1)
    ix, centroid = layered_inertia(widths, thicknesses)
    zx, plastic_axis = layered_plastic_modulus(widths, thicknesses)
    d, hc = tfc + h + tft, 2.0 * (centroid - tfc)
    iyc = tfc * bfc**3 / 12.0
    return GirderSection(
        d_in=d,
        bfc_in=bfc,
        tfc_in=tfc,
        bft_in=bft,
        tft_in=tft,
        tw_in=tw,
        h_in=h,
        hc_in=np.maximum(hc, 1e-3),
        hp_in=np.maximum(2.0 * (plastic_axis - tfc), 0.0),
        ho_in=h + (tfc + tft) / 2.0,
        sxc_in3=ix / centroid,
        sxt_in3=ix / (d - centroid),
        zx_in3=zx,
        iy_in4=iyc + (tft * bft**3 + h * tw**3) / 12.0,
        iyc_in4=iyc,
        j_in4=(bfc * tfc**3 + h * tw**3 + bft * tft**3) / 3.0,
        rt_in=effective_radius_in(bfc, tfc, np.maximum(hc, 1e-3), tw),
        name=np.full(d.shape, "welded girder"),
        is_rolled=np.zeros(d.shape, dtype=bool),
        is_doubly_symmetric=(bfc == bft) & (tfc == tft),
    )


def layered_inertia(widths: FloatArray, thicknesses: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the moment of inertia of rectangles piled up (last axis), and their centroid from the first outer face.

    The axis of bending is parallel to the widths. Numbers are taken as checked.
    """
    areas = widths * thicknesses
    middles = np.cumsum(thicknesses, axis=-1) - thicknesses / 2.0
    centroid = np.sum(areas * middles, axis=-1) / np.sum(areas, axis=-1)
    arms = middles - centroid[..., None]
    return np.asarray(np.sum(areas * (arms**2 + thicknesses**2 / 12.0), axis=-1)), np.asarray(centroid)


def layered_plastic_modulus(widths: FloatArray, thicknesses: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the plastic modulus of rectangles piled up (last axis), and the plastic axis from the first outer face.

    As `layered_inertia`; widths > 0, thicknesses >= 0. A layer of another yield stress counts with its width in
    proportion.
    """
    areas = widths * thicknesses
    before = np.cumsum(areas, axis=-1) - areas
    half = np.sum(areas, axis=-1, keepdims=True) / 2.0
    axis = np.sum(np.clip((half - before) / widths, 0.0, thicknesses), axis=-1)
    far = np.cumsum(thicknesses, axis=-1) - axis[..., None]
    near = far - thicknesses
    return np.asarray(np.sum(widths * (far * np.abs(far) - near * np.abs(near)) / 2.0, axis=-1)), np.asarray(axis)
