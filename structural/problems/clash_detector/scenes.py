"""Scenes: pairs of members as a detailer means them, before any error is put in. One function a joint type.

Each scene is built in its own coordinates (mm, z up): the member that carries first, the one that comes to it second,
the second's joint at its start. Small deviations stand for modelling accuracy; they stay well inside the thresholds.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.geometry.prisms import CHANNEL, FloatArray, IntArray, Prisms, frame_from
from structural.problems.clash_detector import catalogue
from structural.problems.clash_detector.catalogue import Profiles
from structural.problems.clash_detector.measures import reference_lines
from structural.problems.clash_detector.members import Members
from structural.problems.clash_detector.request import BEAM, BRACE, COLUMN, DUCT, PIPE, PLATE_KIND

_X, _Y, _Z = np.eye(3)


@dataclass(frozen=True, slots=True)
class Scene:
    """n pairs. ``toward`` (n, 3) is the direction in which the second member moves into the first."""

    first: Members
    second: Members
    toward: FloatArray


def joint_start(x: ArrayLike, y: ArrayLike, z: ArrayLike) -> FloatArray:
    """Return points (n, 3) from coordinates."""
    return np.stack(np.broadcast_arrays(x, y, z), axis=-1).astype(float)


def member(
    kind: ArrayLike, profiles: Profiles, length: FloatArray, start: FloatArray, axis: ArrayLike, up: ArrayLike
) -> Members:
    """Return n members without cope or opening."""
    n, zero = len(profiles), np.zeros(len(profiles))
    frame = frame_from(np.broadcast_to(axis, (n, 3)).astype(float), np.broadcast_to(up, (n, 3)).astype(float))
    prisms = Prisms(
        section=profiles.section,
        depth=profiles.depth,
        width=profiles.width,
        web=profiles.web,
        flange=profiles.flange,
        length=length,
        cope_length=zero,
        cope_depth=zero,
        opening_at=zero,
        opening_length=zero,
        opening_height=zero,
        origin=start,
        frame=frame,
    )
    return Members(np.broadcast_to(np.asarray(kind, dtype=np.int64), (n,)).copy(), prisms)


def spread(rng: np.random.Generator, n: int, size_mm: float) -> FloatArray:
    """Return modelling deviations: normal, cut at 2.5 standard deviations, at most ``size_mm``."""
    return np.clip(rng.normal(0.0, 0.4, n), -1.0, 1.0) * size_mm


def _column(profiles: Profiles, rng: np.random.Generator, up: ArrayLike) -> Members:
    n = len(profiles)
    length = rng.uniform(3000, 9000, n)
    return member(COLUMN, profiles, length, joint_start(0, 0, -length * rng.uniform(0.25, 0.75, n)), _Z, up)


def _girder(profiles: Profiles, rng: np.random.Generator) -> Members:
    n = len(profiles)
    length = rng.uniform(4000, 14000, n)
    return member(BEAM, profiles, length, joint_start(0, -length * rng.uniform(0.2, 0.8, n), 0), _Y, _Z)


def _to_node(rng: np.random.Generator, start_mm: FloatArray) -> FloatArray:
    """Return start positions of which a third are drawn to the other member's axis instead of to its face."""
    n = len(start_mm)
    return np.where(rng.random(n) < 0.33, spread(rng, n, 8.0), start_mm)


def beam_to_column_flange(n: int, rng: np.random.Generator) -> Scene:
    """A beam square to the flange of an I column or to the wall of a hollow one, set back or drawn to the node."""
    column = catalogue.draw("column", n, rng)
    start = _to_node(rng, column.depth / 2 + rng.uniform(0, 21, n))
    beam = catalogue.draw("i_beam", n, rng)
    at = joint_start(start, spread(rng, n, 8.0), rng.uniform(-400, 400, n))
    return Scene(
        _column(column, rng, _X), member(BEAM, beam, rng.uniform(2500, 12000, n), at, _X, _Z), np.tile(-_X, (n, 1))
    )


def beam_to_column_web(n: int, rng: np.random.Generator) -> Scene:
    """A beam between the flanges of an I column, or set back from their tips where it does not fit between them."""
    column, beam = catalogue.draw("i_column", n, rng), catalogue.draw("i_beam", n, rng)
    fits = beam.width <= column.depth - 2 * column.flange - 20
    to_web = column.web / 2 + rng.uniform(3, 21, n)
    start = _to_node(rng, np.where(fits, to_web, column.width / 2 + rng.uniform(0, 21, n)))
    at = joint_start(start, np.where(fits, spread(rng, n, 4.0), spread(rng, n, 8.0)), rng.uniform(-400, 400, n))
    return Scene(
        _column(column, rng, _Y), member(BEAM, beam, rng.uniform(2500, 12000, n), at, _X, _Z), np.tile(-_X, (n, 1))
    )


def beam_to_girder(n: int, rng: np.random.Generator) -> Scene:
    """A beam framing into a girder: coped and flush at the top, between the flanges, at the tips, or to the node."""
    one, other = catalogue.draw("i_beam", n, rng), catalogue.draw("i_beam", n, rng)
    deeper = np.where(one.depth >= other.depth, 0, n) + np.arange(n)
    both = catalogue.stack([one, other])
    girder, beam = both.take(deeper), both.take((deeper + n) % (2 * n))
    slack = girder.depth - 2 * girder.flange - beam.depth
    way = rng.choice(4, n, p=[0.45, 0.2, 0.2, 0.15])
    way = np.where((way == 1) & (slack < 20), 0, way)
    way = np.where((way == 0) & (beam.depth + girder.flange > girder.depth - girder.flange - 10), 2, way)
    to_web, to_tip = girder.web / 2 + rng.uniform(3, 21, n), girder.width / 2 + rng.uniform(2, 21, n)
    start = np.choose(way, [to_web, to_web, to_tip, spread(rng, n, 8.0)])
    flush = (girder.depth - beam.depth) / 2
    between = (np.maximum(slack, 20) / 2 - 8) * rng.uniform(-1, 1, n)
    height = np.choose(way, [flush, between, flush * rng.choice([-1.0, 1.0], n), flush]) + spread(rng, n, 3.0)
    second = member(BEAM, beam, rng.uniform(2500, 10000, n), joint_start(start, spread(rng, n, 60.0), height), _X, _Z)
    coped = way == 0
    prisms = replace(
        second.prisms,
        cope_length=np.where(coped, girder.width / 2 - start + rng.uniform(10, 25, n), 0.0),
        cope_depth=np.where(coped, np.maximum(girder.flange, beam.flange) + rng.uniform(8, 20, n), 0.0),
    )
    return Scene(_girder(girder, rng), Members(second.kind, prisms), np.tile(-_X, (n, 1)))


def brace_to_node(n: int, rng: np.random.Generator) -> Scene:
    """An inclined brace at the side of a column or girder, set back or drawn to the node."""
    profiles, brace = catalogue.draw_mixed("column", n, rng), catalogue.draw_mixed("brace", n, rng)
    tilt = np.radians(rng.uniform(25, 65, n)) * rng.choice([-1, 1], n)
    direction = joint_start(np.cos(tilt), 0, np.sin(tilt))
    up = joint_start(-np.sin(tilt), 0, np.cos(tilt))
    beam_rows = rng.random(n) < 0.4
    half = profiles.depth / 2
    reach = brace.depth / 2 * np.abs(np.sin(tilt)) + rng.uniform(2, 20, n)
    start = _to_node(rng, (half + reach) / np.cos(tilt))  # measured along the brace
    at = direction * start[:, None] + joint_start(0, spread(rng, n, 8.0), 0)
    length = rng.uniform(3000, 9000, n)
    column = _column(profiles, rng, _X)
    # the same scene on its side: the column becomes a beam
    kind = np.where(beam_rows, BEAM, COLUMN).astype(np.int64)
    return Scene(Members(kind, column.prisms), member(BRACE, brace, length, at, direction, up), np.tile(-_X, (n, 1)))


def light_framing(n: int, rng: np.random.Generator) -> Scene:
    """A light member that ends at a channel or angle: set back, or drawn to its back, centroid or middle.

    Some come to a beam at an angle in plan, as purlins do between rafters that are not parallel.
    """
    carrier, light = catalogue.draw("open", n, rng), catalogue.draw("light", n, rng)
    is_channel, upright = carrier.section == CHANNEL, rng.random(n) < 0.35
    across = is_channel & upright & (rng.random(n) < 0.3)  # comes to the flange of a column, not to its web
    # the back of an angle looks towards what comes
    turned = np.where(is_channel, rng.choice([-1.0, 1.0], n), np.where(upright, -1.0, 1.0))[:, None]
    up = turned * np.where(across[:, None], _X, np.where(upright[:, None], _Y, _Z))
    length, axis = rng.uniform(3000, 10000, n), np.where(upright[:, None], _Z, _Y)
    start = -axis * (length * rng.uniform(0.2, 0.8, n))[:, None]
    first = member(np.where(upright, COLUMN, BEAM), carrier, length, start, axis, up)
    skew = np.radians(rng.uniform(13.5, 50, n)) * rng.choice([-1, 1], n) * (~upright & (rng.random(n) < 0.45))
    direction = joint_start(np.cos(skew), np.sin(skew), 0)
    lines = np.concatenate([np.zeros((n, 1, 2)), reference_lines(first.prisms)], axis=1)
    chosen = rng.choice(3, n, p=[0.3, 0.4, 0.3])
    line = lines[np.arange(n), np.where(across & (chosen == 1), 2, chosen)]  # the back is no middle of a flange
    aim = line[:, :1] * first.prisms.frame[:, 1] + line[:, 1:] * first.prisms.frame[:, 2]
    half, clear = np.where(across, carrier.depth, carrier.width) / 2, carrier.depth - 2 * carrier.flange - 10
    fits = is_channel & ~across & (first.prisms.frame[:, 1, 0] > 0)
    fits &= np.where(upright, light.width, light.depth) < clear
    face = np.where(fits, carrier.web - half, half) + rng.uniform(1, 20, n) + light.width / 2 * np.abs(np.sin(skew))
    # from where the member's line comes to that face, so that its nearest corner keeps the setback
    way = np.where(rng.random(n) < 0.45, face - aim[:, 0], spread(rng, n, 8.0)) / np.cos(skew)
    slack = np.where(upright | ~is_channel, 0.0, np.maximum(clear - light.depth, 0.0) / 2)
    aim += direction * way[:, None]
    aim += np.where(upright[:, None], _Y, _Z) * (spread(rng, n, 8.0) + slack * rng.uniform(-1, 1, n))[:, None]
    aim += axis * rng.uniform(-300, 300, n)[:, None]
    second = member(np.where(rng.random(n) < 0.3, BRACE, BEAM), light, rng.uniform(1000, 6000, n), aim, direction, _Z)
    return Scene(first, second, np.tile(-_X, (n, 1)))


def brace_to_gusset(n: int, rng: np.random.Generator) -> Scene:
    """A brace slotted over a gusset plate, or an angle or channel lapped on its face."""
    size, thick = rng.uniform(300, 750, (2, n)), np.round(rng.uniform(8, 28, n))
    gusset = catalogue.solid(size[1], thick, thick)
    lapped = rng.random(n) < 0.5
    both = catalogue.stack([catalogue.draw("slotted", n, rng), catalogue.draw("lapped", n, rng)])
    brace = both.take(np.arange(n) + np.where(lapped, n, 0))
    tilt = np.radians(rng.uniform(20, 70, n)) * rng.choice([-1, 1], n)
    aside = np.where(lapped, (thick + brace.width) / 2 + rng.choice([0.0, 1.0], n) * rng.uniform(0, 1.6, n), 0.0)
    aside = aside + np.where(lapped, 0.0, spread(rng, n, 5.0))
    at = joint_start(size[0] * rng.uniform(0.4, 0.75, n), aside, size[1] * rng.uniform(-0.15, 0.15, n))
    direction, up = joint_start(np.cos(tilt), 0, np.sin(tilt)), joint_start(-np.sin(tilt), 0, np.cos(tilt))
    second = member(BRACE, brace, rng.uniform(1500, 8000, n), at, direction, up)
    first = member(PLATE_KIND, gusset, size[0], np.zeros((n, 3)), _X, _Z)
    return Scene(first, second, np.tile(-_Y, (n, 1)))


def gusset_to_member(n: int, rng: np.random.Generator) -> Scene:
    """The edge of a gusset plate on the flange of a column."""
    column = catalogue.draw("column", n, rng)
    thick = np.round(rng.uniform(8, 28, n))
    gusset = catalogue.solid(rng.uniform(250, 700, n), thick, thick)
    aside = (column.width / 2 - thick) * rng.uniform(-0.9, 0.9, n) * rng.choice([0.0, 1.0], n)
    at = joint_start(column.depth / 2 + _touching(rng, n), aside, rng.uniform(-500, 500, n))
    plate = member(PLATE_KIND, gusset, rng.uniform(250, 700, n), at, _X, _Z)
    return Scene(_column(column, rng, _X), plate, np.tile(-_X, (n, 1)))


def _touching(rng: np.random.Generator, n: int) -> FloatArray:
    """Return small gaps of faces in contact: half exactly 0, the others up to a weld or shim gap."""
    return rng.choice([0.0, 1.0], n) * rng.uniform(0, 1.8, n)


def end_plate(n: int, rng: np.random.Generator) -> Scene:
    """A base, cap or end plate across the end of a column or beam."""
    profiles = catalogue.draw_mixed("column", n, rng)
    thick = np.round(rng.uniform(10, 50, n))
    plate = catalogue.solid(profiles.depth + rng.uniform(0, 160, n), profiles.width + rng.uniform(10, 160, n), thick)
    first = member(rng.choice([BEAM, COLUMN], n), profiles, rng.uniform(2500, 8000, n), np.zeros((n, 3)), _X, _Z)
    at = joint_start(-_touching(rng, n), spread(rng, n, 8.0), spread(rng, n, 8.0))
    return Scene(first, member(PLATE_KIND, plate, thick, at, -_X, _Z), np.tile(_X, (n, 1)))


def splice(n: int, rng: np.random.Generator) -> Scene:
    """Two collinear members of one section, end to end."""
    profiles = catalogue.draw_mixed("column", n, rng)
    kind = rng.choice([BEAM, COLUMN, BRACE], n, p=[0.35, 0.5, 0.15])
    first = member(kind, profiles, rng.uniform(2500, 9000, n), np.zeros((n, 3)), _X, _Z)
    at = joint_start(-rng.choice([0.0, 1.0], n) * rng.uniform(0, 16, n), spread(rng, n, 8.0), spread(rng, n, 8.0))
    return Scene(first, member(kind, profiles, rng.uniform(2500, 9000, n), at, -_X, _Z), np.tile(_X, (n, 1)))


def bearing(n: int, rng: np.random.Generator) -> Scene:
    """A beam, purlin or brace lying across the top flange of a beam."""
    below = catalogue.draw("i_beam", n, rng)
    both = catalogue.stack([catalogue.draw("i_beam", n, rng), catalogue.draw("secondary", n, rng)])
    light = rng.random(n) < 0.5
    above = both.take(np.arange(n) + np.where(light, n, 0))
    plan = np.radians(np.where(rng.random(n) < 0.7, 0.0, rng.uniform(-60, 60, n)))
    direction, length = joint_start(np.cos(plan), np.sin(plan), 0), rng.uniform(2000, 9000, n)
    height = (below.depth + above.depth) / 2 + _touching(rng, n)
    at = joint_start(0, spread(rng, n, 900.0), height) - direction * (length * rng.uniform(0.03, 0.9, n))[:, None]
    kind = np.where(light & (rng.random(n) < 0.4), BRACE, BEAM)
    return Scene(_girder(below, rng), member(kind, above, length, at, direction, _Z), np.tile(-_Z, (n, 1)))


_NODE_DIRECTIONS = np.array(
    [
        [1, 0, 0],
        [-1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
        [0, 0, -1],
        [0.7, 0, 0.7],
        [0.7, 0, -0.7],
        [0, 0.7, 0.7],
        [0, 0.8, -0.6],
    ]
)
_NODE_KINDS = np.array([BEAM, BEAM, BEAM, COLUMN, COLUMN, BRACE, BRACE, BRACE, BRACE])


def siblings(n: int, rng: np.random.Generator) -> Scene:
    """Two members that end near one node without touching one another."""
    pick = np.argsort(rng.random((n, len(_NODE_DIRECTIONS))), axis=1)[:, :2]
    made = []
    for which in pick.T:
        direction = _NODE_DIRECTIONS[which]
        direction = direction / np.linalg.norm(direction, axis=1, keepdims=True)
        both = catalogue.stack([catalogue.draw_mixed("i_beam", n, rng), catalogue.draw_mixed("brace", n, rng)])
        profiles = both.take(np.arange(n) + np.where(_NODE_KINDS[which] == BRACE, n, 0))
        up = np.where(np.abs(direction[:, 2:]) > 0.9, _X, _Z)
        away = rng.uniform(0.3, 1.0, n) * (40 + profiles.depth * 0.8)
        made.append(
            member(_NODE_KINDS[which], profiles, rng.uniform(2000, 8000, n), direction * away[:, None], direction, up)
        )
    return Scene(made[0], made[1], -made[1].prisms.frame[:, 0])


def service_opening(n: int, rng: np.random.Generator) -> Scene:
    """A pipe or duct through a web opening that was made for it."""
    beam = catalogue.draw("i_beam", n, rng)
    both = catalogue.stack([catalogue.draw("pipe", n, rng), catalogue.draw_ducts(n, rng)])
    duct = rng.random(n) < 0.35
    service = both.take(np.arange(n) + np.where(duct, n, 0))
    room = (beam.depth - 2 * beam.flange) * 0.8
    shrink = np.minimum(1.0, (room - 2 * 24) / service.depth)
    depth = np.maximum(np.round(service.depth * shrink, 1), 20.0)
    width = np.where(duct, service.width, depth)
    service = replace(service, depth=depth, width=width, web=np.minimum(service.web, depth / 10))
    clear = rng.uniform(20, 55, (2, n))
    height = np.minimum(depth + 2 * clear[0], np.maximum(room, depth + 40))
    girder = _girder(beam, rng)
    at = -girder.prisms.origin[:, 1]  # the opening is at y = 0
    prisms = replace(girder.prisms, opening_at=at, opening_length=width + 2 * clear[1], opening_height=height)
    length = rng.uniform(1500, 8000, n)
    start = joint_start(-length * rng.uniform(0.2, 0.8, n), spread(rng, n, 3.0), spread(rng, n, 2.0))
    second = member(np.where(duct, DUCT, PIPE), service, length, start, _X, _Z)
    return Scene(Members(girder.kind, prisms), second, np.tile(-_Z, (n, 1)) * rng.choice([-1, 1], n)[:, None])


def crossing(n: int, rng: np.random.Generator) -> Scene:
    """Two members of any sort that pass one another, clear or not: nothing was meant to meet here."""
    steel = rng.choice([COLUMN, BEAM, BRACE], n, p=[0.25, 0.55, 0.2])
    other = rng.choice(6, n, p=[0.06, 0.22, 0.16, 0.06, 0.32, 0.18])
    first = _anywhere(steel, rng, np.zeros((n, 3)), np.tile(_X, (n, 1)))
    along = rng.choice(3, n, p=[0.2, 0.45, 0.35])
    random = rng.normal(size=(n, 3))
    lateral = np.where((rng.random(n) < 0.5)[:, None], _Y, _Z)
    direction = np.where((along == 0)[:, None], _X, np.where((along == 1)[:, None], lateral, random))
    second = _anywhere(other, rng, np.zeros((n, 3)), direction)
    return _pass_by(first, second, rng)


def _anywhere(kind: IntArray, rng: np.random.Generator, start: FloatArray, axis: FloatArray) -> Members:
    """Return members of these kinds along these directions, upright where that is possible."""
    n = len(kind)
    thick = np.round(rng.uniform(8, 30, n))
    parts = [catalogue.draw_mixed(name, n, rng) for name in ("column", "i_beam", "brace")]
    parts += [catalogue.solid(rng.uniform(150, 600, n), thick, thick), catalogue.draw("pipe", n, rng)]
    profiles = catalogue.stack([*parts, catalogue.draw_ducts(n, rng)]).take(kind * n + np.arange(n))
    unit = axis / np.linalg.norm(axis, axis=1, keepdims=True)
    up = np.where(np.abs(unit[:, 2:]) > 0.9, _Y, _Z)
    length = np.where(kind == PLATE_KIND, rng.uniform(200, 800, n), rng.uniform(1500, 10000, n))
    return member(kind, profiles, length, start, unit, up)


def _pass_by(first: Members, second: Members, rng: np.random.Generator) -> Scene:
    """Place the second so that the solids' hulls pass one another with a drawn clearance (negative: into it)."""
    n, a, b = len(first), first.prisms, second.prisms
    normal = np.cross(a.frame[:, 0], b.frame[:, 0])
    parallel = np.linalg.norm(normal, axis=1) < 0.05
    turn = rng.uniform(0, 2 * np.pi, n) * rng.choice([0.0, 1.0], n) + rng.integers(4, size=n) * np.pi / 2
    sideways = np.cos(turn)[:, None] * a.frame[:, 1] + np.sin(turn)[:, None] * a.frame[:, 2]
    normal = np.where(parallel[:, None], sideways, normal) * rng.choice([-1, 1], n)[:, None]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    reach = _reach(a, normal) + _reach(b, normal)
    deep = -np.exp(rng.uniform(np.log(1.5), np.log(60), n))
    through = -reach * rng.uniform(0.3, 1.0, n)
    clearance = np.choose(rng.choice(3, n, p=[0.5, 0.25, 0.25]), [rng.uniform(3, 130, n), deep, through])
    meet_a, meet_b = (_where_met(prisms, rng) for prisms in (a, b))
    at = a.origin + a.frame[:, 0] * meet_a[:, None] + normal * (reach + clearance)[:, None]
    origin = at - b.frame[:, 0] * meet_b[:, None]
    return Scene(first, Members(second.kind, replace(b, origin=origin)), -normal)


def _reach(prisms: Prisms, normal: FloatArray) -> FloatArray:
    side = np.abs(np.einsum("nx,nkx->nk", normal, prisms.frame))
    reach: FloatArray = side[:, 1] * prisms.width / 2 + side[:, 2] * prisms.depth / 2
    return reach


def _where_met(prisms: Prisms, rng: np.random.Generator) -> FloatArray:
    """Return how far along each member the crossing is: mostly inside, sometimes at or past an end."""
    n = len(prisms)
    return prisms.length * np.where(rng.random(n) < 0.8, rng.uniform(0.05, 0.95, n), rng.uniform(-0.02, 0.1, n))


def symmetric(members: Members) -> NDArray[np.bool_]:
    """Return which members look the same mirrored: not channels and angles."""
    return members.prisms.section < 4
