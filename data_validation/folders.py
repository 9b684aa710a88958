"""Folders that appear whole or not at all, one writer at a time."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data_validation.errors import DataError
from data_validation.manifest import MANIFEST_FILE


def check_replaceable(out_dir: Path) -> None:
    """Refuse to replace anything but an empty folder or an earlier dataset."""
    if out_dir.is_dir() and ((out_dir / MANIFEST_FILE).is_file() or not any(out_dir.iterdir())):
        return
    if out_dir.exists():
        raise DataError(f"{out_dir} holds something that is not a dataset; name another folder or remove it")


@contextmanager
def building_folder(out_dir: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``out_dir`` to build in; it is removed unless `publish` has moved it.

    A lock that dies with its process keeps a second build of the same folder out, so whatever a killed build left
    behind is safe to sweep.
    """
    out_dir = out_dir.resolve()
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    building = out_dir.with_name(f".{out_dir.name}.building")
    with out_dir.with_name(f".{out_dir.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(f"another process is writing {out_dir}; wait for it or name another folder") from error
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        try:
            yield building
        finally:
            shutil.rmtree(building, ignore_errors=True)


def publish(building: Path, out_dir: Path) -> None:
    """Put the finished folder in its place; an earlier dataset there is removed only after the new one stands."""
    out_dir = out_dir.resolve()
    old = out_dir.with_name(f".{out_dir.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out_dir.exists():
        out_dir.rename(old)
    building.rename(out_dir)
    shutil.rmtree(old, ignore_errors=True)
