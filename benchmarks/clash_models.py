"""Steel frames of any size as IFC, for the clash benchmarks: ``frame_model(5_000)`` gives the file's content.

Columns, beams on two axes, secondary beams, braces of hollow sections and pipes. In every other bay the beams stop
12 mm short of the columns, in the rest they are drawn to the columns' axes, as both is done; one in fifty is too long,
and one column in fifty is modelled twice.
The same number gives the same bytes.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

BAY_MM, STOREY_MM, SETBACK_MM, OVERRUN_MM = 6000.0, 4000.0, 12.0, 180.0
_A_BAY = 7
"""Members that a bay of a storey has."""
_HEAD = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION(('ViewDefinition [CoordinationView]'),'2;1');
FILE_NAME('frame.ifc','2026-01-01T00:00:00',(''),(''),'','','');
FILE_SCHEMA(('IFC4'));
ENDSEC;
DATA;
#1=IFCCARTESIANPOINT((0.,0.,0.));
#2=IFCDIRECTION((0.,0.,1.));
#3=IFCDIRECTION((1.,0.,0.));
#4=IFCAXIS2PLACEMENT3D(#1,#2,#3);
#5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#4,$);
#6=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);
#7=IFCUNITASSIGNMENT((#6));
#8=IFCPROJECT('0000000000000000000001',$,'frame',$,$,$,$,(#5),#7);
#9=IFCCARTESIANPOINT((0.,0.));
#10=IFCDIRECTION((1.,0.));
#11=IFCAXIS2PLACEMENT2D(#9,#10);
#12=IFCISHAPEPROFILEDEF(.AREA.,'HEB300',#11,300.,300.,11.,19.,27.,$,$);
#13=IFCISHAPEPROFILEDEF(.AREA.,'IPE400',#11,180.,400.,8.6,13.5,21.,$,$);
#14=IFCISHAPEPROFILEDEF(.AREA.,'IPE240',#11,120.,240.,6.2,9.8,15.,$,$);
#15=IFCRECTANGLEHOLLOWPROFILEDEF(.AREA.,'SHS120',#11,120.,120.,8.,$,$);
#16=IFCCIRCLEHOLLOWPROFILEDEF(.AREA.,'DN100',#11,57.15,6.);
"""
_PROFILES = {"HEB300": 12, "IPE400": 13, "IPE240": 14, "SHS120": 15, "DN100": 16}
_FIRST = 20
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$"


@dataclass(frozen=True, slots=True)
class Part:
    """A straight member: IFC class, name of its profile, and its two ends in mm."""

    ifc_class: str
    profile: str
    start: tuple[float, float, float]
    end: tuple[float, float, float]


def frame_parts(members: int, shift_mm: float = 0.0) -> list[Part]:
    """Return the first so many members of a frame as deep and as high as it is wide.

    ``shift_mm`` moves each end of each member by up to that much, so that no two pairs are alike.
    """
    side = max(2, math.ceil((members / _A_BAY) ** (1 / 3)))
    rng = np.random.default_rng(7)
    bays = ((x, y, z) for z in range(side) for y in range(side) for x in range(side))
    parts: list[Part] = []
    for bay in bays:
        parts.extend(_bay(*bay, too_long=bool(rng.random() < 0.02)))
        if rng.random() < 0.02:
            parts.append(parts[-_A_BAY])
        if len(parts) >= members:
            break
    return [_shifted(part, rng.uniform(-shift_mm, shift_mm, (2, 3))) for part in parts[:members]]


def _shifted(part: Part, by: np.ndarray) -> Part:
    start, end = (np.array([part.start, part.end]) + by).tolist()
    return replace(part, start=tuple(start), end=tuple(end))


def _bay(x: int, y: int, z: int, *, too_long: bool) -> Iterator[Part]:
    east, north, low = x * BAY_MM, y * BAY_MM, z * STOREY_MM
    top = low + STOREY_MM - 200.0
    to_axis = (x + y) % 2 == 0
    flange, web = (0.0, 0.0) if to_axis else (150.0 + SETBACK_MM, 5.5 + SETBACK_MM)
    more = OVERRUN_MM if too_long else 0.0
    yield Part("IFCCOLUMN", "HEB300", (east, north, low), (east, north, low + STOREY_MM))
    yield Part("IFCBEAM", "IPE400", (east + web, north, top), (east + BAY_MM - web + more, north, top))
    yield Part("IFCBEAM", "IPE400", (east, north + flange, top), (east, north + BAY_MM - flange, top))
    for third in (1, 2):
        at = east + third * BAY_MM / 3
        yield Part(
            "IFCBEAM", "IPE240", (at, north + 4.3 + SETBACK_MM, top), (at, north + BAY_MM - 4.3 - SETBACK_MM, top)
        )
    yield Part("IFCMEMBER", "SHS120", (east, north, low + 250.0), (east + BAY_MM, north, top))
    yield Part(
        "IFCPIPESEGMENT", "DN100", (east + 900.0, north - 300.0, top), (east + 900.0, north + BAY_MM - 400.0, top)
    )


def frame_model(members: int, shift_mm: float = 0.0) -> bytes:
    """Return a frame of so many members as an IFC4 file in millimetres; see `frame_parts`."""
    lines = [_HEAD]
    for number, part in enumerate(frame_parts(members, shift_mm)):
        lines.append(_element(part, number))
    lines.append("ENDSEC;\nEND-ISO-10303-21;\n")
    return "".join(lines).encode("ascii")


def _element(part: Part, number: int) -> str:
    start, way = np.array(part.start), np.array(part.end) - np.array(part.start)
    length = float(np.linalg.norm(way))
    axis = way / length
    # the profile's depth runs upward; a column's along the first axis of the grid
    up = np.array([0.0, 0.0, 1.0]) if abs(axis[2]) < 0.999 else np.array([0.0, 1.0, 0.0])
    side = np.cross(up, axis)
    side /= np.linalg.norm(side)
    own = _FIRST + 9 * number
    entities = (
        f"IFCCARTESIANPOINT(({_numbers(start)}))",
        f"IFCDIRECTION(({_numbers(axis)}))",
        f"IFCDIRECTION(({_numbers(side)}))",
        f"IFCAXIS2PLACEMENT3D(#{own},#{own + 1},#{own + 2})",
        f"IFCLOCALPLACEMENT($,#{own + 3})",
        f"IFCEXTRUDEDAREASOLID(#{_PROFILES[part.profile]},#4,#2,{length:.6f})",
        f"IFCSHAPEREPRESENTATION(#5,'Body','SweptSolid',(#{own + 5}))",
        f"IFCPRODUCTDEFINITIONSHAPE($,$,(#{own + 6}))",
        f"{part.ifc_class}('{_guid(number)}',$,'{part.profile}-{number}',$,$,#{own + 4},#{own + 7},$,$)",
    )
    return "".join(f"#{own + step}={entity};\n" for step, entity in enumerate(entities))


def _numbers(values: np.ndarray) -> str:
    return ",".join(f"{value:.9f}" for value in values)


def _guid(number: int) -> str:
    digits = ""
    for _ in range(21):
        number, digit = divmod(number, 64)
        digits = _ALPHABET[digit] + digits
    return f"1{digits}"
