"""One label a prediction: the first that decides, on SQLite and PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy.engine import Engine

from serving.store.database import begin_append, open_database
from serving.store.labels import Label, LabelSource, find_label, insert_labels

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    found = open_database(database_url)
    yield found
    found.dispose()


def label(engine: Engine, is_correct: bool | None, source: LabelSource) -> None:
    with begin_append(engine) as connection:
        made = Label("p1", "risk_analyzer", "1-a", "champion", is_correct, {"by": source.value}, source, NOW)
        insert_labels(connection, [made])


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (None, False, LabelSource.FEEDBACK),
        (None, True, LabelSource.FEEDBACK),
        (True, False, LabelSource.ENGINE),
        (False, True, LabelSource.ENGINE),
    ],
)
def test_a_report_decides_what_the_engine_could_not_and_nothing_else(
    engine: Engine, first: bool | None, second: bool, kept: LabelSource
) -> None:
    label(engine, first, LabelSource.ENGINE)
    label(engine, second, LabelSource.FEEDBACK)
    found = find_label(engine, "p1")
    assert found is not None
    assert (found.source, found.truth) == (kept, {"by": kept.value})
    assert found.is_correct == (second if kept is LabelSource.FEEDBACK else first)


def test_an_engine_that_cannot_say_takes_no_decision_back(engine: Engine) -> None:
    label(engine, True, LabelSource.FEEDBACK)
    label(engine, None, LabelSource.ENGINE)
    found = find_label(engine, "p1")
    assert found is not None
    assert (found.is_correct, found.source) == (True, LabelSource.FEEDBACK)
