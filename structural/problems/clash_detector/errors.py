"""Errors put into scenes: what goes wrong between a model of the structure and its coordination."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from structural.geometry.prisms import ROUND, FloatArray, Prisms
from structural.problems.clash_detector.members import Members
from structural.problems.clash_detector.scenes import Scene

_SHARES: dict[str, dict[str, float]] = {
    "beam_to_column_flange": {"shifted": 3, "overrun": 4, "rotated": 3, "twisted": 2, "duplicated": 0, "pulled": 2},
    "beam_to_column_web": {"shifted": 3, "overrun": 3, "rotated": 3, "twisted": 2, "oversized": 2, "pulled": 2},
    "beam_to_girder": {"shifted": 2, "overrun": 3, "rotated": 2, "twisted": 1, "missing_trim": 5, "pulled": 2},
    "brace_to_node": {"shifted": 4, "overrun": 4, "pulled": 2},
    "light_framing": {"shifted": 3, "overrun": 4, "rotated": 2, "twisted": 1, "pulled": 2},
    "brace_to_gusset": {"shifted": 4, "rotated": 1, "pressed": 4, "pulled": 2},
    "gusset_to_member": {"pressed": 5, "pulled": 3, "rotated": 1},
    "end_plate": {"pressed": 5, "pulled": 3, "rotated": 2},
    "splice": {"shifted": 2, "pressed": 4, "pulled": 2, "duplicated": 4},
    "bearing": {"pressed": 5, "pulled": 3, "oversized": 3, "rotated": 2, "duplicated": 2},
    "siblings": {"pressed": 3, "duplicated": 1},
    "service_opening": {"shifted": 4, "oversized": 3, "missing_trim": 3, "rotated": 1},
    "crossing": {"duplicated": 1},
    "loose_end": {"duplicated": 1},
}
_FAULTY = {"siblings": 0.25, "crossing": 0.05, "loose_end": 0.02}
_FAULTY_DEFAULT = 0.5


def draw_errors(joint: str, n: int, rng: np.random.Generator) -> NDArray[np.str_]:
    """Draw the error of each of n scenes of a joint type, ``none`` for about half."""
    shares = {name: share for name, share in _SHARES[joint].items() if share > 0}
    weights = np.array(list(shares.values()), dtype=float)
    faulty = rng.random(n) < _FAULTY.get(joint, _FAULTY_DEFAULT)
    return np.where(faulty, rng.choice(list(shares), n, p=weights / weights.sum()), "none").astype(np.str_)


def inject(scene: Scene, errors: NDArray[np.str_], rng: np.random.Generator) -> Scene:
    """Return the scenes with these errors in them, drawn well beyond the thresholds of the rule."""
    for name, change in _CHANGES.items():
        changed = change(scene, rng)  # drawn for all rows, so that a row's numbers do not hang on the others
        scene = choose(errors == name, changed, scene)
    return scene


def choose(mask: NDArray[np.bool_], chosen: Scene, other: Scene) -> Scene:
    def members(one: Members, two: Members) -> Members:
        values = {}
        for name in one.prisms.__dataclass_fields__:
            a, b = getattr(one.prisms, name), getattr(two.prisms, name)
            values[name] = np.where(mask.reshape(-1, *[1] * (a.ndim - 1)), a, b)
        return Members(np.where(mask, one.kind, two.kind), Prisms(**values))

    return Scene(members(chosen.first, other.first), members(chosen.second, other.second), other.toward)


def _log_uniform(rng: np.random.Generator, n: int, low: float, high: float) -> FloatArray:
    return np.exp(rng.uniform(np.log(low), np.log(high), n))


def _second(scene: Scene, **changes: NDArray) -> Scene:
    return replace(scene, second=Members(scene.second.kind, replace(scene.second.prisms, **changes)))


def _moved(scene: Scene, direction: FloatArray, distance_mm: FloatArray) -> Scene:
    return _second(scene, origin=scene.second.prisms.origin + direction * distance_mm[:, None])


def _shifted(scene: Scene, rng: np.random.Generator) -> Scene:
    n, prisms = len(scene.first), scene.second.prisms
    angle = rng.uniform(0, 2 * np.pi, n) * rng.choice([0.0, 1.0], n, p=[0.6, 0.4]) + rng.integers(4, size=n) * np.pi / 2
    direction = np.cos(angle)[:, None] * prisms.frame[:, 1] + np.sin(angle)[:, None] * prisms.frame[:, 2]
    return _moved(scene, direction, _log_uniform(rng, n, 30, 260))


def _overrun(scene: Scene, rng: np.random.Generator) -> Scene:
    n, prisms = len(scene.first), scene.second.prisms
    extra = np.where(rng.random(n) < 0.75, _log_uniform(rng, n, 25, 300), rng.uniform(400, 1500, n))
    return _second(
        scene,
        origin=prisms.origin - prisms.frame[:, 0] * extra[:, None],
        length=prisms.length + extra,
        cope_length=np.where(prisms.cope_depth > 0, prisms.cope_length, 0.0),
    )


def _rotated(scene: Scene, rng: np.random.Generator) -> Scene:
    n, prisms = len(scene.first), scene.second.prisms
    angle = np.radians(rng.uniform(3.0, 10.0, n)) * rng.choice([-1, 1], n)
    side = np.where((rng.random(n) < 0.5)[:, None], prisms.frame[:, 1], prisms.frame[:, 2])
    return _second(scene, frame=_turned(prisms.frame, side, angle))


def _twisted(scene: Scene, rng: np.random.Generator) -> Scene:
    n, prisms = len(scene.first), scene.second.prisms
    angle = np.radians(rng.uniform(5.0, 40.0, n)) * rng.choice([-1, 1], n)
    return _second(scene, frame=_turned(prisms.frame, prisms.frame[:, 0], angle))


def _turned(frame: FloatArray, around: FloatArray, angle: FloatArray) -> FloatArray:
    """Return frames turned about unit vectors (Rodrigues' formula)."""
    cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    axis = around[:, None, :]
    cross = np.cross(np.broadcast_to(axis, frame.shape), frame)
    along = np.sum(frame * axis, axis=2, keepdims=True)
    turned: FloatArray = frame * cos + cross * sin + axis * along * (1 - cos)
    return turned


def _duplicated(scene: Scene, rng: np.random.Generator) -> Scene:
    n, prisms = len(scene.first), scene.first.prisms
    offset = np.round(rng.normal(0, 1, (n, 3)) * rng.choice([0.0, 1.5], n)[:, None], 2)
    copy = replace(prisms, origin=prisms.origin + np.clip(offset, -4, 4))
    return replace(scene, second=Members(scene.first.kind.copy(), copy))


def _oversized(scene: Scene, rng: np.random.Generator) -> Scene:
    n, prisms = len(scene.first), scene.second.prisms
    factor = rng.uniform(1.25, 2.4, n)
    other = np.where(prisms.section == ROUND, factor, rng.uniform(1.0, 1.8, n))
    return _second(scene, depth=np.round(prisms.depth * factor, 1), width=np.round(prisms.width * other, 1))


def _missing_trim(scene: Scene, _: np.random.Generator) -> Scene:
    zero = np.zeros(len(scene.first))
    plain = replace(scene.first.prisms, opening_at=zero, opening_length=zero, opening_height=zero)
    uncoped = _second(scene, cope_length=zero, cope_depth=zero)
    return replace(uncoped, first=Members(scene.first.kind, plain))


def _pressed(scene: Scene, rng: np.random.Generator) -> Scene:
    return _moved(scene, scene.toward, _log_uniform(rng, len(scene.first), 3.0, 90.0))


def _pulled(scene: Scene, rng: np.random.Generator) -> Scene:
    return _moved(scene, scene.toward, -rng.uniform(12.0, 75.0, len(scene.first)))


_CHANGES = {
    "shifted": _shifted,
    "overrun": _overrun,
    "rotated": _rotated,
    "twisted": _twisted,
    "duplicated": _duplicated,
    "oversized": _oversized,
    "missing_trim": _missing_trim,
    "pressed": _pressed,
    "pulled": _pulled,
}


def effective(scene: Scene, errors: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Return which rows carry an error that can show: a trim can only be missing where one was."""
    trimmed = (scene.first.prisms.opening_length > 0) | (scene.second.prisms.cope_depth > 0)
    shows: NDArray[np.bool_] = (errors != "missing_trim") | trimmed
    return shows
