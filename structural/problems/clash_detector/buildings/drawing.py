"""Drawing a building: which parts it has, the errors in it, and how its grid lies."""

from dataclasses import replace

import numpy as np

from structural.problems.clash_detector.buildings.canopies import draw_canopy
from structural.problems.clash_detector.buildings.faults import with_errors
from structural.problems.clash_detector.buildings.frames import draw_bracing, draw_caps, draw_frame
from structural.problems.clash_detector.buildings.halls import draw_services, draw_stair, draw_truss
from structural.problems.clash_detector.buildings.kits import draw_kit
from structural.problems.clash_detector.buildings.parts import Building, Draft, profile_names
from structural.problems.clash_detector.members import Members
from structural.problems.clash_detector.request import BUILDING_KINDS

_SERVED = {"frame": 0.5, "braced_frame": 0.3, "truss_hall": 0.2, "stair_tower": 0.2, "plant": 1.0}
_TWO_STOREYS = {"frame": 0.5, "braced_frame": 0.6, "truss_hall": 0.0, "stair_tower": 0.0, "plant": 0.3}
_CANOPY = 0.3
"""Share of the buildings that have a light roof beside them."""
_GRID_TURNED = 0.6


def draw_building(rng: np.random.Generator) -> Building:
    """Draw a building with errors in it; the same state of ``rng`` gives the same one."""
    kind = str(rng.choice(BUILDING_KINDS[1:]))
    building = with_errors(draw_sound_building(kind, rng), rng)
    building = replace(building, profiles=tuple(profile_names(building.members)))
    turn = rng.uniform(-np.pi, np.pi) if rng.random() < _GRID_TURNED else float(rng.integers(4)) * np.pi / 2
    return replace(building, members=_turned(building.members, float(turn)))


def draw_sound_building(kind: str, rng: np.random.Generator) -> Building:
    """Draw a building of a kind (one of `BUILDING_KINDS` but the first) as it is meant, on a grid along x and y."""
    draft, kit = Draft(), draw_kit(rng)
    frame = draw_frame(draft, kit, rng, 2 if rng.random() < _TWO_STOREYS[kind] else 1)
    draw_caps(draft, rng, frame)
    if kind == "braced_frame":
        draw_bracing(draft, kit, rng, frame)
    elif kind == "truss_hall":
        draw_truss(draft, kit, rng, frame)
    elif kind == "stair_tower":
        draw_stair(draft, kit, rng, frame)
    if rng.random() < _CANOPY:
        draw_canopy(draft, rng, frame)
    if rng.random() < _SERVED[kind]:
        draw_services(draft, kit, rng, frame)
    return draft.finished(kind)


def _turned(members: Members, angle: float) -> Members:
    """Return members turned about the vertical axis through the origin."""
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    prisms = members.prisms
    return Members(members.kind, replace(prisms, origin=prisms.origin @ turn.T, frame=prisms.frame @ turn.T))
