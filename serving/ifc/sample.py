"""The project's own sample model: a small steel frame with joints as meant and a few clashes, written as IFC4.

The same bytes each time. What is wrong in it on purpose is listed in `PLANTED`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from serving.ifc.writer import Style, Texts, write_model
from structural.geometry.prisms import BOX, I_SHAPE, PLATE, ROUND, Prisms, frame_from
from structural.problems.clash_detector import catalogue
from structural.problems.clash_detector.buildings.parts import profile_names
from structural.problems.clash_detector.catalogue import Profiles
from structural.problems.clash_detector.members import Members
from structural.problems.clash_detector.request import BEAM, BRACE, COLUMN, DUCT, PIPE, PLATE_KIND

PLANTED: tuple[tuple[str, str, str], ...] = (
    ("B-05", "C-04", "beam run through the column"),
    ("B-02", "B-02-COPY", "beam modelled twice"),
    ("B-06", "P-01", "pipe through the web without an opening"),
    ("B-03", "D-01", "duct too close below the beam"),
)
"""Pairs that clash on purpose, and why."""

_W14X90 = ("I", 355.6, 368.3, 11.2, 18.0)
_W16X31 = ("I", 403.9, 140.5, 7.0, 11.2)
_W12X26 = ("I", 310.4, 164.8, 5.8, 9.7)
_HSS6 = ("HSS", 152.4, 152.4, 8.9)
_PIPE8 = ("PIPE", 219.1, 8.2)
_DUCT = ("RECT", 400.0, 300.0)
_PLATE = ("RECT", 450.0, 450.0)


@dataclass(frozen=True, slots=True)
class _Part:
    """One member: kind, name, profile, start (mm), axis and the direction of the profile's X."""

    kind: int
    name: str
    profile: tuple[Any, ...]
    start: Sequence[float]
    axis: Sequence[float]
    side: Sequence[float]
    length: float


_X, _Y, _Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
_SPAN_X, _SPAN_Y, _TOP, _BEAM_Z = 7000.0, 6000.0, 4200.0, 3600.0
_FACE = _W14X90[1] / 2 + 12.0
_WEB = _W14X90[3] / 2 + 12.0


def _parts() -> tuple[_Part, ...]:
    corners = [(0.0, 0.0), (_SPAN_X, 0.0), (0.0, _SPAN_Y), (_SPAN_X, _SPAN_Y)]
    columns = [
        # profile X along Y puts the column's depth along X: beams along X meet its flanges
        _Part(COLUMN, f"C-0{number}", _W14X90, (x, y, 0.0), _Z, (0.0, 1.0, 0.0), _TOP)
        for number, (x, y) in enumerate(corners, start=1)
    ]
    plates = [
        _Part(PLATE_KIND, f"BP-0{number}", _PLATE, (x, y, -30.0), _Z, _X, 30.0)
        for number, (x, y) in enumerate(corners, start=1)
    ]
    along_x = _SPAN_X - 2 * _FACE
    along_y = _SPAN_Y - 2 * _WEB
    beams = [
        _Part(BEAM, "B-01", _W16X31, (_FACE, 0.0, _BEAM_Z), _X, (0.0, -1.0, 0.0), along_x),
        _Part(BEAM, "B-02", _W12X26, (0.0, _WEB, _BEAM_Z), _Y, _X, along_y),
        _Part(BEAM, "B-02-COPY", _W12X26, (2.0, _WEB, _BEAM_Z), _Y, _X, along_y),
        _Part(BEAM, "B-03", _W16X31, (_FACE, _SPAN_Y, _BEAM_Z), _X, (0.0, -1.0, 0.0), along_x),
        _Part(BEAM, "B-05", _W12X26, (_SPAN_X, _WEB, _BEAM_Z), _Y, _X, _SPAN_Y + 500.0),
        _Part(
            BEAM,
            "B-06",
            _W12X26,
            (2800.0, _W16X31[2] / 2 + 12, _BEAM_Z + (_W16X31[1] - _W12X26[1]) / 2),
            _Y,
            _X,
            _SPAN_Y - _W16X31[2] - 24,
        ),
    ]
    rise, run = _BEAM_Z - 900.0, _SPAN_X
    brace = (run**2 + rise**2) ** 0.5
    others = [
        _Part(BRACE, "BR-01", _HSS6, (0.0, 0.0, 450.0), (run / brace, 0.0, rise / brace), _Y, brace),
        _Part(PIPE, "P-01", _PIPE8, (1500.0, 3000.0, _BEAM_Z + 40.0), _X, _Y, 3000.0),
        _Part(
            DUCT,
            "D-01",
            _DUCT,
            (4500.0, _SPAN_Y - 1500.0, _BEAM_Z - _W16X31[1] / 2 - 150.0 - 30.0),
            _Y,
            _X,
            3000.0,
        ),
    ]
    return (*columns, *plates, *beams, *others)


def write_sample_model(path: Path, schema: str = "IFC4") -> None:
    """Write the sample model (millimetres) to ``path``, in a schema of the kernel; its folder must exist."""
    parts = _parts()
    members = _members(parts)
    texts = Texts([part.name for part in parts], profile_names(members), model="sample_frame")
    path.write_text(write_model(members, texts, Style(schema=schema)), encoding="utf-8")


def _members(parts: Sequence[_Part]) -> Members:
    profiles = catalogue.stack([_profile(part.profile) for part in parts])
    axis, side = np.array([part.axis for part in parts]), np.array([part.side for part in parts])
    zero = np.zeros(len(parts))
    prisms = Prisms(
        section=profiles.section,
        depth=profiles.depth,
        width=profiles.width,
        web=profiles.web,
        flange=profiles.flange,
        length=np.array([part.length for part in parts]),
        cope_length=zero,
        cope_depth=zero,
        opening_at=zero,
        opening_length=zero,
        opening_height=zero,
        origin=np.array([part.start for part in parts]),
        frame=frame_from(axis, np.cross(axis, side)),
    )
    return Members(np.array([part.kind for part in parts], dtype=np.int64), prisms)


def _profile(profile: tuple[Any, ...]) -> Profiles:
    """Return one row of sizes: depth, width, web and flange."""
    sort, *sizes = profile
    section, row = {
        "I": (I_SHAPE, sizes),
        "HSS": (BOX, [*sizes, *sizes[-1:]]),
        "PIPE": (ROUND, [*sizes[:1] * 2, *sizes[-1:] * 2]),
        "RECT": (PLATE, [sizes[-1], sizes[0], min(sizes), min(sizes)]),
    }[sort]
    return Profiles(np.array([section]), *(np.array([float(size)]) for size in row))
