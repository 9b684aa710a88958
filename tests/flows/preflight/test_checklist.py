"""The checklist on a real home: evidence is read, nothing is changed, the command ends with its code."""

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from configs import Settings, load_settings
from flows.backup.making import Order, make_backup, note_last
from flows.backup.places import open_backups
from flows.cli import app
from flows.errors import FlowError
from flows.preflight import evidence
from flows.preflight.checklist import Wish, check_everything
from flows.preflight.items import FAILED_EXIT, Item, Outcome
from serving.store.database import migrate_database
from tests.serving.promoting import promoting, put_in_service, version_of

NOW = datetime(2026, 1, 31, 3, 0, tzinfo=UTC)
DEAD = "http://127.0.0.1:9"


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """Return the settings of a home with two promoted versions of one model."""
    with promoting(tmp_path / "home") as settings:
        for number in (1, 2):
            folder = tmp_path / f"v{number}"
            folder.mkdir()
            (folder / "model.json").write_text(str(number))
            put_in_service(settings, version_of("risk_analyzer", number, folder))
        yield settings


def items_of(settings: Settings, **changes: object) -> dict[str, Item]:
    wish = Wish(DEAD, NOW, timedelta(days=1), timedelta(minutes=15), **changes)
    return {item.name: item for item in check_everything(settings, wish)}


def test_evidence_of_a_real_home_is_read(home: Settings, tmp_path: Path) -> None:
    place = open_backups(str(tmp_path / "b"), home.models)
    note_last(home.paths.work, place, make_backup(home, place, Order(NOW - timedelta(hours=2))))

    items = items_of(home)

    passed = ("signatures verify", "a version to go back to", "ledger verifies", "migrations at head")
    assert [items[name].outcome for name in passed] == [Outcome.PASSED] * 4, [items[name] for name in passed]
    assert items["backup is recent"].outcome is Outcome.PASSED
    assert "4 of 5" not in items["every gate passed"].found
    assert "section_optimizer has no version in service" in items["every gate passed"].found
    assert items["service is healthy"].outcome is Outcome.FAILED


def test_spoilt_files_fail_their_items(home: Settings, tmp_path: Path) -> None:
    place = open_backups(str(tmp_path / "b"), home.models)
    made = make_backup(home, place, Order(NOW))
    note_last(home.paths.work, place, made)
    (tmp_path / "b" / made.manifest.backup_id / "manifest.json").unlink()
    versions = sorted((home.paths.work / "bentoml" / "models" / "risk_analyzer").glob("[12]-*"))
    for folder in versions:
        with (folder / "model.json").open("a") as stream:
            stream.write(" ")

    items = items_of(home)

    for name in ("signatures verify", "a version to go back to", "backup is recent"):
        assert items[name].outcome is Outcome.FAILED, items[name]


def test_an_old_schema_is_told_and_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    load_settings.cache_clear()
    settings = load_settings()
    migrate_database(settings.store_url)
    with sqlite3.connect(settings.paths.work / "store.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    assert items_of(settings)["migrations at head"].found.startswith("the database is at 0001")
    with sqlite3.connect(settings.paths.work / "store.db") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)


def test_without_a_database_the_command_fails_its_items_and_makes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    load_settings.cache_clear()
    answer = CliRunner().invoke(app, ["preflight", "--json", "--url", DEAD])
    assert answer.exit_code == FAILED_EXIT
    told = json.loads(answer.stdout)
    assert told["nothing_failed"] is False
    assert any("there is no database" in item["found"] for item in told["items"])
    assert any(item["outcome"] == "to be answered by people" for item in told["items"])
    assert not (tmp_path / ".sdai" / "store.db").exists()


def test_the_table_shows_every_item_and_how_to_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    load_settings.cache_clear()
    answer = CliRunner().invoke(app, ["preflight", "--url", DEAD])
    assert answer.exit_code == FAILED_EXIT
    assert "backup is recent" in answer.stdout
    assert "sdai backup" in answer.stdout


def test_a_plan_is_read_by_address_and_another_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    child = {"resources": [{"address": "module.rds.aws_db_instance.this", "values": {"multi_az": True}}]}
    file.write_text(json.dumps({"planned_values": {"root_module": {"child_modules": [child]}}}))
    assert evidence.read_plan(file) == {"module.rds.aws_db_instance.this": {"multi_az": True}}
    file.write_text("{}")
    with pytest.raises(FlowError, match="terraform show -json"):
        evidence.read_plan(file)


def test_only_a_web_address_is_asked_for_its_health() -> None:
    with pytest.raises(FlowError, match="http://host:port"):
        evidence.ask_health("file:///etc/hostname")
    assert evidence.ask_health(DEAD) == (None, {})
