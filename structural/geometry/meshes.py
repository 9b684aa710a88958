"""Triangle meshes of members: what they bound, and many of them packed into flat arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structural.geometry.findings import Mesh
from structural.geometry.prisms import FloatArray, IntArray
from structural.geometry.ragged import gather
from structural.geometry.triangles import cross


@dataclass(frozen=True, slots=True)
class MeshPack:
    """n meshes in flat arrays, mm. Mesh i has the vertices and faces from ``starts[i]`` to ``starts[i + 1]``.

    ``vertices`` (v, 3); ``faces`` (f, 3) are indices into ``vertices``; ``vertex_starts`` and ``face_starts`` (n + 1,).
    ``low``, ``high`` (n, 3) are the axis-aligned bounding boxes; ``frames`` (n, 3, 3) each mesh's own axes as rows;
    ``closed`` (n,) whether it bounds a solid.
    """

    vertices: FloatArray
    faces: NDArray[np.int32]
    vertex_starts: IntArray
    face_starts: IntArray
    low: FloatArray
    high: FloatArray
    frames: FloatArray
    closed: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of meshes."""
        return len(self.closed)

    def vertices_of(self, mesh: int) -> FloatArray:
        """Return the vertices of one mesh, (v, 3)."""
        return self.vertices[self.vertex_starts[mesh] : self.vertex_starts[mesh + 1]]

    def faces_of(self, mesh: int) -> NDArray[np.int32]:
        """Return the faces of one mesh as indices into its own vertices, (f, 3)."""
        return self.faces[self.face_starts[mesh] : self.face_starts[mesh + 1]] - np.int32(self.vertex_starts[mesh])


def edges_of(faces: NDArray) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return the edges (3 f,) of faces, a number for each whichever way it is used, and whether it is used upward."""
    start, end = faces.reshape(-1).astype(np.int64), faces[:, [1, 2, 0]].reshape(-1).astype(np.int64)
    return np.minimum(start, end) * (int(faces.max()) + 1) + np.maximum(start, end), start < end


def has_matched_edges(faces: NDArray) -> bool:
    """Return whether every edge is used as often in one direction as in the other."""
    edge, upward = edges_of(faces)
    _, index = np.unique(edge, return_inverse=True)
    return not np.any(np.bincount(index.reshape(-1), weights=np.where(upward, 1.0, -1.0)))


def signed_volume(vertices: FloatArray, faces: NDArray) -> float:
    """Return the volume that a closed mesh bounds, mm³; negative when its faces look inward."""
    corners = vertices[faces] - vertices.mean(axis=0)
    return float(np.einsum("fx,fx->", corners[:, 0], cross(corners[:, 1], corners[:, 2]))) / 6.0


def signed_volumes(meshes: MeshPack, mesh: IntArray) -> FloatArray:
    """Return the volumes (n,) that closed meshes ``mesh`` (n,) of a pack bound, mm³; see `signed_volume`."""
    owner, face = gather(meshes.face_starts, mesh)
    corners = meshes.vertices[meshes.faces[face]] - meshes.vertices[meshes.vertex_starts[mesh]][owner][:, None]
    sixfold = np.einsum("fx,fx->f", corners[:, 0], cross(corners[:, 1], corners[:, 2]))
    return np.bincount(owner, weights=sixfold, minlength=len(mesh)) / 6.0


def pack(meshes: Sequence[Mesh]) -> MeshPack:
    """Return meshes in flat arrays; each has at least one face."""
    vertex_counts = np.array([len(mesh.vertices_mm) for mesh in meshes], dtype=np.int64)
    face_counts = np.array([len(mesh.faces) for mesh in meshes], dtype=np.int64)
    vertex_starts, face_starts = _starts(vertex_counts), _starts(face_counts)
    vertices = np.concatenate([np.empty((0, 3)), *(mesh.vertices_mm for mesh in meshes)])
    faces = np.concatenate([np.empty((0, 3), dtype=np.int32), *(mesh.faces for mesh in meshes)])
    faces += np.repeat(vertex_starts[:-1], face_counts).astype(np.int32)[:, None]
    low = np.minimum.reduceat(vertices, vertex_starts[:-1]) if len(meshes) else np.empty((0, 3))
    high = np.maximum.reduceat(vertices, vertex_starts[:-1]) if len(meshes) else np.empty((0, 3))
    frames = np.array([_frame(mesh) for mesh in meshes]).reshape(-1, 3, 3)
    closed = np.array([mesh.closed for mesh in meshes], dtype=bool)
    return MeshPack(vertices, faces, vertex_starts, face_starts, low, high, frames, closed)


def _starts(counts: IntArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(counts)])


def _frame(mesh: Mesh) -> FloatArray:
    """Return axes (rows) along a mesh's faces: last the largest face's normal, first the direction that none looks in.

    The sides of a straight member all look across its axis, so the scatter of their normals is least along it.
    """
    corners = mesh.vertices_mm[mesh.faces]
    normals = cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(normals, axis=1)
    largest = int(np.argmax(areas))
    if areas[largest] <= 0.0:
        return np.eye(3)
    up = normals[largest] / areas[largest]
    scatter = np.einsum("f,fx,fy->xy", 1.0 / np.maximum(areas, 1e-12 * areas[largest]), normals, normals)
    axis = np.linalg.eigh(scatter)[1][:, 0]
    axis = axis - up * (axis @ up)
    length = float(np.linalg.norm(axis))
    if length < 1e-3:  # all faces lie in one plane
        axis = cross(up, np.eye(3)[int(np.argmin(np.abs(up)))])
        length = float(np.linalg.norm(axis))
    axis = axis / length
    return np.stack([axis, cross(up, axis), up])


def shells_of(faces: NDArray, vertex_count: int) -> IntArray:
    """Return the number, from 0, of the connected piece that each vertex belongs to, (vertex_count,)."""
    label = np.arange(vertex_count)
    start, end = faces.reshape(-1), faces[:, [1, 2, 0]].reshape(-1)
    while True:
        lowest = label.copy()
        np.minimum.at(lowest, start, label[end])
        np.minimum.at(lowest, end, label[start])
        lowest = lowest[lowest]
        if np.array_equal(lowest, label):
            return np.unique(label, return_inverse=True)[1].reshape(-1)
        label = lowest


@dataclass(frozen=True, slots=True)
class Bulk:
    """The bulk of a closed mesh: volume (mm³), centroid (3,) in mm, and spread (3, 3), the mean of r r^T about it."""

    volume_mm3: float
    centroid_mm: FloatArray
    spread_mm2: FloatArray


def bulk_of(vertices: FloatArray, faces: NDArray) -> Bulk:
    """Return volume, centroid and spread of a closed mesh, as sums over tetrahedra with one corner in its middle."""
    middle = vertices.mean(axis=0)
    corners = vertices[faces] - middle
    volumes = np.einsum("fx,fx->f", corners[:, 0], cross(corners[:, 1], corners[:, 2])) / 6.0
    volume = float(volumes.sum())
    sums = corners.sum(axis=1)
    centroid = volumes @ sums / (4.0 * volume)
    squares = np.einsum("f,fcx,fcy->xy", volumes, corners, corners) + np.einsum("f,fx,fy->xy", volumes, sums, sums)
    return Bulk(volume, middle + centroid, squares / (20.0 * volume) - np.outer(centroid, centroid))
