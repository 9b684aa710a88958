"""Pictures of triangles: what a camera sees of them, by depth buffer, in NumPy.

Enough for small views of members: flat shading and dark outlines, no texture, no smoothing. Lengths are in the unit of
the triangles, image rows run downwards.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structural.geometry.prisms import FloatArray, IntArray

_FRAGMENTS = 1_000_000
"""Pixels looked at together; bounds the memory."""
_AMBIENT = 0.55
_EDGE_SHADE = 0.35
_EDGE_COSINE = 0.9


@dataclass(frozen=True, slots=True)
class Camera:
    """Where from and which way: ``eye`` (3,), unit vectors ``forward`` and ``up`` at right angles.

    ``field_of_view_deg`` is the vertical angle of a perspective view; None makes a parallel view that is
    ``view_height`` high.
    """

    eye: FloatArray
    forward: FloatArray
    up: FloatArray
    field_of_view_deg: float | None = None
    view_height: float = 1.0

    @property
    def right(self) -> FloatArray:
        """Unit vector to the right of the image."""
        return np.cross(self.forward, self.up)


def look_at(target: FloatArray, direction: FloatArray, distance: float, **lens: float | None) -> Camera:
    """Return a camera ``distance`` away from ``target`` that looks along ``direction``, upright unless it looks down.

    ``lens`` are the fields of `Camera` that say how wide it sees.
    """
    forward = direction / np.linalg.norm(direction)
    upright = np.array([0.0, 1.0, 0.0]) if abs(forward[2]) > 0.999 else np.array([0.0, 0.0, 1.0])
    up = upright - forward * float(upright @ forward)
    up /= np.linalg.norm(up)
    return Camera(target - forward * distance, forward, up, **lens)


def project(points: FloatArray, camera: Camera, size: tuple[int, int]) -> FloatArray:
    """Return columns, rows (pixels) and depth (grows with the distance) of points (n, 3), for ``size`` (height, width).

    In a perspective view, points at or behind the eye have no place in the image: their columns and rows are NaN.
    """
    height, width = size
    seen = points - camera.eye
    x, y, z = seen @ camera.right, seen @ camera.up, seen @ camera.forward
    if camera.field_of_view_deg is None:
        scale, depth = np.full(len(points), height / camera.view_height), z
    else:
        focal = height / 2 / np.tan(np.radians(camera.field_of_view_deg) / 2)
        ahead = np.where(z > 0, z, np.nan)
        scale, depth = focal / ahead, -1.0 / ahead  # what is linear over the image, and still grows
    return np.stack([width / 2 + x * scale, height / 2 - y * scale, depth], axis=1)


def clip_near(triangles: FloatArray, camera: Camera, near: float) -> tuple[FloatArray, IntArray]:
    """Return the parts of triangles (t, 3, 3) that lie at least ``near`` ahead of the eye, and whose part each is."""
    ahead = (triangles - camera.eye) @ camera.forward - near
    inside = ahead > 0
    count = inside.sum(axis=1)
    whole = np.flatnonzero(count == 3)
    parts, owners = [triangles[whole]], [whole]
    for wanted in (1, 2):
        rows = np.flatnonzero(count == wanted)
        if not len(rows):
            continue
        odd = np.argmax(inside[rows] == (wanted == 1), axis=1)
        order = (odd[:, None] + np.arange(3)) % 3
        corners = np.take_along_axis(triangles[rows], order[:, :, None], axis=1)
        way = np.take_along_axis(ahead[rows], order, axis=1)
        lone, cut = corners[:, :1], way[:, :1] / (way[:, :1] - way[:, 1:])
        ends = lone + cut[:, :, None] * (corners[:, 1:] - lone)
        if wanted == 1:
            parts.append(np.concatenate([lone, ends], axis=1))
            owners.append(rows)
        else:
            parts.append(np.stack([ends[:, 0], corners[:, 1], corners[:, 2]], axis=1))
            parts.append(np.stack([ends[:, 0], corners[:, 2], ends[:, 1]], axis=1))
            owners += [rows, rows]
    return np.concatenate(parts), np.concatenate(owners)


def frontmost(placed: FloatArray, size: tuple[int, int]) -> IntArray:
    """Return which of the projected triangles (t, 3, 3) is in front at each pixel, (height, width); -1 where none is."""
    height, width = size
    low = np.floor(placed[:, :, :2].min(axis=1) - 0.5).astype(np.int64)
    high = np.ceil(placed[:, :, :2].max(axis=1) - 0.5).astype(np.int64)
    low, high = np.maximum(low, 0), np.minimum(high, (width - 1, height - 1))
    area = _cross(placed[:, 1] - placed[:, 0], placed[:, 2] - placed[:, 0])
    wide, tall = high[:, 0] - low[:, 0] + 1, high[:, 1] - low[:, 1] + 1
    kept = np.flatnonzero((wide > 0) & (tall > 0) & (np.abs(area) > 1e-9))
    depths = np.full(height * width, np.inf)
    front = np.full(height * width, -1, dtype=np.int64)
    ends = np.cumsum(wide[kept] * tall[kept])
    start = 0
    while start < len(kept):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _FRAGMENTS, side="right")))
        rows = kept[start:stop]
        counts = wide[rows] * tall[rows]
        owner = np.repeat(rows, counts)
        step = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        column, line = low[owner, 0] + step % wide[owner], low[owner, 1] + step // wide[owner]
        covered, depth = _covered(placed, owner, column, line, area)
        pixel, owner, depth = (line * width + column)[covered], owner[covered], depth[covered]
        np.minimum.at(depths, pixel, depth)
        winners = depth <= depths[pixel]
        # of equals the first triangle wins: assigned last, hence the reversal
        front[pixel[winners][::-1]] = owner[winners][::-1]
        start = stop
    return front.reshape(height, width)


def _covered(
    placed: FloatArray, owner: IntArray, column: IntArray, line: IntArray, area: FloatArray
) -> tuple[NDArray[np.bool_], FloatArray]:
    """Return which pixel centres lie in their triangle, and the depth there."""
    at = np.stack([column + 0.5, line + 0.5], axis=1)
    a, b, c = (placed[owner, corner] for corner in range(3))
    whole = area[owner]
    second, third = _cross(at - a[:, :2], c[:, :2] - a[:, :2]) / whole, _cross(b[:, :2] - a[:, :2], at - a[:, :2])
    third = third / whole
    first = 1.0 - second - third
    covered = (first >= 0) & (second >= 0) & (third >= 0)
    return covered, first * a[:, 2] + second * b[:, 2] + third * c[:, 2]


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    found: FloatArray = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return found


@dataclass(frozen=True, slots=True)
class Layer:
    """What is drawn together: ``triangles`` (t, 3, 3), the element each belongs to (t,), colours (t, 3) from 0 to 1.

    ``opacity`` is how much it hides of what was drawn before it.
    """

    triangles: FloatArray
    owner: IntArray
    colour: FloatArray
    opacity: float = 1.0


def draw(layers: list[Layer], camera: Camera, size: tuple[int, int], near: float = 1.0) -> NDArray[np.uint8]:
    """Return the image (height, width, 3) of layers on white, each in front of those before it."""
    image = np.ones((*size, 3))
    for layer in layers:
        triangles, source = layer.triangles, np.arange(len(layer.triangles))
        if camera.field_of_view_deg is not None:
            triangles, source = clip_near(triangles, camera, near)
        if not len(triangles):
            continue
        placed = project(triangles.reshape(-1, 3), camera, size).reshape(-1, 3, 3)
        front = frontmost(placed, size)
        seen = front >= 0
        normal = _normals(layer.triangles)
        shade = _AMBIENT + (1 - _AMBIENT) * np.abs(normal @ camera.forward)
        colour = layer.colour * shade[:, None]
        own = np.where(seen, source[front], -1)
        edge = _edges(own, layer.owner, normal)
        painted = colour[own[seen]] * np.where(edge[seen], _EDGE_SHADE, 1.0)[:, None]
        image[seen] = image[seen] * (1 - layer.opacity) + painted * layer.opacity
    return np.clip(np.round(image * 255), 0, 255).astype(np.uint8)


def _normals(triangles: FloatArray) -> FloatArray:
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    unit: FloatArray = normal / np.where(length > 0, length, 1.0)
    return unit


def _edges(own: IntArray, owner: IntArray, normal: FloatArray) -> NDArray[np.bool_]:
    """Return the pixels at which another element or another face begins, to the right or below."""
    seen = own >= 0
    element = np.where(seen, owner[own], -1)
    facing = np.where(seen[..., None], normal[own], 0.0)
    edge = np.zeros(own.shape, dtype=bool)
    for axis in (0, 1):
        here, next_ = (slice(None, -1), slice(1, None))
        a, b = ((here, slice(None)), (next_, slice(None))) if axis == 0 else ((slice(None), here), (slice(None), next_))
        turns = np.abs(np.sum(facing[a] * facing[b], axis=-1)) < _EDGE_COSINE
        edge[a] |= (element[a] != element[b]) | (turns & seen[a] & seen[b])
    return edge & seen
