"""``sdai ledger``: shown as before, and verified."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from configs import load_settings
from flows.cli import app
from serving.store import Action, Promotion, open_database, record_promotion


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A ledger of three entries of two models."""
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    load_settings.cache_clear()
    engine = open_database(load_settings().store_url)
    for model, version in (("risk_analyzer", "1"), ("section_optimizer", "1"), ("risk_analyzer", "2")):
        promotion = Promotion(model, Action.PROMOTE, version, f"{model}:{version}", "better", "ana")
        record_promotion(engine, promotion, datetime.now(UTC))
    engine.dispose()
    return tmp_path / ".sdai" / "store.db"


def test_the_ledger_is_shown_whole_or_of_one_model(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    whole = CliRunner().invoke(app, ["ledger"])
    one = CliRunner().invoke(app, ["ledger", "risk_analyzer"])
    assert (whole.exit_code, one.exit_code) == (0, 0)
    assert whole.output.count("promote") == 3
    assert one.output.count("promote") == 2
    assert "section_optimizer" not in one.output


def test_an_unknown_model_is_refused(store: Path) -> None:
    answer = CliRunner().invoke(app, ["ledger", "verfy"])
    assert answer.exit_code == 1
    assert answer.output.startswith("error: there is no model 'verfy'")


def test_verify_prints_the_digest_to_note_and_names_the_first_broken_entry(store: Path) -> None:
    good = CliRunner().invoke(app, ["ledger", "verify"])
    assert good.exit_code == 0
    assert good.output.startswith("3 entries hold; digest of the last: ")
    noted = good.output.split()[-1]
    assert CliRunner().invoke(app, ["ledger", "verify", "--known", noted]).exit_code == 0

    with sqlite3.connect(store) as connection:
        for verb in ("UPDATE", "DELETE", "replace"):
            connection.execute(f"DROP TRIGGER promotion_ledger_no_{verb}")
        connection.execute("DELETE FROM promotion_ledger WHERE id = 3")
    cut = CliRunner().invoke(app, ["ledger", "verify", "--known", noted])
    assert cut.exit_code == 1
    assert "cut off" in cut.output
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE promotion_ledger SET version = '7' WHERE id = 2")
    forged = CliRunner().invoke(app, ["ledger", "verify"])
    assert forged.exit_code == 1
    assert forged.output.startswith("BROKEN at entry 2: its content is not what was written")


def test_a_reason_is_shown_as_it_was_given_whatever_it_looks_like(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "250")
    engine = open_database(load_settings().store_url)
    for version, reason in (("3", "as told in [ops-12]"), ("4", "closed [/ops]"), ("5", "red \x1b[31malert")):
        promotion = Promotion("risk_analyzer", Action.PROMOTE, version, f"risk_analyzer:{version}", reason, "ana")
        record_promotion(engine, promotion, datetime.now(UTC))
    engine.dispose()
    answer = CliRunner().invoke(app, ["ledger"])
    assert answer.exit_code == 0, answer.output
    for shown in ("as told in [ops-12]", "closed [/ops]", "red \\u001b[31malert"):
        assert shown in answer.output


def test_the_ledger_is_there_for_programs(store: Path) -> None:
    answer = CliRunner().invoke(app, ["ledger", "show", "risk_analyzer", "--json"])
    assert answer.exit_code == 0, answer.output
    entries = json.loads(answer.output)
    assert [(entry["version"], entry["action"], entry["previous_version"]) for entry in entries] == [
        ("1", "promote", None),
        ("2", "promote", "1"),
    ]
    verified = json.loads(CliRunner().invoke(app, ["ledger", "verify", "--json"]).output)
    assert verified == {"entries": 3, "head_sha256": entries[-1]["sha256"], "broken": None}
    cut = CliRunner().invoke(app, ["ledger", "verify", "--json", "--known", "a" * 64])
    assert (cut.exit_code, json.loads(cut.output)["broken"]["entry_id"]) == (1, 3)
