"""How questions become arrays: a drawing of the joint, its bolts as tokens, and scalars. One encoding for all floors.

The drawing is `CHANNELS` x `PIXELS` x `PIXELS`, y along the load, centred on the bolt group and scaled so that group
and plies fit; the scalars carry the size. It is computed on the fly and never stored.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.elementwise import maximum, minimum, where, within
from structural.problems.connection_designer.applicability import applicable_families
from structural.problems.connection_designer.arrays import as_columns
from structural.problems.connection_designer.beam import element_length_in, is_conventional_tab
from structural.problems.connection_designer.catalogue import DETAILED_FAMILIES
from structural.problems.connection_designer.lap import overlap_in
from structural.problems.connection_designer.layout import (
    BeamEnd,
    BoltPattern,
    beam_end,
    drawn_pattern,
    elastic_shares,
    tab_lines,
)
from structural.problems.connection_designer.ratios import RATIO_NAMES, load_ratios
from structural.problems.connection_designer.request import (
    BOLT_GRADES,
    DEFAULTS,
    ELECTRODES,
    HOLE_TYPES,
    JOINT_TYPES,
    LOAD_CHARACTERS,
    BoolArray,
    FloatArray,
    Joint,
    resolve,
)
from structural.problems.connection_designer.strengths import (
    bolt_shear,
    hole_sizes,
    pretension_is_required,
    slip_is_required_to_be_prevented,
)
from structural.tables import Table

ENCODING_VERSION = 1
PIXELS = 24
CHANNELS = ("ply", "bolts", "free_edges", "load_line", "demand", "members")
TOKEN_FEATURES = ("x", "y", "share", "demand", "clear_distance", "at_edge", "present")
_CENTRES = np.arange(PIXELS) + 0.5 - 0.5 * PIXELS
_OFF_CENTRE = np.abs(_CENTRES)
"""Pixel centres along an axis, and how far they are from the middle, in pixels."""
MARGIN = 1.15
"""Drawing over the larger of plate and bolt group."""
SHARPNESS = (6.0, 40.0)
"""Each ratio r is also given as tanh(6 r) and tanh(40 r), which tell apart what lies close to 1."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Model input: ``raster`` uint8 (n, C, H, W), ``tokens`` (n, T, F) and ``scalars`` (n, S) float32.

    ``allowed`` (n, families) tells which detailed families the rules permit; ``load`` (n,) is in kip. Of a single
    request (`request.resolve_one`) the arrays lack the first axis.
    """

    raster: NDArray[np.uint8]
    tokens: NDArray[np.float32]
    scalars: NDArray[np.float32]
    allowed: BoolArray
    load: FloatArray


def encode(questions: Table) -> Encoded:
    """Return the model input of a table of QUESTION columns; unknown values raise `StructuralError`."""
    return encode_joint(resolve(questions))


def encode_joint(joint: Joint) -> Encoded:
    """Return the model input of resolved requests."""
    end = beam_end(joint)
    pattern = drawn_pattern(joint)
    lever = where(joint.lap, joint.eccentricity, 0.5 * end.lever + joint.eccentricity)
    shares = elastic_shares(pattern, lever)
    allowed = applicable_families(joint, end)
    return Encoded(
        raster=_raster(joint, end, pattern, shares),
        tokens=_tokens(joint, pattern, shares),
        scalars=_scalars(joint, end, allowed),
        allowed=allowed,
        load=joint.load,
    )


def _scalars(joint: Joint, end: BeamEnd, allowed: BoolArray) -> NDArray[np.float32]:
    """Return raw inputs, one-hot categories, rule flags and ratios, in the order of `scalar_names`."""
    ratios = load_ratios(joint)
    raw, members = as_columns(_raw(joint).values()), as_columns(_members(joint, end).values())
    one_hot = (_unit_rows(len(categories))[codes] for codes, categories in _categories(joint).values())
    sharp = (np.tanh(scale * ratios) for scale in SHARPNESS)
    return np.concatenate(
        [raw, *one_hot, members, allowed, ratios, *sharp], axis=-1, dtype=np.float32, casting="same_kind"
    )


def scalar_names() -> tuple[str, ...]:
    """Return the names of the scalars, in the order of `Encoded.scalars`."""
    probe: Table = {
        name: np.array([value])
        for name, value in {
            "bolt_diameter": 1.0,
            "bolt_count": 8,
            "bolt_grade": "A325",
            "tributary_load_kips": 250.0,
            **DEFAULTS,
        }.items()
    }
    joint = resolve(probe)
    flags = (f"allowed_{family}" for family in DETAILED_FAMILIES)
    sharp = (f"{name}_x{scale:g}" for scale in SHARPNESS for name in RATIO_NAMES)
    one_hot = (f"{name}_{word}" for name, (_, words) in _categories(joint).items() for word in words)
    return (*_raw(joint), *one_hot, *_members(joint, beam_end(joint)), *flags, *RATIO_NAMES, *sharp)


def _categories(joint: Joint) -> dict[str, tuple[NDArray[np.intp], tuple[str, ...]]]:
    """Return the codes of each category, (n,), with its words."""
    return {
        "grade": (joint.grade, BOLT_GRADES),
        "hole": (joint.hole, HOLE_TYPES),
        "character": (joint.character, LOAD_CHARACTERS),
        "joint": (joint.joint, JOINT_TYPES),
        "electrode": (joint.electrode, ELECTRODES),
    }


@cache
def _unit_rows(size: int) -> FloatArray:
    """Return the unit matrix, whose row is the one-hot form of a code."""
    return np.eye(size)


def _raw(joint: Joint) -> dict[str, FloatArray]:
    d = joint.diameter
    return {
        "diameter": d,
        "count": joint.count / 10.0,
        "log_count": np.log(joint.count),
        "log_load": np.log(joint.load),
        "lrfd": joint.lrfd.astype(float),
        "threads_excluded": joint.threads_excluded.astype(float),
        "planes": joint.planes,
        "surface_b": joint.surface.astype(float),
        "ply_grade": joint.ply_grade.astype(float),
        "thickness": joint.thickness,
        "thickness_d": joint.thickness / d,
        "log_width": where(joint.lap, np.log(joint.width), 0.0),
        "edge_d": joint.edge / d,
        "spacing_d": joint.spacing / d,
        "eccentricity": joint.eccentricity / 10.0,
        "log_eccentricity": np.log1p(joint.eccentricity),
        "is_eccentric": (joint.eccentricity > 0.0).astype(float),
        "slip_required": slip_is_required_to_be_prevented(joint).astype(float),
        "pretensioned": pretension_is_required(joint).astype(float),
    }


def _members(joint: Joint, end: BeamEnd) -> dict[str, FloatArray]:
    beam, support = joint.beam, joint.support
    columns = {
        "beam_depth": beam.d_in / 10.0,
        "beam_web": beam.tw_in,
        "beam_flange": beam.tf_in,
        "beam_width": beam.bf_in / 10.0,
        "support_depth": support.d_in / 10.0,
        "support_web": support.tw_in,
        "support_flange": support.tf_in,
        "support_k": support.kdes_in,
        "web_depth": end.web_depth / 10.0,
        "lever": end.lever / 10.0,
        "two_lines": tab_lines(joint, end) - 1.0,
        "conventional": is_conventional_tab(joint, end).astype(float),
    }
    return {name: where(joint.lap, 0.0, column) for name, column in columns.items()}


def _tokens(joint: Joint, pattern: BoltPattern, shares: FloatArray) -> NDArray[np.float32]:
    holes = hole_sizes(joint)
    d = joint.diameter[..., None]
    present = pattern.mask
    last = where(present, pattern.y, -np.inf).max(axis=-1, keepdims=True)
    at_edge = present & (pattern.y >= last - 1e-6)
    inner = (joint.spacing - holes.along)[..., None]
    clear = where(at_edge, (joint.edge - 0.5 * holes.along)[..., None], inner)
    demand = np.log(maximum(shares * (joint.load / bolt_shear(joint, joint.planes))[..., None], 1e-3))
    columns = (
        pattern.x / (4.0 * d),
        pattern.y / (12.0 * d),
        shares * joint.count[..., None],
        within(demand, -4.0, 4.0),
        clear / d,
        at_edge,
        present,
    )
    tokens = np.zeros((*present.shape, len(TOKEN_FEATURES)), dtype=np.float32)
    for place, column in enumerate(columns):
        tokens[..., place] = np.where(present, column, 0.0)
    return tokens


def _raster(joint: Joint, end: BeamEnd, pattern: BoltPattern, shares: FloatArray) -> NDArray[np.uint8]:
    lines = tab_lines(joint, end)
    rows = np.ceil(joint.count / lines)
    height = where(joint.lap, overlap_in(joint), element_length_in(joint, rows))
    plate = end.lever + (lines - 1.0) * joint.gage + 2.0 * joint.diameter
    width = where(joint.lap, joint.width, plate)
    scale = PIXELS / (MARGIN * maximum(maximum(height, width), 4.0 * joint.diameter))
    y = x = _OFF_CENTRE / scale[..., None]
    inside_y, inside_x = y <= 0.5 * height[..., None], x <= 0.5 * width[..., None]
    edge_y = maximum(0.0, 1.0 - np.abs(y - 0.5 * height[..., None]) * scale[..., None])
    edge_x = maximum(0.0, 1.0 - np.abs(x - 0.5 * width[..., None]) * scale[..., None])
    raster = np.zeros((*joint.load.shape, len(CHANNELS), PIXELS, PIXELS), dtype=np.uint8)
    solid = within(100.0 * joint.thickness / joint.diameter, 20.0, 250.0).astype(np.uint8)
    ply = inside_y[..., :, None] & inside_x[..., None, :]
    raster[..., 0, :, :] = ply * solid[..., None, None]
    _splat(raster, pattern, shares * joint.count[..., None], joint, scale)
    border_y = minimum(240.0 * edge_y, 240.0).astype(np.uint8)
    border_x = minimum(240.0 * edge_x, 240.0).astype(np.uint8)
    raster[..., 2, :, :] = np.maximum(
        border_y[..., :, None] * inside_x[..., None, :], border_x[..., None, :] * inside_y[..., :, None]
    )
    offset = within(joint.eccentricity * scale, 0.0, 0.5 * PIXELS - 1.0)
    line = maximum(0.0, 1.0 - np.abs(_CENTRES - offset[..., None]))
    strength = within(40.0 * np.log1p(joint.load / bolt_shear(joint, joint.planes)), 10.0, 250.0)
    raster[..., 3, :, :] = (line * strength[..., None]).astype(np.uint8)[..., None, :]
    web = within(100.0 * joint.beam.tw_in, 1.0, 250.0)
    raster[..., 5, :, :] = _member_outline(joint, end, y, web)
    return raster


def _member_outline(joint: Joint, end: BeamEnd, y: FloatArray, web: FloatArray) -> NDArray[np.uint8]:
    """Return the beam web as a band of its straight depth and the support as the left edge; nothing for a lap."""
    band = (y <= 0.5 * end.web_depth[..., None]) * where(joint.lap, 0.0, web)[..., None]
    outline = np.repeat(band.astype(np.uint8)[..., :, None], PIXELS, axis=-1)
    wall = within(100.0 * end.support_thickness, 1.0, 250.0)
    outline[..., :, 0] = where(joint.lap, 0.0, wall).astype(np.uint8)[..., None]
    return outline


def _splat(
    raster: NDArray[np.uint8], pattern: BoltPattern, demand: FloatArray, joint: Joint, scale: FloatArray
) -> None:
    """Draw each bolt into its pixel: the hole by its size, and its force by its share of the load."""
    bolts = np.nonzero(pattern.mask)
    row: Any = bolts[:-1]  # empty for one request, whose arrays have no such axis
    half = 0.5 * PIXELS
    px = within(pattern.x[bolts] * scale[row] + half, 0, PIXELS - 1).astype(np.intp)
    py = within(pattern.y[bolts] * scale[row] + half, 0, PIXELS - 1).astype(np.intp)
    size = within(90.0 * joint.diameter * scale, 20.0, 250.0).astype(np.uint8)
    raster[*row, 1, py, px] = size[row]
    raster[*row, 4, py, px] = within(60.0 * demand[bolts], 0.0, 250.0).astype(np.uint8)
