"""Drawing documents: a design near its capacity, written down in free form.

About half of the documents violate something. Small shares are incomplete, repeat themselves or contradict themselves.
Everything is drawn from the generator passed in, in blocks, so the same generator state gives the same documents.
"""

import json
from itertools import cycle

import numpy as np

from structural.code_checks.jurisdictions import DESIGN_CODES, JURISDICTIONS
from structural.code_checks.parameters import LOAD_NAMES, PARAMETERS
from structural.code_checks.registry import CORE
from structural.problems.compliance_checker.designs import DROPPABLE, TOPICS, pick, sometimes
from structural.problems.compliance_checker.documents import Document, write_document
from structural.problems.compliance_checker.restating import stated_again
from structural.problems.compliance_checker.truth import evaluate_table
from structural.tables import Table

_DRAWS = 512
"""Uniform numbers set aside for writing one document; used again from the start should they run out."""
_INCOMPLETE_SHARE = 0.06
_OLD_CODE_SHARE = 0.10
_SCALED = tuple(
    index
    for index, identifier in enumerate(CORE)
    if identifier.startswith(
        ("TEN-01", "TEN-02", "CMP-0", "FLX", "SHR", "CMB", "SRV-01", "SRV-02", "BLT-0", "WLD-01", "ELM")
    )
    and identifier not in ("BLT-07", "BLT-08", "BLT-09", "CMP-05")
)
_SCALING_ROUNDS = 2
_UTILISATION = (-0.12, 0.20)
"""Mean and spread of the logarithm of the governing ratio that loads are scaled to."""
_SYSTEMS = ("us", "metric", "mixed")
_SYSTEM_ODDS = (0.55, 0.25, 0.20)


def sample(n: int, rng: np.random.Generator) -> Table:
    """Return n documents in the training distribution of spellings, with their canonical parameters."""
    return _sample(n, rng, held_out=False)


def sample_held_out(n: int, rng: np.random.Generator) -> Table:
    """Return n documents written with the reserved spellings, phrases and units, which `sample` never uses."""
    return _sample(n, rng, held_out=True)


def _sample(n: int, rng: np.random.Generator, *, held_out: bool) -> Table:
    topic = pick(rng, tuple(TOPICS), tuple(share for share, _ in TOPICS.values()), n)
    designs = _designs(topic, rng)
    code = np.where(rng.random(n) < _OLD_CODE_SHARE, DESIGN_CODES[1], DESIGN_CODES[0])
    place = pick(rng, tuple(JURISDICTIONS), None, n)
    _scale_loads(designs, code, place, rng)
    _leave_out(designs, rng)
    system = pick(rng, _SYSTEMS, _SYSTEM_ODDS, n)
    documents = _write(designs, system, rng, held_out=held_out)
    return {
        "document": np.asarray([item.text for item in documents], dtype=np.str_),
        "design_code": code,
        "jurisdiction": place,
        "parameters": np.asarray([json.dumps(item.stated) for item in documents], dtype=np.str_),
        "annotations": np.asarray([json.dumps(item.spans) for item in documents], dtype=np.str_),
        "topic": topic,
        "unit_system": system,
        "phrasing": np.full(n, "held_out" if held_out else "familiar"),
    }


def _designs(topic: np.ndarray, rng: np.random.Generator) -> Table:
    """Return the canonical table of designs, loads not yet scaled."""
    n = len(topic)
    table: Table = {
        item.name: np.full(n, "", dtype="<U32") if item.is_text else np.full(n, np.nan) for item in PARAMETERS
    }
    for name, (_, draw) in TOPICS.items():
        rows = np.flatnonzero(topic == name)
        if len(rows):
            for parameter, values in draw(len(rows), rng).items():
                table[parameter][rows] = values
    table["method"] = np.where(rng.random(n) < 0.65, sometimes(rng, 0.7, np.full(n, "LRFD")), "ASD")
    _add_seismic(table, rng)
    return table


def _add_seismic(table: Table, rng: np.random.Generator) -> None:
    n = len(table["method"])
    given, with_system = rng.random(n) < 0.35, rng.random(n) < 0.6
    category = pick(rng, ("A", "B", "C", "D", "E"), (0.1, 0.4, 0.25, 0.2, 0.05), n)
    systems = ("R3", "SMF", "IMF", "OMF", "SCBF", "OCBF", "EBF", "BRBF", "SPSW")
    high = np.isin(category, ["D", "E"])
    system = np.where(high & (rng.random(n) < 0.85), pick(rng, systems[1:], None, n), pick(rng, systems, None, n))
    system = np.where(~high & (rng.random(n) < 0.7), "R3", system)
    ductile = system != "R3"
    detailing = np.where(ductile & (rng.random(n) < 0.9), "aisc_341", "none")
    table["seismic_design_category"] = np.where(given, category, "")
    table["seismic_system"] = np.where(given & with_system, system, "")
    table["seismic_detailing"] = np.where(given & with_system & ductile, detailing, "")


def _scale_loads(table: Table, code: np.ndarray, place: np.ndarray, rng: np.random.Generator) -> None:
    """Scale each document's loads so that its governing ratio falls where it was drawn; round as engineers do."""
    n = len(code)
    target = np.exp(rng.normal(*_UTILISATION, n))
    stated = table["factored_load_klf"].copy()
    table["factored_load_klf"] = np.full(n, np.nan)
    for _ in range(_SCALING_ROUNDS):
        _, evaluation = evaluate_table(table, code, place)
        ratio = np.nan_to_num(evaluation.ratio[:, _SCALED], nan=0.0, posinf=0.0).max(axis=1)
        factor = np.where(ratio > 0.0, target / np.maximum(ratio, 1e-6), 1.0)
        for name in LOAD_NAMES:
            table[name] = np.clip(table[name] * factor, 0.01, 20_000.0)
    dead, live = table["dead_load_klf"], table["live_load_klf"]
    combined = np.where(table["method"] == "ASD", dead + live, np.maximum(1.4 * dead, 1.2 * dead + 1.6 * live))
    slip = np.where(rng.random(n) < 0.2, 0.9, 1.0)
    table["factored_load_klf"] = np.where(np.isnan(stated), np.nan, combined * slip)


def _leave_out(table: Table, rng: np.random.Generator) -> None:
    """Make a share of the documents incomplete: one parameter of the design is not mentioned."""
    n = len(table["method"])
    chosen = np.flatnonzero(rng.random(n) < _INCOMPLETE_SHARE)
    order = rng.random((len(chosen), len(DROPPABLE)))
    present = np.column_stack(
        [
            (table[name][chosen] != "") if table[name].dtype.kind == "U" else ~np.isnan(table[name][chosen])
            for name in DROPPABLE
        ]
    )
    which = np.argmax(np.where(present, order, -1.0), axis=1)
    for row, column in zip(chosen.tolist(), which.tolist(), strict=True):
        name = DROPPABLE[column]
        table[name][row] = "" if table[name].dtype.kind == "U" else np.nan


def _write(table: Table, system: np.ndarray, rng: np.random.Generator, *, held_out: bool) -> list[Document]:
    n = len(system)
    columns = [(name, table[name].tolist()) for name in table]
    draws = rng.random((n, _DRAWS))
    documents = []
    for row, unit_system in enumerate(system.tolist()):
        values = {}
        for name, column in columns:
            value = column[row]
            if value == value and value != "":
                values[name] = value
        draw = cycle(draws[row].tolist()).__next__
        again = stated_again(values, draw)
        documents.append(write_document(values, unit_system, draw, again=again, held_out=held_out))
    return documents
