"""Databases, a model folder, and stand-ins for the subprocess of a job."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from serving.ifc.keys import client_folder
from serving.jobs import ChildLimits, Workshop
from serving.jobs.answers import JobAnswers
from serving.loaded_models import Served
from serving.recording import Outcome
from serving.store import open_database
from tests.serving.store.conftest import database_url

__all__ = ["database_url"]

LIMITS = ChildLimits(
    timeout_s=20.0, memory_bytes=6_000_000_000, model_bytes=1_000_000, members=5_000, result_bytes=1_000_000
)
ANSWER = (
    '{"total_clashes":0,"clashes":[],"confidence":0.9,"connections_count":0,"connections":[],"members":2,'
    '"members_without_geometry":0,"approximate_members":0,"undecided_members":0,"pairs_judged":0,"overruled":0,"verified":true,'
    '"model_version":"7","request_id":""}'
)
PRELUDE = f"""
import json, os, sys, time
order = json.loads(sys.stdin.readline())
def say(what, content):
    print(what, content, flush=True)
def answer():
    say("result", {ANSWER!r})
"""
UPLOAD = f"uploads/{client_folder('ann')}/{'0' * 64}.ifc"


def child(program: str) -> tuple[str, ...]:
    """Return the command of a subprocess that reads its order and then does this."""
    return (sys.executable, "-c", f"{PRELUDE}\n{program}")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a model folder with a shared model and an upload of ann's."""
    folder = tmp_path / "models"
    for key in ("frame.ifc", UPLOAD):
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(b"model")
    return folder


def workshop(folder: Path, program: str = "answer()", **changes: object) -> Workshop:
    """Return a workshop whose subprocess does this."""
    plain: dict[str, object] = {
        "ifc_root": folder / "models",
        "folder": folder / "jobs",
        "artifact": lambda _: Served(None, "7", folder=folder / "artifact"),
        "limits": LIMITS,
        "answers": JobAnswers(lambda _: Outcome.KEPT, lambda *_, **__: 0.0, lambda: datetime.now(UTC)),
        "command": child(program),
    }
    return Workshop(**plain | changes)  # type: ignore[arg-type]
