"""Major-axis flexure of doubly symmetric I shapes and channels whatever their web, ANSI/AISC 360-22 F2 to F5.

Compact webs go to `structural.aisc.flexure`, the others to `structural.aisc.flexure_girders`, each row by its own.
"""

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.classification import web_limits_major
from structural.aisc.flexure import major_axis_flexure
from structural.aisc.flexure_girders import GirderState, girder_flexure
from structural.aisc.girder_section import girder_of_shape
from structural.aisc.limit_states import checked_cb, checked_length, checked_stress
from structural.checks import FloatArray, IntArray
from structural.shapes import ShapeTable

_COMPACT_CLAUSES = ("F2.1", "F2.2", "F3.2")


class IShapeState(IntEnum):
    """Limit state of an I shape that governs; the codes in `IShapeFlexure.governing`.

    The first three are those of `structural.aisc.flexure.FlexureState`, the others those of `GirderState`.
    """

    YIELDING = 0
    LATERAL_TORSIONAL_BUCKLING = 1
    FLANGE_LOCAL_BUCKLING = 2
    NONCOMPACT_WEB_YIELDING = 3
    NONCOMPACT_WEB_LATERAL_TORSIONAL_BUCKLING = 4
    NONCOMPACT_WEB_FLANGE_LOCAL_BUCKLING = 5
    NONCOMPACT_WEB_TENSION_FLANGE_YIELDING = 6
    SLENDER_WEB_YIELDING = 7
    SLENDER_WEB_LATERAL_TORSIONAL_BUCKLING = 8
    SLENDER_WEB_FLANGE_LOCAL_BUCKLING = 9
    SLENDER_WEB_TENSION_FLANGE_YIELDING = 10

    @property
    def clause(self) -> str:
        """Clause of the limit state."""
        first = len(_COMPACT_CLAUSES)
        return _COMPACT_CLAUSES[self.value] if self.value < first else GirderState(self.value - first).clause


@dataclass(frozen=True, slots=True)
class IShapeFlexure:
    """Nominal flexural strength, kip-in., limiting lengths, in., and `IShapeState` codes; all of broadcast shape.

    ``mn_yielding_kip_in`` is Mp with a compact web, compression flange yielding with another; a limit state that does
    not apply has that strength.
    """

    mn_kip_in: FloatArray
    mp_kip_in: FloatArray
    mn_yielding_kip_in: FloatArray
    mn_ltb_kip_in: FloatArray
    mn_flb_kip_in: FloatArray
    lp_in: FloatArray
    lr_in: FloatArray
    governing: IntArray


def i_shape_flexure(shape: ShapeTable, fy_ksi: ArrayLike, lb_in: ArrayLike, cb: ArrayLike = 1.0) -> IShapeFlexure:
    """Return the nominal major-axis flexural strength of I shapes with any web, and of channels with compact webs.

    Parameters
    ----------
    shape : ShapeTable
        I shapes (rolled or welded) or channels.
    fy_ksi : array_like
        Yield stress, ksi, 1 to 1,000.
    lb_in : array_like
        Length between points braced against lateral displacement or twist, in., 0 to 1,000,000.
    cb : array_like
        Lateral-torsional buckling modification factor (F1), > 0.

    Returns
    -------
    IShapeFlexure
        F2 and F3 where the web is compact, F4 where it is noncompact, F5 where it is slender.

    Raises
    ------
    StructuralError
        Naming a number out of range; ``field="shape"`` for a channel with a web or flange that is not compact, and for
        a web thinner than F13.2 allows.
    """
    fy, lb, cb = checked_stress("fy_ksi", fy_ksi), checked_length("lb_in", lb_in), checked_cb(cb)
    full = np.broadcast_shapes(shape.name.shape, fy.shape, lb.shape, cb.shape)
    place = np.broadcast_to(np.arange(shape.name.size).reshape(shape.name.shape), full).ravel()
    rows = ShapeTable(**{item.name: np.reshape(getattr(shape, item.name), -1)[place] for item in fields(shape)})
    fy, lb, cb = (np.broadcast_to(value, full).ravel() for value in (fy, lb, cb))
    result = np.empty((8, place.size))
    compact = np.asarray(rows.h_tw <= web_limits_major(fy).compact)
    for members, evaluate in ((compact, _compact_web), (~compact, _other_web)):
        if members.any():
            result[:, members] = evaluate(rows.take(members), fy[members], lb[members], cb[members])
    mn, mp, yielding, ltb, flb, lp, lr, states = (values.reshape(full) for values in result)
    return IShapeFlexure(mn, mp, yielding, ltb, flb, lp, lr, states.astype(np.int64))


def _compact_web(rows: ShapeTable, fy: FloatArray, lb: FloatArray, cb: FloatArray) -> FloatArray:
    strength = major_axis_flexure(rows, fy, lb, cb)
    mp = strength.mp_kip_in
    moments = (strength.mn_kip_in, mp, mp, strength.mn_ltb_kip_in, strength.mn_flb_kip_in)
    return np.stack(np.broadcast_arrays(*moments, strength.lp_in, strength.lr_in, strength.governing))


def _other_web(rows: ShapeTable, fy: FloatArray, lb: FloatArray, cb: FloatArray) -> FloatArray:
    strength = girder_flexure(girder_of_shape(rows), fy, lb, cb)
    moments = (strength.mn_kip_in, strength.mp_kip_in, strength.mn_yielding_kip_in)
    buckling = (strength.mn_ltb_kip_in, strength.mn_flb_kip_in, strength.lp_in, strength.lr_in)
    states = strength.governing + len(_COMPACT_CLAUSES)
    return np.stack(np.broadcast_arrays(*moments, *buckling, states))
