"""The restore drill: everything is destroyed, restored from a backup, and answers as before."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from configs import Settings, load_settings
from flows.promotion import ledger, verify
from flows.service_process import running_service
from serving.questions import PATHS
from serving.store.database import open_database
from serving.store.tables import PREDICTIONS
from tests.serving.promoting import models_folder, promoting, put_in_service
from tests.serving.store.conftest import temporary_postgres
from tests.small_versions import MODEL, variant

QUESTIONS = [
    {"member_type": kind, "span_feet": span, "tributary_load_psf": load, "design_code": "AISC 360-22"}
    for kind in ("beam", "column")
    for span, load in ((12, 60), (20, 80), (31.5, 100), (40, 150))
]
OF_THE_ANSWER = ("recommended_section", "confidence", "utilization_ratio", "model_version", "governing_limit_state")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    if request.param == "sqlite":
        with promoting(tmp_path / "home") as settings:
            yield settings
        return
    with temporary_postgres() as url:
        monkeypatch.setenv("SDAI_STORE_URL", url)
        with promoting(tmp_path / "home") as settings:
            yield settings


def sdai(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flows.cli", *arguments], capture_output=True, text=True, timeout=120, check=False
    )


def golden(settings: Settings) -> list[dict[str, Any]]:
    """Ask a fresh service the golden questions."""
    with running_service({}, models_folder(settings)) as client:
        answers = [client.post(PATHS[MODEL], question) for question in QUESTIONS]
    assert [answer.status for answer in answers] == [200] * len(QUESTIONS), answers
    return [{name: answer.body[name] for name in OF_THE_ANSWER} for answer in answers]


def destroy(settings: Settings) -> None:
    """Lose the machine: home and database."""
    url = settings.store_url
    shutil.rmtree(settings.paths.home)
    settings.paths.home.mkdir()
    if url.startswith("postgresql"):
        engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg2://"))
        with engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
        engine.dispose()


def predictions(settings: Settings) -> set[str]:
    engine = open_database(settings.store_url)
    try:
        with engine.connect() as connection:
            return set(connection.execute(sa.select(PREDICTIONS.c.id)).scalars())
    finally:
        engine.dispose()


def test_after_the_loss_of_everything_a_backup_answers_as_before(
    home: Settings, artifact: Path, tmp_path: Path
) -> None:
    for number in (1, 2):
        put_in_service(home, variant(artifact, tmp_path / f"v{number}", number))
    mlflow_file = home.paths.mlruns / "artifacts" / "1" / "a run" / "figure.json"
    mlflow_file.parent.mkdir(parents=True)
    mlflow_file.write_text('{"accuracy": 0.99}')
    before, rows, kept = golden(home), ledger(home), predictions(home)
    assert len(kept) == len(QUESTIONS)

    made = sdai("backup", str(tmp_path / "backups"))
    assert made.returncode == 0, made.stderr
    known = made.stdout.rsplit(" ", 1)[1].strip()
    again = sdai("restore", str(tmp_path / "backups"))
    assert again.returncode == 1
    assert "there is something already" in again.stderr
    assert "--force" in again.stderr

    destroy(home)
    assert not models_folder(home).exists()
    restored = sdai("restore", str(tmp_path / "backups"), "--known", known)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "ledger verified, 1 versions in service verified" in restored.stdout

    load_settings.cache_clear()
    assert verify(home).holds
    assert [(row.sha256, row.version, row.evidence) for row in ledger(home)] == [
        (row.sha256, row.version, row.evidence) for row in rows
    ]
    assert predictions(home) == kept
    assert mlflow_file.read_text() == '{"accuracy": 0.99}'
    assert golden(home) == before
    assert not (home.paths.keys / "model-signing.pem").exists()


def test_a_forced_restore_takes_back_what_came_later_and_keeps_the_old_files(
    home: Settings, artifact: Path, tmp_path: Path
) -> None:
    first, second = (variant(artifact, tmp_path / f"v{number}", number) for number in (1, 2))
    put_in_service(home, first)
    assert sdai("backup", str(tmp_path / "backups"), "--with-signing-key").returncode == 0
    put_in_service(home, second)
    assert ledger(home)[-1].version == second.name

    forced = sdai("restore", str(tmp_path / "backups"), "--force")

    assert forced.returncode == 0, forced.stdout + forced.stderr
    assert [row.version for row in ledger(home)] == [first.name]
    assert not (models_folder(home) / MODEL / second.name).exists()
    replaced = next((home.paths.work / "replaced").iterdir())
    assert (replaced / "models" / MODEL / second.name / "model.json").is_file()
    assert (home.paths.keys / "model-signing.pem").stat().st_mode & 0o777 == 0o600
    put_in_service(home, second)
    assert json.loads((models_folder(home) / MODEL / second.name / "model.json").read_text())
