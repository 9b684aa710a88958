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

    ``steel_edition`` is the adopted AISC 360, empty where each city adopts its own.
    """

    key: str
    building_code: str
    steel_edition: str
    note: str
    confirmed: bool = False


_ALL = (
    Jurisdiction("default", "IBC 2024", "AISC 360-22", "base case", confirmed=True),
    Jurisdiction("IBC-2021", "IBC 2021", "AISC 360-16", "model code edition in force in most states"),
    Jurisdiction("US-CA", "2025 CBC (IBC 2024)", "AISC 360-22", "Chapter 22A rules for hospitals and schools"),
    Jurisdiction("US-NY", "2025 Uniform Code (IBC 2024)", "AISC 360-22", "state code; New York City has its own"),
    Jurisdiction("US-NY-NYC", "2022 NYC Building Code", "AISC 360-16", "structural integrity and peer review rules"),
    Jurisdiction("US-FL", "FBC 8th edition (IBC 2021)", "AISC 360-16", "high-velocity hurricane zone rules"),
    Jurisdiction("US-TX", "adopted city by city", "", "ask the city for its adopted edition"),
    Jurisdiction("US-WA", "2021 IBC with state amendments", "AISC 360-16", "Seattle amendments"),
    Jurisdiction("US-IL", "IBC 2024", "AISC 360-22", "Chicago has its own code"),
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
