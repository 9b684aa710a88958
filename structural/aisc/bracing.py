"""Stability bracing of members, ANSI/AISC 360-22 Appendix 6, and structural integrity ties, B3.9.

Requirements for braces that are not part of the analysis of the structure. Lengths in in., forces in kip, moments in
kip-in., results of broadcast shape. Required strengths Pr and Mr are those of the design method. Every function raises
`StructuralError` naming a number out of range (`ranges`: at most 1e12).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from structural.aisc.constants import E_KSI
from structural.aisc.method import Factor, Method
from structural.checks import SMALLEST, FloatArray, enum_codes, require_between, require_non_negative, require_positive

BRACE_STIFFNESS = Factor(0.75, 2.00)
"""A-6-2, A-6-4, A-6-6, A-6-8: stiffness of lateral braces."""
TORSIONAL_BRACE_STIFFNESS = Factor(0.75, 3.00)
"""A-6-11: stiffness of torsional braces; Omega is 1.5^2/phi because the moment is squared."""
MIN_INTEGRITY_TIE_KIP = 10.0
"""Least nominal tensile strength of a beam end connection (B3.9(b)), kip."""


@dataclass(frozen=True, slots=True)
class BraceDemand:
    """What a brace must have: strength (kip, or kip-in. of a torsional brace) and stiffness (kip/in., kip-in./rad)."""

    strength: FloatArray
    stiffness: FloatArray


def _required(ideal: FloatArray, factor: Factor, method: Method | ArrayLike) -> FloatArray:
    """Return the stiffness over phi (LRFD) or times Omega (ASD)."""
    codes = enum_codes("method", method, Method)
    return np.where(codes == 0, ideal / factor.phi, ideal * factor.omega)


def column_panel_brace(pr_kip: ArrayLike, lbr_in: ArrayLike, method: Method | ArrayLike) -> BraceDemand:
    """Return the shear strength 0.005 Pr and stiffness 2 Pr/Lbr of panel bracing (Eq. A-6-1, A-6-2a, A-6-2b).

    ``pr_kip`` required compression in the panel, >= 0; ``lbr_in`` unbraced length of the panel, > 0. Its connection is
    a point brace.
    """
    pr, lbr = require_non_negative("pr_kip", pr_kip), require_positive("lbr_in", lbr_in)
    return BraceDemand(np.asarray(0.005 * pr), _required(2.0 * pr / lbr, BRACE_STIFFNESS, method))


def column_point_brace(pr_kip: ArrayLike, lbr_in: ArrayLike, method: Method | ArrayLike) -> BraceDemand:
    """Return the strength 0.01 Pr and stiffness 8 Pr/Lbr of a point brace (Eq. A-6-3, A-6-4a, A-6-4b).

    ``pr_kip`` the largest required compression, >= 0, and ``lbr_in`` the length beside the brace that give the larger
    Pr/Lbr, > 0. An intermediate brace of a column need not take Lbr less than the longest Lc that Pr allows.
    """
    pr, lbr = require_non_negative("pr_kip", pr_kip), require_positive("lbr_in", lbr_in)
    return BraceDemand(np.asarray(0.01 * pr), _required(8.0 * pr / lbr, BRACE_STIFFNESS, method))


def beam_panel_brace(
    mr_kip_in: ArrayLike,
    ho_in: ArrayLike,
    lbr_in: ArrayLike,
    method: Method | ArrayLike,
    cd: ArrayLike = 1.0,
) -> BraceDemand:
    """Return the shear strength 0.01 Mr Cd/ho and stiffness 4 Mr Cd/(Lbr ho) (Eq. A-6-5, A-6-6a, A-6-6b).

    Lateral panel bracing of a beam; arguments as in `beam_point_brace`.
    """
    force, lbr = _flange_force(mr_kip_in, ho_in, cd), require_positive("lbr_in", lbr_in)
    return BraceDemand(np.asarray(0.01 * force), _required(4.0 * force / lbr, BRACE_STIFFNESS, method))


def beam_point_brace(
    mr_kip_in: ArrayLike,
    ho_in: ArrayLike,
    lbr_in: ArrayLike,
    method: Method | ArrayLike,
    cd: ArrayLike = 1.0,
) -> BraceDemand:
    """Return the strength 0.02 Mr Cd/ho and stiffness 10 Mr Cd/(Lbr ho) (Eq. A-6-7, A-6-8a, A-6-8b).

    Parameters
    ----------
    mr_kip_in : array_like
        Largest required moment in the unbraced lengths beside the brace, kip-in., >= 0.
    ho_in : array_like
        Distance between flange centroids, in., > 0.
    lbr_in : array_like
        Unbraced length beside the brace with the larger Mr/Lbr, in., > 0; an intermediate brace of a beam need not take
        less than the longest Lb that Mr allows.
    method : Method, str or array_like of str
        Stiffness is over 0.75 (LRFD) or times 2.00 (ASD).
    cd : array_like
        2.0 for the brace nearest the inflection point of a beam in double curvature, else 1.0; 1..2.

    Returns
    -------
    BraceDemand
        Kip and kip/in.

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    force, lbr = _flange_force(mr_kip_in, ho_in, cd), require_positive("lbr_in", lbr_in)
    return BraceDemand(np.asarray(0.02 * force), _required(10.0 * force / lbr, BRACE_STIFFNESS, method))


def _flange_force(mr_kip_in: ArrayLike, ho_in: ArrayLike, cd: ArrayLike) -> FloatArray:
    moment = require_non_negative("mr_kip_in", mr_kip_in) * require_between("cd", cd, 1.0, 2.0)
    return np.asarray(moment / require_positive("ho_in", ho_in))


@dataclass(frozen=True, slots=True)
class TorsionallyBracedBeam:
    """A beam with torsional braces: span, out-of-plane inertia, flange distance; every field broadcasts, > 0.

    ``iy_eff_in4`` is Iy of a doubly symmetric member, else `effective_iy_in4`; ``cb`` the factor of F1 and ``lbr_in``
    the length beside the brace that give the largest (Mr/Cb)^2 Lbr; ``braces`` the braced points within the span.
    """

    span_in: ArrayLike
    iy_eff_in4: ArrayLike
    ho_in: ArrayLike
    lbr_in: ArrayLike
    cb: ArrayLike = 1.0
    braces: ArrayLike = 1.0


def effective_iy_in4(iyc_in4: ArrayLike, iyt_in4: ArrayLike, c_in: ArrayLike, t_in: ArrayLike) -> FloatArray:
    """Return Iy,eff = Iyc + (t/c) Iyt of a singly symmetric I shape (App. 6.3.2a).

    ``iyc_in4`` and ``iyt_in4`` of the compression and the tension flange about the web, in4; ``c_in`` and ``t_in`` from
    the neutral axis to the extreme compression and tension fibre, in.; all > 0.
    """
    ratio = require_positive("t_in", t_in) / require_positive("c_in", c_in)
    return np.asarray(require_positive("iyc_in4", iyc_in4) + ratio * require_positive("iyt_in4", iyt_in4))


def web_distortional_stiffness(
    ho_in: ArrayLike, tw_in: ArrayLike, stiffener_thickness_in: ArrayLike = 0.0, stiffener_width_in: ArrayLike = 0.0
) -> FloatArray:
    """Return beta_sec = 3.3 E/ho (1.5 ho tw^3/12 + tst bs^3/12) in kip-in./rad (Eq. A-6-12).

    ``stiffener_thickness_in`` tst, ``stiffener_width_in`` bs: twice the width of one for a pair; >= 0, none by default.
    Infinite, and not needed, for cross-frames near both flanges and diaphragms of about the depth of the beam.
    """
    ho = require_positive("ho_in", ho_in)
    stiffener = require_non_negative("stiffener_thickness_in", stiffener_thickness_in)
    stiffener = stiffener * require_non_negative("stiffener_width_in", stiffener_width_in) ** 3
    return np.asarray(3.3 * E_KSI / ho * (1.5 * ho * require_positive("tw_in", tw_in) ** 3 + stiffener) / 12.0)


def continuous_web_distortional_stiffness(ho_in: ArrayLike, tw_in: ArrayLike) -> FloatArray:
    """Return beta_sec = 3.3 E tw^3/(12 ho) for continuous bracing, kip-in./rad per in. (Eq. A-6-13); both > 0."""
    return np.asarray(3.3 * E_KSI * require_positive("tw_in", tw_in) ** 3 / (12.0 * require_positive("ho_in", ho_in)))


def beam_torsional_brace(
    beam: TorsionallyBracedBeam,
    mr_kip_in: ArrayLike,
    method: Method | ArrayLike,
    beta_sec: ArrayLike = np.inf,
) -> BraceDemand:
    """Return the moment and rotational stiffness of a torsional point brace (Eq. A-6-9, A-6-10, A-6-11a, A-6-11b).

    Parameters
    ----------
    beam : TorsionallyBracedBeam
        Span and section.
    mr_kip_in : array_like
        Required moment, kip-in., >= 0.
    method : Method, str or array_like of str
        Stiffness is over 0.75 (LRFD) or times 3.00 (ASD).
    beta_sec : array_like
        `web_distortional_stiffness`, kip-in./rad, > 0; infinite, the default, where the web cannot distort.

    Returns
    -------
    BraceDemand
        Kip-in., at least 0.02 Mr, and kip-in./rad; the stiffness is infinite where the web is too flexible for any
        brace to work (beta_sec <= beta_T).

    Raises
    ------
    StructuralError
        Naming a number out of range.
    """
    mr = require_non_negative("mr_kip_in", mr_kip_in)
    inertia = require_positive("braces", beam.braces) * require_positive("iy_eff_in4", beam.iy_eff_in4)
    ideal = _torsional_base(beam, mr) * require_positive("span_in", beam.span_in) / inertia
    return BraceDemand(
        _brace_moment(beam, mr, ideal), _with_web(_required(ideal, TORSIONAL_BRACE_STIFFNESS, method), beta_sec)
    )


def beam_continuous_torsional_brace(
    beam: TorsionallyBracedBeam,
    mr_kip_in: ArrayLike,
    max_lb_in: ArrayLike,
    method: Method | ArrayLike,
    beta_sec: ArrayLike = np.inf,
) -> BraceDemand:
    """Return the moment and stiffness of continuous torsional bracing per in. of beam (App. 6.3.2b).

    As `beam_torsional_brace`, with Mr the largest in the span: strength is Eq. A-6-9 over ``max_lb_in``, the longest
    unbraced length that Mr allows (in., > 0), stiffness that with L/n = 1; ``beta_sec`` of
    `continuous_web_distortional_stiffness`.
    """
    mr = require_non_negative("mr_kip_in", mr_kip_in)
    per_inch = _torsional_base(beam, mr) / require_positive("iy_eff_in4", beam.iy_eff_in4)
    at_points = per_inch * require_positive("span_in", beam.span_in) / require_positive("braces", beam.braces)
    moment = _brace_moment(beam, mr, at_points) / require_positive("max_lb_in", max_lb_in)
    return BraceDemand(np.asarray(moment), _with_web(_required(per_inch, TORSIONAL_BRACE_STIFFNESS, method), beta_sec))


def _torsional_base(beam: TorsionallyBracedBeam, mr: FloatArray) -> FloatArray:
    return np.asarray(3.6 / E_KSI * (mr / require_positive("cb", beam.cb)) ** 2)


def _brace_moment(beam: TorsionallyBracedBeam, mr: FloatArray, ideal: FloatArray) -> FloatArray:
    rotation = require_positive("lbr_in", beam.lbr_in) / (500.0 * require_positive("ho_in", beam.ho_in))
    return np.maximum(ideal * rotation, 0.02 * mr)


def _with_web(beta_t: FloatArray, beta_sec: ArrayLike) -> FloatArray:
    share = beta_t / require_between("beta_sec", beta_sec, SMALLEST, np.inf)
    works = share < 1.0
    return np.where(works, beta_t / np.where(works, 1.0 - share, 1.0), np.inf)


def beam_column_brace(column: BraceDemand, beam: BraceDemand) -> BraceDemand:
    """Return what a brace of a beam-column needs: the sums for its axial force and its moment (App. 6.4(a), (b)).

    Both panel braces or both point braces; for point braces Lbr is the actual unbraced length, without the relief of a
    longest permitted one.
    """
    return BraceDemand(column.strength + beam.strength, column.stiffness + beam.stiffness)


def column_splice_tie_kip(dead_kip: ArrayLike, live_kip: ArrayLike) -> FloatArray:
    """Return the nominal tensile strength that a column splice needs: D + L of the area it carries (B3.9(a)).

    Nominal loads tributary to the column between the splice and the next splice or base below, kip, >= 0.
    """
    return np.asarray(require_non_negative("dead_kip", dead_kip) + require_non_negative("live_kip", live_kip))


def beam_end_tie_kip(vr_kip: ArrayLike, method: Method | ArrayLike) -> FloatArray:
    """Return the nominal tensile strength of a beam end connection: 2/3 Vr (LRFD) or Vr (ASD), >= 10 kip (B3.9(b)).

    ``vr_kip`` required vertical shear strength of the connection, kip, >= 0.
    """
    return np.maximum(_integrity_share(method) * require_non_negative("vr_kip", vr_kip), MIN_INTEGRITY_TIE_KIP)


def column_brace_tie_kip(pr_kip: ArrayLike, method: Method | ArrayLike) -> FloatArray:
    """Return the nominal tensile strength of the end of a member that braces a column (B3.9(c)).

    1 % of 2/3 Pr (LRFD) or of Pr (ASD); ``pr_kip`` required axial strength of the column at that level, kip, >= 0.
    """
    return np.asarray(0.01 * _integrity_share(method) * require_non_negative("pr_kip", pr_kip))


def _integrity_share(method: Method | ArrayLike) -> FloatArray:
    return np.where(enum_codes("method", method, Method) == 0, 2.0 / 3.0, 1.0)
