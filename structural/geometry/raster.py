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
_GRAIN = 1e-6
"""Depths that differ by less than this share of the range are equal, so that faces in one plane do not flicker."""
_OFF_GRAIN = 0.3183
"""Keeps round depths, which are common, away from the edges of the grains."""
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


def look_at(
    target: FloatArray,
    direction: FloatArray,
    distance: float,
    *,
    field_of_view_deg: float | None = None,
    view_height: float = 1.0,
) -> Camera:
    """Return a camera ``distance`` off ``target`` that looks along ``direction``, upright unless it looks down."""
    forward = direction / np.linalg.norm(direction)
    upright = np.array([0.0, 1.0, 0.0]) if abs(forward[2]) > 0.999 else np.array([0.0, 0.0, 1.0])
    up = upright - forward * float(upright @ forward)
    up /= np.linalg.norm(up)
    return Camera(target - forward * distance, forward, up, field_of_view_deg, view_height)


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
    """Return which of the projected triangles (t, 3, 3) is in front at each pixel, (height, width); -1 where none is.

    Of triangles at the same depth the first one is.
    """
    height, width = size
    front = np.full(height * width, -1, dtype=np.int64)
    depths = np.full(height * width, np.inf)
    owner, line, low, high = _spans(placed, size)
    if not len(owner):
        return front.reshape(height, width)
    deep = placed[:, :, 2]
    grain = max(float(np.ptp(deep)), float(np.abs(deep).max()) * _GRAIN) * _GRAIN or 1.0
    slope = _slopes(placed)
    ends = np.cumsum(high - low)
    start = 0
    while start < len(owner):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _FRAGMENTS, side="right")))
        counts = (high - low)[start:stop]
        own = np.repeat(owner[start:stop], counts)
        row = np.repeat(line[start:stop], counts)
        column = np.arange(len(own)) - np.repeat(np.cumsum(counts) - counts - low[start:stop], counts)
        corner = placed[own, 0]
        depth = (
            corner[:, 2] + slope[own, 0] * (column + 0.5 - corner[:, 0]) + slope[own, 1] * (row + 0.5 - corner[:, 1])
        )
        depth = np.floor(depth / grain + _OFF_GRAIN)
        pixel = row * width + column
        closer = depth < depths[pixel]
        pixel, own, depth = pixel[closer], own[closer], depth[closer]
        # the nearest of each pixel last, and of equals the first triangle, since the last assignment stays
        order = np.lexsort((-own, -depth, pixel))
        depths[pixel[order]] = depth[order]
        front[pixel[order]] = own[order]
        start = stop
    return front.reshape(height, width)


def _spans(placed: FloatArray, size: tuple[int, int]) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return the rows of pixels that triangles cover: triangle, row, first column and the column after the last."""
    height, width = size
    y = placed[:, :, 1]
    top = np.clip(np.ceil(y.min(axis=1) - 0.5), 0, height).astype(np.int64)
    below = np.clip(np.ceil(y.max(axis=1) - 0.5), 0, height).astype(np.int64)
    counts = np.maximum(below - top, 0)
    owner = np.repeat(np.arange(len(placed)), counts)
    line = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts - top, counts)
    at = line + 0.5
    left, right = np.full(len(owner), np.inf), np.full(len(owner), -np.inf)
    for corner in range(3):
        p, q = placed[owner, corner], placed[owner, (corner + 1) % 3]
        crosses = (p[:, 1] <= at) != (q[:, 1] <= at)
        rise = np.where(crosses, q[:, 1] - p[:, 1], 1.0)
        x = p[:, 0] + (at - p[:, 1]) / rise * (q[:, 0] - p[:, 0])
        left = np.where(crosses, np.minimum(left, x), left)
        right = np.where(crosses, np.maximum(right, x), right)
    kept = np.flatnonzero(right > left)
    low = np.clip(np.ceil(left[kept] - 0.5), 0, width).astype(np.int64)
    high = np.clip(np.ceil(right[kept] - 0.5), 0, width).astype(np.int64)
    wide = high > low
    return owner[kept][wide], line[kept][wide], low[wide], high[wide]


def _slopes(placed: FloatArray) -> FloatArray:
    """Return how the depth of each triangle's plane grows along columns and rows, (t, 2); 0 for one seen edge-on."""
    first, second = placed[:, 1] - placed[:, 0], placed[:, 2] - placed[:, 0]
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    usable = np.abs(area) > 1e-9
    whole = np.where(usable, area, 1.0)
    along = (first[:, 2] * second[:, 1] - first[:, 1] * second[:, 2]) / whole
    down = (first[:, 0] * second[:, 2] - first[:, 2] * second[:, 0]) / whole
    return np.where(usable[:, None], np.stack([along, down], axis=1), 0.0)


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
