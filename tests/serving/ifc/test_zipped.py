"""ifcZIP: one IFC file in an archive is read like the file itself; archives that trick or bomb are refused."""

import io
import struct
import tempfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.clash_check import _content
from flows.errors import FlowError
from serving.errors import RequestError
from serving.ifc.reader import read_file
from serving.ifc.uploads import UploadLimits, store_upload
from serving.ifc.zipped import open_inner

GOOD = b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n"
MOST = 1_000_000


def zipped(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.comment = comment
        for name, content in entries:
            archive.writestr(name, content)
    return packed.getvalue()


def changed(archive: bytes, offset: int, value: bytes) -> bytes:
    """Return an archive of one file with something changed in its directory."""
    at = archive.index(b"PK\x01\x02") + offset
    return archive[:at] + value + archive[at + len(value) :]


ONE = zipped(("model.ifc", GOOD))
ENCRYPTED, METHOD, SIZE, OFFSET, NAME = 8, 10, 24, 42, 46
"""Where flags, method, unpacked size, place of the file and name stand in an entry of the directory."""


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(ONE, id="deflated"),
        pytest.param(zipped(("model.ifc", GOOD), method=zipfile.ZIP_STORED), id="stored"),
        pytest.param(zipped(("a/b/MODEL.IFC", GOOD)), id="in folders, in capitals"),
        pytest.param(zipped(("model.ifc", GOOD), comment=b"from an office"), id="with a comment"),
        pytest.param(zipped(("model.ifc", GOOD), ("__MACOSX/._model.ifc", b"notes")), id="with notes of a system"),
        pytest.param(zipped(("x.ifc/", b""), ("model.ifc", GOOD), ("steel.png", b"png")), id="beside other things"),
        pytest.param(zipped(("../../etc/model.ifc", GOOD)), id="name that leads out"),
        pytest.param(zipped(("/model.ifc", GOOD)), id="absolute name"),
        pytest.param(zipped(("C:\\model.ifc", GOOD)), id="name with a drive"),
        pytest.param(GOOD, id="not zipped"),
    ],
)
def test_the_model_inside_is_read_uploaded_and_checked(tmp_path: Path, content: bytes) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "model.ifczip").write_bytes(content)
    assert read_file(root, "model.ifczip", MOST) == GOOD
    assert _content(root / "model.ifczip") == GOOD
    limits = UploadLimits(MOST, MOST, 3)
    found = store_upload(io.BytesIO(content), "model.ifczip", "ann", root, limits)
    again = store_upload(io.BytesIO(GOOD), "model.ifc", "ann", root, limits)
    assert (found.key, found.size_bytes, found.name) == (again.key, len(GOOD), "model.ifczip")
    assert read_file(root, found.key, MOST, "ann") == GOOD
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert files == ["root/model.ifczip", f"root/{found.key}"]


REFUSED = [
    pytest.param(zipped(("a.ifc", GOOD), ("b.ifc", GOOD)), 422, "holds 2 IFC files", id="two models"),
    pytest.param(zipped(("a.ifc", GOOD), ("b/A.IFC", GOOD)), 422, "holds 2 IFC files", id="second in a folder"),
    pytest.param(zipped(("a.ifcxml", GOOD)), 422, "holds no IFC files", id="another format"),
    pytest.param(zipped(("a.ifc/", b"")), 422, "holds no IFC files", id="a folder"),
    pytest.param(zipped(), 422, "holds no IFC files", id="empty"),
    pytest.param(zipped(*((f"{n}.txt", b"") for n in range(1_001))), 422, "more than 1000 files", id="many files"),
    pytest.param(changed(ONE, ENCRYPTED, b"\x01\x00"), 422, "is encrypted", id="encrypted"),
    pytest.param(zipped(("a.ifc", GOOD), method=zipfile.ZIP_LZMA), 422, "another way than deflate", id="LZMA"),
    pytest.param(changed(ONE, METHOD, b"\x09\x00"), 422, "another way than deflate", id="unknown method"),
    pytest.param(zipped(("a.ifc", bytes(MOST + 1))), 413, f"has {MOST + 1} bytes; at most {MOST} are", id="bomb"),
    pytest.param(ONE + bytes(MOST), 413, "at most", id="large archive"),
    pytest.param(
        changed(zipped(("model.ifc", GOOD + b" " * 9 * MOST)), SIZE, struct.pack("<I", len(GOOD))),
        415,
        "damaged",
        id="bomb that says it is small",
    ),
    pytest.param(zipped(("a.ifc", ONE)), 415, "a ZIP archive in a ZIP archive", id="archive in an archive"),
    pytest.param(b"PK\x03\x04 no archive", 415, "damaged", id="not a zip"),
    pytest.param(ONE[:-30], 415, "damaged", id="cut off"),
    pytest.param(ONE.replace(b"model.ifc", b"other.ifc", 1), 415, "damaged", id="two names for one file"),
    pytest.param(ONE[:50] + b"\xff" * 20 + ONE[70:], 415, "damaged", id="changed inside"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "status", "told"), REFUSED)
def test_other_archives_are_refused_with_the_reason(tmp_path: Path, content: bytes, status: int, told: str) -> None:
    (tmp_path / "bad.ifczip").write_bytes(content)
    with pytest.raises(RequestError, match=told) as read:
        read_file(tmp_path, "bad.ifczip", MOST if len(content) <= MOST else len(content) - 1)
    assert (read.value.status, read.value.field) == (status, "model_ifc")
    with pytest.raises(RequestError, match=told) as sent:
        store_upload(io.BytesIO(content), "bad.ifczip", "ann", tmp_path, UploadLimits(MOST, MOST, 3))
    assert (sent.value.status, sent.value.field) == (status, "file")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["bad.ifczip"]


def test_a_file_of_ones_own_that_cannot_be_unpacked_is_named(tmp_path: Path) -> None:
    (tmp_path / "two.ifczip").write_bytes(zipped(("a.ifc", GOOD), ("b.ifc", GOOD)))
    with pytest.raises(FlowError, match=r"two\.ifczip: the model is a ZIP archive \(ifcZIP\) that holds 2 IFC files"):
        _content(tmp_path / "two.ifczip")


def test_no_more_is_unpacked_than_a_model_may_have() -> None:
    """An archive of 100 MB that says 100 bytes: what is read of it stays below a few megabytes."""
    bomb = changed(zipped(("model.ifc", bytes(100_000_000))), SIZE, struct.pack("<I", 100))
    with pytest.raises(RequestError, match="damaged"), open_inner(io.BytesIO(bomb), MOST, "file") as inner:
        assert len(inner.read()) <= 100


def outcome(file: BinaryIO) -> bytes | str | None:
    """Return what is unpacked of an archive, or the field that its refusal names."""
    try:
        with open_inner(file, MOST, "file") as inner:
            return inner.read()
    except RequestError as error:
        return error.field


@settings(max_examples=300)
@given(at=st.integers(0, len(ONE) - 1), value=st.binary(min_size=1, max_size=8), length=st.integers(0, len(ONE)))
def test_any_damage_gives_the_model_or_a_refusal(at: int, value: bytes, length: int) -> None:
    """Nothing but a `RequestError` comes of archives that were changed or cut off anywhere, in memory or on a disk."""
    for content in (ONE[:at] + value + ONE[at + len(value) :], ONE[:length]):
        with tempfile.TemporaryFile() as file:
            file.write(content)
            found = outcome(file)
        assert found == outcome(io.BytesIO(content))
        assert found in (GOOD, "file")


def test_a_place_before_the_archive_is_damage(tmp_path: Path) -> None:
    """The directory says that the model lies before the file's first byte."""
    content = changed(ONE, 42, struct.pack("<I", 0))
    end = content.rindex(b"PK\x05\x06") + 16
    content = content[:end] + struct.pack("<I", len(content)) + content[end + 4 :]
    (tmp_path / "bad.ifczip").write_bytes(content)
    with (tmp_path / "bad.ifczip").open("rb") as file:
        assert outcome(file) == "file"


STEP_NAME = "ISO-10303-21; FILE_SCHEMA(('IFC4')); .ifc"
"""The name of a file in an archive that so looks like a STEP file as well."""


def test_an_archive_that_says_it_is_step_is_not_kept_as_a_model(tmp_path: Path) -> None:
    both = zipped((STEP_NAME, GOOD), comment=b"\nEND-ISO-10303-21;\n")
    with pytest.raises(RequestError) as refused:
        store_upload(io.BytesIO(zipped(("m.ifc", both))), "m.ifc", "eve", tmp_path, UploadLimits(MOST, MOST, 9))
    assert (refused.value.status, refused.value.field) == (415, "file")


def test_what_unpacks_to_more_than_it_says_takes_no_more_memory(tmp_path: Path) -> None:
    bomb = zipped(("m.ifc", bytes(300_000_000)))
    sizes = struct.pack("<I", 100)
    (tmp_path / "m.ifc").write_bytes(changed(bomb, SIZE, sizes))
    tracemalloc.start()
    with pytest.raises(RequestError) as refused:
        read_file(tmp_path, "m.ifc", MOST, "eve")
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused.value.status == 415
    assert peak_bytes < 30e6


@pytest.mark.parametrize("offset", [2**31, 2**32 - 2], ids=["far", "farther"])
def test_an_offset_beyond_the_archive_is_damage_on_a_disk_too(tmp_path: Path, offset: int) -> None:
    archive = changed(ONE, OFFSET, struct.pack("<I", offset))
    with tempfile.TemporaryFile() as file:
        file.write(archive)
        file.seek(0)
        with pytest.raises(RequestError) as refused:
            store_upload(file, "m.ifc", "eve", tmp_path, UploadLimits(MOST, MOST, 9))
    assert (refused.value.status, refused.value.field) == (415, "file")
