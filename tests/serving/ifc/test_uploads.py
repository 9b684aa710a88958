"""Models that clients send: kept whole or not at all, once, within limits, and gone when old."""

import hashlib
import io
import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import RequestError, ServingError
from serving.ifc import uploads
from serving.ifc.keys import client_folder, open_model
from serving.ifc.uploads import UploadLimits, purge_uploads, shown_name, store_upload

GOOD = b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n"
LIMITS = UploadLimits(model_bytes=10_000_000, client_bytes=20_000_000, client_models=3)


def model(number: int, padding: int = 0) -> bytes:
    return GOOD.replace(b"DATA;", b"DATA;\n/*" + b"x" * padding + str(number).encode() + b"*/")


def store(root: Path, content: bytes, client: str = "ann", limits: UploadLimits = LIMITS) -> uploads.IfcReference:
    return store_upload(io.BytesIO(content), "frame.ifc", client, root, limits)


def kept(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def refusal(root: Path, content: bytes, limits: UploadLimits = LIMITS) -> RequestError:
    before = kept(root)
    with pytest.raises(RequestError) as caught:
        store(root, content, limits=limits)
    assert caught.value.field == "file"
    assert kept(root) == before
    return caught.value


def test_a_model_is_kept_whole_under_its_content_and_its_key_opens_it(tmp_path: Path) -> None:
    content = model(1, padding=3_000_000)
    found = store(tmp_path, content)
    digest = hashlib.sha256(content).hexdigest()
    assert found.key == f"uploads/{client_folder('ann')}/{digest}.ifc"
    assert (found.schema, found.sha256, found.size_bytes, found.new) == ("IFC4", digest, len(content), True)
    with open_model(tmp_path, found.key, "ann") as opened:
        assert opened.file.read() == content
    assert (tmp_path / found.key).stat().st_mode & 0o077 == 0


def test_the_same_model_twice_is_one_file_and_another_client_has_its_own(tmp_path: Path) -> None:
    first, again, other = store(tmp_path, GOOD), store(tmp_path, GOOD), store(tmp_path, GOOD, client="bob")
    assert (first.key, again.key) == (again.key, first.key)
    assert (first.new, again.new, other.new) == (True, False, True)
    assert other.key != first.key
    assert len(kept(tmp_path)) == 2


def test_many_at_once_keep_one_file_and_no_more_models_than_allowed(tmp_path: Path) -> None:
    found: list[bool] = []
    refused: list[int] = []

    def send(number: int) -> None:
        try:
            found.append(store(tmp_path, model(number)).new)
        except RequestError as error:
            refused.append(error.status)

    threads = [threading.Thread(target=send, args=(number % 5,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found) == len(kept(tmp_path)) == LIMITS.client_models
    assert set(refused) == {413}


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        (b"", 422, "empty"),
        (b"PK\x03\x04rest", 415, "ZIP"),
        (b"\x1f\x8brest", 415, "gzip"),
        (b"\xef\xbb\xbf <?xml version='1.0'?><ifcXML/>", 415, "ifcXML"),
        (b'{"type": "ifcJSON"}', 415, "ifcJSON"),
        (b"\x7fELF" + bytes(5_000) + GOOD, 415, "does not begin with ISO-10303-21;"),
        (os.urandom(3_000).replace(b"<", b"_"), 415, ""),
        (GOOD[:-12], 422, "cut off"),
        (GOOD.replace(b"IFC4", b"IFC2X_FINAL"), 422, "'IFC2X_FINAL' is not read; accepted are IFC2X3, IFC4 and IFC4X3"),
        (GOOD.replace(b"FILE_SCHEMA", b"SCHEMA_FILE"), 422, "names no schema"),
    ],
)  # fmt: skip
def test_what_is_no_model_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes, status: int, told: str) -> None:
    error = refusal(tmp_path, content)
    assert error.status == status
    assert told in str(error)


def test_no_more_is_read_than_a_model_may_have(tmp_path: Path) -> None:
    class Endless(io.RawIOBase):
        read_bytes = 0

        def read(self, size: int = -1) -> bytes:
            self.read_bytes += size
            return (GOOD if self.read_bytes == size else b"").ljust(size, b" ")

    stream = Endless()
    with pytest.raises(RequestError) as caught:
        store_upload(stream, "a.ifc", "ann", tmp_path, LIMITS)  # type: ignore[arg-type]
    assert caught.value.status == 413
    assert stream.read_bytes <= LIMITS.model_bytes + (2 << 20)
    assert kept(tmp_path) == []


def test_a_client_keeps_no_more_than_its_share(tmp_path: Path) -> None:
    small = UploadLimits(model_bytes=10_000, client_bytes=len(model(1)) * 2 + 10, client_models=10)
    store(tmp_path, model(1), limits=small)
    store(tmp_path, model(2), limits=small)
    error = refusal(tmp_path, model(3), limits=small)
    assert error.status == 413
    assert "2 models" in str(error)
    assert store(tmp_path, model(2), limits=small).new is False
    assert store(tmp_path, model(3), client="bob", limits=small).new


def test_a_stream_that_breaks_or_a_disk_that_is_full_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise OSError(28, "No space left on device")
            return super().read(100_000)

    with pytest.raises(ServingError, match="No space left"):
        store_upload(Broken(model(1, padding=400_000)), "a.ifc", "ann", tmp_path, LIMITS)
    monkeypatch.setattr(uploads.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    with pytest.raises(ServingError, match="Input/output"):
        store(tmp_path, GOOD)
    assert kept(tmp_path) == []


def test_a_link_in_place_of_the_uploads_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    root = tmp_path / "models"
    root.mkdir()
    (root / "uploads").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with pytest.raises(ServingError):
        store(root, GOOD)
    assert kept(tmp_path / "elsewhere") == []


def test_a_purge_takes_the_old_and_the_half_written_and_nothing_else(tmp_path: Path) -> None:
    old, young, renewed = (store(tmp_path, model(number)) for number in (1, 2, 3))
    folder = (tmp_path / old.key).parent
    partial, foreign, shared = folder / ".partial-0", folder / "readme.txt", tmp_path / "frame.ifc"
    for path in (partial, foreign, shared):
        path.write_bytes(b"x")
    now = time.time()
    for path in (tmp_path / old.key, tmp_path / renewed.key, partial, foreign, shared):
        os.utime(path, (now - 1_000, now - 1_000))
    store(tmp_path, model(3))
    assert purge_uploads(tmp_path, now - 500) == 1
    assert kept(tmp_path) == sorted([Path(young.key).name, Path(renewed.key).name, "readme.txt", "frame.ifc"])


def test_a_purge_of_nothing_is_nothing_and_follows_no_link(tmp_path: Path) -> None:
    assert purge_uploads(tmp_path / "none", time.time()) == 0
    target = store(tmp_path / "other", GOOD)
    root = tmp_path / "models"
    (root / "uploads").mkdir(parents=True)
    (root / "uploads" / "link").symlink_to((tmp_path / "other" / target.key).parent, target_is_directory=True)
    assert purge_uploads(root, time.time() + 1_000) == 0
    assert (tmp_path / "other" / target.key).exists()


@given(st.text(max_size=300))
def test_a_name_is_shown_without_paths_and_control_characters(name: str) -> None:
    shown = shown_name(name)
    assert 0 < len(shown) <= 200
    assert shown.isprintable()
    assert "/" not in shown
    assert "\\" not in shown
