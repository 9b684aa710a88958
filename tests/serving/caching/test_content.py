"""Digests of files and of the code."""

import hashlib
import os
from pathlib import Path

import pytest

from serving.caching import FileDigests, release_digest


def test_a_file_is_read_once_until_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "a.ifc"
    file.write_bytes(b"one")
    digests = FileDigests()
    assert digests.digest(file) == hashlib.sha256(b"one").hexdigest()
    file.chmod(0o600)
    status = file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert digests.digest(file) == hashlib.sha256(b"two").hexdigest()


def test_an_unchanged_file_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.ifc"
    file.write_bytes(b"one")
    digests = FileDigests()
    first = digests.digest(file)
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("read again"))
    assert digests.digest(file) == first


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileDigests().digest(tmp_path / "none.ifc")


def test_the_release_changes_with_any_file_but_byte_code(tmp_path: Path) -> None:
    package = tmp_path / "engine"
    (package / "__pycache__").mkdir(parents=True)
    (package / "a.py").write_text("x = 1\n")
    first = release_digest([package])
    (package / "__pycache__" / "a.pyc").write_bytes(b"1")
    assert release_digest([package]) == first
    (package / "table.csv").write_text("1\n")
    second = release_digest([package])
    (package / "a.py").write_text("x = 2\n")
    third = release_digest([package])
    (package / "a.py").rename(package / "b.py")
    assert len({first, second, third, release_digest([package])}) == 4
