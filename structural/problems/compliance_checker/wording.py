"""How engineers write each parameter: names, symbols and phrases, as the generator of documents uses them.

Names and phrases are written compactly: ``(max|maximum|) unbraced length`` stands for three names, ``;`` separates
alternatives. ``{}`` in a phrase is the value, ``~`` in a symbol the subscript of the design method: ``u`` (LRFD) or
``a`` (ASD). A fixed share of names, chosen by their hash, and some frames and units are held out: they never occur in
the training distribution and serve to measure how reading carries over to spellings that were never seen.
"""

import hashlib
import itertools
import re
from dataclasses import dataclass
from functools import cache

from structural.code_checks.parameters import BY_NAME, Dimension
from structural.problems.compliance_checker.atoms import GRAMMAR
from structural.problems.compliance_checker.wording_connections import CONNECTION_WORDING
from structural.problems.compliance_checker.wording_members import MEMBER_WORDING

_HELD_ONE_IN = 7
"""One name in so many is held out."""

SYMBOL_FRAMES = (
    "{name} {value}",
    "{name} = {value}",
    "{name}={value}",
    "{name}: {value}",
    "{name} of {value}",
    "{name} is {value}",
)
"""Sentences about a parameter that also suit its symbol."""

_FRAME_PATTERN = (
    "(use|take|assume|assumed|adopt|provide|need|furnish|specify|specified|required|with|for|given|based on"
    "|design for|design based on|check|checked with|say|) (a|the|) {name} (of|=|equal to|set at|set to|) {value}; "
    "(the|) {name} (is|equals|will be|shall be|must be|is to be|is taken as|taken as|taken is|set at|is set to"
    "|is equal to|is assumed as|assumed|chosen as|used is|comes to|works out to|amounts to|stays at) {value}; "
    "(use|provide|need|furnish|specify|take|with|for|allow|) (a|the|) {value} {name}; "
    "{value} (for|for the|as|as the|is the|will be the|used as|taken as) {name}"
)


@dataclass(frozen=True, slots=True)
class Wording:
    """Spellings of one parameter. ``names`` are words (of any letter case), ``symbols`` are written as they stand."""

    names: tuple[str, ...]
    symbols: tuple[str, ...]
    phrases: tuple[str, ...]
    held_names: tuple[str, ...]


def expand(pattern: str) -> tuple[str, ...]:
    """Return every text of a pattern: alternatives between ``;``, groups ``(a|b|)`` within them."""
    texts: list[str] = []
    for alternative in pattern.split(";"):
        groups = [part.split("|") for part in re.split(r"\(([^)]*\|[^)]*)\)", alternative.strip())]
        texts.extend(" ".join("".join(parts).split()) for parts in itertools.product(*groups))
    return tuple(dict.fromkeys(text for text in texts if text))


@cache
def wording() -> dict[str, Wording]:
    """Return the wording of every canonical parameter that is read, by name."""
    rows = MEMBER_WORDING | CONNECTION_WORDING
    return {
        parameter: _worded(parameter, expand(names), expand(symbols), expand(phrases))
        for parameter, (names, symbols, phrases) in rows.items()
    }


def _worded(parameter: str, names: tuple[str, ...], symbols: tuple[str, ...], phrases: tuple[str, ...]) -> Wording:
    chosen = [name for name in names if _is_held(parameter, name)]
    kept = [name for name in names if name not in chosen]
    words = {word for name in kept for word in name.split()}
    # Held out are ways to put words together; a name with a word that no other name has stays where it is learnt.
    held = tuple(name for name in chosen if words.issuperset(name.split()) and len(name.split()) > 1)
    return Wording(tuple(name for name in names if name not in held), symbols, phrases, held)


def _is_held(parameter: str, name: str) -> bool:
    return hashlib.sha256(f"{parameter}: {name}".encode()).digest()[0] % _HELD_ONE_IN == 0


@cache
def frames() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the sentences about any parameter by its name, those of the datasets and those held out."""
    written = (*SYMBOL_FRAMES, *expand(_FRAME_PATTERN))
    chosen = {frame for frame in written if frame not in SYMBOL_FRAMES and _is_held("frame", _core(frame))}
    kept = tuple(dict.fromkeys(frame for frame in written if frame not in chosen))
    words = {word for frame in kept for word in frame.split()}
    held = tuple(sorted(frame for frame in chosen if words.issuperset(frame.split())))
    return tuple(frame for frame in kept if frame not in held), held


def _core(frame: str) -> str:
    """Return a frame without words of grammar, which the reader passes over: frames of one core are one to it."""
    return " ".join(word for word in re.findall(r"[{}\w]+", frame) if word not in GRAMMAR and word != "a")


def takes_frames(parameter: str) -> bool:
    """Return whether sentences about the parameter by its name make sense whatever its value."""
    return BY_NAME[parameter].dimension is not Dimension.SHAPE


COMPOSITES = (
    "{shape} {steel_grade}",
    "{shape}, {steel_grade}",
    "{shape} ({steel_grade})",
    "{shape} of {steel_grade}",
    "{shape} {steel_grade}, {length_ft} span",
    "{shape} {steel_grade} spanning {length_ft}",
    "({bolt_count}) {bolt_diameter_in} {bolt_grade}-{thread_condition} bolts",
    "({bolt_count}) {bolt_diameter_in} {bolt_grade}-{thread_condition} in {hole_type} holes",
    "({bolt_count}) {bolt_diameter_in} {bolt_grade}-{thread_condition}",
    "({bolt_count}) {bolt_diameter_in} dia. {bolt_grade} bolts",
    "{bolt_count} - {bolt_diameter_in} {bolt_grade} bolts",
    "qty {bolt_count} of {bolt_diameter_in} {bolt_grade} bolts",
    "{bolt_diameter_in} {bolt_grade}-{thread_condition} bolts @ {bolt_spacing_in}",
    "{bolt_diameter_in} {bolt_grade} bolts, threads {thread_condition}",
    "PL {plate_thickness_in} x {plate_width_in} {plate_grade}",
    "PL {plate_thickness_in} x {plate_width_in}",
    "PL {plate_thickness_in} ({plate_grade})",
    "{plate_thickness_in} {plate_grade} plate",
    "{plate_thickness_in} thick {plate_grade} plate",
    "{weld_size_in} fillet weld x {weld_length_in} long, {electrode_ksi}",
    "{weld_size_in} fillet, {electrode_ksi} electrode",
    "{weld_size_in} fillet weld with {electrode_ksi}",
    "{weld_lines} lines of {weld_size_in} fillet x {weld_length_in}",
    "D = {dead_load_klf} and L = {live_load_klf}",
    "DL {dead_load_klf} / LL {live_load_klf}",
    "dead {dead_load_klf} and live {live_load_klf}",
    "dead {dead_load_klf} plus live {live_load_klf}",
    "dead load {dead_load_klf} plus live load {live_load_klf}",
    "{dead_load_klf} dead and {live_load_klf} live",
    "Lcx = {lcx_ft}, Lcy = {lcy_ft}",
    "effective lengths {lcx_ft} about x and {lcy_ft} about y",
    "Kx = {kx} and Ky = {ky}",
    "SDC {seismic_design_category} with {seismic_system}",
    "SDC {seismic_design_category}, {seismic_system} system",
    "SDC {seismic_design_category} / {seismic_system}",
    "{seismic_system} system in SDC {seismic_design_category}",
    "{dead_load_klf} dead load + {live_load_klf} live load",
    "dead load is {dead_load_klf} and live load is {live_load_klf}",
)
"""Phrases that give several parameters at once."""

HELD_COMPOSITES = (
    "member is a {shape} of {steel_grade}",
    "bolts qty {bolt_count}, {bolt_diameter_in} {bolt_grade}, threads {thread_condition}",
    "{plate_thickness_in} thick plate ({plate_grade})",
    "dead load of {dead_load_klf} and live load of {live_load_klf}",
    "{dead_load_klf} dead plus {live_load_klf} live",
    "{bolt_count} {bolt_grade} bolts {bolt_diameter_in} dia.",
    "SDC {seismic_design_category} and {seismic_system} system",
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

NOTE_KEYS = ("notes", "remarks", "comments", "description", "general notes", "note")
SECTIONS = ("design", "inputs", "data", "parameters", "check")
