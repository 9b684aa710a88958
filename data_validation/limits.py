"""Bounds on what is read and accepted; every one can be set by the caller."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """Bounds on a file of entries, so that a hostile one costs little."""

    max_file_bytes: int = 2 << 30
    max_unpacked_bytes: int = 4 << 30
    max_columns: int = 500
    max_cell_characters: int = 20_000
    max_line_bytes: int = 4 << 20


@dataclass(frozen=True, slots=True)
class LabelLimits:
    """Sane label distributions, as ratios of a problem's rows."""

    own_data_from_rows: int = 100
    """Files of own data are judged by how their answers are spread from so many rows on: a handful of real entries
    may well have one answer. A built dataset is judged whatever its size."""
    largest_share: float = 0.95
    """No answer may be more frequent than this: a model could learn to say nothing else."""
    smallest_share: float = 0.001
    """Each category of an answer with few categories must be at least this frequent."""
    few_categories: int = 12
    judged_from_rows: int = 5_000
    """Shares of rare categories and of splits mean something only from so many rows on."""
    split_tolerance: float = 0.01
    """How far the share of a split may be from its weight."""


@dataclass(frozen=True, slots=True)
class ValidationLimits:
    """All bounds of a validation."""

    source: SourceLimits = SourceLimits()
    labels: LabelLimits = LabelLimits()
    bad_rows_listed: int = 10_000
    """How many bad rows a report names; all of them are counted, and quarantine writes them all."""
