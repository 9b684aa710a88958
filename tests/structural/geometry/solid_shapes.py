"""Closed meshes for tests, made by hand: boxes, prisms over an outline, tubes; and how to place them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from structural.geometry.findings import Mesh
from structural.geometry.welding import weld

_BOX_FACES = [
    [0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
    [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3],
]  # fmt: skip


def box(low: Sequence[float], high: Sequence[float]) -> Mesh:
    """Return the box between two corners."""
    corners = np.array([low, high], dtype=float)
    points = np.array([[corners[i, 0], corners[j, 1], corners[k, 2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    return weld(points, np.array(_BOX_FACES))


def joined(*meshes: Mesh) -> Mesh:
    """Return several meshes as one."""
    offsets = np.cumsum([0, *(len(mesh.vertices_mm) for mesh in meshes[:-1])])
    faces = np.concatenate([mesh.faces + offset for mesh, offset in zip(meshes, offsets, strict=True)])
    return weld(np.concatenate([mesh.vertices_mm for mesh in meshes]), faces)


def tube(radius: float, inner: float, length: float, parts: int = 32) -> Mesh:
    """Return a round tube along x from the origin; ``inner`` 0 makes it a bar."""
    angle = np.arange(parts) * 2 * np.pi / parts
    ring = np.stack([np.zeros(parts), np.cos(angle), np.sin(angle)], axis=1)
    after = np.roll(np.arange(parts), -1)
    own = np.arange(parts)
    rings = [ring * radius, ring * radius + [length, 0, 0]]
    faces = [np.stack([own, after, parts + own], 1), np.stack([after, parts + after, parts + own], 1)]
    if inner:
        rings += [ring * inner, ring * inner + [length, 0, 0]]
        a, b, c, d = own, parts + own, 2 * parts + own, 3 * parts + own
        a1, b1, c1, d1 = after, parts + after, 2 * parts + after, 3 * parts + after
        faces += [np.stack([c, d, c1], 1), np.stack([c1, d, d1], 1)]
        faces += [np.stack([a, c, a1], 1), np.stack([a1, c, c1], 1), np.stack([b, b1, d], 1), np.stack([b1, d1, d], 1)]
    else:
        rings += [np.array([[0.0, 0, 0], [length, 0, 0]])]
        middle = np.full(parts, 2 * parts)
        faces += [np.stack([middle, after, own], 1), np.stack([middle + 1, parts + own, parts + after], 1)]
    return weld(np.concatenate(rings), np.concatenate(faces))


def moved(mesh: Mesh, turn: NDArray[np.float64] | None = None, by: Sequence[float] = (0.0, 0.0, 0.0)) -> Mesh:
    """Return a mesh turned by a rotation (3, 3) about the origin, then moved."""
    points = mesh.vertices_mm if turn is None else mesh.vertices_mm @ turn.T
    return Mesh(points + np.asarray(by, dtype=float), mesh.faces, mesh.closed)


def rotation(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a random rotation (3, 3)."""
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return np.asarray(turn * np.sign(np.linalg.det(turn)))
