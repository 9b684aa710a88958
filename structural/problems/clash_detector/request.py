"""Columns of the clash detector: one entry is one pair of members whose bounding boxes come within the tolerance."""

from structural.geometry.prisms import SECTIONS
from structural.problem import Column, Kind, Role

DEFAULT_TOLERANCE_MM = 50.0
MIN_TOLERANCE_MM, MAX_TOLERANCE_MM = 1.0, 200.0

KINDS = ("column", "beam", "brace", "plate", "pipe", "duct")
"""What a member is, by code. The first three are primary steel, plates connect, pipes and ducts are services."""
COLUMN, BEAM, BRACE, PLATE_KIND, PIPE, DUCT = range(len(KINDS))
SERVICES = ("pipe", "duct")

CLASSES = ("CONNECTION", "NONE", "LOW", "MEDIUM", "HIGH")
"""Answers: an intended joint, nothing to do, or a clash by severity."""
CONNECTION, NONE, LOW, MEDIUM, HIGH = range(len(CLASSES))

JOINT_TYPES = (
    "beam_to_column_flange",
    "beam_to_column_web",
    "beam_to_girder",
    "brace_to_node",
    "light_framing",
    "brace_to_gusset",
    "gusset_to_member",
    "end_plate",
    "splice",
    "bearing",
    "siblings",
    "service_opening",
    "crossing",
    "loose_end",
    "unplanned",
)
"""What a pair was meant as, or ``crossing`` and ``loose_end`` where nothing was.

``unplanned`` are the pairs of a building that no joint of it explains.
"""
ERROR_KINDS = (
    "none",
    "shifted",
    "overrun",
    "rotated",
    "twisted",
    "duplicated",
    "oversized",
    "missing_trim",
    "pressed",
    "pulled",
    "coincident",
)
ORIGINS = ("scene", "building")
"""Where a pair comes from: drawn alone, or read from the IFC model of a building."""
BUILDING_KINDS = ("none", "frame", "braced_frame", "truss_hall", "stair_tower", "plant")
MAX_BUILDING_ID = 2**53

DIMENSIONS = ("depth_mm", "width_mm", "web_mm", "flange_mm", "length_mm")
TRIMS = ("cope_length_mm", "cope_depth_mm", "opening_at_mm", "opening_length_mm", "opening_height_mm")
ORIGIN = ("x_mm", "y_mm", "z_mm")
AXIS = ("axis_x", "axis_y", "axis_z")
UP = ("up_x", "up_y", "up_z")
SIDES = ("1", "2")

_DIMENSION_TEXT = {
    "depth_mm": "depth of the section, along its up direction",
    "width_mm": "width of the section",
    "web_mm": "web thickness (wall thickness of hollow, thickness of solid sections)",
    "flange_mm": "flange thickness (wall thickness of hollow, thickness of solid sections)",
    "length_mm": "length of the member",
}
_TRIM_TEXT = {
    "cope_length_mm": "length of the cope at the top of the start end; 0 for none",
    "cope_depth_mm": "depth of the cope at the top of the start end; 0 for none",
    "opening_at_mm": "centre of the web opening from the start; 0 for none",
    "opening_length_mm": "length of the web opening along the member; 0 for none",
    "opening_height_mm": "height of the web opening, centred at mid-depth; 0 for none",
}


def _number(name: str, text: str, minimum: float, maximum: float, unit: str = "mm") -> Column:
    return Column(name, Kind.FLOAT, Role.QUESTION, unit, text, minimum, maximum)


def _member_columns(side: str) -> tuple[Column, ...]:
    which = "first" if side == "1" else "second"
    columns = [
        Column(f"kind_{side}", Kind.CATEGORY, Role.QUESTION, "", f"what the {which} member is", categories=KINDS),
        Column(f"section_{side}", Kind.CATEGORY, Role.QUESTION, "", f"its section of the {which}", categories=SECTIONS),
    ]
    columns += [_number(f"{name}_{side}", _DIMENSION_TEXT[name], 0.1, 200_000.0) for name in DIMENSIONS]
    columns += [_number(f"{name}_{side}", f"start of the axis, {name[0]}", -1e7, 1e7) for name in ORIGIN]
    columns += [_number(f"{name}_{side}", f"direction of the axis, {name[-1]}", -1.0, 1.0, "1") for name in AXIS]
    columns += [_number(f"{name}_{side}", f"up direction of the section, {name[-1]}", -1.0, 1.0, "1") for name in UP]
    columns += [_number(f"{name}_{side}", _TRIM_TEXT[name], 0.0, 200_000.0) for name in TRIMS]
    return tuple(columns)


COLUMNS: tuple[Column, ...] = (
    *_member_columns("1"),
    *_member_columns("2"),
    _number("tolerance_mm", "pairs with a gap up to this are looked at", MIN_TOLERANCE_MM, MAX_TOLERANCE_MM),
    Column("joint_type", Kind.CATEGORY, Role.PROVENANCE, "", "joint the pair was built as", categories=JOINT_TYPES),
    Column("error_kind", Kind.CATEGORY, Role.PROVENANCE, "", "error put into the pair", categories=ERROR_KINDS),
    Column("origin", Kind.CATEGORY, Role.PROVENANCE, "", "pair drawn alone or of a building", categories=ORIGINS),
    Column("building_kind", Kind.CATEGORY, Role.PROVENANCE, "", "what the building is", categories=BUILDING_KINDS),
    Column(
        "building_id",
        Kind.INTEGER,
        Role.PROVENANCE,
        "",
        "number of the building (the IFC model) that the pair is of; 0 for none. Pairs of one building share a split",
        0,
        MAX_BUILDING_ID,
    ),
    Column(
        "in_guard_band",
        Kind.BOOLEAN,
        Role.PROVENANCE,
        "",
        "the class changes when a threshold of the written rule moves within its guard band",
    ),
    Column("pair_class", Kind.CATEGORY, Role.LABEL, "", "intended joint, nothing, or severity", categories=CLASSES),
    Column(
        "distance_mm",
        Kind.FLOAT,
        Role.LABEL,
        "mm",
        "gap between the solids, or minus the depth of penetration",
        -200_000.0,
        200_000.0,
    ),
    Column("resolution_hours", Kind.FLOAT, Role.LABEL, "h", "work to resolve, by the written table", 0.0, 100.0),
)
