"""Design method and the pair of factors that turns a nominal strength into an available one (B3.1, B3.2)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from structural.checks import FloatArray, enum_codes


class Method(StrEnum):
    """Design method, ANSI/AISC 360-22 B3."""

    LRFD = "LRFD"
    ASD = "ASD"


@dataclass(frozen=True, slots=True)
class Factor:
    """Resistance factor ``phi`` (LRFD) and safety factor ``omega`` (ASD); numbers, or arrays with a value a row."""

    phi: float | FloatArray
    omega: float | FloatArray


def available(nominal: Any, factor: Factor, method: Method | ArrayLike) -> FloatArray:
    """Return the available strength: ``phi * nominal`` (LRFD, Eq. B3-1) or ``nominal / omega`` (ASD, Eq. B3-2).

    Parameters
    ----------
    nominal : array_like
        Nominal strength or stress, any unit.
    factor : Factor
        Of the limit state.
    method : Method, str or array_like of str
        One method, or one a row; broadcasts with ``nominal``.

    Returns
    -------
    ndarray of float
        Broadcast shape, unit of ``nominal``.

    Raises
    ------
    StructuralError
        ``field="method"`` for anything but LRFD and ASD.
    """
    codes = enum_codes("method", method, Method)
    if not isinstance(nominal, np.float64):
        nominal = np.asarray(nominal, dtype=np.float64)
    if codes.ndim == 0:
        strength: FloatArray = nominal * factor.phi if codes == 0 else nominal / factor.omega
        return strength
    if codes.shape == (1,) and nominal.ndim:  # one method for all: only its strength is worked out
        alike: FloatArray = nominal * factor.phi if codes.item() == 0 else nominal / factor.omega
        return alike
    strengths: FloatArray = np.where(codes == 0, nominal * factor.phi, nominal / factor.omega)
    return strengths


def load_ratio(method: Method | ArrayLike) -> FloatArray:
    """Return alpha of C2.3 and Appendix 8: 1.0 (LRFD) or 1.6 (ASD), shape of ``method``."""
    return np.where(enum_codes("method", method, Method) == 0, 1.0, 1.6)
