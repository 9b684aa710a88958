"""Drawing section questions over the range that building practice asks about.

Loads are capped so that the demand stays, mostly, within what rolled W shapes carry: 'none' is a real answer but a
rare one. Numbers are drawn to the precision an engineer would give.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structural.problems.section_optimizer.request import (
    DEFAULT_TRIBUTARY_WIDTH_FT,
    DESIGN_CODES,
    END_CONDITIONS,
    GRADES,
    MEMBER_TYPES,
    METHODS,
)
from structural.tables import UNSPECIFIED, Table

MEMBER_SHARES = (0.34, 0.20, 0.18, 0.10, 0.18)
PLAIN_SHARE = 0.12
"""Share of questions that give the four required fields only."""
GIVEN_SHARE = 0.4
"""Share of the other questions that give one optional field or another."""
MAX_SERVICE_MOMENT_KIP_FT = 5000.0
MAX_SERVICE_AXIAL_KIP = 4500.0
LIVE_LIMITS = (180.0, 240.0, 360.0, 480.0, 600.0, 800.0)
LIVE_LIMIT_SHARES = (0.04, 0.2, 0.4, 0.22, 0.1, 0.04)
TOTAL_LIMITS = (120.0, 180.0, 240.0, 300.0, 360.0)
TOTAL_LIMIT_SHARES = (0.06, 0.24, 0.4, 0.1, 0.2)
GRADE_SHARES = (0.36, 0.1, 0.16, 0.06, 0.08, 0.06, 0.12, 0.06)


@dataclass(frozen=True, slots=True)
class _Range:
    """Log-uniform ranges of one member type."""

    span_ft: tuple[float, float]
    load_psf: tuple[float, float]
    width_ft: tuple[float, float]
    axial_kip: tuple[float, float]


RANGES = {
    "beam": _Range((10.0, 65.0), (40.0, 500.0), (4.0, 20.0), (5.0, 300.0)),
    "girder": _Range((12.0, 80.0), (35.0, 400.0), (12.0, 50.0), (5.0, 400.0)),
    "column": _Range((8.0, 50.0), (40.0, 500.0), (14.0, 45.0), (20.0, 3500.0)),
    "brace": _Range((8.0, 45.0), (20.0, 500.0), (8.0, 45.0), (20.0, 1500.0)),
    "beam_column": _Range((8.0, 50.0), (20.0, 400.0), (4.0, 30.0), (20.0, 2000.0)),
}


def sample(n: int, rng: np.random.Generator) -> Table:
    """Draw ``n`` questions: a table of the QUESTION columns, missing numbers NaN, missing categories unspecified."""
    kind = rng.choice(np.array(MEMBER_TYPES), size=n, p=MEMBER_SHARES)
    optional = rng.random(n) >= PLAIN_SHARE
    ends = _category(rng, optional & (rng.random(n) < GIVEN_SHARE), END_CONDITIONS, (0.4, 0.22, 0.28, 0.1))
    span = _span(rng, kind, ends)
    width, width_used = _width(rng, kind, optional)
    psf = _load(rng, kind, ends, span, width_used)
    bends = np.isin(kind, ("beam", "girder", "beam_column"))
    live_limit, total_limit = _deflection_limits(rng, optional, bends)
    table: Table = {
        "member_type": kind,
        "span_feet": span,
        "tributary_load_psf": psf,
        "design_code": np.full(n, DESIGN_CODES[0]),
        "tributary_width_ft": width,
        "unbraced_length_ft": _unbraced(rng, kind, optional, span),
        "end_condition": ends,
        "axial_load_kips": _axial(rng, kind, optional),
        "live_load_share": _given(rng, optional, GIVEN_SHARE, np.round(rng.uniform(0.0, 1.0, n), 2)),
        "live_deflection_limit": live_limit,
        "total_deflection_limit": total_limit,
        "steel_grade": _category(rng, optional & (rng.random(n) < GIVEN_SHARE), GRADES, GRADE_SHARES),
        "depth_limit_in": _depth_limit(rng, kind, optional, span),
        "camber_in": _camber(rng, optional & bends, span),
        "design_method": _category(rng, optional & (rng.random(n) < GIVEN_SHARE), METHODS, (0.5, 0.5)),
    }
    return table


def _log_uniform(rng: np.random.Generator, low: NDArray, high: NDArray) -> NDArray[np.float64]:
    return np.asarray(np.exp(rng.uniform(np.log(low), np.log(np.maximum(high, low)))))


def _bounds(kind: NDArray, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    pairs = np.array([getattr(RANGES[member], name) for member in MEMBER_TYPES])
    index = np.argmax(kind[:, None] == np.array(MEMBER_TYPES)[None, :], axis=1)
    return pairs[index, 0], pairs[index, 1]


def _given(rng: np.random.Generator, optional: NDArray, share: float, values: NDArray) -> NDArray[np.float64]:
    return np.where(optional & (rng.random(len(values)) < share), values, np.nan)


def _category(
    rng: np.random.Generator, given: NDArray, values: tuple[str, ...], shares: tuple[float, ...]
) -> NDArray[np.str_]:
    return np.where(given, rng.choice(np.array(values), size=len(given), p=shares), UNSPECIFIED)


def _span(rng: np.random.Generator, kind: NDArray, ends: NDArray) -> NDArray[np.float64]:
    span = _log_uniform(rng, *_bounds(kind, "span_ft"))
    # Cantilevers are short.
    return np.asarray(np.round(np.where(ends == "fixed-free", np.maximum(0.4 * span, 3.0), span), 2), dtype=float)


def _width(rng: np.random.Generator, kind: NDArray, optional: NDArray) -> tuple[NDArray, NDArray]:
    drawn = np.round(_log_uniform(rng, *_bounds(kind, "width_ft")), 2)
    given = _given(rng, optional, 0.75, drawn)
    default = np.array([DEFAULT_TRIBUTARY_WIDTH_FT[str(member)] for member in MEMBER_TYPES])
    index = np.argmax(kind[:, None] == np.array(MEMBER_TYPES)[None, :], axis=1)
    return given, np.where(np.isnan(given), default[index], given)


def _load(rng: np.random.Generator, kind: NDArray, ends: NDArray, span: NDArray, width: NDArray) -> NDArray[np.float64]:
    low, high = _bounds(kind, "load_psf")
    factor = np.where(ends == "fixed-free", 2.0, 8.0)
    per_ft = np.isin(kind, ("beam", "girder", "beam_column"))
    moment_cap = MAX_SERVICE_MOMENT_KIP_FT * factor / (width * span**2)
    axial_cap = MAX_SERVICE_AXIAL_KIP / np.where(kind == "brace", width * span, width**2)
    cap = 1000.0 * np.where(per_ft, moment_cap, axial_cap)
    psf = _log_uniform(rng, np.minimum(low, cap), np.minimum(high, cap))
    return np.maximum(np.round(psf, 1), 5.0)


def _unbraced(rng: np.random.Generator, kind: NDArray, optional: NDArray, span: NDArray) -> NDArray[np.float64]:
    n = len(span)
    braces = rng.choice(
        np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0]), size=n, p=(0.3, 0.2, 0.16, 0.14, 0.1, 0.06, 0.04)
    )
    share = np.where(rng.random(n) < 0.5, 1.0 / braces, rng.uniform(0.03, 1.0, n))
    # Braced all along: rounding down keeps the unbraced length within the span.
    share = np.where(np.isin(kind, ("beam", "girder")) & (rng.random(n) < 0.1), 0.0, share)
    return _given(rng, optional, 0.6, np.floor(share * span * 100.0) / 100.0)


def _axial(rng: np.random.Generator, kind: NDArray, optional: NDArray) -> NDArray[np.float64]:
    drawn = np.round(_log_uniform(rng, *_bounds(kind, "axial_kip")), 1)
    share = np.where(np.isin(kind, ("beam", "girder")), 0.15, np.where(kind == "beam_column", 0.75, 0.55))
    return np.where(optional & (rng.random(len(kind)) < share), drawn, np.nan)


def _deflection_limits(rng: np.random.Generator, optional: NDArray, bends: NDArray) -> tuple[NDArray, NDArray]:
    n = len(optional)
    live = rng.choice(np.array(LIVE_LIMITS), size=n, p=LIVE_LIMIT_SHARES)
    total = rng.choice(np.array(TOTAL_LIMITS), size=n, p=TOTAL_LIMIT_SHARES)
    live = _given(rng, optional & bends, GIVEN_SHARE, live)
    allowed = np.where(np.isnan(live), 360.0, live)
    # The total-load limit is never the stricter one.
    return live, _given(rng, optional & bends, GIVEN_SHARE, np.minimum(total, allowed))


def _depth_limit(rng: np.random.Generator, kind: NDArray, optional: NDArray, span: NDArray) -> NDArray[np.float64]:
    n = len(span)
    by_span = 12.0 * span / rng.uniform(9.0, 24.0, n)
    by_trade = rng.uniform(10.5, 28.0, n)
    drawn = np.where(np.isin(kind, ("beam", "girder")), by_span, by_trade)
    return _given(rng, optional, 0.25, np.round(np.clip(drawn, 10.0, 48.0), 1))


def _camber(rng: np.random.Generator, eligible: NDArray, span: NDArray) -> NDArray[np.float64]:
    quarter_inches = rng.integers(2, 13, size=len(span))
    return _given(rng, eligible & (span >= 24.0), 0.25, quarter_inches * 0.25)
