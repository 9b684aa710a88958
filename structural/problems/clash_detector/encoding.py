"""From a table of pairs to the arrays that the network reads; training and serving share this.

Each pair is put in one order (by kind, then size), so the network never sees the same pair two ways. A pair gives a
two-channel distance grid over its overlap zone and a row of scalars: how near and how deep, at which angles, how each
member's nearest end lies to the other member, sizes, thicknesses, kinds and sections. Nothing here reads a label or
the provenance, and no scalar says which class a pair is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from structural.geometry.grids import Zones, distance_grids, zones_of
from structural.geometry.prisms import SECTIONS, FloatArray, Prisms
from structural.problems.clash_detector.measures import Measures, NearEnd, measure
from structural.problems.clash_detector.members import Members, read_members
from structural.problems.clash_detector.request import BEAM, KINDS

ENCODING_VERSION = 4
_FAR_MM = 1e5


@dataclass(frozen=True, slots=True)
class Pairs:
    """n pairs in their canonical order, measured. ``tolerance_mm`` has shape (n,)."""

    first: Members
    second: Members
    measures: Measures
    zones: Zones
    tolerance_mm: FloatArray


@dataclass(frozen=True, slots=True)
class Encoded:
    """Model input: ``grids`` int8 (n, 2, GRID, GRID, GRID) and ``scalars`` float32 (n, k)."""

    grids: NDArray[np.int8]
    scalars: NDArray[np.float32]


def read_pairs(questions: Mapping[str, NDArray]) -> Pairs:
    """Return the pairs of a question table, ordered and measured."""
    one, other = read_members(questions)
    return order_pairs(one, other, np.asarray(questions["tolerance_mm"], dtype=float))


def order_pairs(one: Members, other: Members, tolerance_mm: FloatArray) -> Pairs:
    """Return pairs of members in their canonical order, measured; ``tolerance_mm`` has shape (n,)."""
    swap = _rank(one) > _rank(other)
    first, second = _choose(swap, other, one), _choose(swap, one, other)
    return Pairs(
        first=first,
        second=second,
        measures=measure(first, second),
        zones=zones_of(first.prisms, second.prisms),
        tolerance_mm=tolerance_mm,
    )


def encode(pairs: Pairs) -> Encoded:
    """Return the model input of measured pairs."""
    return Encoded(distance_grids(pairs.first.prisms, pairs.second.prisms, pairs.zones), scalars_of(pairs))


def _rank(members: Members) -> FloatArray:
    """Return a sort key: kind first, then the larger section, then the longer member."""
    prisms = members.prisms
    area = np.minimum(prisms.depth * prisms.width, 1e7)
    return members.kind * 1e9 - area - np.minimum(prisms.length, 1e6) * 1e-6


def _choose(mask: NDArray[np.bool_], chosen: Members, other: Members) -> Members:
    values = {}
    for name in Prisms.__dataclass_fields__:
        a, b = getattr(chosen.prisms, name), getattr(other.prisms, name)
        values[name] = np.where(mask.reshape(-1, *[1] * (a.ndim - 1)), a, b)
    return Members(np.where(mask, chosen.kind, other.kind), Prisms(**values))


def end_distances_mm(pairs: Pairs) -> FloatArray:
    """Return how far the centre of the overlap zone is from the nearest end of each member, (n, 2) mm."""
    centre = (pairs.zones.low + pairs.zones.high) / 2
    a, b = pairs.first.prisms, pairs.second.prisms
    world = a.origin + np.einsum("nij,ni->nj", a.frame, centre)
    along = np.stack([centre[:, 0], np.einsum("nj,nj->n", world - b.origin, b.frame[:, 0])], axis=1)
    length = np.stack([a.length, b.length], axis=1)
    away: FloatArray = np.maximum(np.minimum(along, length - along), 0.0)
    return away


def scalars_of(pairs: Pairs) -> NDArray[np.float32]:
    """Return the scalars of pairs, float32 (n, k); `scalar_names` names the columns."""
    return np.stack(list(_named_scalars(pairs).values()), axis=1).astype(np.float32)


def _named_scalars(pairs: Pairs) -> dict[str, FloatArray]:
    named = {**_contact_scalars(pairs), **_angle_scalars(pairs.measures), **_likeness_scalars(pairs)}
    away = end_distances_mm(pairs)
    sides = (pairs.first, pairs.second)
    for side, members in enumerate(sides):
        named |= _size_scalars(members, f"m{side + 1}")
        named |= _hit_scalars(pairs.measures, members, side)
        named |= _end_scalars(pairs.measures.ends[side], members, sides[1 - side], f"end{side + 1}")
        named[f"zone_from_end_{side + 1}"] = _log(away[:, side])
        named[f"zone_along_{side + 1}"] = np.minimum(away[:, side] / members.prisms.length, 0.5)
    extent, order = pairs.zones.extent, pairs.zones.order
    named |= {f"zone_extent_{axis}": _log(extent[:, axis]) for axis in range(3)}
    named |= {f"zone_longest_is_{axis}": (order[:, 0] == axis).astype(float) for axis in range(3)}
    return named


def _log(value_mm: FloatArray) -> FloatArray:
    """Return a signed logarithm: fine near zero, where the thresholds are, and bounded for far members."""
    cut = np.clip(np.nan_to_num(value_mm, posinf=_FAR_MM, neginf=-_FAR_MM), -_FAR_MM, _FAR_MM)
    return np.sign(cut) * np.log1p(np.abs(cut)) / 3.0


def _near_zero(value: FloatArray, span: float) -> FloatArray:
    """Return values cut at ± ``span`` and scaled: linear where the logarithm is too steep to place a threshold well."""
    return np.clip(np.nan_to_num(value, posinf=span, neginf=-span), -span, span) * (3.0 / span)


def _by_octave(name: str, value: FloatArray, first: float, octaves: int) -> dict[str, FloatArray]:
    """Return how far a value has gone through each octave from 0 and ``first`` upwards, 0 to 1 each.

    One number over a wide range leaves a network little to place a threshold by; a number an octave has the same
    resolution everywhere (piecewise linear encoding: Gorishniy et al., NeurIPS 2022).
    """
    nodes = [0.0, *(first * 2.0**power for power in range(octaves))]
    return {f"{name}_to_{high:g}": np.clip((value - low) / (high - low), 0.0, 1.0) for low, high in pairwise(nodes)}


def _degrees(cosine: FloatArray) -> FloatArray:
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def _contact_scalars(pairs: Pairs) -> dict[str, FloatArray]:
    contact, tolerance = pairs.measures.contact, pairs.tolerance_mm
    return {
        "gap": _log(contact.gap),
        "gap_minus_tolerance": _log(contact.gap - tolerance),
        "gap_linear": _near_zero(contact.gap, 60.0),
        "gap_minus_tolerance_linear": _near_zero(contact.gap - tolerance, 10.0),
        "depth": _log(contact.depth),
        "depth_linear": _near_zero(contact.depth, 30.0),
        "overlap": _log(contact.overlap),
        "hard": (contact.depth > 0).astype(float),
        "facing_deg": _log(_degrees(contact.facing)),
        "facing_linear": _near_zero(_degrees(contact.facing), 10.0),
        "end_to_end": _log(pairs.measures.end_to_end),
        "end_to_end_linear": _near_zero(pairs.measures.end_to_end - 300.0, 150.0),
        "tolerance": tolerance / 50.0,
    } | _by_octave("depth", contact.depth, first=1.0, octaves=8)


def _angle_scalars(measures: Measures) -> dict[str, FloatArray]:
    size = np.abs(measures.cosines)
    named = {f"cosine_{i}{j}": size[:, i, j] for i in range(3) for j in range(3)}
    named["from_parallel_deg"] = _log(_degrees(size[:, 0, 0]))
    named["from_square_deg"] = _log(90.0 - _degrees(size[:, 0, 0]))
    named["twist_1_deg"] = _log(_degrees(size[:, 1:, 0].max(axis=1)))
    named["twist_2_deg"] = _log(_degrees(size[:, 0, 1:].max(axis=1)))
    named["from_square_linear"] = _near_zero(90.0 - _degrees(size[:, 0, 0]), 20.0)
    named["twist_1_linear"] = _near_zero(_degrees(size[:, 1:, 0].max(axis=1)), 15.0)
    named["twist_2_linear"] = _near_zero(_degrees(size[:, 0, 1:].max(axis=1)), 15.0)
    return named


def _likeness_scalars(pairs: Pairs) -> dict[str, FloatArray]:
    a, b = pairs.first.prisms, pairs.second.prisms
    straight = np.maximum(np.linalg.norm(a.origin - b.origin, axis=1), np.linalg.norm(a.end - b.end, axis=1))
    turned = np.maximum(np.linalg.norm(a.origin - b.end, axis=1), np.linalg.norm(a.end - b.origin, axis=1))
    return {
        "ends_apart": _log(np.minimum(straight, turned)),
        "depth_difference": _log(np.abs(a.depth - b.depth)),
        "width_difference": _log(np.abs(a.width - b.width)),
        "same_kind": (pairs.first.kind == pairs.second.kind).astype(float),
        "same_section": (a.section == b.section).astype(float),
        "size_ratio_1": np.minimum(np.maximum(b.depth, b.width) / a.depth, 3.0),
        "size_ratio_2": np.minimum(np.maximum(a.depth, a.width) / b.depth, 3.0),
    }


def _size_scalars(members: Members, name: str) -> dict[str, FloatArray]:
    p = members.prisms
    named = {
        f"{name}_depth": np.log(p.depth) / 3,
        f"{name}_width": np.log(p.width) / 3,
        f"{name}_web": np.log(p.web),
        f"{name}_flange": np.log(p.flange),
        f"{name}_length": np.log(p.length) / 3,
        f"{name}_coped": (p.cope_depth > 0).astype(float),
        f"{name}_opened": (p.opening_length > 0).astype(float),
    }
    named |= {f"{name}_is_{kind}": (members.kind == code).astype(float) for code, kind in enumerate(KINDS)}
    return named | {f"{name}_section_{text}": (p.section == code).astype(float) for code, text in enumerate(SECTIONS)}


def _hit_scalars(measures: Measures, members: Members, side: int) -> dict[str, FloatArray]:
    p, contact = members.prisms, measures.contact
    named = {}
    for part, (text, thickness) in enumerate((("flange", p.flange), ("web", p.web))):
        depth, overlap = contact.part_depth[:, side, part], contact.part_overlap[:, side, part]
        named[f"hit{side + 1}_{text}_depth"] = _log(depth)
        named[f"hit{side + 1}_{text}_ratio"] = np.log1p(np.minimum(depth / thickness, 50.0))
        named |= _by_octave(f"hit{side + 1}_{text}_ratio", depth / thickness, first=0.25, octaves=6)
        named[f"hit{side + 1}_{text}_taken"] = np.minimum(overlap / thickness, 2.0)
    thin = np.minimum(np.minimum(p.depth, p.width), p.flange)
    any_ratio = contact.part_depth[:, side].max(axis=1) / thin
    named[f"hit{side + 1}_any_ratio"] = np.log1p(np.minimum(any_ratio, 50.0))
    named |= _by_octave(f"hit{side + 1}_any_ratio", any_ratio, first=0.25, octaves=6)
    relative = np.minimum(np.nan_to_num(measures.through_opening[:, side], posinf=3.0), 3.0)
    return named | {f"hit{side + 1}_opening": relative}


def _end_scalars(end: NearEnd, x: Members, y: Members, name: str) -> dict[str, FloatArray]:
    at = end.position
    sine = np.sqrt(np.maximum(1 - end.outward[:, 0] ** 2, 1e-4))
    half = np.maximum(x.prisms.depth, x.prisms.width) / 2
    corner = end.short_of * sine - half * np.abs(end.outward[:, 0])
    beyond_depth = end.eccentricity - np.maximum(y.prisms.depth - x.prisms.depth, 0.0) / 2
    foot = at[:, 0] + end.outward[:, 0] * end.to_axis
    return _line_scalars(end, x, y, name) | {
        f"{name}_offset_linear": _near_zero(np.hypot(at[:, 1], at[:, 2]), 60.0),
        f"{name}_foot_inside_linear": _near_zero(np.minimum(foot, y.prisms.length - foot), 60.0),
        f"{name}_past_start": _log(at[:, 0]),
        f"{name}_before_end": _log(y.prisms.length - at[:, 0]),
        f"{name}_aside": _log(np.abs(at[:, 1])),
        f"{name}_above": _log(np.abs(at[:, 2])),
        f"{name}_aside_ratio": np.minimum(np.abs(at[:, 1]) / y.prisms.width, 3.0),
        f"{name}_above_ratio": np.minimum(np.abs(at[:, 2]) / y.prisms.depth, 3.0),
        f"{name}_outward_aside": np.abs(end.outward[:, 1]),
        f"{name}_outward_above": np.abs(end.outward[:, 2]),
        f"{name}_to_axis": _log(end.to_axis),
        f"{name}_eccentricity": _log(end.eccentricity),
        f"{name}_short_of_linear": _near_zero(end.short_of * sine, 60.0),
        f"{name}_corner_short_of_linear": _near_zero(corner, 60.0),
        f"{name}_beyond_depth_linear": _near_zero(beyond_depth, 60.0),
        f"{name}_beyond_depth": _log(beyond_depth),
        f"{name}_across_depth": end.across_depth,
        f"{name}_aims_at": end.aims_at.astype(float),
        f"{name}_short_of": _log(end.short_of * sine),
        f"{name}_to_box": _log(end.to_box),
    }


def _line_scalars(end: NearEnd, x: Members, y: Members, name: str) -> dict[str, FloatArray]:
    """Return how the end of X lies to the lines that Y may have been placed by, each and the best of them.

    Across the depth of a beam there is room for what is less deep: eccentricity counts from there.
    """
    to_all = np.concatenate([end.to_axis[:, None], end.to_lines], axis=1)
    aside_all = np.concatenate([end.eccentricity[:, None], end.line_eccentricity], axis=1)
    room = np.where(
        (y.kind == BEAM) & (end.across_depth > 0.9), np.maximum(y.prisms.depth - x.prisms.depth, 0.0) / 2, 0
    )
    beyond_all = aside_all - room[:, None]
    named = {}
    for row, line in enumerate(("axis", "back", "centroid")):
        named[f"{name}_to_{line}_linear"] = _near_zero(to_all[:, row], 60.0)
        named[f"{name}_{line}_eccentricity_linear"] = _near_zero(aside_all[:, row], 60.0)
        named[f"{name}_{line}_beyond_linear"] = _near_zero(beyond_all[:, row], 60.0)
    nearest = np.argmin(np.abs(to_all) + np.maximum(beyond_all, 0.0), axis=1)[:, None]
    to_nearest, beyond = (np.take_along_axis(values, nearest, axis=1)[:, 0] for values in (to_all, beyond_all))
    return named | {
        f"{name}_to_nearest_line": _log(to_nearest),
        f"{name}_to_nearest_line_linear": _near_zero(to_nearest, 30.0),
        f"{name}_nearest_line_beyond_linear": _near_zero(beyond, 30.0),
        f"{name}_least_beyond_linear": _near_zero(beyond_all.min(axis=1), 30.0),
        f"{name}_off_node_linear": _near_zero(np.maximum(np.abs(to_all), beyond_all).min(axis=1), 30.0),
    }


def scalar_names(pairs: Pairs) -> tuple[str, ...]:
    """Return the names of the columns that `scalars_of` gives, in order."""
    return tuple(_named_scalars(pairs))
