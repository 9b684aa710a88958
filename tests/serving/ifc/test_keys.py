"""Model keys: what no key may say, whose models a client reaches, and disks that change while they are looked at."""

import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import RequestError
from serving.ifc import keys
from serving.ifc.keys import check_model, client_folder, key_names, open_model

OWN = client_folder("ann")
NAME = f"{'0' * 64}.ifc"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a model folder with shared models and one upload each of two clients; a secret lies beside it."""
    folder = tmp_path / "models"
    for path in (
        folder / "site/frame.ifc",
        *(folder / "uploads" / client_folder(who) / NAME for who in ("ann", "bob")),
    ):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"good " + path.parent.name.encode())
    (tmp_path / "secret.ifc").write_bytes(b"secret")
    return folder


def read(root: Path, key: str, client: str | None = None) -> bytes:
    with open_model(root, key, client) as model:
        return model.file.read()


def refusal(root: Path, key: str, client: str | None = None) -> RequestError:
    with pytest.raises(RequestError) as caught:
        read(root, key, client)
    assert caught.value.field == "model_ifc"
    assert str(root) not in str(caught.value)
    return caught.value


def test_shared_models_are_everybodys_and_uploads_their_clients(root: Path) -> None:
    assert read(root, "site/frame.ifc") == read(root, "site/frame.ifc", "ann") == b"good site"
    assert read(root, f"uploads/{OWN}/{NAME}", "ann") == b"good " + OWN.encode()


@pytest.mark.parametrize("client", ["bob", "", None, "ANN", "ann "])
def test_another_clients_upload_reads_as_missing(root: Path, client: str | None) -> None:
    missing = f"uploads/{OWN}/{'1' * 64}.ifc"
    told = refusal(root, f"uploads/{OWN}/{NAME}", client)
    assert told.status == refusal(root, missing, "ann").status == 404
    assert str(told).replace(NAME, missing[-68:]) == str(refusal(root, missing, "ann"))


@pytest.mark.parametrize(
    "key",
    [
        f"UPLOADS/{OWN}/{NAME}", f"Uploads/{OWN}/{NAME}", f"upload\u017f/{OWN}/{NAME}", f"\uff55ploads/{OWN}/{NAME}",
        f"uploads/{OWN.upper()}/{NAME}", f"uploads/{OWN}/{NAME.upper()}", f"uploads/{OWN}", "uploads", "uploads/a.ifc",
        f"uploads/{OWN}/.partial-0", f"uploads/{OWN}/deep/{NAME}", f"uploads//{OWN}/{NAME}", f"uploads/{OWN}/{NAME}/",
    ],
)  # fmt: skip
def test_no_other_spelling_reaches_uploads(root: Path, key: str) -> None:
    assert refusal(root, key, "bob").status in (404, 422)
    if key != f"uploads/{OWN}/{NAME}":
        assert refusal(root, key, "ann").status in (404, 422)


@pytest.mark.parametrize(
    "key",
    [
        "", "/", "//", "/site/frame.ifc", "site//frame.ifc", "site/frame.ifc/", "./site/frame.ifc", "site/./frame.ifc",
        "../secret.ifc", "site/../../secret.ifc", "site/..", "..\\secret.ifc", "C:\\secret.ifc", "C:secret.ifc",
        "file:///etc/passwd", "http://host/a.ifc", "s3://bucket/a.ifc", "%2e%2e/secret.ifc", "..%2fsecret.ifc",
        "site/frame.ifc\x00", "\x00", "site/\nframe.ifc", "~/a.ifc", ".hidden/a.ifc", "site/frame.ifc.", "site /a",
        "site/ a", "a\u202ecfi.exe", "\ud800.ifc", "frame.ifc:stream", "a|b", "a?b", "*", "x" * 256, "a/" * 511 + "bcd",
        "\u00e9" * 128, "\u2026/\u2026",
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused_by_its_text(root: Path, key: str) -> None:
    assert refusal(root, key).status in (404, 422)


@given(st.text(max_size=40) | st.lists(st.sampled_from(["..", ".", "", "site", "secret.ifc", "a"])).map("/".join))
def test_names_of_an_accepted_key_each_stay_in_their_folder(key: str) -> None:
    try:
        names = key_names(key, None)
    except RequestError:
        return
    assert "/".join(names) == key
    assert not {"", ".", ".."} & set(names)
    assert not any("\x00" in name or "/" in name for name in names)


@given(st.text(max_size=20), st.text(max_size=20))
def test_two_clients_have_two_folders(one: str, other: str) -> None:
    assert (client_folder(one) == client_folder(other)) == (one == other)


def test_links_are_not_followed_wherever_they_lead(root: Path) -> None:
    (root / "out.ifc").symlink_to(root.parent / "secret.ifc")
    (root / "in.ifc").symlink_to(root / "site/frame.ifc")
    (root / "folder").symlink_to(root / "site", target_is_directory=True)
    (root / "parent").symlink_to(root.parent, target_is_directory=True)
    (root / "loop").symlink_to(root / "loop")
    for key in ("out.ifc", "in.ifc", "folder/frame.ifc", "parent/secret.ifc", "loop", "loop/a.ifc"):
        assert refusal(root, key).status in (404, 422)


def test_a_root_that_is_a_link_is_the_operators_choice(root: Path) -> None:
    (root.parent / "alias").symlink_to(root, target_is_directory=True)
    assert read(root.parent / "alias", "site/frame.ifc") == b"good site"


def test_pipes_sockets_devices_and_folders_are_refused_without_waiting(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(root / "pipe.ifc")
    monkeypatch.chdir(root)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.ifc")
        for key in ("pipe.ifc", "socket.ifc", "site"):
            assert refusal(root, key).status == 422
    assert refusal(Path("/dev"), "null").status == 422
    assert refusal(Path("/dev"), "tty").status == 422


def test_a_pipe_put_in_place_after_the_look_is_refused_too(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = os.stat

    def swap(path: str, **options: int) -> os.stat_result:
        found = looked(path, **options)
        if options.get("dir_fd") is not None:
            (root / "site/frame.ifc").unlink()
            os.mkfifo(root / "site/frame.ifc")
        return found

    monkeypatch.setattr(keys.os, "stat", swap)
    assert refusal(root, "site/frame.ifc").status == 422


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_link_put_in_place_while_the_key_is_walked_is_never_followed(root: Path, what: str) -> None:
    """Another thread swaps good and linked entries as fast as it can; only the good content is ever read."""
    good = root / "site" / "frame.ifc" if what == "file" else root / "site"
    aside, stop = good.with_name("aside"), threading.Event()
    (root.parent / "frame.ifc").write_bytes(b"secret")
    target = root.parent / "frame.ifc" if what == "file" else root.parent

    def swap() -> None:
        while not stop.is_set():
            good.rename(aside)
            good.symlink_to(target)
            time.sleep(0)  # the reader's turn, with the link in place
            good.unlink()
            aside.rename(good)
            time.sleep(0)  # and with the good one

    swapper = threading.Thread(target=swap)
    swapper.start()
    seen: Counter[bytes | int] = Counter()
    end_s = time.monotonic() + 20
    try:
        while (seen[b"good site"] < 200 or seen[404] + seen[422] < 200) and time.monotonic() < end_s:
            try:
                seen[read(root, "site/frame.ifc")] += 1
            except RequestError as error:
                seen[error.status] += 1
    finally:
        stop.set()
        swapper.join()
    assert seen[b"good site"] >= 200, seen
    assert set(seen) <= {b"good site", 404, 422}


def test_the_size_is_checked_without_reading(root: Path) -> None:
    check_model(root, "site/frame.ifc", None, 9)
    with pytest.raises(RequestError) as caught:
        check_model(root, "site/frame.ifc", None, 8)
    assert caught.value.status == 413


@pytest.mark.parametrize("number", ["EMFILE", "EIO"])
def test_a_fault_of_this_machine_is_not_called_the_clients(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    import errno

    from serving.errors import ServingError

    def fail(*_: object, **__: object) -> Callable[[], None]:
        raise OSError(getattr(errno, number), "out of luck")

    monkeypatch.setattr(keys.os, "open", fail)
    with pytest.raises(ServingError, match="out of luck") as caught:
        read(root, "site/frame.ifc")
    assert not isinstance(caught.value, RequestError)


def test_the_stamp_changes_with_the_content(root: Path) -> None:
    def stamp() -> str:
        with open_model(root, "site/frame.ifc", None) as model:
            return model.stamp

    before = stamp()
    assert stamp() == before
    (root / "site/frame.ifc").write_bytes(b"other")
    assert stamp() != before
