"""Exact distance between triangles, many pairs at a time.

Two triangles that do not meet are nearest at a corner of one and the inside of the other, or at a pair of edges
(Ericson, Real-Time Collision Detection, 2005, sections 5.1.5 and 5.1.9); they meet where an edge of one goes through
the other.
"""

import numpy as np
from numpy.typing import NDArray

from structural.geometry.prisms import FloatArray

_NEXT = np.array([1, 2, 0])
_TINY = 1e-300
_CHUNK = 4_096
"""Pairs at a time: their intermediate arrays stay in the cache of the processor."""


def cross(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the vector products of vectors along the last axis; faster than NumPy's for many short arrays."""
    a, b = np.broadcast_arrays(first, second)
    product = np.empty(a.shape)
    for axis in range(3):
        after, last = (axis + 1) % 3, (axis + 2) % 3
        product[..., axis] = a[..., after] * b[..., last] - a[..., last] * b[..., after]
    return product


def triangle_distances(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the distance (n,) between triangle i of ``first`` and triangle i of ``second``; 0 where they meet.

    ``first`` and ``second`` have shape (n, 3 corners, 3 coordinates). A triangle without area counts as its edges.
    """
    n = len(first)
    found = np.empty(n)
    for start in range(0, n, _CHUNK):
        part = slice(start, start + _CHUNK)
        found[part] = _squares(first[part], second[part])
    distances: FloatArray = np.sqrt(found)
    return distances


def nearest_points(first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the points (n, 3) of each first and each second triangle that are nearest to one another.

    Where the triangles meet, both are one point of their intersection.
    """
    on_first, on_second = _edge_points(first, second)
    best = np.sum((on_first - on_second) ** 2, axis=1)
    for swap in (False, True):
        one, other = (second, first) if swap else (first, second)
        for points, feet in (_corner_points(one, other), _crossing_points(one, other)):
            squares = np.sum((points - feet) ** 2, axis=1)
            closer = squares < best
            best = np.where(closer, squares, best)
            mine, theirs = (feet, points) if swap else (points, feet)
            on_first[closer], on_second[closer] = mine[closer], theirs[closer]
    return on_first, on_second


def _squares(a: FloatArray, b: FloatArray) -> FloatArray:
    best: FloatArray = np.minimum(_corner_squares(a, b), _corner_squares(b, a))
    best = np.minimum(best, _edge_squares(a, b)[0].reshape(len(a), 9).min(axis=1))
    best[np.any(_crosses(a, b)[0] | _crosses(b, a)[0], axis=1)] = 0.0
    return best


def _edge_squares(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return squared distances between all edges, and where along each edge they are nearest; (n, 3, 3) each."""
    along_a, along_b = a[:, _NEXT] - a, b[:, _NEXT] - b
    apart = a[:, :, None] - b[:, None]
    square_a = np.maximum(np.einsum("nix,nix->ni", along_a, along_a), _TINY)[:, :, None]
    square_b = np.maximum(np.einsum("nix,nix->ni", along_b, along_b), _TINY)[:, None]
    both = along_a @ along_b.transpose(0, 2, 1)
    on_a = np.einsum("nijx,nix->nij", apart, along_a)
    on_b = np.einsum("nijx,njx->nij", apart, along_b)
    spread = square_a * square_b - both * both
    parallel = spread <= 1e-12 * square_a * square_b
    s = np.clip((both * on_b - on_a * square_b) / np.where(parallel, 1.0, spread), 0.0, 1.0)
    s = np.where(parallel, 0.0, s)
    t = (both * s + on_b) / square_b
    beyond = (t < 0) | (t > 1)
    t = np.clip(t, 0.0, 1.0)
    s = np.where(beyond | parallel, np.clip((both * t - on_a) / square_a, 0.0, 1.0), s)
    t = np.where(parallel, np.clip((both * s + on_b) / square_b, 0.0, 1.0), t)
    between = apart + s[..., None] * along_a[:, :, None] - t[..., None] * along_b[:, None]
    return np.einsum("nijx,nijx->nij", between, between), s, t


def _edge_points(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    squares, s, t = _edge_squares(a, b)
    best = np.argmin(squares.reshape(len(a), 9), axis=1)
    rows, i, j = np.arange(len(a)), best // 3, best % 3
    on_a = a[rows, i] + s[rows, i, j, None] * (a[rows, _NEXT[i]] - a[rows, i])
    on_b = b[rows, j] + t[rows, i, j, None] * (b[rows, _NEXT[j]] - b[rows, j])
    return on_a, on_b


def _normal(triangle: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the normals (n, 3), not scaled, and their squared lengths (n,)."""
    normal = cross(triangle[:, 1] - triangle[:, 0], triangle[:, 2] - triangle[:, 0])
    return normal, np.einsum("nx,nx->n", normal, normal)


def _heights(points: FloatArray, triangle: FloatArray, normal: FloatArray) -> FloatArray:
    """Return how far points (n, k, 3) are from the triangle's plane, times the length of the normal; (n, k)."""
    heights: FloatArray = np.einsum("nkx,nx->nk", points - triangle[:, :1], normal)
    return heights


def _inside(points: FloatArray, triangle: FloatArray, normal: FloatArray) -> NDArray[np.bool_]:
    """Return whether points (n, k, 3) project onto the triangle, (n, k)."""
    sideways = cross(normal[:, None], triangle[:, _NEXT] - triangle)
    turns = points @ sideways.transpose(0, 2, 1) - np.einsum("nix,nix->ni", sideways, triangle)[:, None]
    inside: NDArray[np.bool_] = np.all(turns >= 0, axis=2)
    return inside


def _corner_squares(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the smallest squared distance (n,) of a corner of ``a`` that lies in front of ``b``; infinite if none."""
    normal, square = _normal(b)
    heights = _heights(a, b, normal)
    usable = _inside(a, b, normal) & (square > 0)[:, None]
    squares: FloatArray = np.where(usable, heights**2 / np.maximum(square, _TINY)[:, None], np.inf).min(axis=1)
    return squares


def _corner_points(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the corner of ``a`` nearest in front of ``b`` and its foot (n, 3); far apart where there is none."""
    normal, square = _normal(b)
    heights = _heights(a, b, normal)
    usable = _inside(a, b, normal) & (square > 0)[:, None]
    best = np.argmin(np.where(usable, np.abs(heights), np.inf), axis=1)
    rows = np.arange(len(a))
    corner = a[rows, best]
    foot = corner - normal * (heights[rows, best] / np.maximum(square, _TINY))[:, None]
    return corner, np.where(usable[rows, best, None], foot, np.inf)


def _crosses(a: FloatArray, b: FloatArray) -> tuple[NDArray[np.bool_], FloatArray]:
    """Return which edges of ``a`` go through ``b`` (n, 3), and where (n, 3, 3)."""
    normal, square = _normal(b)
    heights = _heights(a, b, normal)
    there = heights[:, _NEXT]
    opposite = (heights * there <= 0) & (heights != there) & (square > 0)[:, None]
    share = np.where(opposite, heights / np.where(opposite, heights - there, 1.0), 0.0)
    points = a + share[..., None] * (a[:, _NEXT] - a)
    return opposite & _inside(points, b, normal), points


def _crossing_points(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where an edge of ``a`` goes through ``b``, twice (n, 3); far apart where none does."""
    crosses, points = _crosses(a, b)
    rows, which = np.arange(len(a)), np.argmax(crosses, axis=1)
    point = points[rows, which]
    return point, np.where(crosses[rows, which, None], point, np.inf)
