"""Images of clashes and of whole models, as arrays of pixels; who stores them encodes them."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from serving.clash_report.bcf import DIRECTION, FIELD_OF_VIEW_DEG, view_distance_m
from structural.geometry.findings import Element, Finding, Model
from structural.geometry.raster import Camera, Layer, draw, look_at
from structural.problems.clash_detector.request import KINDS

Image = NDArray[np.uint8]
SIZE = (360, 480)
"""Rows and columns of the image of a clash; its shape is that of the BCF camera."""
FIRST, SECOND = (0.90, 0.42, 0.12), (0.12, 0.42, 0.78)
"""Colours of the two members of a clash, the same in pictures, page and BCF."""
KIND_COLOURS = dict(
    zip(
        KINDS,
        ((0.50, 0.55, 0.62), (0.66, 0.70, 0.75), (0.58, 0.66, 0.70), (0.74, 0.71, 0.64), (0.36, 0.66, 0.55),
         (0.45, 0.66, 0.80)),
        strict=True,
    )
)  # fmt: skip
_GHOST = (0.62, 0.66, 0.70)
_GHOST_OPACITY = 0.35
_MOST_NEIGHBOURS = 60
_NEAR_MM = 20.0
_MM = 1000.0


class Photographer:
    """Takes images of the clashes of one model."""

    def __init__(self, model: Model) -> None:
        self._elements = model.elements
        nowhere = np.full(3, np.nan)
        self._low = np.array([nowhere if item.mesh is None else item.mesh.low_mm for item in model.elements])
        self._high = np.array([nowhere if item.mesh is None else item.mesh.high_mm for item in model.elements])

    def clash(self, finding: Finding, size: tuple[int, int] = SIZE) -> Image:
        """Return the image (rows, columns, 3) of a clash as the camera of its BCF viewpoint sees it.

        The two members are in colour and in front, what is round them is pale.
        """
        box = max(high - low for low, high in zip(finding.low_mm, finding.high_mm, strict=True))
        away = view_distance_m(box / _MM) * _MM
        target = np.asarray(finding.point_mm)
        camera = look_at(target, np.asarray(DIRECTION), away, field_of_view_deg=FIELD_OF_VIEW_DEG)
        round_it = [row for row in self._round(target, away) if row not in (finding.a, finding.b)]
        layers = [
            _layer(self._elements, round_it, [_GHOST] * len(round_it), _GHOST_OPACITY),
            _layer(self._elements, (finding.a, finding.b), [FIRST, SECOND]),
        ]
        return draw(layers, camera, size, near=_NEAR_MM)

    def _round(self, target: NDArray[np.float64], reach_mm: float) -> list[int]:
        """Return the elements nearest to a point, within a reach."""
        outside = np.maximum(np.maximum(self._low - target, target - self._high), 0.0)
        away = np.linalg.norm(outside, axis=1)
        order = np.argsort(away, kind="stable")[:_MOST_NEIGHBOURS]
        return [int(row) for row in order if away[row] <= reach_mm]


def whole_model(model: Model, camera: Camera, size: tuple[int, int], marked: Iterable[int] = ()) -> Image:
    """Return the image of a whole model: members coloured by kind, ``marked`` ones (indices) in the first colour."""
    hit = set(marked)
    rows = range(len(model.elements))
    colours = [FIRST if row in hit else KIND_COLOURS.get(model.elements[row].kind, _GHOST) for row in rows]
    return draw([_layer(model.elements, rows, colours)], camera, size)


def _layer(
    elements: tuple[Element, ...], rows: Iterable[int], colours: Iterable[tuple[float, ...]], opacity: float = 1.0
) -> Layer:
    drawn = [(row, colour, mesh) for row, colour in zip(rows, colours, strict=True)
             if (mesh := elements[row].mesh) is not None]  # fmt: skip
    if not drawn:
        return Layer(np.empty((0, 3, 3)), np.empty(0, dtype=np.int64), np.empty((0, 3)), opacity)
    counts = [len(mesh.faces) for _, _, mesh in drawn]
    return Layer(
        np.concatenate([mesh.vertices_mm[mesh.faces] for _, _, mesh in drawn]),
        np.repeat([row for row, _, _ in drawn], counts),
        np.repeat(np.array([colour for _, colour, _ in drawn]), counts, axis=0),
        opacity,
    )
