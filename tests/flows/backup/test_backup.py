"""Backup and restore, part by part: what is refused, what a kill leaves, what is secret, S3."""

import dataclasses
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from configs import Settings, load_settings
from configs.auth_settings import AuthSettings
from configs.notify_settings import NotifySettings
from configs.operations_settings import AlarmsSettings
from configs.settings import StoreSettings
from configs.signing_settings import SigningSettings
from flows.backup import databases, restoring
from flows.backup.contents import components, used_settings
from flows.backup.making import Made, Order, make_backup
from flows.backup.manifest import MANIFEST_FILE
from flows.backup.places import Place, chosen_backup, open_backups
from flows.backup.restoring import Restored, Wish, read_manifest, restore_backup
from flows.errors import FlowError
from serving.store import Action, Promotion, open_database, read_ledger, record_promotion
from tests.aws import s3_double

NOW = datetime(2026, 1, 31, 3, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings of a home with a ledger of one refusal and a few files."""
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path / "home"))
    load_settings.cache_clear()
    settings = load_settings()
    note(settings, "first")
    for name in ("runs/1.json", "bentoml/models/m/1/model.json", "journal/w1-ab.lock", "ifc/frame.ifc"):
        file = settings.paths.work / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"content of {name}")
    return settings


def note(settings: Settings, reason: str) -> None:
    """Append an entry to the ledger."""
    engine = open_database(settings.store_url)
    entry = Promotion("risk_analyzer", Action.REFUSE, f"1-{reason}", f"risk_analyzer:1-{reason}", reason, "a test")
    record_promotion(engine, entry, NOW)
    engine.dispose()


def reasons(settings: Settings) -> list[str]:
    """Return the reasons of the ledger's entries."""
    engine = open_database(settings.store_url)
    try:
        return [row.reason for row in read_ledger(engine)]
    finally:
        engine.dispose()


def backed_up(settings: Settings, address: str, after_s: float = 0.0) -> tuple[Place, Made]:
    """Make a backup."""
    place = open_backups(address, settings.models)
    return place, make_backup(settings, place, Order(NOW + timedelta(seconds=after_s)))


def restored(settings: Settings, address: str, wish: Wish = Wish()) -> Restored:  # noqa: B008  (frozen)
    """Restore the newest backup."""
    place, backup_id = chosen_backup(address, settings.models)
    return restore_backup(
        settings, place, read_manifest(place, backup_id, settings.paths.work, wish.known_sha256), wish
    )


def test_what_was_lost_comes_back_with_the_ledger(settings: Settings, tmp_path: Path) -> None:
    seen: list[int] = []
    place = open_backups(str(tmp_path / "b"), settings.models)
    made = make_backup(settings, place, Order(NOW, advance=seen.append))
    assert sum(seen) >= len("content of runs/1.json")
    shutil.rmtree(settings.paths.home)
    outcome = restored(settings, str(tmp_path / "b"), Wish(known_sha256=made.manifest_sha256))
    assert outcome.faults == ()
    assert reasons(settings) == ["first"]
    assert (settings.paths.work / "runs/1.json").read_text() == "content of runs/1.json"
    assert (settings.paths.ifc_models / "frame.ifc").is_file()
    assert not (settings.paths.work / "restoring").exists()


@pytest.mark.parametrize("spoil", ["change", "remove", "lengthen", "link"])
def test_a_backup_that_is_not_as_it_was_made_changes_nothing(settings: Settings, tmp_path: Path, spoil: str) -> None:
    _, made = backed_up(settings, str(tmp_path / "b"))
    file = tmp_path / "b" / made.manifest.backup_id / "runs/1.json"
    text = file.read_text()
    file.unlink()
    if spoil == "link":
        file.symlink_to("/etc/hostname")
    elif spoil != "remove":
        file.write_text(text[::-1] if spoil == "change" else text + " ")
    note(settings, "second")
    with pytest.raises(FlowError, match=r"runs/1\.json"):
        restored(settings, str(tmp_path / "b"), Wish(force=True))
    assert reasons(settings) == ["first", "second"]
    assert (settings.paths.work / "runs/1.json").is_file()


def test_another_manifest_than_the_noted_one_is_refused(settings: Settings, tmp_path: Path) -> None:
    backed_up(settings, str(tmp_path / "b"))
    with pytest.raises(FlowError, match="it was changed"):
        restored(settings, str(tmp_path / "b"), Wish(force=True, known_sha256="0" * 64))


def test_what_is_there_is_not_overwritten_unless_forced(settings: Settings, tmp_path: Path) -> None:
    backed_up(settings, str(tmp_path / "b"))
    note(settings, "second")
    with pytest.raises(FlowError, match=r"store database .* has rows.*--force"):
        restored(settings, str(tmp_path / "b"))
    assert reasons(settings) == ["first", "second"]
    assert restored(settings, str(tmp_path / "b"), Wish(force=True)).faults == ()
    assert reasons(settings) == ["first"]


def test_a_killed_restore_goes_on_with_the_same_backup_and_no_force(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backed_up(settings, str(tmp_path / "b"))
    shutil.rmtree(settings.paths.home)
    replace, done = restoring._replace_files, []

    def killed(component, staged: Path, aside: Path) -> None:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(component.name)
        replace(component, staged, aside)

    with monkeypatch.context() as patch:
        patch.setattr(restoring, "_replace_files", killed)
        with pytest.raises(KeyboardInterrupt):
            restored(settings, str(tmp_path / "b"))
    assert settings.paths.work.joinpath("store.db").is_file()
    assert not settings.paths.work.joinpath("runs").exists()
    assert restored(settings, str(tmp_path / "b")).faults == ()
    assert (settings.paths.work / "runs/1.json").is_file()
    assert reasons(settings) == ["first"]


def test_a_killed_backup_is_none_and_the_next_one_clears_up(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / "b" / ".making-20260101T000000Z-aaaaaa"
    left.mkdir(parents=True)
    (left / "store.db").write_text("half")
    with pytest.raises(FlowError, match="no whole backup"):
        chosen_backup(str(tmp_path / "b"), settings.models)
    _, made = backed_up(settings, str(tmp_path / "b"))
    assert not left.exists()
    assert chosen_backup(str(tmp_path / "b"), settings.models)[1] == made.manifest.backup_id
    assert chosen_backup(f"{tmp_path}/b/{made.manifest.backup_id}", settings.models)[1] == made.manifest.backup_id


def test_a_ledger_that_was_cut_off_is_told_after_the_restore(settings: Settings, tmp_path: Path) -> None:
    note(settings, "second")
    _, made = backed_up(settings, str(tmp_path / "b"))
    manifest = made.manifest.model_copy(
        update={"ledger": made.manifest.ledger.model_copy(update={"head_sha256": "f" * 64})}
    )
    shutil.rmtree(settings.paths.home)
    place = open_backups(str(tmp_path / "b"), settings.models)
    assert "cut off or made anew" in restore_backup(settings, place, manifest, Wish()).faults[0]


def test_s3_holds_a_backup_whole_or_not_at_all(settings: Settings, tmp_path: Path) -> None:
    with s3_double("backups") as client:
        _, old = backed_up(settings, "s3://backups/site")
        note(settings, "second")
        _, made = backed_up(settings, "s3://backups/site", after_s=60)
        shutil.rmtree(settings.paths.home)
        outcome = restored(settings, "s3://backups/site")
        assert (outcome.faults, outcome.manifest) == ((), made.manifest)
        assert reasons(settings) == ["first", "second"]
        client.delete_object(Bucket="backups", Key=f"site/{made.manifest.backup_id}/{MANIFEST_FILE}")
        assert chosen_backup("s3://backups/site", settings.models)[1] == old.manifest.backup_id
        assert not any((settings.paths.work / "backups-on-their-way").glob(".making*"))


def test_no_secret_is_in_the_settings_that_a_backup_keeps(settings: Settings) -> None:
    told = used_settings(
        dataclasses.replace(
            settings,
            store=StoreSettings(url="postgresql://ana:hunter2@db/x"),
            signing=SigningSettings(key_pem="PEM-hunter2"),
            notify=NotifySettings(urls=["jsons://hunter2.example.com/hunter2"]),
            alarms=AlarmsSettings(token="hunter2", metrics_urls=("https://u:hunter2@s/metrics",)),
            auth=AuthSettings(),
        )
    )
    assert "hunter2" not in told
    assert "@db/x" in told
    assert "/metrics" in told


def test_private_keys_stay_out_unless_asked_for(settings: Settings, tmp_path: Path) -> None:
    keys = settings.paths.keys
    keys.mkdir(parents=True)
    for name in ("model-signing.pem", "model-signing.pub.pem", "development.json"):
        (keys / name).write_text("key")
    _, made = backed_up(settings, str(tmp_path / "b"))
    held = [file.name for file in made.manifest.files if file.name.startswith("keys/")]
    assert held == ["keys/model-signing.pub.pem"]
    asked = [item for item in components(settings, with_signing_key=True) if item.name == "keys"]
    assert {path.name for path in asked[0].files()} == {"model-signing.pem", "model-signing.pub.pem"}
    assert any("private signing key" in text for text in made.manifest.left_out)


def test_without_the_tools_of_postgresql_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FlowError, match=r"pg_dump is not installed; install .*postgresql-client"):
        databases.dump("postgresql://postgres@127.0.0.1/x", tmp_path / "x.dump")


def test_a_backup_of_another_kind_of_database_is_refused(settings: Settings, tmp_path: Path) -> None:
    backed_up(settings, str(tmp_path / "b"))
    other = dataclasses.replace(settings, store=StoreSettings(url="postgresql://postgres@127.0.0.1:1/x"))
    with pytest.raises(FlowError, match="holds a sqlite store database and SDAI_STORE_URL names postgresql"):
        restored(other, str(tmp_path / "b"), Wish(force=True))


def test_a_home_without_a_database_has_nothing_to_back_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path / "empty"))
    load_settings.cache_clear()
    with pytest.raises(FlowError, match="there is no database at"):
        backed_up(load_settings(), str(tmp_path / "b"))


def test_folders_outside_of_the_home_are_named_and_left_alone(settings: Settings, tmp_path: Path) -> None:
    outside = dataclasses.replace(settings, paths=settings.paths.model_copy(update={"ifc_root": tmp_path / "disk"}))
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "client.ifc").write_text("theirs")
    _, made = backed_up(outside, str(tmp_path / "b"))
    assert not any(file.name.startswith("ifc/") for file in made.manifest.files)
    assert any(str(tmp_path / "disk") in text for text in made.manifest.left_out)
    assert restored(outside, str(tmp_path / "b"), Wish(force=True)).faults == ()
    assert (tmp_path / "disk" / "client.ifc").read_text() == "theirs"


def fill(settings: Settings, name: str) -> Path:
    """Put a file into a folder of the home."""
    file = settings.paths.work / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("later")
    return file


@pytest.mark.parametrize("name", ["reviewed/r.json", "alarms/state.json"])
def test_files_of_a_folder_that_was_empty_at_the_backup_are_in_the_way_too(
    settings: Settings, tmp_path: Path, name: str
) -> None:
    backed_up(settings, str(tmp_path / "b"))
    shutil.rmtree(settings.paths.home)
    later = fill(settings, name)
    with pytest.raises(FlowError, match=rf"{later.parent.name} has files.*--force"):
        restored(settings, str(tmp_path / "b"))
    assert later.is_file()
    assert restored(settings, str(tmp_path / "b"), Wish(force=True)).faults == ()
    assert not later.exists()
    assert [path.read_text() for path in (settings.paths.work / "replaced").rglob(later.name)] == ["later"]


def test_a_journal_that_came_after_the_backup_does_not_run_into_the_restored_database(
    settings: Settings, tmp_path: Path
) -> None:
    shutil.rmtree(settings.paths.work / "journal")
    backed_up(settings, str(tmp_path / "b"))
    later = fill(settings, "journal/w1-ab.jsonl")
    restored(settings, str(tmp_path / "b"), Wish(force=True))
    assert not later.exists()
    assert not list((settings.paths.work / "restoring").rglob("*"))


def test_a_public_key_that_the_backup_lacks_is_set_aside_and_the_private_one_stays(
    settings: Settings, tmp_path: Path
) -> None:
    backed_up(settings, str(tmp_path / "b"))
    keys = settings.paths.keys
    keys.mkdir(parents=True)
    for name in ("model-signing.pem", "model-signing.pub.pem"):
        (keys / name).write_text("key")
    with pytest.raises(FlowError, match=r"has files.*--force"):
        restored(settings, str(tmp_path / "b"))
    restored(settings, str(tmp_path / "b"), Wish(force=True))
    assert [path.name for path in keys.iterdir() if path.is_file()] == ["model-signing.pem"]
