"""Groove, plug and slot welds, effective throats, filler and base metal, ANSI/AISC 360-22 J2.1 to J2.4 and J2.6.

Lengths in in., stresses in ksi, strengths in kip, results of broadcast shape. Fillets and Tables J2.3 and J2.4 are in
`welds`. Every function raises `StructuralError` naming a number out of range (`ranges`: at most 1e12).
"""

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.aisc.method import Factor
from structural.aisc.welds import THROAT_RATIO
from structural.checks import FloatArray, enum_codes, require_between, require_non_negative, require_positive
from structural.errors import StructuralError
from structural.materials import steel_grade

PJP_TENSION = Factor(0.80, 1.88)
"""Table J2.5, partial penetration, tension normal to the axis: weld metal."""
PJP_TENSION_BASE = Factor(0.75, 2.00)
"""Table J2.5, the same: base metal, Fu."""
PJP_COMPRESSION = Factor(0.80, 1.88)
"""Table J2.5, partial penetration, compression in joints not made to bear: weld metal."""
PJP_COMPRESSION_BASE = Factor(0.90, 1.67)
"""Table J2.5, the same: base metal, Fy."""
PJP_SHEAR = Factor(0.75, 2.00)
"""Table J2.5, partial penetration, shear: weld metal; base metal by J4."""
CJP_UNDERMATCHED_SHEAR = Factor(0.80, 1.88)
"""Table J2.5, note c: complete penetration with weaker filler in shear, throat = thickness."""
PLUG = Factor(0.75, 2.00)
"""Table J2.5, plug and slot welds in shear: weld metal; base metal by J4."""


def groove_weld_shear(fexx_ksi: ArrayLike, throat_in: ArrayLike, length_in: ArrayLike) -> FloatArray:
    """Return Rn = 0.60 FEXX E L of a groove weld in shear (Eq. J2-3, Table J2.5). Factor `PJP_SHEAR`.

    ``throat_in`` effective throat E and ``length_in`` L, all > 0. Complete penetration with matching filler is governed
    by the base metal (J4); with weaker filler by this, with `CJP_UNDERMATCHED_SHEAR` and the thickness as throat.
    """
    return _weld_strength(0.60, fexx_ksi, throat_in, length_in)


def pjp_tension(fexx_ksi: ArrayLike, throat_in: ArrayLike, length_in: ArrayLike) -> FloatArray:
    """Return Rn = 0.60 FEXX E L of a partial-penetration weld pulled across its axis. Factor `PJP_TENSION`; all > 0."""
    return _weld_strength(0.60, fexx_ksi, throat_in, length_in)


def pjp_compression(fexx_ksi: ArrayLike, throat_in: ArrayLike, length_in: ArrayLike) -> FloatArray:
    """Return Rn = 0.90 FEXX E L of a partial-penetration weld in compression. Factor `PJP_COMPRESSION`; all > 0.

    For joints that are not made to bear; in members made to bear (J1.4) compression may be neglected.
    """
    return _weld_strength(0.90, fexx_ksi, throat_in, length_in)


def _weld_strength(share: float, fexx_ksi: ArrayLike, throat_in: ArrayLike, length_in: ArrayLike) -> FloatArray:
    area = require_positive("throat_in", throat_in) * require_positive("length_in", length_in)
    return np.asarray(share * require_positive("fexx_ksi", fexx_ksi) * area)


def cjp_throat_in(thickness_in: ArrayLike, other_thickness_in: ArrayLike) -> FloatArray:
    """Return the effective throat of a complete-penetration weld: the thinner part joined (J2.1a); both > 0."""
    return np.minimum(
        require_positive("thickness_in", thickness_in), require_positive("other_thickness_in", other_thickness_in)
    )


class WeldProcess(StrEnum):
    """Welding process of Tables J2.1 and J2.2; Table J2.1 makes no difference between the two FCAW."""

    SMAW = "SMAW"
    GMAW = "GMAW"
    FCAW_G = "FCAW-G"
    FCAW_S = "FCAW-S"
    SAW = "SAW"


class WeldPosition(StrEnum):
    """Welding position of Table J2.1."""

    FLAT = "flat"
    HORIZONTAL = "horizontal"
    VERTICAL = "vertical"
    OVERHEAD = "overhead"


class Groove(StrEnum):
    """Groove of a partial-penetration weld, Table J2.1."""

    J_OR_U = "J_or_U"
    V_60 = "V_60"
    BEVEL_60 = "bevel_60"
    BEVEL_45 = "bevel_45"


def pjp_throat_in(
    depth_in: ArrayLike,
    groove: Groove | ArrayLike,
    process: WeldProcess | ArrayLike,
    position: WeldPosition | ArrayLike,
) -> FloatArray:
    """Return the effective throat of a partial-penetration weld filled flush (Table J2.1).

    Parameters
    ----------
    depth_in : array_like
        Depth of groove, in., > 0.
    groove, process, position : str or array_like of str
        Values of `Groove`, `WeldProcess` and `WeldPosition`.

    Returns
    -------
    ndarray of float
        The depth; less 1/8 in. for 45-degree bevels by SMAW, or by GMAW and FCAW in vertical or overhead position (0 if
        nothing is left). In.

    Raises
    ------
    StructuralError
        Naming an argument out of range or unknown; ``field="groove"`` for a combination that is not tabulated: SAW
        other than flat or in a 45-degree bevel, 60-degree bevels by other processes.
    """
    depth = require_positive("depth_in", depth_in)
    kind = enum_codes("groove", groove, Groove)
    how = enum_codes("process", process, WeldProcess)
    where = enum_codes("position", position, WeldPosition)
    submerged = how == 4
    missing = submerged & ((where > 0) | (kind == 3)) | ~submerged & (kind == 2)
    if np.any(missing):
        raise StructuralError(
            "groove, process and position are not in Table J2.1; the fabricator must prove the throat", field="groove"
        )
    shallow = (kind == 3) & ((how == 0) | (where >= 2))
    return np.where(shallow, np.maximum(depth - 0.125, 0.0), depth)


class FlareGroove(StrEnum):
    """Flare groove of Table J2.2."""

    BEVEL = "bevel"
    V = "V"


_FLARE_SHARES = ((5 / 16, 5 / 8), (5 / 8, 3 / 4), (5 / 8, 3 / 4), (5 / 16, 5 / 8), (5 / 16, 1 / 2))
"""Throat over radius by `WeldProcess`: flare bevel, flare V."""


def flare_throat_in(
    radius_in: ArrayLike, groove: FlareGroove | ArrayLike, process: WeldProcess | ArrayLike
) -> FloatArray:
    """Return the effective throat of a flare groove filled flush (Table J2.2), in.

    ``radius_in`` R of the joint surface, in., > 0 (2 t of the design wall may be assumed for HSS). 5/16 R to 3/4 R by
    groove and process; 0 for flare bevels with R under 3/8 in., where only a reinforcing fillet counts (note a).
    """
    radius = require_positive("radius_in", radius_in)
    kind = enum_codes("groove", groove, FlareGroove)
    share = np.array(_FLARE_SHARES)[enum_codes("process", process, WeldProcess), kind]
    return np.where((kind == 0) & (radius < 0.375), 0.0, share * radius)


def underfilled_throat_in(throat_in: ArrayLike, underfill_in: ArrayLike) -> FloatArray:
    """Return a groove's throat less the greatest distance from a flush surface to the weld, at least 0 (J2.1a)."""
    throat = require_positive("throat_in", throat_in)
    return np.maximum(throat - require_non_negative("underfill_in", underfill_in), 0.0)


def plug_weld_strength(fexx_ksi: ArrayLike, diameter_in: ArrayLike, count: ArrayLike = 1) -> FloatArray:
    """Return Rn = 0.60 FEXX times the area of the holes at the faying surface (J2.3a). Factor `PLUG`; all > 0."""
    area = np.pi / 4.0 * require_positive("diameter_in", diameter_in) ** 2 * require_positive("count", count)
    return np.asarray(0.60 * require_positive("fexx_ksi", fexx_ksi) * area)


def slot_weld_strength(
    fexx_ksi: ArrayLike, width_in: ArrayLike, length_in: ArrayLike, count: ArrayLike = 1
) -> FloatArray:
    """Return Rn = 0.60 FEXX times the area of the slots with semicircular ends (J2.3a). Factor `PLUG`; all > 0.

    ``length_in`` overall, at least ``width_in`` (``field="length_in"``).
    """
    width, length = require_positive("width_in", width_in), require_positive("length_in", length_in)
    if np.any(length < width):
        raise StructuralError("a slot is at least as long as it is wide", field="length_in")
    area = (width * (length - width) + np.pi / 4.0 * width**2) * require_positive("count", count)
    return np.asarray(0.60 * require_positive("fexx_ksi", fexx_ksi) * area)


def min_plug_opening_in(thickness_in: ArrayLike) -> FloatArray:
    """Return the least plug diameter or slot width: t + 5/16 in., up to an odd sixteenth (J2.3b(a), (d)).

    ``thickness_in`` of the part with the hole, > 0.
    """
    sixteenths = np.ceil(16.0 * (require_positive("thickness_in", thickness_in) + 0.3125) - 1e-9)
    return np.asarray((sixteenths + (sixteenths % 2.0 == 0.0)) / 16.0)


def max_plug_diameter_in(thickness_in: ArrayLike, weld_thickness_in: ArrayLike) -> FloatArray:
    """Return the greatest plug diameter: the larger of `min_plug_opening_in` + 1/8 in. and 2-1/4 weld (J2.3b(a))."""
    by_weld = 2.25 * require_positive("weld_thickness_in", weld_thickness_in)
    return np.maximum(min_plug_opening_in(thickness_in) + 0.125, by_weld)


def max_slot_width_in(weld_thickness_in: ArrayLike) -> FloatArray:
    """Return the greatest slot width, 2-1/4 times the thickness of the weld (J2.3b(d)); > 0."""
    return np.asarray(2.25 * require_positive("weld_thickness_in", weld_thickness_in))


def max_slot_length_in(weld_thickness_in: ArrayLike) -> FloatArray:
    """Return the greatest slot length, 10 times the thickness of the weld (J2.3b(c)); > 0."""
    return np.asarray(10.0 * require_positive("weld_thickness_in", weld_thickness_in))


def min_plug_spacing_in(opening_in: ArrayLike) -> FloatArray:
    """Return the least spacing of plugs, or of lines of slots: 4 diameters or widths (J2.3b(b), (f)); > 0."""
    return np.asarray(4.0 * require_positive("opening_in", opening_in))


def min_slot_spacing_in(slot_length_in: ArrayLike) -> FloatArray:
    """Return the least longitudinal spacing of slots on a line, 2 slot lengths (J2.3b(g)); > 0."""
    return np.asarray(2.0 * require_positive("slot_length_in", slot_length_in))


def min_plug_weld_thickness_in(thickness_in: ArrayLike) -> FloatArray:
    """Return the least thickness of a plug or slot weld (J2.3b(h)): t up to 5/8 in., else t/2 but 5/8 in.; > 0."""
    thickness = require_positive("thickness_in", thickness_in)
    return np.where(thickness <= 0.625, thickness, np.maximum(thickness / 2.0, 0.625))


def min_base_thickness_in(
    size_in: ArrayLike, fu_ksi: ArrayLike, fexx_ksi: ArrayLike = 70.0, sides: ArrayLike = 1
) -> FloatArray:
    """Return the base metal thickness whose shear rupture matches its fillets (Manual Eq. 9-6, 9-7).

    FEXX 0.707 w/Fu a side, which for E70 is 3.09 D/Fu (``sides`` 1) and 6.19 D/Fu (2) with D = 16 w.

    Parameters
    ----------
    size_in : array_like
        Leg w, in., > 0.
    fu_ksi, fexx_ksi : array_like
        Tensile strength of the base metal and of the filler, ksi, > 0.
    sides : array_like
        Fillets on opposite faces of the same base metal, 1..2.

    Returns
    -------
    ndarray of float
        In.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    pull = require_positive("fexx_ksi", fexx_ksi) * THROAT_RATIO * require_positive("size_in", size_in)
    return np.asarray(require_between("sides", sides, 1.0, 2.0) * pull / require_positive("fu_ksi", fu_ksi))


def min_intermittent_length_in(size_in: ArrayLike) -> FloatArray:
    """Return the least length of a segment of intermittent fillet: 4 w, at least 1-1/2 in. (J2.2b(e)); > 0."""
    return np.maximum(4.0 * require_positive("size_in", size_in), 1.5)


def min_lap_in(thickness_in: ArrayLike) -> FloatArray:
    """Return the least lap: 5 times the thinner part, at least 1 in. (J2.2b(f)); > 0."""
    return np.maximum(5.0 * require_positive("thickness_in", thickness_in), 1.0)


class FillerUse(StrEnum):
    """What a weld does, as Table J2.5 asks about its filler."""

    CJP_TENSION_OR_SHEAR = "cjp_tension_or_shear"
    CJP_COMPRESSION = "cjp_compression"
    OTHER = "other"
    """Partial penetration, fillet, plug and slot welds, and complete penetration loaded along its axis."""


_MATCHING_KSI = {
    "A36": 70.0,
    "A572-50": 70.0,
    "A572-55": 70.0,
    "A588": 70.0,
    "A992": 70.0,
    "A913-50": 70.0,
    "A913-60": 80.0,
    "A913-65": 80.0,
    "A913-70": 90.0,
}
_A36_WITH_60_IN = 0.75


def matching_filler_ksi(grade: str, thickness_in: ArrayLike) -> FloatArray:
    """Return the least matching filler strength of a base metal (J2.6, user note), ksi, shape of ``thickness_in``.

    ``grade`` as in `materials.steel_grade`, ``thickness_in`` of the base metal, in., > 0: 60 for A36 up to
    3/4 in. (70 matches too), 70 for thicker A36, A572-50 and -55, A588, A992 and A913-50, low-hydrogen if SMAW, 80 for
    A913-60 and -65, 90 for A913-70. A grade without a row raises `StructuralError`, ``field="steel_grade"``.
    """
    thickness = require_positive("thickness_in", thickness_in)
    name = steel_grade(grade).name
    if name not in _MATCHING_KSI:
        known = ", ".join(_MATCHING_KSI)
        raise StructuralError(f"no matching filler listed for {grade!r}; listed: {known}", field="steel_grade")
    thin_a36 = (thickness <= _A36_WITH_60_IN) & (name == "A36")
    return np.where(thin_a36, 60.0, _MATCHING_KSI[name])


def filler_permitted(
    fexx_ksi: ArrayLike, grade: str, thickness_in: ArrayLike, use: FillerUse | ArrayLike = FillerUse.OTHER
) -> NDArray[np.bool_]:
    """Return whether Table J2.5 permits a filler of this strength on this base metal.

    Parameters
    ----------
    fexx_ksi : array_like
        Filler classification strength, ksi, > 0.
    grade : str
        As in `matching_filler_ksi`, of the part to be matched.
    thickness_in : array_like
        Base metal thickness, in., > 0.
    use : FillerUse, str or array_like of str
        Complete penetration in tension or shear takes matching filler, in compression one level (10 ksi) less, all
        other welds any lesser one; one level more than matching is permitted (note b).

    Returns
    -------
    ndarray of bool
        Broadcast shape.

    Raises
    ------
    StructuralError
        Naming an argument out of range or unknown.
    """
    fexx = require_positive("fexx_ksi", fexx_ksi)
    matching = matching_filler_ksi(grade, thickness_in)
    code = enum_codes("use", use, FillerUse)
    low = np.where(code == 2, 0.0, matching - 10.0 * code)
    most = _MATCHING_KSI[steel_grade(grade).name] + 10.0
    return np.asarray((fexx >= low) & (fexx <= most))
