"""Drawing questions: scenes, errors, and the turns and swaps that a model must not care about."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from structural.geometry.prisms import FloatArray, Prisms
from structural.problems.clash_detector import errors, scenes
from structural.problems.clash_detector.loose_ends import loose_end
from structural.problems.clash_detector.measures import measure
from structural.problems.clash_detector.members import Members, boxes_within, read_members, write_members
from structural.problems.clash_detector.request import CONNECTION, DEFAULT_TOLERANCE_MM, HIGH, LOW, MEDIUM, NONE
from structural.problems.clash_detector.scenes import Scene, symmetric
from structural.problems.clash_detector.truth import classify, in_guard_band
from structural.tables import Table, concatenate, row_count, take

SCENES: dict[str, tuple[Callable[[int, np.random.Generator], Scene], float]] = {
    "beam_to_column_flange": (scenes.beam_to_column_flange, 0.10),
    "beam_to_column_web": (scenes.beam_to_column_web, 0.10),
    "beam_to_girder": (scenes.beam_to_girder, 0.11),
    "brace_to_node": (scenes.brace_to_node, 0.07),
    "light_framing": (scenes.light_framing, 0.06),
    "brace_to_gusset": (scenes.brace_to_gusset, 0.08),
    "gusset_to_member": (scenes.gusset_to_member, 0.06),
    "end_plate": (scenes.end_plate, 0.05),
    "splice": (scenes.splice, 0.06),
    "bearing": (scenes.bearing, 0.08),
    "siblings": (scenes.siblings, 0.06),
    "service_opening": (scenes.service_opening, 0.06),
    "crossing": (scenes.crossing, 0.11),
    "loose_end": (loose_end, 0.15),
}
"""How each joint type is built, and its share of the scenes drawn."""
KEPT_SHARE = {CONNECTION: 0.5, NONE: 1.0, LOW: 0.9, MEDIUM: 1.0, HIGH: 0.6}
"""Share of the entries of each class that is kept, so that no class drowns the others."""
GUARD_BAND_SHARE = 0.06
"""Share of the entries in a guard band that is kept (marked); the others are drawn again."""
_SURPLUS = 2.0


def sample(n: int, rng: np.random.Generator) -> Table:
    """Draw n pairs whose bounding boxes come within the tolerance: QUESTION and PROVENANCE columns."""
    return _sample(n, rng, GUARD_BAND_SHARE)


def sample_all(n: int, rng: np.random.Generator) -> Table:
    """Draw n pairs as `sample` does, but keep those in a guard band: pairs as they come, for measuring only."""
    return _sample(n, rng, 1.0)


def _sample(n: int, rng: np.random.Generator, guard_band_share: float) -> Table:
    parts: list[Table] = []
    missing = n
    while missing > 0:
        part = _draw(int(missing * _SURPLUS) + 16, rng, guard_band_share)
        parts.append(take(part, slice(0, missing)))
        missing -= row_count(parts[-1])
    return concatenate(parts)


def _draw(n: int, rng: np.random.Generator, guard_band_share: float) -> Table:
    names = list(SCENES)
    shares = np.array([share for _, share in SCENES.values()])
    counts = rng.multinomial(n, shares / shares.sum())
    parts = [_scene_table(name, int(count), rng) for name, count in zip(names, counts, strict=True) if count]
    table = concatenate(parts)
    table = take(table, rng.permutation(row_count(table)))
    return _kept(table, rng, guard_band_share)


def _scene_table(joint: str, n: int, rng: np.random.Generator) -> Table:
    scene = SCENES[joint][0](n, rng)
    error = errors.draw_errors(joint, n, rng)
    error = np.where(errors.effective(scene, error), error, "none").astype(np.str_)
    scene = _anyhow(errors.inject(scene, error, rng), rng)
    table = write_members(scene.first, scene.second)
    tolerance = np.where(rng.random(n) < 0.5, DEFAULT_TOLERANCE_MM, np.round(rng.uniform(10, 100, n)))
    return {
        **table,
        "tolerance_mm": tolerance,
        "joint_type": np.full(n, joint),
        "error_kind": error,
        "origin": np.full(n, "scene"),
        "building_kind": np.full(n, "none"),
        "building_id": np.zeros(n, dtype=np.int64),
    }


def _kept(table: Table, rng: np.random.Generator, guard_band_share: float) -> Table:
    """Keep pairs within the tolerance, thin the frequent classes, keep this share of the guard bands."""
    first, second = read_members(table)
    near = boxes_within(first.prisms, second.prisms, table["tolerance_mm"])
    table, first, second = take(table, near), first.take(near), second.take(near)
    measures = measure(first, second)
    classes = classify(first, second, measures, table["tolerance_mm"])
    guarded = in_guard_band(first, second, measures, table["tolerance_mm"])
    shares = np.array([KEPT_SHARE[code] for code in sorted(KEPT_SHARE)])[classes]
    kept = rng.random(len(classes)) < np.where(guarded, guard_band_share, 1.0) * shares
    return take({**table, "in_guard_band": guarded}, kept)


def _anyhow(scene: Scene, rng: np.random.Generator) -> Scene:
    """Mirror, turn, move and swap scenes, and draw members from their other end: none of it changes the answer."""
    n = len(scene.first)
    mirror = np.where(symmetric(scene.first) & symmetric(scene.second) & (rng.random(n) < 0.5), -1.0, 1.0)
    plan = rng.uniform(-np.pi, np.pi, n) * rng.choice([0.0, 1.0], n, p=[0.4, 0.6]) + rng.integers(4, size=n) * np.pi / 2
    turn = _plan_turn(plan)
    tilted = rng.random(n) < 0.15
    turn = np.where(tilted[:, None, None], _random_turns(n, rng), turn)
    move = np.round(rng.uniform(-60_000, 60_000, (n, 3)) * np.array([1.0, 1.0, 0.4]))
    placed = [_placed(_redrawn(members, rng), mirror, turn, move) for members in (scene.first, scene.second)]
    swap = rng.random(n) < 0.5
    as_is = Scene(placed[0], placed[1], scene.toward)
    return errors.choose(swap, Scene(placed[1], placed[0], scene.toward), as_is)


def _plan_turn(angle: FloatArray) -> FloatArray:
    cos, sin, zero, one = np.cos(angle), np.sin(angle), np.zeros(len(angle)), np.ones(len(angle))
    return np.stack([cos, -sin, zero, sin, cos, zero, zero, zero, one], axis=-1).reshape(-1, 3, 3)


def _random_turns(n: int, rng: np.random.Generator) -> FloatArray:
    """Return uniformly random rotations (from normalised quaternions)."""
    w, x, y, z = (q := rng.normal(size=(4, n))) / np.linalg.norm(q, axis=0)
    rows = [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)]
    rows += [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)]
    rows += [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]
    return np.stack(rows, axis=-1).reshape(-1, 3, 3)


def _redrawn(members: Members, rng: np.random.Generator) -> Members:
    """Draw half of the plain symmetric members from their other end."""
    prisms = members.prisms
    turned = (rng.random(len(members)) < 0.5) & symmetric(members) & (prisms.cope_depth == 0)
    sign = np.where(turned, -1.0, 1.0)[:, None]
    frame = prisms.frame * np.stack([sign[:, 0], sign[:, 0], np.ones(len(sign))], axis=1)[:, :, None]
    opening = np.where(turned & (prisms.opening_length > 0), prisms.length - prisms.opening_at, prisms.opening_at)
    origin = np.where(turned[:, None], prisms.end, prisms.origin)
    return Members(members.kind, replace(prisms, origin=origin, frame=frame, opening_at=opening))


def _placed(members: Members, mirror: NDArray[np.float64], turn: FloatArray, move: FloatArray) -> Members:
    prisms: Prisms = members.prisms
    flip = np.stack([np.ones(len(mirror)), mirror, np.ones(len(mirror))], axis=1)
    frame = np.einsum("nij,nkj->nki", turn, prisms.frame * flip[:, None, :])
    frame[:, 1] *= mirror[:, None]  # a mirrored frame stays right-handed
    origin = np.einsum("nij,nj->ni", turn, prisms.origin * flip) + move
    return Members(members.kind, replace(prisms, origin=origin, frame=frame))
