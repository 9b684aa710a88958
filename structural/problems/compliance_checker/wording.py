"""How engineers write each parameter: key spellings, symbols and phrases, as the generator uses them.

``{}`` in a phrase is the value. ``~`` in a symbol is the subscript of the design method: ``u`` (LRFD) or ``a`` (ASD).
The ``held_*`` spellings never occur in the training distribution; they serve to measure how well reading carries over
to wording that was never seen.
"""

from dataclasses import dataclass
from functools import cache

from structural.problems.compliance_checker.wording_connections import CONNECTION_WORDING
from structural.problems.compliance_checker.wording_members import MEMBER_WORDING


@dataclass(frozen=True, slots=True)
class Wording:
    """Spellings of one parameter. ``keys`` are words (any letter case style), ``symbols`` are written as they stand."""

    keys: tuple[str, ...]
    symbols: tuple[str, ...]
    phrases: tuple[str, ...]
    held_keys: tuple[str, ...]
    held_phrases: tuple[str, ...]


@cache
def wording() -> dict[str, Wording]:
    """Return the wording of every canonical parameter, by name."""
    rows = MEMBER_WORDING | CONNECTION_WORDING
    return {name: Wording(*(tuple(part.split("|")) if part else () for part in parts)) for name, parts in rows.items()}


COMPOSITES = (
    "{shape} {steel_grade}",
    "{shape}, {steel_grade}",
    "{shape} ({steel_grade})",
    "{shape} {steel_grade}, {length_ft} span",
    "({bolt_count}) {bolt_diameter_in} {bolt_grade}-{thread_condition} bolts",
    "({bolt_count}) {bolt_diameter_in} {bolt_grade}-{thread_condition} in {hole_type} holes",
    "({bolt_count}) {bolt_diameter_in} {bolt_grade}-{thread_condition}",
    "({bolt_count}) {bolt_diameter_in} dia. {bolt_grade} bolts",
    "{bolt_count} - {bolt_diameter_in} {bolt_grade} bolts",
    "{bolt_diameter_in} {bolt_grade}-{thread_condition} bolts @ {bolt_spacing_in}",
    "PL {plate_thickness_in} x {plate_width_in} {plate_grade}",
    "PL {plate_thickness_in} x {plate_width_in}",
    "PL {plate_thickness_in} ({plate_grade})",
    "{plate_thickness_in} {plate_grade} plate",
    "{weld_size_in} fillet weld x {weld_length_in} long, {electrode_ksi}",
    "{weld_size_in} fillet, {electrode_ksi} electrode",
    "{weld_lines} lines of {weld_size_in} fillet x {weld_length_in}",
    "D = {dead_load_klf} and L = {live_load_klf}",
    "DL {dead_load_klf} / LL {live_load_klf}",
    "Lcx = {lcx_ft}, Lcy = {lcy_ft}",
    "Kx = {kx} and Ky = {ky}",
    "SDC {seismic_design_category} with {seismic_system}",
)
"""Phrases that give several parameters at once."""

HELD_COMPOSITES = (
    "member is a {shape} of {steel_grade}",
    "bolts: qty {bolt_count}, {bolt_diameter_in}, {bolt_grade}, threads {thread_condition}",
    "{plate_thickness_in} thick plate ({plate_grade})",
    "dead {dead_load_klf} plus live {live_load_klf}",
    "effective lengths {lcx_ft} (major) and {lcy_ft} (minor)",
)

COMPOSITE_KEYS = {
    "shape": ("member", "beam", "section", "member size"),
    "bolt_count": ("bolts", "bolting", "fasteners"),
    "bolt_diameter_in": ("bolts", "bolting", "fasteners"),
    "plate_thickness_in": ("plate", "connection plate", "PL"),
    "weld_size_in": ("weld", "welds", "welding"),
    "weld_lines": ("weld", "welds", "welding"),
    "dead_load_klf": ("loads", "loading"),
    "lcx_ft": ("effective lengths",),
    "kx": ("effective length factors",),
    "seismic_design_category": ("seismic",),
    "member": ("member",),
}
"""Keys under which a composite may stand as a value of its own, by the first parameter it gives."""

IRRELEVANT_ENTRIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("project", ("Riverside Medical Center", "Block 7 Warehouse", "Harbor Point Phase 2", "Lot 12 Parking Deck")),
    ("project no", ("23-1187", "2024-052", "S1907", "88421")),
    ("engineer", ("J. Smith", "A. Okafor", "M. Lindqvist, PE", "R. Tanaka")),
    ("checked by", ("KL", "D. Ortiz", "AB", "T. Nguyen")),
    ("date", ("2024-03-15", "11/02/2025", "14 May 2025", "Jan 9, 2026")),
    ("revision", ("A", "0", "B", "2")),
    ("drawing", ("S-201", "S3.04", "SK-12", "S-501 rev 2")),
    ("member mark", ("B12", "C-4", "BR3", "G2")),
    ("grid line", ("B-4", "between C and D", "line 7", "A/3")),
    ("level", ("Level 4", "roof", "2nd floor", "mezzanine")),
    ("paint", ("shop primer, 2.0 mils", "unpainted", "zinc-rich primer", "SSPC-SP6 blast")),
    ("finish", ("galvanized", "none", "bare", "hot-dip galvanized")),
    ("fire rating", ("2 hr", "1 hr", "none", "2-hour SFRM")),
    ("concrete strength", ("4000 psi", "28 MPa", "3,500 psi", "f'c 5 ksi")),
    ("slab thickness", ("5.5 in", "130 mm", "6 in NW concrete", '4-1/2"')),
    ("deck", ("3 in composite deck, 20 ga", "1.5B roof deck", "2VLI20", "18 ga deck")),
    ("top of steel", ("112'-6\"", "+8.250 m", "EL 98.5 ft", "el. 104'-0\"")),
    ("weight estimate", ("1,850 lb", "12 tons", "840 kg", "2.3 t")),
    ("tributary width", ("10 ft", "3.0 m", "8'-6\"", "12.5 ft")),
    ("wind speed", ("115 mph", "51 m/s", "140 mph", "105 mph")),
    ("ground snow load", ("30 psf", "1.4 kPa", "25 psf", "0")),
    ("software", ("RAM v17", "RISA-3D", "in-house sheet", "SAP2000 v24")),
    ("inspection", ("visual", "UT 10 %", "per spec 05 12 00", "special inspection")),
    ("code", ("AISC 360-22", "IBC 2024", "AISC 360", "ASCE 7-22")),
)

IRRELEVANT_SENTENCES = (
    "Coordinate with mechanical openings",
    "Shop primer only, 2.0 mils DFT",
    "Verify dimensions in field",
    "See detail 5/S-401",
    "Contractor to submit shop drawings",
    "Deck is 3 in 20 ga composite with 5.5 in slab",
    "Concrete f'c = 4000 psi",
    "Tributary width 10 ft",
    "Fireproofing 2 hr",
    "Top of steel at el. 112'-6\"",
    "Client wants this by 14 May 2025",
    "Typical of 6 bays",
    "Rev 2 issued for permit",
    "Floor live load 80 psf reduced",
    "Existing framing to remain",
    "Erect per AISC 303",
    "Material certs required",
    "Similar at grid B-4",
    "Studs 3/4 in dia x 4-1/2 in long",
    "Checked by KL",
)
NOTE_KEYS = ("notes", "remarks", "comments", "description", "general notes", "note")
SECTIONS = ("design", "inputs", "data", "parameters", "check")
