"""The ledger as a hash chain: on paper, in both databases, over the migration, with two writers."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Connection, Engine

from serving.store import Action, Promotion, open_database, read_ledger, record_promotion, verify_ledger
from serving.store.chain import CHAIN_START, Chained, entry_sha256, verify_chain

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
VERSIONS = Path("serving/store/migrations/versions")


def content(number: int) -> dict[str, object]:
    return {
        "created_at": NOW + timedelta(minutes=number),
        "model": "risk_analyzer",
        "action": "promote",
        "version": str(number),
        "model_tag": f"risk_analyzer:{number}",
        "previous_version": str(number - 1) if number else None,
        "reason": "because",
        "evidence": {"accuracy": 0.97, "numbers": [1, 2.5, None]},
        "actor": "test",
    }


def chain(length: int) -> list[Chained]:
    entries, last = [], CHAIN_START
    for number in range(length):
        digest = entry_sha256(content(number), last)
        entries.append(Chained(number + 1, content(number), last, digest))
        last = digest
    return entries


def test_the_digest_is_the_documented_one() -> None:
    text = (
        f'["{CHAIN_START}",{{"action":"promote","actor":"test","created_at":"2026-03-01T12:00:00.000000+00:00",'
        '"evidence":{"accuracy":0.97,"numbers":[1,2.5,null]},"model":"risk_analyzer",'
        '"model_tag":"risk_analyzer:0","previous_version":null,"reason":"because","version":"0"}]'
    )
    assert entry_sha256(content(0), CHAIN_START) == sha256(text.encode()).hexdigest()
    elsewhere = {**content(0), "created_at": NOW.astimezone(timezone(timedelta(hours=9)))}
    assert entry_sha256(elsewhere, CHAIN_START) == entry_sha256(content(0), CHAIN_START)


def test_a_whole_chain_holds_and_names_its_head() -> None:
    entries = chain(5)
    report = verify_chain(entries)
    assert (report.holds, report.entries, report.head_sha256) == (True, 5, entries[-1].sha256)
    assert verify_chain([]).head_sha256 == CHAIN_START


@given(st.integers(1, 12), st.data())
def test_whatever_is_changed_removed_or_swapped_is_named_at_its_place(length: int, data: st.DataObject) -> None:
    entries, at = chain(length), data.draw(st.integers(0, length - 1))
    field = data.draw(st.sampled_from(["reason", "version", "actor", "action", "previous_version", "model_tag"]))
    changed = [*entries]
    changed[at] = replace(entries[at], content={**entries[at].content, field: "forged"})
    report = verify_chain(changed)
    assert report.broken is not None
    assert (report.broken.entry_id, report.entries) == (at + 1, at)

    removed = entries[:at] + entries[at + 1 :]
    report = verify_chain(removed, known_sha256=entries[-1].sha256)
    assert report.broken is not None
    if at < length - 1:
        assert report.broken.entry_id == at + 2


def test_entries_cut_off_at_the_end_are_told_by_a_digest_noted_before() -> None:
    entries = chain(4)
    assert verify_chain(entries[:3]).holds
    cut = verify_chain(entries[:3], known_sha256=entries[3].sha256)
    assert cut.broken is not None
    assert "cut off" in cut.broken.reason
    assert verify_chain(entries, known_sha256=entries[1].sha256).holds


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def promotion(version: str, model: str = "risk_analyzer") -> Promotion:
    evidence = {"accuracy": 0.1 + 0.2, "counts": {2: "two", 10: "ten"}, "pair": (1, 2)}
    return Promotion(model, Action.PROMOTE, version, f"{model}:{version}", "wörds “quoted”", "test", evidence)


def unguard(connection: Connection) -> None:
    """Do what somebody with the database's own rights could."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("ALTER TABLE promotion_ledger DISABLE TRIGGER USER"))
        return
    for verb in ("UPDATE", "DELETE", "replace"):
        connection.execute(sa.text(f"DROP TRIGGER promotion_ledger_no_{verb}"))


def test_what_is_written_verifies_and_a_forgery_behind_the_guards_is_named(engine: Engine) -> None:
    for version in "1234":
        record_promotion(engine, promotion(version), NOW)
    head = read_ledger(engine)[-1]
    assert verify_ledger(engine).head_sha256 == head.sha256
    assert verify_ledger(engine, head.sha256).holds
    with engine.begin() as connection:
        unguard(connection)
        connection.execute(sa.text("UPDATE promotion_ledger SET actor = 'nobody' WHERE version = '2'"))
    report = verify_ledger(engine)
    assert report.broken is not None
    assert (report.broken.entry_id, report.entries) == (2, 1)
    assert "content" in report.broken.reason


def test_two_writers_through_two_connections_make_one_chain(database_url: str) -> None:
    engines = [open_database(database_url) for _ in range(2)]

    def write(number: int) -> None:
        record_promotion(engines[number % 2], promotion(str(number), f"model_{number % 3}"), NOW)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(30)))
    report = verify_ledger(engines[0])
    assert (report.holds, report.entries) == (True, 30)
    for engine in engines:
        engine.dispose()


def test_the_database_takes_no_second_entry_after_the_same_one(engine: Engine) -> None:
    row = record_promotion(engine, promotion("1"), NOW)
    columns = "created_at, model, action, version, model_tag, reason, evidence, actor, previous_sha256, sha256"
    fork = sa.text(
        f"INSERT INTO promotion_ledger ({columns}) VALUES ('2026-03-01 12:00:00+00:00', 'm', 'promote', '9', 't', 'r', "
        f"'{{}}', 'a', '{row.previous_sha256}', '{'f' * 64}')"
    )
    with pytest.raises(sa.exc.DBAPIError), engine.begin() as connection:
        connection.execute(fork)
    assert verify_ledger(engine).holds


def test_an_entry_cannot_be_replaced_or_the_table_emptied(engine: Engine) -> None:
    record_promotion(engine, promotion("1"), NOW)
    postgresql = engine.dialect.name == "postgresql"
    statement = (
        "TRUNCATE promotion_ledger"
        if postgresql
        else "INSERT OR REPLACE INTO promotion_ledger SELECT id, created_at, model, action, '9', model_tag, "
        "previous_version, reason, evidence, actor, previous_sha256, sha256 FROM promotion_ledger"
    )
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(sa.text(statement))
    assert [row.version for row in read_ledger(engine)] == ["1"]


def test_a_ledger_written_before_the_chain_is_chained_as_it_stands(database_url: str) -> None:
    from alembic import command
    from alembic.config import Config

    engine = open_database(database_url)
    for version in "123":
        record_promotion(engine, promotion(version), NOW)
    before = read_ledger(engine)
    config = Config()
    config.set_main_option("script_location", "serving/store/migrations")
    with engine.connect().execution_options(sdai_writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        revision = re.search(r'down_revision = "(\d+)"', (VERSIONS / "0005_ledger_chain.py").read_text())
        assert revision is not None
        command.downgrade(config, revision[1])
        names = {column["name"] for column in sa.inspect(connection).get_columns("promotion_ledger")}
        assert "sha256" not in names
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM promotion_ledger"))
    engine.dispose()

    again = open_database(database_url)
    assert read_ledger(again) == before
    assert verify_ledger(again).holds
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), again.begin() as connection:
        connection.execute(sa.text("UPDATE promotion_ledger SET actor = 'nobody'"))
    again.dispose()
