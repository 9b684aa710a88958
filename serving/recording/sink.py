"""Where the journal's entries go: the project's database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from serving.errors import ServingError
from serving.recording.records import FEEDBACK_KIND, PREDICTION, Entry
from serving.store.database import SILENCE_S, StoreError, begin_append, open_database
from serving.store.feedback import insert_feedback
from serving.store.predictions import insert_predictions

ROW_FAULT_CLASSES = ("22", "23", "54")
"""SQLSTATE classes that blame the row: data exception, integrity violation, program limit exceeded (PostgreSQL manual,
appendix A). Anything else is the database's trouble and passes."""


class SinkAwayError(ServingError):
    """The entries cannot be stored now; the same ones may be tried again later."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that will never be stored, and why."""

    line: bytes
    reason: str


class Sink(Protocol):
    """Stores entries; one that is there already is passed over."""

    def store(self, entries: Sequence[Entry]) -> list[Refusal]:
        """Store entries for good and return those refused for themselves; raises `SinkAwayError` to be tried again."""
        ...

    def close(self) -> None:
        """Give up connections."""
        ...


class DatabaseSink:
    """Stores entries in the project's database, which is opened at the first need and may be away then.

    Parameters
    ----------
    url : SQLAlchemy URL as for `open_database`.
    open_engine : makes the engine; for tests.
    """

    def __init__(self, url: str, open_engine: Callable[[str], Engine] | None = None) -> None:
        self._url = url
        self._open_engine = open_engine or partial(open_database, timeout_s=SILENCE_S)
        self._engine: Engine | None = None

    def store(self, entries: Sequence[Entry]) -> list[Refusal]:
        """Store a batch in one transaction; when a row of it is at fault, halve until that one is found."""
        try:
            self._insert(entries)
        except (sa.exc.SQLAlchemyError, StoreError, ValueError, TypeError, OverflowError) as error:
            if not _is_row_fault(error):
                raise SinkAwayError(_reason(error)) from error
            if len(entries) == 1:
                return [Refusal(entries[0].line, _reason(error))]
        else:
            return []
        middle = len(entries) // 2
        return [*self.store(entries[:middle]), *self.store(entries[middle:])]

    def close(self) -> None:
        """Give up the connections."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _insert(self, entries: Sequence[Entry]) -> None:
        if self._engine is None:
            self._engine = self._open_engine(self._url)
        with begin_append(self._engine) as connection:
            insert_predictions(connection, [entry.row for entry in entries if entry.kind == PREDICTION])
            insert_feedback(connection, [entry.row for entry in entries if entry.kind == FEEDBACK_KIND])


def _is_row_fault(error: Exception) -> bool:
    if isinstance(error, sa.exc.DBAPIError):
        state = getattr(error.orig, "pgcode", None)
        if state:
            return str(state).startswith(ROW_FAULT_CLASSES)
        return isinstance(error, sa.exc.DataError | sa.exc.IntegrityError)
    # A value that the driver cannot send: wrapped (StatementError) or as it was raised.
    return type(error) is sa.exc.StatementError or isinstance(error, ValueError | TypeError | OverflowError)


def _reason(error: Exception) -> str:
    # Without the statement and its parameters: those are the client's data.
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {str(cause).strip()[:500]}"
