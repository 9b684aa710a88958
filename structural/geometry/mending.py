"""Faces of meshes that would bound a solid but for how they are written: repeated, or turned the wrong way."""

import numpy as np
from numpy.typing import NDArray

from structural.geometry.meshes import edges_of, shells_of
from structural.geometry.prisms import FloatArray, IntArray
from structural.geometry.triangles import cross

_MOST_PIECES = 5_000
"""Meshes of more pieces are taken as they are written: telling which lie within which takes the square of that."""


def mended(vertices: FloatArray, faces: NDArray[np.int32]) -> NDArray[np.int32] | None:
    """Return faces (f, 3) of which none is repeated, neighbours all turned alike; None where these do not close.

    ``vertices`` (v, 3) are welded, ``faces`` are not degenerate. Pieces that the file turns alike stay as they are; of
    others the faces are made to look outward. None as well where such a piece lies within another, as nobody can tell
    a solid there from a void.
    """
    faces = _without_repeats(faces)
    if len(faces) < 4:
        return None
    first, second, alike = _neighbours(faces)
    if len(first) == 0:
        return None
    turned, piece = _turns(len(faces), first, second, alike)
    if turned is None:
        return None
    return _outward(vertices, faces, turned, piece)


def _without_repeats(faces: NDArray[np.int32]) -> NDArray[np.int32]:
    _, kept = np.unique(np.sort(faces, axis=1), axis=0, return_index=True)
    return np.asarray(faces[np.sort(kept)])


def _neighbours(faces: NDArray[np.int32]) -> tuple[IntArray, IntArray, NDArray[np.bool_]]:
    """Return the faces on both sides of each edge (e,), and whether both are turned alike; none where edges are open.

    Alike are those that use the edge in opposite directions.
    """
    edge, upward = edges_of(faces)
    order = np.argsort(edge, kind="stable")
    _, counts = np.unique(edge, return_counts=True)
    if np.any(counts != 2):
        none = np.empty(0, dtype=np.int64)
        return none, none, none.astype(bool)
    one, other = order[0::2], order[1::2]
    return one // 3, other // 3, upward[one] != upward[other]


def _turns(
    count: int, first: IntArray, second: IntArray, alike: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_] | None, IntArray]:
    """Return which faces (count,) are to be turned for all neighbours to be alike, and the piece that each is of.

    None where no turning does, as on a surface of one side.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    # every face is there twice, as it is and turned; what is alike hangs together
    other_side = np.where(alike, second, second + count)
    this_side = np.where(alike, second + count, second)
    rows, columns = np.concatenate([first, first + count]), np.concatenate([other_side, this_side])
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(2 * count, 2 * count))
    label = np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
    as_is, turned = label[:count], label[count:]
    if np.any(as_is == turned):
        return None, as_is
    _, piece = np.unique(np.minimum(as_is, turned), return_inverse=True)
    return as_is > turned, piece.reshape(-1)


def looking_outward(vertices: FloatArray, faces: NDArray[np.int32], *, hollow: bool = False) -> NDArray[np.int32]:
    """Return the faces (f, 3) of a closed mesh turned so that each piece of it looks outward.

    A piece within another is turned only with that one: whether it is a void or a solid is for the file to say. With
    ``hollow`` it is a void, whichever way it is written.
    """
    shell = shells_of(faces, len(vertices))[faces[:, 0]]
    volumes = _volumes(vertices, faces, shell)
    turned = volumes < 0.0
    if len(volumes) > _MOST_PIECES:
        turned = np.full(len(volumes), volumes.sum() < 0.0)
    elif len(volumes) > 1:
        around = _outermost(vertices, faces, shell)
        inner = around != np.arange(len(around))
        turned = np.where(inner & hollow, volumes > 0.0, turned[around])
    return np.where(turned[shell][:, None], faces[:, ::-1], faces)


def _outward(
    vertices: FloatArray, faces: NDArray[np.int32], turned: NDArray[np.bool_], piece: IntArray
) -> NDArray[np.int32] | None:
    """Return faces turned where they are to be; of pieces that have both sorts, so that they look outward."""
    found = np.where(turned[:, None], faces[:, ::-1], faces)
    share = np.bincount(piece, turned) / np.bincount(piece)
    mixed = (share > 0.0) & (share < 1.0)
    if len(share) > _MOST_PIECES or np.any(_outermost(vertices, faces, piece)[mixed] != np.flatnonzero(mixed)):
        return None
    # a piece that the file turns alike is taken back to how it was
    again = np.where(mixed, _volumes(vertices, found, piece) < 0.0, share == 1.0)[piece]
    return np.where(again[:, None], found[:, ::-1], found)


def _volumes(vertices: FloatArray, faces: NDArray[np.int32], piece: IntArray) -> FloatArray:
    """Return the signed volume that each piece bounds, (p,); ``piece`` (f,) numbers them from 0."""
    corners = vertices[faces] - vertices.mean(axis=0)
    return np.bincount(piece, np.einsum("fx,fx->f", corners[:, 0], cross(corners[:, 1], corners[:, 2]))) / 6.0


def _outermost(vertices: FloatArray, faces: NDArray[np.int32], piece: IntArray) -> IntArray:
    """Return the piece of the largest box that each piece's box lies within, (p,); its own where there is none."""
    count = int(piece.max()) + 1
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, piece, vertices[faces].min(axis=1))
    np.maximum.at(high, piece, vertices[faces].max(axis=1))
    largest_first = np.argsort(-np.ptp(np.stack([low, high]), axis=0).prod(axis=1), kind="stable")
    found = np.arange(count)
    for one in range(count):
        around = np.all((low[largest_first] <= low[one]) & (high[largest_first] >= high[one]), axis=1)
        found[one] = largest_first[np.argmax(around)]
    return found
