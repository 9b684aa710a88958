"""Deflection, ANSI/AISC 360-22 L2. The Specification sets no limits; the usual ones are in IBC Table 1604.3."""

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.constants import E_KSI
from structural.checks import FloatArray, require_non_negative, require_positive
from structural.elementwise import power

FLOOR_LIVE_DIVISOR = 360.0
"""Floors, live load: span/360 (IBC Table 1604.3)."""
FLOOR_TOTAL_DIVISOR = 240.0
"""Floors, dead plus live load: span/240 (IBC Table 1604.3)."""
ROOF_LIVE_DIVISORS = {"plaster_ceiling": 360.0, "other_ceiling": 240.0, "no_ceiling": 180.0}
"""Roofs, live, snow or wind: span over this, by what hangs below (IBC Table 1604.3)."""


def uniform_load_deflection_in(w_kip_in: ArrayLike, span_in: ArrayLike, ix_in4: ArrayLike) -> FloatArray:
    """Return the midspan deflection 5 w L^4 / (384 E I) of a simple span under uniform load, in.

    ``w_kip_in`` kip/in., >= 0; ``span_in`` in., > 0; ``ix_in4`` in4, > 0. Broadcast shape. Raises `StructuralError`
    naming a number out of range.
    """
    load = require_non_negative("w_kip_in", w_kip_in)
    span = require_positive("span_in", span_in)
    return 5.0 * load * power(span, 4) / (384.0 * E_KSI * require_positive("ix_in4", ix_in4))


def midspan_load_deflection_in(p_kip: ArrayLike, span_in: ArrayLike, ix_in4: ArrayLike) -> FloatArray:
    """Return the midspan deflection P L^3 / (48 E I) of a simple span under one load there, in.

    ``p_kip`` kip, >= 0; the rest as in `uniform_load_deflection_in`.
    """
    load = require_non_negative("p_kip", p_kip)
    span = require_positive("span_in", span_in)
    return np.asarray(load * span**3 / (48.0 * E_KSI * require_positive("ix_in4", ix_in4)))


def deflection_limit_in(span_in: ArrayLike, divisor: ArrayLike) -> FloatArray:
    """Return the limit span/divisor in in.; both > 0, broadcast shape."""
    return np.asarray(require_positive("span_in", span_in) / require_positive("divisor", divisor))
