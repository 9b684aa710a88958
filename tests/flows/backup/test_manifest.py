"""The manifest: names that stay inside, round trip, and what is refused."""

from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from flows.backup.manifest import (
    LedgerHead,
    Manifest,
    StoredDatabase,
    StoredFile,
    checked_name,
    new_backup_id,
    newest,
    parse_manifest,
)
from flows.errors import FlowError

NOW = datetime(2026, 1, 31, 3, 0, tzinfo=UTC)
DIGEST = "ab" * 32


def manifest_of(*names: str) -> Manifest:
    return Manifest(
        backup_id=new_backup_id(NOW, "1a2b3c"),
        created_at=NOW,
        project_version="0.1.0",
        home="/srv/home",
        databases=(StoredDatabase(name="store", kind="sqlite", file=names[0]),),
        ledger=LedgerHead(entries=1, head_sha256=DIGEST),
        champions={"section_optimizer": "1-abc"},
        files=tuple(StoredFile(name=name, size_bytes=3, sha256=DIGEST) for name in names),
    )


def test_a_manifest_reads_back_as_it_was_written() -> None:
    manifest = manifest_of("store.db", "models/a b/ü.onnx")
    assert parse_manifest(manifest.to_json(), "here") == manifest
    assert manifest.size_bytes == 6
    assert manifest.backup_id == "20260131T030000Z-1a2b3c"


@given(st.text(max_size=40))
def test_a_name_that_is_taken_never_leads_out_of_its_folder(name: str) -> None:
    try:
        taken = checked_name(name)
    except ValueError:
        return
    root = Path("/a/b/c")
    assert (root / taken).is_relative_to(root)
    assert ".." not in PurePosixPath(taken).parts
    assert not PurePosixPath(taken).is_absolute()


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "a//b", "a\\..\\b", "a\0b", "./a", "a/"])
def test_a_name_that_leads_out_or_is_spelt_oddly_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        StoredFile(name=name, size_bytes=1, sha256=DIGEST)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text[:-20], "its JSON"),
        (lambda text: text.replace('"format": 1', '"format": 2'), "format"),
        (lambda text: text.replace('"home"', '"hume"'), "home"),
        (lambda text: text.replace('"file": "store.db"', '"file": "other.db"'), "has no other.db"),
        (lambda text: text.replace('"name": "x"', '"name": "store.db"'), "twice"),
    ],
)
def test_a_manifest_that_was_changed_is_refused_with_the_place(change, told: str) -> None:
    text = change(manifest_of("store.db", "x").to_json())
    with pytest.raises(FlowError, match="here") as refused:
        parse_manifest(text, "here")
    assert told in str(refused.value)


def test_the_newest_backup_is_the_last_by_time_and_other_names_do_not_count() -> None:
    assert newest([]) is None
    assert newest(["notes", ".making-20270101T000000Z-aaaaaa"]) is None
    assert newest(["20260131T030000Z-ffffff", "20260201T030000Z-000000", "zzz"]) == "20260201T030000Z-000000"
