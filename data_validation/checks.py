"""Finding bad rows of one problem: ranges, categories, physics, identity, split, duplicates - as array operations."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_validation.content import coarse_keys, entry_ids, groups_of, splits_of
from data_validation.contract import ENTRY_ID, SPLIT, SPLITS, SplitWeights, accepted_categories, accepts_missing
from data_validation.findings import BadRow, Fault, Finding, bad_mask, merged, shown
from data_validation.sources import Source
from data_validation.units import guess_meant_unit
from structural.problem import Column, Kind, Role
from structural.tables import UNSPECIFIED, take

LABEL_RELATIVE_TOLERANCE = 1e-9
"""Recomputed numbers may differ by this much: another machine may round a sum differently."""


@dataclass(frozen=True, slots=True)
class CheckedSource:
    """A source with identity, split and coarse key of each row recomputed, shape (n,), and all that was found wrong."""

    source: Source
    ids: NDArray[np.str_]
    splits: NDArray[np.str_]
    keys: NDArray[np.uint64]
    findings: tuple[Finding, ...]

    @property
    def bad(self) -> NDArray[np.bool_]:
        """Which rows must not be trained on, shape (n,)."""
        return bad_mask(self.findings, self.source.rows)

    @property
    def bad_row_count(self) -> int:
        """Number of bad rows, those that are no rows at all included."""
        return int(self.bad.sum()) + len(self.source.malformed)


def check_source(source: Source, weights: SplitWeights, train_only: NDArray[np.uint64] | None = None) -> CheckedSource:
    """Check every row of a source; later checks look only at rows that passed the earlier ones.

    ``train_only`` are the coarse keys of reviewed entries (see `splits_of`).

    A value out of range would break physics and identity too; naming the first cause alone tells what to mend.
    """
    problem, table, rows = source.problem, source.table, source.rows
    findings = list(source.findings)
    for column in problem.columns:
        usable = ~bad_mask([found for found in findings if found.column == column.name], rows)
        findings += _check_column(column, table[column.name], usable)
    findings += _check_physics(source, ~bad_mask(findings, rows))
    ids, keys = entry_ids(problem, table), coarse_keys(problem, table)
    splits = splits_of(keys, weights, train_only, groups_of(problem, table))
    # A bad LABEL says nothing about the question, so identity is checked wherever the question is sound.
    asked = problem.names(Role.QUESTION)
    sound = ~bad_mask([f for f in findings if f.column in asked or f.fault is Fault.PHYSICS], rows)
    findings += _check_identity(source, ids, sound)
    findings += _check_split(source, splits, ~bad_mask(findings, rows, Fault.TAMPERED) & sound)
    findings += _check_duplicates(ids, ~bad_mask(findings, rows))
    return CheckedSource(source, ids, splits, keys, tuple(findings))


def _check_column(column: Column, values: NDArray, usable: NDArray[np.bool_]) -> list[Finding]:
    if column.kind is Kind.CATEGORY:
        accepted = (*accepted_categories(column), *((UNSPECIFIED,) if accepts_missing(column) else ()))
        bad = usable & ~np.isin(values, np.asarray(accepted, dtype=np.str_))
        listed = ", ".join(map(repr, column.categories[:12])) + (", …" if len(column.categories) > 12 else "")
        return _some(Finding.of(Fault.CATEGORY, column.name, bad, values, f"is not one of {listed}"))
    if column.kind in (Kind.FLOAT, Kind.INTEGER):
        return _check_range(column, values, usable)
    return []


def _check_range(column: Column, values: NDArray, usable: NDArray[np.bool_]) -> list[Finding]:
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    bad = usable & ((values < low) | (values > high))
    rows = np.flatnonzero(bad)
    if not len(rows):
        return []
    unit = "" if column.unit in ("", "1") else f" {column.unit}"
    hints = guess_meant_unit(column, values[rows].astype(float))
    reasons = [
        f"{value:g}{unit} is outside {low:g} to {high:g}{unit}" + (f"; was it meant in {hint}?" if hint else "")
        for value, hint in zip(values[rows].tolist(), hints, strict=True)
    ]
    return [Finding(Fault.RANGE, column.name, rows, [shown(value) for value in values[rows].tolist()], reasons)]


def _check_physics(source: Source, usable: NDArray[np.bool_]) -> list[Finding]:
    rows = np.flatnonzero(usable)
    if not len(rows):
        return []
    sound = take(source.table, rows)
    findings = []
    for rule in source.problem.rules:
        broken = rows[~np.asarray(rule.holds(sound), dtype=bool)]
        if len(broken):
            reason = f"breaks the rule: {rule.description}"
            findings.append(Finding(Fault.PHYSICS, rule.name, broken, [""] * len(broken), [reason] * len(broken)))
    return findings


def _check_identity(source: Source, ids: NDArray[np.str_], usable: NDArray[np.bool_]) -> list[Finding]:
    if ENTRY_ID not in source.kept:
        return []
    stored = source.kept[ENTRY_ID]
    reason = "the question does not give this entry id: a value was changed after the entry was made"
    return _some(Finding.of(Fault.TAMPERED, ENTRY_ID, usable & (stored != ids), stored, reason))


def _check_split(source: Source, splits: NDArray[np.str_], usable: NDArray[np.bool_]) -> list[Finding]:
    if SPLIT not in source.kept:
        return []
    stored = source.kept[SPLIT]
    rows = np.flatnonzero(usable & (stored != splits))
    if not len(rows):
        return []
    pairs = zip(stored[rows].tolist(), splits[rows].tolist(), strict=True)
    reasons = [f"stands in {now!r}, its question belongs to {right!r}" for now, right in pairs]
    return [Finding(Fault.LEAK, SPLIT, rows, [shown(stored[row]) for row in rows], reasons)]


def _check_duplicates(ids: NDArray[np.str_], usable: NDArray[np.bool_]) -> list[Finding]:
    """Name every repeat of a question among the otherwise good rows; the first occurrence is the entry."""
    rows = np.flatnonzero(usable)
    _, first = np.unique(ids[rows], return_index=True)
    repeated = np.ones(len(rows), dtype=bool)
    repeated[first] = False
    mask = np.zeros(len(ids), dtype=bool)
    mask[rows[repeated]] = True
    return _some(Finding.of(Fault.DUPLICATE, ENTRY_ID, mask, ids, "asks the same question as an earlier row"))


def near_duplicates_together(keys: NDArray[np.uint64], splits: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Tell for each row whether all rows of its coarse question share one split, shape (n,)."""
    _, group = np.unique(keys, return_inverse=True)
    codes = np.select([splits == split for split in SPLITS], range(len(SPLITS)), default=len(SPLITS))
    lowest = np.full(len(keys), len(SPLITS) + 1)
    highest = np.full(len(keys), -1)
    np.minimum.at(lowest, group, codes)
    np.maximum.at(highest, group, codes)
    together: NDArray[np.bool_] = lowest == highest
    return together[group]


def check_labels(checked: CheckedSource, first_row: int) -> CheckedSource:
    """Compute the truth of every sound row from ``first_row`` on again and name rows whose labels differ.

    As dear as generating the data, so it is done only when a file is not the one its manifest describes.
    """
    source = checked.source
    usable = ~checked.bad
    usable[:first_row] = False
    rows = np.flatnonzero(usable)
    if not len(rows):
        return checked
    stored = take(source.table, rows)
    inputs = {name: stored[name] for role in (Role.QUESTION, Role.PROVENANCE) for name in source.problem.names(role)}
    truth = source.problem.label(inputs)
    findings = list(checked.findings)
    for name in source.problem.names(Role.LABEL):
        wrong = rows[~_same(stored[name], truth[name])]
        values = [shown(value) for value in source.table[name][wrong].tolist()]
        reason = "is not the truth that the engine gives for this question"
        if len(wrong):
            findings.append(Finding(Fault.TAMPERED, name, wrong, values, [reason] * len(wrong)))
    return CheckedSource(source, checked.ids, checked.splits, checked.keys, tuple(findings))


def _same(stored: NDArray, truth: NDArray) -> NDArray[np.bool_]:
    if stored.dtype.kind == "f":
        close: NDArray[np.bool_] = np.isclose(
            stored, truth.astype(float), rtol=LABEL_RELATIVE_TOLERANCE, atol=1e-12, equal_nan=True
        )
        return close
    same: NDArray[np.bool_] = stored == truth
    return same


def _some(finding: Finding) -> list[Finding]:
    return [finding] if len(finding.rows) else []


def name_bad_rows(checked: CheckedSource, at_most: int | None = None) -> list[BadRow]:
    """Return the bad rows of a source by name, lines that are no rows first, then in row order."""
    source = checked.source
    problem, file = source.problem.name, source.path.name
    named = [
        BadRow(problem, file, row.number, "", Fault.MALFORMED, "", row.text, row.reason)
        for row in source.malformed[:at_most]
    ]
    stored = source.kept.get(ENTRY_ID, np.full(source.rows, "", dtype="U1"))
    for row, finding, place in merged(checked.findings):
        if at_most is not None and len(named) >= at_most:
            break
        number, entry = int(source.numbers[row]), shown(stored[row])
        value, reason = finding.values[place], finding.reasons[place]
        named.append(BadRow(problem, file, number, entry, finding.fault, finding.column, value, reason))
    return named


def counts_by_fault(sources: Sequence[CheckedSource]) -> dict[str, int]:
    """Return how many bad rows of each kind there are."""
    counts = {fault.value: 0 for fault in Fault}
    for checked in sources:
        counts[Fault.MALFORMED.value] += len(checked.source.malformed)
        for fault in Fault:
            counts[fault.value] += int(bad_mask(checked.findings, checked.source.rows, fault).sum())
    return {fault: count for fault, count in counts.items() if count}
