"""Design codes and jurisdictions: what each place has adopted.

Source: state and city adoption notices as of January 2026. Rows with ``confirmed`` False were not checked against a
primary text and say so in every answer.
"""

from dataclasses import dataclass

from structural.errors import StructuralError

DESIGN_CODES = ("AISC 360-22", "AISC 360-16")
DEFAULT_DESIGN_CODE = "AISC 360-22"
DEFAULT_JURISDICTION = "default"


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A place and its code in force.

    ``steel_edition``, ``seismic_edition`` and ``loads_edition`` are the AISC 360, AISC 341 and ASCE 7 that it refers
    to, empty where each city adopts its own or where that is not known. ``effective`` is the day the code came into
    force, ``note`` what differs from the base case.
    """

    key: str
    building_code: str
    steel_edition: str
    seismic_edition: str
    loads_edition: str
    note: str
    effective: str = ""
    confirmed: bool = False


_22, _16 = ("AISC 360-22", "AISC 341-22", "ASCE 7-22"), ("AISC 360-16", "AISC 341-16", "ASCE 7-16")

_ALL = (
    Jurisdiction("default", "IBC 2024", *_22, "base case", confirmed=True),
    Jurisdiction("IBC-2021", "IBC 2021", *_16, "edition in force in most states at the end of 2025"),
    Jurisdiction(
        "US-CA",
        "2025 CBC (Title 24 Part 2, IBC 2024)",
        *_22,
        "Chapters 22 and 22A for hospitals and schools, limits on AISC 358 connections; high seismic design "
        "categories, so R > 3 with AISC 341, are common; site-specific hazard",
        effective="2026-01-01",
    ),
    Jurisdiction(
        "US-NY",
        "2025 Uniform Code (IBC 2024)",
        *_22,
        "state code; New York City has its own; mostly seismic design category B, R = 3 allowed",
        effective="2025-12-31",
    ),
    Jurisdiction(
        "US-NY-NYC",
        "2022 NYC Building Code",
        *_16,
        "own code: structural integrity (Chapter 16), peer review of large buildings, own special inspections, city "
        "wind and snow",
        effective="2022-11-07",
    ),
    Jurisdiction(
        "US-FL",
        "FBC 8th edition (2023, IBC 2021)",
        "AISC 360-16",
        "AISC 341-16",
        "ASCE 7-22",
        "high-velocity hurricane zone rules for wind and inspection; normally no seismic design",
    ),
    Jurisdiction(
        "US-TX",
        "adopted city by city",
        "",
        "",
        "",
        "no single state building code: ask the city for its adopted edition; coastal wind rules",
    ),
    Jurisdiction(
        "US-WA", "2021 IBC with state amendments", *_16, "seismic design category D is common; Seattle amendments"
    ),
    Jurisdiction("US-IL", "IBC 2024", *_22, "Chicago has its own code; seismic design category A to C mostly"),
)
JURISDICTIONS: dict[str, Jurisdiction] = {item.key: item for item in _ALL}


def jurisdiction(key: str) -> Jurisdiction:
    """Return the jurisdiction of that key; an unknown one raises `StructuralError` with the known ones."""
    if key not in JURISDICTIONS:
        raise StructuralError(f"unknown jurisdiction {key!r}; known: {', '.join(JURISDICTIONS)}", field="jurisdiction")
    return JURISDICTIONS[key]


def require_design_code(name: str) -> str:
    """Return the design code of that name; an unknown one raises `StructuralError` with the known ones."""
    if name not in DESIGN_CODES:
        raise StructuralError(f"unknown design code {name!r}; known: {', '.join(DESIGN_CODES)}", field="design_code")
    return name


EDITION_DIFFERENCES = (
    "A3.1: the 2022 edition lists permitted materials in Table A3.1",
    "J3: Group 144 bolts (F3148) are new in 2022; bolt clauses are renumbered (tension and shear J3.7, was J3.6; "
    "combined J3.8, was J3.7; slip J3.9, was J3.8; bearing and tearout J3.11, was J3.10)",
    "J3: tensile strength on the net tensile area is allowed in 2022",
    "J2.4: the 2022 edition rewrites the directional increase and bars it at ends of rectangular HSS in tension",
    "J2.2: the low-hydrogen rule of Table J2.4 is revised in 2022",
    "G2.3: tension field action in end panels is new in 2022",
    "F13.1: only bolt holes reduce the tension flange in 2022",
    "ASCE 7-22 has snow loads at strength level; ASCE 7-16 has not",
)
"""What differs, for these checks, between AISC 360-16 (with ASCE 7-16) and AISC 360-22, which the engine follows."""


def edition_differences(place: Jurisdiction, design_code: str) -> tuple[str, ...]:
    """Return what to bear in mind where the design code or the adopted edition is not the engine's; else nothing."""
    newest = design_code == DEFAULT_DESIGN_CODE and place.steel_edition in ("", DEFAULT_DESIGN_CODE)
    return () if newest else EDITION_DIFFERENCES
