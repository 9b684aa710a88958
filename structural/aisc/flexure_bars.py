"""Flexure of rectangular bars and rounds (ANSI/AISC 360-22 F11) and of unsymmetrical shapes (F12).

Factor `structural.aisc.flexure.FLEXURE`.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.constants import E_KSI
from structural.aisc.limit_states import (
    checked_cb,
    checked_dimension,
    checked_length,
    checked_stress,
    governing_state,
    weakest,
)
from structural.checks import FloatArray, IntArray, require_between


class BarState(IntEnum):
    """Limit state of a bar that governs; the codes in `BarFlexure.governing`."""

    YIELDING = 0
    LATERAL_TORSIONAL_BUCKLING = 1

    @property
    def clause(self) -> str:
        """Clause of the limit state."""
        return f"F11.{self.value + 1}"


class StressState(IntEnum):
    """Limit state of an unsymmetrical shape that governs; the codes in `StressFlexure.governing`."""

    YIELDING = 0
    LATERAL_TORSIONAL_BUCKLING = 1
    LOCAL_BUCKLING = 2

    @property
    def clause(self) -> str:
        """Clause of the limit state."""
        return f"F12.{self.value + 1}"


@dataclass(frozen=True, slots=True)
class BarFlexure:
    """Nominal flexural strength of bars, kip-in.; limiting lengths in in., infinite where bars do not buckle."""

    mn_kip_in: FloatArray
    mp_kip_in: FloatArray
    mn_ltb_kip_in: FloatArray
    lp_in: FloatArray
    lr_in: FloatArray

    @property
    def governing(self) -> IntArray:
        """`BarState` codes, broadcast shape; ties go to the first."""
        return governing_state((self.mp_kip_in, self.mn_ltb_kip_in))


@dataclass(frozen=True, slots=True)
class StressFlexure:
    """Nominal flexural strength of unsymmetrical shapes, kip-in.; F12 ends at the yield moment ``mp_kip_in`` = Fy Smin.

    A limit state that does not apply has that strength.
    """

    mn_kip_in: FloatArray
    mp_kip_in: FloatArray
    mn_ltb_kip_in: FloatArray
    mn_lb_kip_in: FloatArray

    @property
    def governing(self) -> IntArray:
        """`StressState` codes, broadcast shape; ties go to the first."""
        return governing_state((self.mp_kip_in, self.mn_ltb_kip_in, self.mn_lb_kip_in))


def rectangular_bar_flexure(
    depth_in: ArrayLike, thickness_in: ArrayLike, fy_ksi: ArrayLike, lb_in: ArrayLike, cb: ArrayLike = 1.0
) -> BarFlexure:
    """Return the nominal flexural strength of rectangular bars (F11).

    Parameters
    ----------
    depth_in, thickness_in : array_like
        Size in the plane of bending and across it, in., 0.001 to 10,000. Bars no deeper than thick do not buckle.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1,000.
    lb_in : array_like
        Length between points braced against lateral displacement of the compression side or twist, in.,
        0 to 1,000,000.
    cb : array_like
        Lateral-torsional buckling modification factor (F1), > 0.

    Returns
    -------
    BarFlexure
        Yielding Fy Z = 1.5 Fy S (Eq. F11-1) and lateral-torsional buckling between Lb d/t^2 of 0.08 E/Fy and 1.9 E/Fy
        (Eq. F11-3) and beyond (Eq. F11-4 with F11-5). Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    depth, thickness = checked_dimension("depth_in", depth_in), checked_dimension("thickness_in", thickness_in)
    fy, lb, cb = checked_stress("fy_ksi", fy_ksi), checked_length("lb_in", lb_in), checked_cb(cb)
    my = fy * thickness * depth**2 / 6.0
    mp = np.asarray(1.5 * my)
    buckles = depth > thickness
    yield_strain = fy / E_KSI
    unit = thickness**2 / (depth * yield_strain)  # the length at which (Lb d/t^2) Fy/E is 1
    relative = lb / unit
    inelastic = 1.52 - 0.274 * np.minimum(relative, 1.9)
    elastic = 1.9 / np.maximum(relative, 1.9)
    ltb = np.minimum(cb * np.where(relative <= 1.9, inelastic, elastic) * my, mp)
    return _bar(mp, np.where(buckles & (relative > 0.08), ltb, mp), np.where(buckles, unit, np.inf))


def round_bar_flexure(diameter_in: ArrayLike, fy_ksi: ArrayLike) -> BarFlexure:
    """Return the nominal flexural strength of solid rounds: Fy Z <= 1.6 Fy S (Eq. F11-2); rounds do not buckle.

    ``diameter_in`` in in., 0.001 to 10,000; ``fy_ksi`` in ksi, 1 to 1,000. Broadcast shape. Raises `StructuralError`
    naming a number out of range.
    """
    diameter, fy = checked_dimension("diameter_in", diameter_in), checked_stress("fy_ksi", fy_ksi)
    mp = np.asarray(fy * diameter**3 * min(1.0 / 6.0, 1.6 * np.pi / 32.0))
    return _bar(mp, mp, np.full(mp.shape, np.inf))


def unsymmetrical_flexure(
    s_min_in3: ArrayLike,
    fy_ksi: ArrayLike,
    fcr_ltb_ksi: ArrayLike | None = None,
    fcr_local_ksi: ArrayLike | None = None,
) -> StressFlexure:
    """Return the nominal flexural strength of unsymmetrical shapes other than single angles (F12).

    Parameters
    ----------
    s_min_in3 : array_like
        Least elastic section modulus about the axis of bending, in3, > 0 to 1e9.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1,000.
    fcr_ltb_ksi, fcr_local_ksi : array_like, optional
        Elastic lateral-torsional and local buckling stresses by analysis, ksi, > 0 to 1e9; none where that buckling
        does not apply. For Z shapes half the stress of a channel of the same flanges and web (user note of F12.2).

    Returns
    -------
    StressFlexure
        Fn Smin (Eq. F12-1) with Fn of yielding (Eq. F12-2), lateral-torsional buckling (F12-3) and local buckling
        (F12-4), both capped at Fy. Broadcast shape.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    modulus, fy = require_between("s_min_in3", s_min_in3, 1e-9, 1e9), checked_stress("fy_ksi", fy_ksi)
    mp = np.asarray(fy * modulus)
    ltb, local = (
        mp if stress is None else np.asarray(np.minimum(require_between(name, stress, 1e-9, 1e9), fy) * modulus)
        for name, stress in (("fcr_ltb_ksi", fcr_ltb_ksi), ("fcr_local_ksi", fcr_local_ksi))
    )
    return StressFlexure(weakest((mp, ltb, local)), mp, ltb, local)


def _bar(mp: FloatArray, ltb: FloatArray, unit_in: FloatArray) -> BarFlexure:
    return BarFlexure(weakest((mp, ltb)), mp, ltb, np.asarray(0.08 * unit_in), np.asarray(1.9 * unit_in))
