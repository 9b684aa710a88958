"""Records of arrays: frozen dataclasses whose fields are arrays of one shape, numbers, or such records."""

from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

import numpy as np

Record = TypeVar("Record")


@cache
def field_names(kind: Any) -> tuple[str, ...]:
    """Return the names of a dataclass's fields in order; `dataclasses.fields` looks for them anew each time."""
    return tuple(item.name for item in fields(kind))


def rows_of(record: Record, rows: Any) -> Record:
    """Return the record of these rows of its arrays, numbers as they are."""
    kind: Any = type(record)
    taken: Record = kind(*(_rows(getattr(record, name), rows) for name in field_names(kind)))
    return taken


def _rows(value: Any, rows: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value[rows]
    return value if isinstance(value, np.generic) else rows_of(value, rows)
