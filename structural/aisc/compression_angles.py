"""Compression of single angles, ANSI/AISC 360-22 E3, E4(c), E5 and E7.

`angle_compression` takes an angle loaded through its centroid. `leg_connected_compression` takes one loaded through one
leg, whose eccentricity the equivalent slenderness of E5 covers. z is the minor and w the major principal axis; lengths
for twist are ``lct_in``, since z, which names the longitudinal axis in E4, is taken.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.aisc.buckling import (
    BucklingMode,
    effective_length,
    elastic_stress,
    flexural_flexibility,
    nominal_stress,
    torsional_flexibility,
    yield_stress,
)
from structural.aisc.classification import angle_leg_limit_compression
from structural.aisc.compression import Compression, with_effective_area
from structural.aisc.constants import E_KSI
from structural.aisc.effective_area import UNSTIFFENED, Element
from structural.angles import AngleTable
from structural.checks import FloatArray, IntArray, enum_codes
from structural.errors import StructuralError

MAX_LEG_RATIO = 1.7
"""E5(5): the long leg is shorter than this times the short one."""
MAX_EQUIVALENT_SLENDERNESS = 200.0
"""E5(4)."""
TWIST_LIMIT = 0.71
"""Flexural-torsional buckling counts where b/t of the longer leg exceeds this times sqrt(E/Fy) (E4, E5)."""


class Leg(StrEnum):
    """Leg that an angle is connected through at both ends."""

    LONG = "long"
    SHORT = "short"


class AngleMember(StrEnum):
    """What the angle is: individual member or web of a planar truss (E5(a)), or web of a box or space truss (E5(b))."""

    PLANAR = "planar"
    SPACE = "space"


@dataclass(frozen=True, slots=True)
class AngleCompression(Compression):
    """A `Compression` with ``slenderness`` Lc/r of flexural buckling and Fe of each mode in ksi, arrays of one shape.

    ``slenderness`` is Lc/rz, or the equivalent one of E5. Fe of flexural-torsional buckling is infinite where E4 need
    not be considered, and either is where lengths are zero. ``governing`` holds `BucklingMode` codes.
    """

    slenderness: FloatArray
    fe_flexural_ksi: FloatArray
    fe_torsional_ksi: FloatArray
    governing: IntArray


def angle_compression(
    shape: AngleTable,
    fy_ksi: ArrayLike,
    lcz_in: ArrayLike,
    lcw_in: ArrayLike | None = None,
    lct_in: ArrayLike | None = None,
) -> AngleCompression:
    """Return the nominal compressive strength of single angles loaded through the centroid.

    Parameters
    ----------
    shape : AngleTable
        Single angles.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1000.
    lcz_in : array_like
        Effective length for buckling about the minor principal axis z, in., 0 to 1e6.
    lcw_in, lct_in : array_like, optional
        Effective lengths for buckling about the major principal axis w and for twist, in.; ``lcz_in`` by default.

    Returns
    -------
    AngleCompression
        The lesser of flexural buckling about z (E3; Fn Ae by E7.1 with slender legs) and, where the longer leg has b/t
        over 0.71 sqrt(E/Fy), flexural-torsional buckling Fn Ag with the lowest root of Eq. E4-4. Broadcast shape.

    Raises
    ------
    StructuralError
        For a number out of range; ``field`` names it.
    """
    fy = yield_stress(fy_ksi)
    lcz = effective_length("lcz_in", lcz_in)
    lcw = lcz if lcw_in is None else effective_length("lcw_in", lcw_in)
    lct = lcz if lct_in is None else effective_length("lct_in", lct_in)
    return _strength(shape, fy, lcz / shape.rz_in, (lcz, lcw, lct), BucklingMode.FLEXURAL_Z)


def leg_connected_compression(
    shape: AngleTable,
    fy_ksi: ArrayLike,
    length_in: ArrayLike,
    leg: Leg | ArrayLike,
    member: AngleMember | ArrayLike = AngleMember.PLANAR,
) -> AngleCompression:
    """Return the nominal compressive strength of single angles loaded through the same leg at both ends (E5).

    The ends are welded or have two or more bolts, and no load acts between them (E5(1) to (3)).

    Parameters
    ----------
    shape : AngleTable
        Single angles with a leg ratio below 1.7.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1000.
    length_in : array_like
        Length between work points, in., 0 to 1e6.
    leg : Leg, str or array_like of str
        Leg that is connected; either word for equal legs.
    member : AngleMember, str or array_like of str
        What the angle is.

    Returns
    -------
    AngleCompression
        As `angle_compression`, with the slenderness of `equivalent_slenderness` in E3; flexural-torsional buckling,
        where it is to be considered, is taken at the length itself (verify). Broadcast shape.

    Raises
    ------
    StructuralError
        For a number or word out of range (``field`` names it), a leg ratio of 1.7 or more (``field="shape"``) or an
        equivalent slenderness over 200 (``field="length_in"``); the angle is then a beam-column (H2).
        `is_leg_connection_permitted` tells beforehand.
    """
    fy = yield_stress(fy_ksi)
    ratio = equivalent_slenderness(shape, length_in, leg, member)
    if np.any(ratio > MAX_EQUIVALENT_SLENDERNESS):
        raise StructuralError(
            f"E5 ends at Lc/r = 200, got {np.max(ratio):.0f}; shorten the angle or take it as a beam-column (H2)",
            field="length_in",
        )
    length = effective_length("length_in", length_in)
    return _strength(shape, fy, ratio, (length, length, length), BucklingMode.EQUIVALENT_SLENDERNESS)


def equivalent_slenderness(
    shape: AngleTable, length_in: ArrayLike, leg: Leg | ArrayLike, member: AngleMember | ArrayLike = AngleMember.PLANAR
) -> FloatArray:
    """Return Lc/r of E5(a) (Eq. E5-1, E5-2) or E5(b) (Eq. E5-3, E5-4), with what is added for the shorter leg.

    Arguments are those of `leg_connected_compression`. Broadcast shape, not limited to 200. Raises `StructuralError`
    for a number or word out of range and for a leg ratio of 1.7 or more (``field="shape"``).
    """
    too_unequal = _leg_ratio(shape) >= MAX_LEG_RATIO
    if np.any(too_unequal):
        name = np.atleast_1d(shape.name)[np.atleast_1d(too_unequal)][0]
        raise StructuralError(f"{name} has a leg ratio of 1.7 or more; E5 leaves it to H2", field="shape")
    return _equivalent_slenderness(shape, length_in, leg, member)


def is_leg_connection_permitted(
    shape: AngleTable, length_in: ArrayLike, leg: Leg | ArrayLike, member: AngleMember | ArrayLike = AngleMember.PLANAR
) -> NDArray[np.bool_]:
    """Return where E5 may be used: leg ratio below 1.7 (E5(5)) and equivalent slenderness up to 200 (E5(4)).

    Arguments are those of `leg_connected_compression`. Broadcast shape. Raises `StructuralError` for a number or word
    out of range.
    """
    ratio = _equivalent_slenderness(shape, length_in, leg, member)
    return np.asarray((_leg_ratio(shape) < MAX_LEG_RATIO) & (ratio <= MAX_EQUIVALENT_SLENDERNESS))


def _leg_ratio(shape: AngleTable) -> FloatArray:
    return np.asarray(shape.long_leg_in / shape.short_leg_in)


def _equivalent_slenderness(
    shape: AngleTable, length_in: ArrayLike, leg: Leg | ArrayLike, member: AngleMember | ArrayLike
) -> FloatArray:
    length = effective_length("length_in", length_in)
    leg_ratio = _leg_ratio(shape)
    by_short_leg = (enum_codes("leg", leg, Leg) == 1) & (leg_ratio > 1.0)
    in_space = enum_codes("member", member, AngleMember) == 1
    ratio = length / np.where(by_short_leg, shape.rx_in, shape.ry_in)
    # The two equations of each case cross at its limit, 80 or 75, where the steeper one takes over.
    planar = np.maximum(72.0 + 0.75 * ratio, 32.0 + 1.25 * ratio)
    space = np.maximum(60.0 + 0.8 * ratio, 45.0 + ratio)
    slenderness = np.where(in_space, space, planar)
    increased = slenderness + np.where(in_space, 6.0, 4.0) * (leg_ratio**2 - 1.0)
    least = np.where(in_space, 0.82, 0.95) * length / shape.rz_in
    return np.where(by_short_leg, np.maximum(increased, least), slenderness)


def _strength(
    shape: AngleTable,
    fy: FloatArray,
    slenderness: FloatArray,
    lengths: tuple[FloatArray, FloatArray, FloatArray],
    flexural_mode: BucklingMode,
) -> AngleCompression:
    """Return the lesser of E3 with E7 at this slenderness and of E4 at these lengths (z, w, twist)."""
    flexural = flexural_flexibility(slenderness)
    by_flexure = with_effective_area(shape.area_in2, _elements(shape, fy), fy, nominal_stress(fy, fy * flexural))
    considered = shape.long_leg_in / shape.t_in > TWIST_LIMIT * np.sqrt(E_KSI / fy)
    torsional = _unsymmetric_flexibility(shape, lengths, considered)
    fn_twist = nominal_stress(fy, fy * torsional)
    twists = fn_twist * shape.area_in2 < by_flexure.pn_kip
    fn, area = np.where(twists, fn_twist, by_flexure.fn_ksi), np.where(twists, shape.area_in2, by_flexure.ae_in2)
    return AngleCompression(
        pn_kip=fn * area,
        fn_ksi=fn,
        ae_in2=area,
        is_slender=np.broadcast_to(by_flexure.is_slender, fn.shape),
        slenderness=np.broadcast_to(slenderness, fn.shape),
        fe_flexural_ksi=np.broadcast_to(elastic_stress(flexural), fn.shape),
        fe_torsional_ksi=np.broadcast_to(elastic_stress(torsional), fn.shape),
        governing=np.where(twists, BucklingMode.FLEXURAL_TORSIONAL, flexural_mode),
    )


def _elements(shape: AngleTable, fy: FloatArray) -> list[Element]:
    limit = angle_leg_limit_compression(fy)
    legs = (shape.long_leg_in, shape.short_leg_in)
    return [Element(leg / shape.t_in, limit, leg * shape.t_in, UNSTIFFENED) for leg in legs]


def _unsymmetric_flexibility(
    shape: AngleTable, lengths: tuple[FloatArray, FloatArray, FloatArray], considered: NDArray[np.bool_]
) -> FloatArray:
    """Return 1/Fe of the lowest root of Eq. E4-4 where it is ``considered``, else 0.

    Divided by Fe^3 Fex Fey Fez, Eq. E4-4 is the characteristic equation, in 1/Fe, of a symmetric matrix that has 1/Fe
    of either flexure and of twist on its diagonal and couples both flexures with twist by the shear centre's offset.
    """
    lcz, lcw, lct = lengths
    w = flexural_flexibility(lcw / np.sqrt(shape.iw_in4 / shape.area_in2))
    z = flexural_flexibility(lcz / shape.rz_in)
    twist = torsional_flexibility(shape, lct)
    along_w, along_z = _shear_centre_in(shape)
    couple_w = np.sqrt(w * twist) * along_w / shape.ro_in
    couple_z = np.sqrt(z * twist) * along_z / shape.ro_in
    w, z, twist, couple_w, couple_z, considered = np.broadcast_arrays(w, z, twist, couple_w, couple_z, considered)
    matrices = np.zeros((np.count_nonzero(considered), 3, 3))
    # eigvalsh reads the lower triangle alone.
    for (row, column), value in {(0, 0): w, (1, 1): z, (2, 2): twist, (2, 0): couple_w, (2, 1): couple_z}.items():
        matrices[:, row, column] = value[considered]
    result = np.zeros(considered.shape)
    result[considered] = np.linalg.eigvalsh(matrices)[:, -1]
    return result


def _shear_centre_in(shape: AngleTable) -> tuple[FloatArray, FloatArray]:
    """Return the coordinates along w and z of the shear centre, where the middle lines of the legs meet."""
    across, along = shape.x_in - shape.t_in / 2.0, shape.y_in - shape.t_in / 2.0
    cosine = 1.0 / np.hypot(1.0, shape.tan_alpha)
    sine = shape.tan_alpha * cosine
    return np.asarray(across * cosine + along * sine), np.asarray(across * sine - along * cosine)
