"""Trusses with purlins, stairs, and what runs through a building: pipes and ducts."""

from dataclasses import replace

import numpy as np

from structural.geometry.prisms import CHANNEL, FloatArray
from structural.problems.clash_detector import catalogue
from structural.problems.clash_detector.buildings.frames import Frame
from structural.problems.clash_detector.buildings.kits import Kit, is_open, little, plate, touch
from structural.problems.clash_detector.buildings.parts import Draft, Part, X, Y, Z
from structural.problems.clash_detector.catalogue import Profiles
from structural.problems.clash_detector.request import BEAM, BRACE, DUCT, PIPE, PLATE_KIND

_SHOE_MM = (60.0, 160.0)
_CLEAR_MM = (20.0, 55.0)


def draw_truss(draft: Draft, kit: Kit, rng: np.random.Generator, frame: Frame) -> None:
    """Span a truss between the columns at the ends of line y_0, above the top level, with purlins on it."""
    panels = int(rng.integers(3, 6))
    length = float(frame.x[-1])
    height = float(np.clip(length / rng.uniform(7, 11), 900, 2200))
    low = frame.levels[-1] + kit.chord.depth[0] / 2 + rng.uniform(150, 600)
    y = frame.y[0]
    chords = [
        draft.add(Part(BEAM, kit.chord, np.array([0.0, y, z]), np.array([length, y, z]), Z, len(frame.levels)))
        for z in (low, low + height)
    ]
    at = np.linspace(0.0, length, panels + 1)
    for panel in range(panels):
        nodes = np.array([[at[panel], y, low], [at[panel + 1], y, low + height]])
        if panel % 2:
            nodes[:, 2] = nodes[::-1, 2].copy()
        _web_member(draft, kit, rng, chords[:: -1 if panel % 2 else 1], nodes)
        if panel:
            post = np.array([[at[panel], y, low], [at[panel], y, low + height]])
            _web_member(draft, kit, rng, chords, post)
    _purlins(draft, kit, rng, frame, (chords[1], at))


def _web_member(draft: Draft, kit: Kit, rng: np.random.Generator, chords: list[int], nodes: FloatArray) -> None:
    """Draw a diagonal or post between two chords: lapped on their side, to their axes, or set back from their faces."""
    way = nodes[1] - nodes[0]
    unit = way / np.linalg.norm(way)
    up = np.cross(unit, Y)
    start, end, kind = nodes[0], nodes[1], "brace_to_node"
    if is_open(kit.web):
        aside = (kit.chord.width[0] + kit.web.width[0]) / 2 + touch(rng)
        start, end, kind = start + Y * aside, end + Y * aside, "bearing"
    elif not kit.to_node:
        rise = abs(unit[2])
        lean = float(np.sqrt(max(1.0 - rise**2, 0.0)))
        gap = (kit.chord.depth[0] / 2 + kit.web.depth[0] / 2 * lean + rng.uniform(2, 16)) / rise
        start, end = start + unit * gap, end - unit * gap
    number = draft.add(Part(BRACE, kit.web, start, end, up, 0))
    draft.join(chords[0], number, kind, -Y if kind == "bearing" else -unit)
    draft.join(chords[1], number, kind)


def _purlins(draft: Draft, kit: Kit, rng: np.random.Generator, frame: Frame, on: tuple[int, FloatArray]) -> None:
    chord, nodes = on
    top = draft.parts[chord].start[2] + kit.chord.depth[0] / 2
    for x in nodes[1:-1]:
        height = top + kit.purlin.depth[0] / 2 + touch(rng)
        start = np.array([x + little(rng, 60.0), frame.y[0] - 600.0, height])
        number = draft.add(Part(BEAM, kit.purlin, start, start + Y * (frame.y[1] + 600.0), Z, len(frame.levels)))
        draft.join(chord, number, "bearing", -Z)


def draw_stair(draft: Draft, kit: Kit, rng: np.random.Generator, frame: Frame) -> None:
    """Draw a flight with two stringers, treads between them, and a landing plate on its upper end."""
    stringer = Profiles(*(np.array([value]) for value in (CHANNEL, 250.0, 90.0, 10.0, 13.0)))
    steps, going = int(rng.integers(6, 10)), float(rng.uniform(250, 300))
    rise, width = float(rng.uniform(160, 190)), float(np.round(rng.uniform(800, 1300)))
    foot = np.array([frame.x[0] + rng.uniform(900, 1500), frame.y[0] + rng.uniform(700, 1100), rise / 2])
    way = np.array([going, 0.0, rise]) * steps
    sides = []
    for sign in (-1.0, 1.0):
        # the webs face the treads, the flanges look outward
        start = foot + Y * sign * (width + stringer.width[0]) / 2
        up = np.cross(way, Y * sign)
        sides.append(draft.add(Part(BRACE if rng.random() < 0.5 else BEAM, stringer, start, start + way, up)))
    thick = float(rng.choice([6.0, 8.0, 10.0, 30.0, 40.0]))
    short = touch(rng)
    for step in range(1, steps):
        at = foot + np.array([going, 0.0, rise]) * step - Y * (width / 2 - short)
        tread = Part(PLATE_KIND, plate(thick, going - 20, thick), at, at + Y * (width - 2 * short), Z)
        number = draft.add(tread)
        draft.join(sides[0], number, "gusset_to_member", -Y)
        draft.join(sides[1], number, "gusset_to_member")
    _landing(draft, kit, rng, foot + way, width)


def _landing(draft: Draft, kit: Kit, rng: np.random.Generator, at: FloatArray, width_mm: float) -> None:
    """Draw the beam that carries a landing, and the plate that lies on it."""
    own = kit.secondary
    top = at[2] + 90.0
    start = at + X * (own.width[0] / 2 + rng.uniform(150, 400)) - Y * (width_mm / 2 + 300)
    start[2] = top - own.depth[0] / 2
    beam = draft.add(Part(BEAM, own, start, start + Y * (width_mm + 600), Z))
    thick = float(rng.choice([8.0, 10.0, 12.0]))
    lying = np.array([start[0] - own.width[0] / 2, at[1], top + thick / 2 + touch(rng)])
    floor = Part(PLATE_KIND, plate(thick, width_mm, thick), lying, lying + X * rng.uniform(1000, 1500), Z)
    draft.join(beam, draft.add(floor), "bearing", -Z)


def draw_services(draft: Draft, kit: Kit, rng: np.random.Generator, frame: Frame) -> None:
    """Run pipes and ducts through webs, below beams, over racks and up along columns."""
    for storey in range(len(frame.levels)):
        for bay in range(len(frame.x) - 1):
            if rng.random() < 0.7:
                _through_webs(draft, kit, rng, frame, (bay, storey))
            for _ in range(int(rng.integers(3))):
                _below_beams(draft, rng, frame, (bay, storey))
    if rng.random() < 0.6:
        _over_beams(draft, rng, frame)
    if rng.random() < 0.6:
        _risers(draft, kit, rng, frame)


def _service(rng: np.random.Generator, *, duct: bool) -> tuple[int, Profiles]:
    return (DUCT, catalogue.draw_ducts(1, rng)) if duct else (PIPE, catalogue.draw("pipe", 1, rng))


def _through_webs(draft: Draft, kit: Kit, rng: np.random.Generator, frame: Frame, at: tuple[int, int]) -> None:
    """Run a pipe along y through openings in the beam of line y_0, and in those beside it at the same height."""
    bay, storey = at
    main = draft.parts[frame.beams[0, storey, bay]]
    kind, service = _service(rng, duct=rng.random() < 0.25)
    service = _fitting(service, kit)
    x = float(rng.uniform(0.3, 0.7) * (frame.x[bay + 1] - frame.x[bay]) + frame.x[bay])
    crossed = [frame.beams[0, storey, bay]]
    far = frame.y[0] + min(900.0, 0.2 * kit.depth_mm)
    if kit.secondary is kit.beam:
        far = frame.y[1] + 500.0
        crossed.append(frame.beams[1, storey, bay])
        crossed += [
            number
            for number in frame.secondaries
            if draft.parts[number].storey == storey and draft.parts[number].start[0] < x < draft.parts[number].end[0]
        ]
    start = np.array([x, frame.y[0] - rng.uniform(400, 900), main.start[2] + little(rng, 2.0)])
    number = draft.add(Part(kind, service, start, np.array([x, far, start[2]]), Z, storey))
    clear = rng.uniform(*_CLEAR_MM, 2)
    room = 0.8 * (kit.beam.depth[0] - 2 * kit.beam.flange[0])
    height = float(min(service.depth[0] + 2 * clear[0], max(room, service.depth[0] + 40)))
    for beam in crossed:
        part = draft.parts[beam]
        opening = (x - float(part.start[0]), float(service.width[0] + 2 * clear[1]), height)
        draft.parts[beam] = replace(part, opening=opening)
        draft.join(beam, number, "service_opening", Z * rng.choice([-1.0, 1.0]))


def _fitting(service: Profiles, kit: Kit) -> Profiles:
    """Return a service made small enough for an opening in the beams."""
    room = 0.8 * (kit.beam.depth[0] - 2 * kit.beam.flange[0]) - 48.0
    depth = np.maximum(np.round(np.minimum(service.depth, room), 1), 20.0)
    round_one = service.depth[0] == service.width[0]
    width = depth if round_one else np.minimum(service.width, 600.0)
    wall = np.minimum(service.web, depth / 10)
    return replace(service, depth=depth, width=width, web=wall, flange=wall)


def _below_beams(draft: Draft, rng: np.random.Generator, frame: Frame, at: tuple[int, int]) -> None:
    """Run a service along x or y near the underside of the beams: clear, too near, or into it."""
    bay, storey = at
    kind, service = _service(rng, duct=rng.random() < 0.4)
    deepest = max(
        draft.parts[number].profile.depth[0] for number in (frame.girders[bay, storey], frame.beams[0, storey, bay])
    )
    clearance = rng.uniform(5, 140) if rng.random() < 0.7 else -rng.uniform(3, 250)
    height = frame.levels[storey] - deepest - clearance - service.depth[0] / 2
    if rng.random() < 0.5:
        start = np.array([frame.x[bay] - 500.0, frame.y[0] + rng.uniform(0.15, 0.85) * frame.y[1], height])
        end = start + X * (frame.x[bay + 1] - frame.x[bay] + 1000.0)
    else:
        x = frame.x[bay] + rng.uniform(0.1, 0.9) * (frame.x[bay + 1] - frame.x[bay])
        start = np.array([x, frame.y[0] - 600.0, height])
        end = start + Y * (frame.y[1] + 1200.0)
    draft.add(Part(kind, service, start, end, Z, storey))


def _over_beams(draft: Draft, rng: np.random.Generator, frame: Frame) -> None:
    """Lay pipes side by side on shoes over the top beams."""
    y, top = frame.y[0] + rng.uniform(500, 1000), frame.levels[-1]
    for _ in range(int(rng.integers(2, 4))):
        kind, service = _service(rng, duct=False)
        y = y + service.depth[0] / 2
        start = np.array([frame.x[0] - 800.0, y, top + rng.uniform(*_SHOE_MM) + service.depth[0] / 2])
        draft.add(Part(kind, service, start, start + X * (frame.x[-1] + 1600.0), Z, len(frame.levels) - 1))
        y = y + service.depth[0] / 2 + rng.uniform(10, 160)


def _risers(draft: Draft, kit: Kit, rng: np.random.Generator, frame: Frame) -> None:
    """Run a pipe up beside a column."""
    i = int(rng.integers(len(frame.x)))
    kind, service = _service(rng, duct=rng.random() < 0.2)
    gap = rng.uniform(5, 150) if rng.random() < 0.8 else -rng.uniform(3, 60)
    away = kit.half_column[1] + service.depth[0] / 2 + gap
    start = np.array([frame.x[i] + rng.uniform(-60, 60), frame.y[0] - away, 50.0])
    draft.add(Part(kind, service, start, start + Z * (frame.levels[-1] - 100.0), Y))
