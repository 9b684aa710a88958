"""Prying of bolts in tension through tee flanges and angle legs, AISC Manual 16th ed. Part 9 (360-22 J3.7).

Lengths in in., 0.001 to 10,000; tensions in kip a bolt, 1e-6 to 1e6; stresses in ksi, 1 to 1,000. The flange bends to
its flexural strength on Fu: ``available_fu_ksi`` is ``available(fu_ksi, PRYING, method)``, 0.90 Fu or Fu/1.67 (Fu
itself for the nominal strength of structural integrity, B3.9), and the tensions beside it are required or available
ones of the same method. Every function raises `StructuralError` naming a number out of range.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.aisc.limit_states import checked_dimension, checked_stress
from structural.aisc.method import Factor
from structural.checks import FloatArray, require_between
from structural.elementwise import squared
from structural.errors import StructuralError

PRYING = Factor(0.90, 1.67)
"""Bending of the flange or leg (Part 9)."""
MAX_TENSION_KIP = 1.0e6
"""Tensions accepted, kip a bolt."""


@dataclass(frozen=True, slots=True)
class Flange:
    """Geometry of the flange or leg at one bolt; made by `flange`.

    ``b_prime_in`` = b - d/2 (Eq. 9-24), ``a_prime_in`` = min(a, 1.25 b) + d/2 (Eq. 9-23), ``p_in`` tributary length,
    ``rho`` = b'/a' (Eq. 9-29), ``delta`` = 1 - d'/p, the net share of p at the bolt line (Eq. 9-28).
    """

    b_prime_in: FloatArray
    a_prime_in: FloatArray
    p_in: FloatArray
    rho: FloatArray
    delta: FloatArray


def tributary_length_in(b_in: ArrayLike, one_side_in: ArrayLike, other_side_in: ArrayLike) -> FloatArray:
    """Return p of Figure 9-4: on each side of the bolt the distance given, at most 1.75 b.

    ``one_side_in`` and ``other_side_in`` half the bolt spacing, or the distance to the end of the flange
    beside a last bolt.
    """
    reach = 1.75 * checked_dimension("b_in", b_in)
    one, other = checked_dimension("one_side_in", one_side_in), checked_dimension("other_side_in", other_side_in)
    return np.asarray(np.minimum(one, reach) + np.minimum(other, reach))


def flange(b_in: ArrayLike, a_in: ArrayLike, p_in: ArrayLike, diameter_in: ArrayLike, hole_in: ArrayLike) -> Flange:
    """Return the prying geometry at one bolt.

    Parameters
    ----------
    b_in : array_like
        From the bolt centre line to the face of the tee stem or the centre line of the angle leg, in., > d/2.
    a_in : array_like
        From the bolt centre line to the edge of the flange, in.; counted to 1.25 b.
    p_in : array_like
        `tributary_length_in`, > hole.
    diameter_in, hole_in : array_like
        Bolt, and hole along the length of the flange (d'), in., the hole not less than the bolt.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    b, a = checked_dimension("b_in", b_in), checked_dimension("a_in", a_in)
    p, hole = checked_dimension("p_in", p_in), checked_dimension("hole_in", hole_in)
    diameter = checked_dimension("diameter_in", diameter_in)
    _require("b_in", b > diameter / 2.0, "more than half the bolt diameter")
    _require("hole_in", hole >= diameter, "at least the bolt diameter")
    _require("p_in", p > hole, "more than the hole")
    b_prime = b - diameter / 2.0
    a_prime = np.minimum(a, 1.25 * b) + diameter / 2.0
    return Flange(b_prime, a_prime, p, b_prime / a_prime, 1.0 - hole / p)


def no_prying_thickness_in(part: Flange, tension_kip: ArrayLike, available_fu_ksi: ArrayLike) -> FloatArray:
    """Return t_c, the thickness that carries a tension without prying: sqrt(4 T b'/(p Fu available)) (Eq. 9-30).

    ``tension_kip``: the available tension of the bolt for t_c, the required one for the least thickness at which
    prying may be left out.
    """
    tension = _tension("tension_kip", tension_kip)
    stress = checked_stress("available_fu_ksi", available_fu_ksi)
    return np.sqrt(4.0 * tension * part.b_prime_in / (part.p_in * stress))


def min_thickness_in(
    part: Flange, required_kip: ArrayLike, available_kip: ArrayLike, available_fu_ksi: ArrayLike
) -> FloatArray:
    """Return the least thickness with prying, t_min = sqrt(4 Tr b'/(p Fu available (1 + delta alpha'))) (Eq. 9-37).

    beta = (Tc/Tr - 1)/rho (Eq. 9-35) measures what the bolt has left for prying: alpha' is 1 for beta >= 1, else
    beta/(delta (1 - beta)), at most 1 (Eq. 9-36). Infinite where the bolt cannot carry Tr at all.

    ``required_kip`` Tr and ``available_kip`` Tc of the bolt.
    """
    required, own = _tension("required_kip", required_kip), _tension("available_kip", available_kip)
    beta = (own / required - 1.0) / part.rho
    partial = np.clip(beta, 0.0, 0.99)
    ample = (beta >= 1.0) | (partial >= part.delta * (1.0 - partial))
    alpha = np.where(ample, 1.0, partial / (part.delta * (1.0 - partial)))
    bare = no_prying_thickness_in(part, required, available_fu_ksi)
    return np.where(beta < 0.0, np.inf, bare / np.sqrt(1.0 + part.delta * alpha))


def available_tension_kip(
    part: Flange, available_kip: ArrayLike, thickness_in: ArrayLike, available_fu_ksi: ArrayLike
) -> FloatArray:
    """Return the tension that bolt and flange can carry, Q Tc (Eq. 9-40).

    alpha' = [(tc/t)^2 - 1]/[delta (1 + rho)] (Eq. 9-38); Q is 1 for alpha' < 0 (bolt governs, no prying),
    (t/tc)^2 (1 + delta alpha') up to 1 (bolt and flange together) and (t/tc)^2 (1 + delta) above (flange governs)
    (Eq. 9-39).

    ``available_kip`` Tc of the bolt, ``thickness_in`` of the flange.
    """
    own = _tension("available_kip", available_kip)
    thickness = checked_dimension("thickness_in", thickness_in)
    ratio = squared(no_prying_thickness_in(part, own, available_fu_ksi) / thickness)
    alpha = np.clip((ratio - 1.0) / (part.delta * (1.0 + part.rho)), 0.0, 1.0)
    return np.asarray(own * np.minimum((1.0 + part.delta * alpha) / ratio, 1.0))


def prying_force_kip(
    part: Flange, required_kip: ArrayLike, thickness_in: ArrayLike, available_fu_ksi: ArrayLike
) -> FloatArray:
    """Return the prying force q that comes on top of a required tension: >= 0, infinite where the flange is too thin.

    The flange carries what it can at the stem; the rest of Tr b' bends it at the bolt line, which takes q = rest/a' and
    at most delta times the stem moment (alpha = 1). This is q = Tc delta alpha rho (t/tc)^2 of the Manual (Eq. 9-31,
    verify). The bolt carries Tr + q.

    ``required_kip`` Tr, 0 or more; ``thickness_in`` of the flange.
    """
    required = require_between("required_kip", required_kip, 0.0, MAX_TENSION_KIP)
    thickness = checked_dimension("thickness_in", thickness_in)
    stem = part.p_in * checked_stress("available_fu_ksi", available_fu_ksi) * squared(thickness) / 4.0
    rest = np.maximum(required * part.b_prime_in - stem, 0.0)
    return np.where(rest <= stem * part.delta * (1.0 + 1e-9), rest / part.a_prime_in, np.inf)


def _tension(name: str, value: ArrayLike) -> FloatArray:
    return require_between(name, value, 1e-6, MAX_TENSION_KIP)


def _require(name: str, holds: NDArray[np.bool_], rule: str) -> None:
    if not np.all(holds):
        row = int(np.flatnonzero(~np.ravel(holds))[0])
        raise StructuralError(f"{name} must be {rule} (row {row})", field=name)
