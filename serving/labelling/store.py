"""Labels in the project's database."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Engine

from serving.store.database import SILENCE_S, begin_append, open_database
from serving.store.labels import Label, LabelCount, LabelSource, count_labels, insert_labels


class DatabaseLabels:
    """Opens the database at the first need; for one thread.

    Parameters
    ----------
    store_url : SQLAlchemy URL as for `open_database`.
    """

    def __init__(self, store_url: str) -> None:
        self._store_url = store_url
        self._engine: Engine | None = None

    def store(self, labels: Sequence[Label]) -> None:
        """Put labels in; those that are there already are passed over. Raises `StoreError` or SQLAlchemy's errors."""
        with begin_append(self._opened()) as connection:
            insert_labels(connection, labels)

    def count_since(self, since: datetime) -> list[LabelCount]:
        """Count the engine's labels made at or after an instant; raises like `store`."""
        # Reports tell of errors only: among what the engine sampled they would make the accuracy look worse.
        return count_labels(self._opened(), since, source=LabelSource.ENGINE)

    def close(self) -> None:
        """Close the database."""
        if self._engine is not None:
            self._engine.dispose()

    def _opened(self) -> Engine:
        if self._engine is None:
            self._engine = open_database(self._store_url, SILENCE_S)
        return self._engine
