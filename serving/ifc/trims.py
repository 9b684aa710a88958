"""Copes and web openings of I shapes, found in the mesh of a member that is cut: what the prism form can hold.

A member may have one cope at one end and one rectangular opening at mid-depth of its web. Anything else that is cut
off it is not read here, and the member stays approximate.
"""

from dataclasses import replace

import numpy as np

from serving.ifc.outlines import SAME_MM
from serving.ifc.sections import Prism
from structural.geometry.prisms import FloatArray


def with_trims(prism: Prism, points: FloatArray) -> Prism:
    """Return an I shape with the cope and the opening that its mesh (n, 3) shows, or as it came where none fit.

    The member is turned so that a cope is at the top of its start; the prism is then exact.
    """
    if prism.section.name != "i_shape" or prism.exact:
        return prism
    local = _seen(prism, points)
    inner = local[(local[:, 0] > SAME_MM) & (local[:, 0] < prism.length - SAME_MM)]
    if not len(inner):
        return prism
    at_faces = np.abs(inner[:, 2]) > prism.section.depth / 2 - SAME_MM
    cope = None
    if at_faces.any():
        prism = _turned(prism, local, inner[at_faces])
        local = _seen(prism, points)
        inner = local[(local[:, 0] > SAME_MM) & (local[:, 0] < prism.length - SAME_MM)]
        cope = _cope(prism, local, inner)
        if cope is None:
            return prism
        inner = inner[np.abs(inner[:, 0] - cope[0]) > SAME_MM]
    opening = _opening(prism, inner) if len(inner) else (0.0, 0.0, 0.0)
    if opening is None:
        return prism
    length, depth = cope or (0.0, 0.0)
    at, long, high = opening
    return replace(
        prism,
        exact=prism.section.exact,
        cope_length=length,
        cope_depth=depth,
        opening_at=at,
        opening_length=long,
        opening_height=high,
    )


def _seen(prism: Prism, points: FloatArray) -> FloatArray:
    """Return points along the axis, to the side and up of a member."""
    frame = np.stack([prism.axis, np.cross(prism.up, prism.axis), prism.up])
    seen: FloatArray = (points - prism.origin) @ frame.T
    return seen


def _turned(prism: Prism, local: FloatArray, step: FloatArray) -> Prism:
    """Return a member turned so that what is cut off, ``step`` being corners of it, is at the top of its start."""
    side = 1.0 if step[:, 2].mean() > 0 else -1.0  # cut alike at top and bottom, it is at neither side more
    up = side * prism.up
    top = local[:, 2] * side > prism.section.depth / 2 - SAME_MM
    at_start = bool(local[top, 0].min() > SAME_MM)
    if at_start:
        return replace(prism, up=up)
    return replace(prism, origin=prism.origin + prism.axis * prism.length, axis=-prism.axis, up=up)


def _cope(prism: Prism, local: FloatArray, inner: FloatArray) -> tuple[float, float] | None:
    """Return length and depth of the cope at the top of the start, or None where the cut is no such cope."""
    half, flange = prism.section.depth / 2, prism.section.flange
    at_faces = inner[np.abs(inner[:, 2]) > half - SAME_MM]
    length = float(at_faces[:, 0].mean())
    if np.ptp(at_faces[:, 0]) > SAME_MM or at_faces[:, 2].min() < 0:
        return None
    top = local[local[:, 2] > half - SAME_MM]
    start = local[local[:, 0] < SAME_MM]
    far = local[local[:, 0] > prism.length - SAME_MM]
    if top[:, 0].min() < length - SAME_MM or far[:, 2].max() < half - SAME_MM:
        return None
    level = float(start[:, 2].max())
    step = inner[np.abs(inner[:, 0] - length) < SAME_MM]
    depth = half - level
    if abs(float(step[:, 2].min()) - level) > SAME_MM or depth < flange or depth > 2 * half - flange:
        return None
    return length, depth


def _opening(prism: Prism, inner: FloatArray) -> tuple[float, float, float] | None:
    """Return place, length and height of the rectangle that the inner corners make in the web, or None."""
    low, high = inner.min(axis=0), inner.max(axis=0)
    at_corner = np.minimum(np.abs(inner - low), np.abs(inner - high))[:, [0, 2]].max(axis=1) < SAME_MM
    in_web = np.abs(inner[:, 1]) < prism.section.web / 2 + SAME_MM
    clear = prism.section.depth / 2 - prism.section.flange
    size = high - low
    if not (at_corner & in_web).all() or min(size[0], size[2]) < 2 * SAME_MM or high[2] > clear:
        return None
    if abs(high[2] + low[2]) > 2 * SAME_MM:
        return None
    return float((low[0] + high[0]) / 2), float(size[0]), float(size[2])
