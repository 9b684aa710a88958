"""What can be measured of a pair: contact, directions, and how each member's nearest end lies to the other member."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structural.geometry.contact import Contact, contact_of
from structural.geometry.prisms import ANGLE, CHANNEL, I_SHAPE, TEE, FloatArray, Prisms
from structural.problems.clash_detector.members import Members

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class NearEnd:
    """The end of member X that is nearest to the body of member Y, as Y sees it. Lengths in mm, shape (n,).

    ``position`` (n, 3) is the centre of that end and ``outward`` (n, 3) the direction in which X would go on, both in
    the frame of Y. ``to_axis`` is the way from the end outward to the point of X's line nearest to Y's line (negative:
    the end is past it); ``eccentricity`` the distance between the two lines; ``across_depth`` (0 to 1) how far that
    distance runs along Y's depth; ``aims_at`` whether X's line goes through Y's bounding box; ``short_of`` the way
    from the end outward to that box, negative inside it, infinite if missed; ``to_box`` the distance to the box.
    ``to_lines`` and ``line_eccentricity`` (n, 2) are the same as ``to_axis`` and ``eccentricity`` for the other
    `reference_lines` of Y.
    """

    position: FloatArray
    outward: FloatArray
    to_axis: FloatArray
    eccentricity: FloatArray
    across_depth: FloatArray
    aims_at: BoolArray
    short_of: FloatArray
    to_box: FloatArray
    to_lines: FloatArray
    line_eccentricity: FloatArray


@dataclass(frozen=True, slots=True)
class Measures:
    """Everything the written rule and the encoding read of n pairs.

    ``cosines`` (n, 3, 3): axis, side and up of the first by those of the second. ``ends``: the near end of the first
    as the second sees it, then the other way round. ``end_to_end`` the smallest distance between end centres.
    ``through_opening`` (n, 2): where the other member's axis crosses this member's web, relative to the half sizes of
    its opening (largest of the two coordinates; below 1 is inside; infinite where there is no opening).
    """

    contact: Contact
    cosines: FloatArray
    ends: tuple[NearEnd, NearEnd]
    end_to_end: FloatArray
    through_opening: FloatArray


def measure(first: Members, second: Members) -> Measures:
    """Measure n pairs."""
    a, b = first.prisms, second.prisms
    starts_ends_a, starts_ends_b = np.stack([a.origin, a.end], 1), np.stack([b.origin, b.end], 1)
    between = np.linalg.norm(starts_ends_a[:, :, None] - starts_ends_b[:, None], axis=-1)
    return Measures(
        contact=contact_of(a, b),
        cosines=np.einsum("nij,nkj->nik", a.frame, b.frame),
        ends=(near_end(a, b), near_end(b, a)),
        end_to_end=between.min(axis=(1, 2)),
        through_opening=np.stack([_through_opening(a, b), _through_opening(b, a)], axis=1),
    )


def near_end(x: Prisms, y: Prisms) -> NearEnd:
    """Return the nearest end of each member of ``x`` as the members of ``y`` see it."""
    position = np.stack([_seen_from(y, x.origin), _seen_from(y, x.end)], axis=1)
    low, high = box_of(y)
    outside = np.maximum(np.maximum(low[:, None] - position, position - high[:, None]), 0.0)
    to_box = np.linalg.norm(outside, axis=2)
    along = np.einsum("nij,nj->ni", y.frame, x.frame[:, 0])
    near = np.argmin(to_box, axis=1)  # a tie goes to the start
    at = np.take_along_axis(position, near[:, None, None], axis=1)[:, 0]
    outward = np.where(near[:, None] == 0, -along, along)
    sine = np.maximum(np.hypot(outward[:, 1], outward[:, 2]), 1e-9)
    enter, leave = line_through(at, outward, low, high)
    lines = np.concatenate([np.zeros((len(y), 1, 2)), reference_lines(y)], axis=1)
    aside, above = np.moveaxis(at[:, None, 1:] - lines, -1, 0)
    to_lines = -(aside * outward[:, None, 1] + above * outward[:, None, 2]) / sine[:, None] ** 2
    eccentricity = np.abs(aside * outward[:, None, 2] - above * outward[:, None, 1]) / sine[:, None]
    return NearEnd(
        position=at,
        outward=outward,
        to_axis=to_lines[:, 0],
        eccentricity=eccentricity[:, 0],
        across_depth=np.abs(outward[:, 1]) / sine,
        aims_at=enter < leave,
        short_of=np.where(enter < leave, enter, np.inf),
        to_box=to_box.min(axis=1),
        to_lines=to_lines[:, 1:],
        line_eccentricity=eccentricity[:, 1:],
    )


def reference_lines(y: Prisms) -> FloatArray:
    """Return where modelling tools place members besides the middle of the box, (n, 2, 2) mm as (side, up) of each.

    The first line is the back (of a channel's web, of an angle's upright leg, of a tee's flange) at half its height,
    the second the centroid of the section without fillets. Both are the middle where a section is symmetric twice.
    """
    half_width, half_depth, zero = y.width / 2, y.depth / 2, np.zeros(len(y))
    stem = y.depth - np.where(y.section == CHANNEL, 2, 1) * y.flange
    flange_area, web_area = np.where(y.section == CHANNEL, 2, 1) * y.width * y.flange, stem * y.web
    share = web_area / np.maximum(flange_area + web_area, 1e-9)
    to_web, to_stem = half_width - y.web / 2, half_depth - stem / 2
    is_channel, is_angle, is_tee = (y.section == code for code in (CHANNEL, ANGLE, TEE))
    lines = [
        (np.where(is_channel | is_angle, -half_width, zero), is_tee * half_depth),
        (
            np.where(is_channel | is_angle, -share * to_web, zero),
            np.where(is_angle, (1 - share) * (y.flange / 2 - half_depth) + share * to_stem, zero)
            + np.where(is_tee, (1 - share) * (half_depth - y.flange / 2) - share * to_stem, zero),
        ),
    ]
    return np.stack([np.stack(line, axis=-1) for line in lines], axis=1)


def aims_within(end: NearEnd, y: Prisms, margin_mm: float) -> BoolArray:
    """Return which lines go through the bounding box of Y made longer by a margin at both ends, (n,)."""
    low, high = box_of(y)
    longer = np.array([margin_mm, 0.0, 0.0])
    enter, leave = line_through(end.position, end.outward, low - longer, high + longer)
    return np.asarray(enter < leave)


def _seen_from(y: Prisms, points: FloatArray) -> FloatArray:
    seen: FloatArray = np.einsum("nij,nj->ni", y.frame, points - y.origin)
    return seen


def box_of(y: Prisms) -> tuple[FloatArray, FloatArray]:
    """Return the corners (n, 3) of the bounding boxes of members in their own frames, low and high."""
    zero = np.zeros(len(y))
    low = np.stack([zero, -y.width / 2, -y.depth / 2], axis=-1)
    return low, np.stack([y.length, y.width / 2, y.depth / 2], axis=-1)


def line_through(
    at: FloatArray, direction: FloatArray, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return where a line enters and leaves a box, (n,) each; it misses the box when entering after leaving."""
    safe = np.where(np.abs(direction) < 1e-9, 1e-9, direction)
    first, second = (low - at) / safe, (high - at) / safe
    return np.minimum(first, second).max(axis=1), np.maximum(first, second).min(axis=1)


def _through_opening(y: Prisms, x: Prisms) -> FloatArray:
    """Return where the axis of ``x`` crosses the web plane of ``y``, relative to half its opening; (n,)."""
    start, along = _seen_from(y, x.origin), np.einsum("nij,nj->ni", y.frame, x.frame[:, 0])
    safe = np.where(np.abs(along[:, 1]) < 1e-6, 1e-6, along[:, 1])
    way = -start[:, 1] / safe
    crosses = (np.abs(along[:, 1]) > 0.5) & (way >= 0) & (way <= x.length) & (y.opening_length > 0)
    crosses &= y.section == I_SHAPE
    half_length, half_height = np.maximum(y.opening_length, 1.0) / 2, np.maximum(y.opening_height, 1.0) / 2
    at = start + way[:, None] * along
    relative = np.maximum(np.abs(at[:, 0] - y.opening_at) / half_length, np.abs(at[:, 2]) / half_height)
    return np.where(crosses, relative, np.inf)
