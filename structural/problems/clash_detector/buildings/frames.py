"""Columns, beams and braces of a building, joint by joint as they are detailed."""

from dataclasses import dataclass, field, replace

import numpy as np

from structural.geometry.prisms import BOX, FloatArray
from structural.problems.clash_detector.buildings.kits import Kit, is_open, little, plate, touch
from structural.problems.clash_detector.buildings.parts import Draft, Part, X, Y, Z
from structural.problems.clash_detector.catalogue import Profiles
from structural.problems.clash_detector.request import BEAM, BRACE, COLUMN, PLATE_KIND

_BY_PLATES = 0.4


@dataclass(slots=True)
class Frame:
    """A frame of columns and beams: where its lines are (mm) and which part stands where.

    ``columns[i, j]`` is the lowest lift on lines x_i and y_j, ``tops[i, j]`` the highest; ``beams[j, storey, i]`` the
    beam along x of line y_j in bay i; ``secondaries`` are those between the lines.
    """

    x: FloatArray
    y: FloatArray
    levels: FloatArray
    columns: dict[tuple[int, int], int] = field(default_factory=dict)
    tops: dict[tuple[int, int], int] = field(default_factory=dict)
    girders: dict[tuple[int, int], int] = field(default_factory=dict)
    beams: dict[tuple[int, int, int], int] = field(default_factory=dict)
    secondaries: list[int] = field(default_factory=list)

    def column(self, i: int, j: int, storey: int) -> int:
        """Return the lift of a column that beams of a storey come to."""
        return self.tops[i, j] if storey else self.columns[i, j]


def draw_frame(draft: Draft, kit: Kit, rng: np.random.Generator, storeys: int) -> Frame:
    """Draw columns with base plates, girders along y, beams along x and secondary beams."""
    x = np.concatenate([[0.0], np.cumsum(kit.bays_mm)])
    frame = Frame(x, np.array([0.0, kit.depth_mm]), kit.storey_mm * np.arange(1.0, storeys + 1.0))
    spliced = storeys > 1 and rng.random() < 0.5
    for i in range(len(x)):
        for j in range(2):
            frame.columns[i, j] = _column(draft, kit, rng, (frame, i, j), spliced=spliced)
    for storey in range(storeys):
        for i in range(len(x)):
            frame.girders[i, storey] = _girder(draft, kit, rng, frame, (i, storey))
        for i in range(len(x) - 1):
            for j in range(2):
                frame.beams[j, storey, i] = _beam(draft, kit, rng, frame, (i, j, storey))
            for share in np.arange(1, 1 + int(rng.integers(3))) / 3.0:
                _secondary(draft, kit, rng, frame, (i, storey, float(share)))
    return frame


def _column(draft: Draft, kit: Kit, rng: np.random.Generator, at: tuple[Frame, int, int], *, spliced: bool) -> int:
    frame, i, j = at
    foot, up = np.array([frame.x[i], frame.y[j], 0.0]), X if kit.strong_along_x else Y
    top = frame.levels[-1] + rng.uniform(0, 120)
    joint = frame.levels[0] + 900.0
    lower = draft.add(Part(COLUMN, kit.column, foot, foot + Z * (joint if spliced else top), up))
    if spliced:
        start = foot + Z * (joint + rng.choice([0.0, 1.0]) * rng.uniform(0, 15))
        upper = draft.add(Part(COLUMN, kit.column, start, foot + Z * top, up, storey=1))
        draft.join(lower, upper, "splice", -Z)
        frame.tops[i, j] = upper
    else:
        frame.tops[i, j] = lower
    thick = float(np.round(rng.uniform(12, 45)))
    size = plate(kit.column.depth[0] + rng.uniform(20, 160), kit.column.width[0] + rng.uniform(20, 160), thick)
    at_foot = foot - Z * touch(rng)
    base = draft.add(Part(PLATE_KIND, size, at_foot, at_foot - Z * thick, up))
    draft.join(lower, base, "end_plate", Z)
    return lower


def _reach(kit: Kit, profile: Profiles, axis: int) -> tuple[float, str]:
    """Return how far from a column's axis a beam along this axis starts, and the type of the joint."""
    strong = (axis == 0) == kit.strong_along_x
    kind = "beam_to_column_flange" if strong or not kit.has_web else "beam_to_column_web"
    if kit.to_node:
        return 0.0, kind
    fits = profile.width[0] <= kit.column.depth[0] - 2 * kit.column.flange[0] - 20
    face = kit.column_reach[axis] if strong or fits else kit.half_column[axis]
    return float(face) + kit.setback_mm, kind


def _between_columns(
    kit: Kit, rng: np.random.Generator, ends: tuple[FloatArray, FloatArray], profile: Profiles
) -> tuple[Part, str]:
    """Return a beam between the axes of two columns, its ends drawn to faces or nodes, and the type of its joints."""
    way = ends[1] - ends[0]
    axis = int(np.argmax(np.abs(way)))
    unit = way / np.linalg.norm(way)
    reach, kind = _reach(kit, profile, axis)
    aside = (Y if axis == 0 else X) * little(rng, 4.0)
    start = ends[0] + unit * (reach + (abs(little(rng, 6.0)) if kit.to_node else 0.0)) + aside
    return Part(BEAM, profile, start, ends[1] - unit * reach + aside, Z), kind


def _girder(draft: Draft, kit: Kit, rng: np.random.Generator, frame: Frame, at: tuple[int, int]) -> int:
    i, storey = at
    height = frame.levels[storey] - kit.girder.depth[0] / 2
    ends = [np.array([frame.x[i], y, height]) for y in frame.y]
    part, kind = _between_columns(kit, rng, (ends[0], ends[1]), kit.girder)
    girder = draft.add(_on_storey(part, storey))
    draft.join(frame.column(i, 0, storey), girder, kind, -Y)
    draft.join(frame.column(i, 1, storey), girder, kind)
    return girder


def _beam(draft: Draft, kit: Kit, rng: np.random.Generator, frame: Frame, at: tuple[int, int, int]) -> int:
    i, j, storey = at
    height = frame.levels[storey] - kit.beam.depth[0] / 2
    ends = [np.array([x, frame.y[j], height]) for x in frame.x[i : i + 2]]
    part, kind = _between_columns(kit, rng, (ends[0], ends[1]), kit.beam)
    beam = draft.add(_on_storey(part, storey))
    draft.join(frame.column(i, j, storey), beam, kind, -X)
    draft.join(frame.column(i + 1, j, storey), beam, kind)
    if not kit.to_node and kit.setback_mm >= 8 and rng.random() < _BY_PLATES and kind == "beam_to_column_flange":
        _end_plate(draft, kit, part, beam)
    return beam


def _end_plate(draft: Draft, kit: Kit, part: Part, beam: int) -> None:
    """Put a plate as thick as the setback between the start of a beam and the face it comes to."""
    size = plate(kit.beam.depth[0] + 20, kit.beam.width[0] + 10, kit.setback_mm)
    number = draft.add(Part(PLATE_KIND, size, part.start, part.start - X * kit.setback_mm, Z, part.storey))
    draft.join(beam, number, "end_plate", X)


def _secondary(draft: Draft, kit: Kit, rng: np.random.Generator, frame: Frame, at: tuple[int, int, float]) -> None:
    """Draw a beam between two girders: coped into the first where it can be, at the tips of the other."""
    i, storey, share = at
    girder, own = kit.girder, kit.secondary
    y = frame.y[0] + share * kit.depth_mm + little(rng, 20.0)
    height = frame.levels[storey] - own.depth[0] / 2 + little(rng, 2.0)
    gap = kit.setback_mm
    coped = not kit.to_node and own.depth[0] + girder.flange[0] <= girder.depth[0] - girder.flange[0] - 10
    coped = coped and rng.random() < 0.6
    tip = girder.width[0] / 2 + gap
    start = (girder.web[0] / 2 + gap) if coped else tip
    start, stop = (0.0, 0.0) if kit.to_node else (start, tip)
    cope = (0.0, 0.0)
    if coped:
        depth = max(girder.flange[0], own.flange[0]) + rng.uniform(8, 20)
        cope = (float(tip - gap - start + rng.uniform(10, 25)), float(depth))
    ends = (np.array([frame.x[i] + start, y, height]), np.array([frame.x[i + 1] - stop, y, height]))
    number = draft.add(Part(BEAM, own, ends[0], ends[1], Z, storey, cope))
    draft.join(frame.girders[i, storey], number, "beam_to_girder", -X)
    draft.join(frame.girders[i + 1, storey], number, "beam_to_girder")
    frame.secondaries.append(number)
    if not kit.to_node and not coped and rng.random() < _BY_PLATES:
        _fin_plate(draft, kit, rng, (frame.girders[i, storey], number))


def _fin_plate(draft: Draft, kit: Kit, rng: np.random.Generator, joint: tuple[int, int]) -> None:
    """Weld a plate to a girder's web that laps onto the web of the beam which ends at the girder's tips."""
    girder, beam = (draft.parts[number] for number in joint)
    face = girder.profile.web[0] / 2 + touch(rng)
    start = np.array([girder.start[0] + face, beam.start[1], beam.start[2]])
    start = start + Y * ((beam.profile.web[0] + kit.plate_mm) / 2 + touch(rng))
    depth = min(0.6 * beam.profile.depth[0], girder.profile.depth[0] - 2 * girder.profile.flange[0] - 20)
    reach = beam.start[0] - start[0] + rng.uniform(60, 110)
    number = draft.add(
        Part(PLATE_KIND, plate(depth, kit.plate_mm, kit.plate_mm), start, start + X * reach, Z, beam.storey)
    )
    draft.join(joint[0], number, "gusset_to_member", -X)
    draft.join(joint[1], number, "gusset_to_member")


def _on_storey(part: Part, storey: int) -> Part:
    return replace(part, storey=storey)


def draw_bracing(draft: Draft, kit: Kit, rng: np.random.Generator, frame: Frame) -> None:
    """Brace one bay of each storey along x: node to node, or between gussets in opposite corners."""
    line, bay = int(rng.integers(2)), int(rng.integers(len(frame.x) - 1))
    for storey, level in enumerate(frame.levels):
        low = frame.levels[storey - 1] if storey else 0.0
        if kit.to_node:
            _brace_to_nodes(draft, kit, rng, frame, (line, bay, storey))
        else:
            _brace_to_gussets(draft, kit, rng, frame, (line, bay, storey), (float(low), float(level)))


def _brace_to_nodes(draft: Draft, kit: Kit, rng: np.random.Generator, frame: Frame, at: tuple[int, int, int]) -> None:
    line, bay, storey = at
    low = frame.levels[storey - 1] - kit.beam.depth[0] / 2 if storey else 250.0
    start = np.array([frame.x[bay], frame.y[line] + little(rng, 6.0), low])
    end = np.array([frame.x[bay + 1], start[1], frame.levels[storey] - kit.beam.depth[0] / 2])
    way = end - start
    number = draft.add(Part(BRACE, kit.brace, start, end, np.cross(way, Y) * -1.0, storey))
    draft.join(frame.columns[bay, line], number, "brace_to_node", -X)
    draft.join(frame.column(bay + 1, line, storey), number, "brace_to_node")


def _brace_to_gussets(
    draft: Draft,
    kit: Kit,
    rng: np.random.Generator,
    frame: Frame,
    at: tuple[int, int, int],
    heights: tuple[float, float],
) -> None:
    line, bay, storey = at
    y, face, thick = frame.y[line], kit.column_reach[0], kit.plate_mm
    sizes = np.round(rng.uniform(330, 620, 2))
    level = heights[1] - kit.beam.depth[0]
    corners = np.array([[frame.x[bay] + face, y, heights[0]], [frame.x[bay + 1] - face, y, level]])
    gussets, inner = [], []
    for sign, corner in zip((1.0, -1.0), corners, strict=True):
        start = corner + X * sign * touch(rng) + Z * sign * sizes[1] / 2
        size = plate(float(sizes[1]), thick, thick)
        gussets.append(draft.add(Part(PLATE_KIND, size, start, start + X * sign * sizes[0], Z, storey)))
        column = frame.columns[bay, line] if sign > 0 else frame.column(bay + 1, line, storey)
        draft.join(column, gussets[-1], "gusset_to_member", -X * sign)
        inner.append(corner + X * sign * sizes[0] * rng.uniform(0.55, 0.75) + Z * sign * sizes[1] * 0.6)
    way = inner[1] - inner[0]
    lapped = is_open(kit.brace)
    aside = Y * ((thick + kit.brace.width[0]) / 2 + touch(rng)) if lapped else Y * little(rng, 4.0)
    # the open side looks away from the plate
    up = np.cross(way, Y)
    number = draft.add(Part(BRACE, kit.brace, inner[0] + aside, inner[1] + aside, up, storey))
    draft.join(gussets[0], number, "brace_to_gusset", -Y)
    draft.join(gussets[1], number, "brace_to_gusset")


def draw_caps(draft: Draft, rng: np.random.Generator, frame: Frame) -> None:
    """Close the top of each hollow column with a plate."""
    for number in frame.tops.values():
        part = draft.parts[number]
        if int(part.profile.section[0]) == BOX:
            thick = float(np.round(rng.uniform(8, 25)))
            size = plate(part.profile.depth[0] + 20, part.profile.width[0] + 20, thick)
            start = part.end + Z * touch(rng)
            cap = draft.add(Part(PLATE_KIND, size, start, start + Z * thick, part.up, part.storey))
            draft.join(number, cap, "end_plate", -Z)
