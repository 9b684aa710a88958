"""Straight members: a cross-section swept along an axis, with at most one coped end and one web opening.

A member's frame has its origin at the centre of the section's bounding rectangle at the start end; the rows of
``frame`` are the unit vectors along the axis (x), to the side (y, along the section's width) and up (z, along its
depth). A member is the union of at most `MAX_BOXES` boxes, exactly so for every section but ``round``, which is the
regular 12-sided prism of equal mean radius (its surface is within 1.8 % of the radius everywhere).
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

SECTIONS = ("i_shape", "box", "round", "plate", "channel", "angle", "tee")
"""Cross-section types by code: I shape, rectangular hollow, solid or hollow round, solid rectangle, channel (web at the
negative side), angle (corner at the negative side, below), tee (flange on top)."""

I_SHAPE, BOX, ROUND, PLATE, CHANNEL, ANGLE, TEE = range(len(SECTIONS))
MAX_BOXES = 6
FLANGE, WEB = 0, 1
"""Parts of a section: everything but a web counts as flange (flange, wall, leg, solid)."""

_ROUND_MEAN = 2.0 / (1.0 + np.cos(np.pi / 12.0))


@dataclass(frozen=True, slots=True)
class Prisms:
    """n straight members. Lengths in mm, shape (n,) but for ``origin`` (n, 3) and ``frame`` (n, 3, 3).

    ``web`` and ``flange`` are the thicknesses of web and flange; closed, solid and round sections have their wall
    thickness in both. A cope takes ``cope_depth`` off the top of an I shape over ``cope_length`` at its start end. An
    opening is a rectangle in the web of an I shape, centred at mid-depth, ``opening_at`` from the start. Zero: none.
    """

    section: IntArray
    depth: FloatArray
    width: FloatArray
    web: FloatArray
    flange: FloatArray
    length: FloatArray
    cope_length: FloatArray
    cope_depth: FloatArray
    opening_at: FloatArray
    opening_length: FloatArray
    opening_height: FloatArray
    origin: FloatArray
    frame: FloatArray

    def __len__(self) -> int:
        """Return the number of members."""
        return len(self.section)

    def take(self, rows: NDArray) -> "Prisms":
        """Return the members at these integer indices or under this boolean mask."""
        return Prisms(**{item.name: getattr(self, item.name)[rows] for item in fields(self)})

    @property
    def end(self) -> FloatArray:
        """Centre of the section at the far end, shape (n, 3)."""
        return self.origin + self.frame[:, 0] * self.length[:, None]


@dataclass(frozen=True, slots=True)
class Boxes:
    """The boxes of n members in each member's own frame; the second axis has `MAX_BOXES` slots.

    ``centre``, ``half`` (n, k, 3); ``roll`` (n, k) turns a box about the member's axis; ``used`` marks the slots that
    hold a box; ``part`` is `FLANGE` or `WEB`; ``thickness`` the thickness of the plate the box stands for.
    """

    centre: FloatArray
    half: FloatArray
    roll: FloatArray
    used: BoolArray
    part: IntArray
    thickness: FloatArray


def frame_from(axis: FloatArray, up: FloatArray) -> FloatArray:
    """Return member frames (n, 3, 3) from directions along the axis and (roughly) up, both (n, 3), any length."""
    x = axis / np.linalg.norm(axis, axis=-1, keepdims=True)
    z = up - x * np.sum(up * x, axis=-1, keepdims=True)
    z = z / np.linalg.norm(z, axis=-1, keepdims=True)
    return np.stack([x, np.cross(z, x), z], axis=-2)


def boxes_of(prisms: Prisms) -> Boxes:
    """Return the boxes of each member. Sections outside `SECTIONS` are not known here and give no box."""
    n = len(prisms)
    boxes = Boxes(
        centre=np.zeros((n, MAX_BOXES, 3)),
        half=np.ones((n, MAX_BOXES, 3)),
        roll=np.zeros((n, MAX_BOXES)),
        used=np.zeros((n, MAX_BOXES), dtype=bool),
        part=np.zeros((n, MAX_BOXES), dtype=np.int64),
        thickness=np.ones((n, MAX_BOXES)),
    )
    builders = {I_SHAPE: _i_shape, BOX: _hollow, ROUND: _round, PLATE: _plate, CHANNEL: _channel}
    builders |= {ANGLE: _angle, TEE: _tee}
    for code, build in builders.items():
        rows = np.flatnonzero(prisms.section == code)
        if len(rows):
            build(boxes, rows, prisms.take(rows))
    return boxes


def _put(boxes: Boxes, rows: NDArray, slot: int, spans: tuple[tuple[FloatArray, FloatArray], ...]) -> None:
    """Set one box of these rows from its (low, high) along x, y and z; boxes without volume stay unused."""
    low = np.stack([np.broadcast_to(span[0], rows.shape) for span in spans], axis=-1)
    high = np.stack([np.broadcast_to(span[1], rows.shape) for span in spans], axis=-1)
    boxes.centre[rows, slot] = (low + high) / 2
    boxes.half[rows, slot] = np.maximum((high - low) / 2, 1e-6)
    boxes.used[rows, slot] = np.all(high - low > 1e-6, axis=-1)
    boxes.thickness[rows, slot] = np.min((high - low)[:, 1:], axis=-1)


def _i_shape(boxes: Boxes, rows: NDArray, p: Prisms) -> None:
    d, b, zero = p.depth / 2, p.width / 2, np.zeros(len(rows))
    web, low, high = (-p.web / 2, p.web / 2), -p.depth / 2 + p.flange, p.depth / 2 - p.flange
    coped = np.where(p.cope_depth > 0, p.cope_length, 0.0)
    _put(boxes, rows, 0, ((coped, p.length), (-b, b), (high, d)))
    _put(boxes, rows, 1, ((zero, p.length), (-b, b), (-d, low)))
    start, stop = p.opening_at - p.opening_length / 2, p.opening_at + p.opening_length / 2
    opened = (p.opening_length > 0) & (p.opening_height > 0)
    start, stop = np.where(opened, start, coped), np.where(opened, stop, coped)
    top = np.where(opened, p.opening_height / 2, d - np.maximum(p.cope_depth, p.flange))
    bottom = np.where(opened, -p.opening_height / 2, top)
    _put(boxes, rows, 2, ((stop, p.length), web, (low, high)))
    _put(boxes, rows, 3, ((np.where(opened, start, zero), stop), web, (low, np.where(opened, bottom, top))))
    _put(boxes, rows, 4, ((start, stop), web, (top, np.where(opened, high, top))))
    _put(boxes, rows, 5, ((zero, np.where(opened, start, zero)), web, (low, high)))
    boxes.part[rows, 2:] = WEB
    boxes.thickness[rows, 2:] = p.web[:, None]


def _hollow(boxes: Boxes, rows: NDArray, p: Prisms) -> None:
    d, b, t, run = p.depth / 2, p.width / 2, p.flange, (np.zeros(len(rows)), p.length)
    _put(boxes, rows, 0, (run, (-b, b), (d - t, d)))
    _put(boxes, rows, 1, (run, (-b, b), (-d, t - d)))
    _put(boxes, rows, 2, (run, (-b, t - b), (t - d, d - t)))
    _put(boxes, rows, 3, (run, (b - t, b), (t - d, d - t)))


def _round(boxes: Boxes, rows: NDArray, p: Prisms) -> None:
    apothem = p.depth / 2 * _ROUND_MEAN * np.cos(np.pi / 12)
    side = apothem * np.tan(np.pi / 12)
    for slot in range(6):
        _put(boxes, rows, slot, ((np.zeros(len(rows)), p.length), (-side, side), (-apothem, apothem)))
        boxes.roll[rows, slot] = slot * np.pi / 6
        boxes.thickness[rows, slot] = p.web


def _plate(boxes: Boxes, rows: NDArray, p: Prisms) -> None:
    d, b = p.depth / 2, p.width / 2
    _put(boxes, rows, 0, ((np.zeros(len(rows)), p.length), (-b, b), (-d, d)))
    boxes.thickness[rows, 0] = np.minimum(np.minimum(p.depth, p.width), p.length)


def _channel(boxes: Boxes, rows: NDArray, p: Prisms) -> None:
    d, b, t, run = p.depth / 2, p.width / 2, p.flange, (np.zeros(len(rows)), p.length)
    _put(boxes, rows, 0, (run, (-b, b), (d - t, d)))
    _put(boxes, rows, 1, (run, (-b, b), (-d, t - d)))
    _put(boxes, rows, 2, (run, (-b, p.web - b), (t - d, d - t)))
    boxes.part[rows, 2] = WEB


def _angle(boxes: Boxes, rows: NDArray, p: Prisms) -> None:
    d, b, t, run = p.depth / 2, p.width / 2, p.flange, (np.zeros(len(rows)), p.length)
    _put(boxes, rows, 0, (run, (-b, b), (-d, t - d)))
    _put(boxes, rows, 1, (run, (-b, p.web - b), (t - d, d)))


def _tee(boxes: Boxes, rows: NDArray, p: Prisms) -> None:
    d, b, t, run = p.depth / 2, p.width / 2, p.flange, (np.zeros(len(rows)), p.length)
    _put(boxes, rows, 0, (run, (-b, b), (d - t, d)))
    _put(boxes, rows, 1, (run, (-p.web / 2, p.web / 2), (-d, d - t)))
    boxes.part[rows, 1] = WEB


def bounds_of(prisms: Prisms) -> tuple[FloatArray, FloatArray]:
    """Return the corners (low, high), each (n, 3), of the axis-aligned bounding boxes."""
    half = np.stack([prisms.length / 2, prisms.width / 2, prisms.depth / 2], axis=-1)
    centre = prisms.origin + prisms.frame[:, 0] * half[:, :1]
    reach = np.einsum("nk,nkx->nx", half, np.abs(prisms.frame))
    return centre - reach, centre + reach
