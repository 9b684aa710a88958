"""Signed model folders: what was signed is let through, anything else is refused for a reason that says what."""

import base64
import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.signing import (
    SIGNATURE_FILE,
    Expected,
    Manifest,
    TrustedKeys,
    UnverifiedError,
    copy_checked,
    files_digest,
    open_signing_key,
    open_trusted_keys,
    read_folder,
    sign_folder,
    verify_folder,
)
from serving.signing.envelope import seal, unseal
from serving.signing.folders import FileEntry
from serving.signing.manifest import from_statement

VERSION = "3-abcdef12"
PROBLEM = "section_optimizer"


class Signed:
    """A signed model folder, the key and whom to expect."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "model"
        (self.folder / "trees").mkdir(parents=True)
        (self.folder / "model.json").write_text('{"problem": "section_optimizer"}')
        (self.folder / "trees" / "a.onnx").write_bytes(b"\x00\x01" * 5_000)
        self.key = open_signing_key(None, root / "keys")
        self.trusted = open_trusted_keys((), root / "keys")
        self.copy = root / "copy"
        self.expected = Expected(PROBLEM, VERSION, files_digest(read_folder(self.folder)))
        sign_folder(self.folder, PROBLEM, VERSION, self.key)

    def verify(self, **other: str) -> Manifest:
        """Verify into a new folder, as something else if asked."""
        shutil.rmtree(self.copy, ignore_errors=True)
        self.copy.mkdir()
        asked = {"problem": PROBLEM, "version": VERSION, "sha256": self.expected.sha256} | other
        return verify_folder(self.folder, Expected(**asked), self.trusted, self.copy)


@pytest.fixture
def signed(tmp_path: Path) -> Signed:
    return Signed(tmp_path)


def test_what_was_signed_is_copied_byte_for_byte(signed: Signed) -> None:
    manifest = signed.verify()
    assert [file.name for file in manifest.files] == ["model.json", "trees/a.onnx"]
    assert (manifest.problem, manifest.version) == (PROBLEM, VERSION)
    assert read_folder(signed.copy) == manifest.files
    assert not (signed.copy / SIGNATURE_FILE).exists()


def test_signing_again_leaves_the_same_bytes(signed: Signed) -> None:
    before = (signed.folder / SIGNATURE_FILE).read_bytes()
    sign_folder(signed.folder, PROBLEM, VERSION, signed.key)
    assert (signed.folder / SIGNATURE_FILE).read_bytes() == before


def test_what_mlflow_bentoml_and_a_killed_signing_leave_does_not_matter(signed: Signed) -> None:
    for name in ("registered_model_meta", "model.yaml", f".{SIGNATURE_FILE}-x1y2"):
        (signed.folder / name).write_text("anything")
    assert signed.verify().digest == signed.expected.sha256
    assert sorted(path.name for path in signed.copy.rglob("*")) == ["a.onnx", "model.json", "trees"]


def test_their_names_are_nothing_special_deeper_in_the_folder(signed: Signed) -> None:
    (signed.folder / "trees" / "model.yaml").write_text("smuggled")
    with pytest.raises(UnverifiedError, match=r"trees/model\.yaml: not among what was signed"):
        signed.verify()


def _change(folder: Path) -> None:
    with (folder / "trees" / "a.onnx").open("r+b") as stream:
        stream.seek(777)
        stream.write(b"\x07")


def _link(folder: Path, name: str, target: str) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(target)


TAMPERINGS: dict[str, tuple[Callable[[Path], object], str]] = {
    "one byte changed": (_change, r"trees/a\.onnx is not what was signed"),
    "grown": (lambda f: (f / "model.json").write_text("x" * 99), r"model\.json is larger than when it was signed"),
    "cut off": (lambda f: os.truncate(f / "trees" / "a.onnx", 10), r"a\.onnx is not what was signed"),
    "missing": (lambda f: (f / "trees" / "a.onnx").unlink(), r"trees/a\.onnx: missing"),
    "extra": (lambda f: (f / "more.onnx").touch(), r"more\.onnx: not among what was signed"),
    "link to the same content": (
        lambda f: (shutil.copy(f / "model.json", f.parent / "m"), _link(f, "model.json", "../m")),
        "is a link",
    ),
    "linked folder": (lambda f: (f / "more").symlink_to("/etc"), "more is a link"),
    "pipe": (lambda f: ((f / "model.json").unlink(), os.mkfifo(f / "model.json")), "no plain file"),
    "hidden file": (lambda f: (f / ".cache").touch(), "not allowed"),
    "no signature": (lambda f: (f / SIGNATURE_FILE).unlink(), "not signed.*sdai sign"),
    "signature is a link": (lambda f: _link(f, SIGNATURE_FILE, "model.json"), "is a link"),
    "signature is a folder": (
        lambda f: ((f / SIGNATURE_FILE).unlink(), (f / SIGNATURE_FILE).mkdir()),
        "cannot be read",
    ),
    "signature is no JSON": (lambda f: (f / SIGNATURE_FILE).write_text("{"), "signature cannot be read"),
    "signature is huge": (lambda f: (f / SIGNATURE_FILE).write_bytes(b" " * 1_000_001), "larger than any"),
    "emptied": (lambda f: [shutil.rmtree(f), f.mkdir()], "not signed"),
    "gone": (shutil.rmtree, "not signed"),
}


@pytest.mark.parametrize(("tamper", "told"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_anything_else_is_refused(signed: Signed, tamper: Callable[[Path], object], told: str) -> None:
    tamper(signed.folder)
    with pytest.raises(UnverifiedError, match=told):
        signed.verify()


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"problem": "risk_analyzer"}, "signed as a model of 'section_optimizer'"),
        ({"version": "4-abcdef12"}, "signed as version '3-abcdef12'"),
        ({"sha256": "0" * 64}, "not what the ledger says"),
    ],
    ids=["problem", "version", "artifact"],
)
def test_a_good_signature_of_something_else_is_refused(signed: Signed, other: dict[str, str], told: str) -> None:
    with pytest.raises(UnverifiedError, match=told):
        signed.verify(**other)


def test_an_unknown_key_is_refused_by_name_and_several_may_be_trusted(signed: Signed, tmp_path: Path) -> None:
    other = open_signing_key(None, tmp_path / "other")
    sign_folder(signed.folder, PROBLEM, VERSION, other)
    with pytest.raises(UnverifiedError, match=f"not trusted here .{other.key_id[:16]}.*SDAI_SIGNING_TRUSTED_KEYS"):
        signed.verify()
    signed.trusted = TrustedKeys([signed.key.public, other.public])
    assert signed.verify().version == VERSION


def test_a_key_id_does_not_stand_in_for_the_key(signed: Signed, tmp_path: Path) -> None:
    other = open_signing_key(None, tmp_path / "other")
    envelope = json.loads(seal(Manifest(PROBLEM, VERSION, read_folder(signed.folder)).to_statement(), other))
    envelope["signatures"][0]["keyid"] = signed.key.key_id
    with pytest.raises(UnverifiedError, match="does not match"):
        unseal(json.dumps(envelope).encode(), signed.trusted)


def test_one_good_signature_among_others_is_enough(signed: Signed, tmp_path: Path) -> None:
    statement = Manifest(PROBLEM, VERSION, read_folder(signed.folder)).to_statement()
    envelope = json.loads(seal(statement, open_signing_key(None, tmp_path / "other")))
    envelope["signatures"] += json.loads(seal(statement, signed.key))["signatures"]
    assert unseal(json.dumps(envelope).encode(), signed.trusted) == statement
    envelope["signatures"] = []
    with pytest.raises(UnverifiedError, match=r"not trusted here \(none\)"):
        unseal(json.dumps(envelope).encode(), signed.trusted)


def test_the_signature_covers_the_type_of_what_is_signed(signed: Signed) -> None:
    envelope = json.loads((signed.folder / SIGNATURE_FILE).read_bytes())
    with pytest.raises(UnverifiedError, match="another type"):
        unseal(json.dumps(envelope | {"payloadType": "application/json"}).encode(), signed.trusted)
    payload = base64.b64decode(envelope["payload"])
    bare = base64.b64encode(signed.key.sign(payload)).decode()
    envelope["signatures"] = [{"keyid": signed.key.key_id, "sig": bare}]
    with pytest.raises(UnverifiedError, match="does not match"):
        unseal(json.dumps(envelope).encode(), signed.trusted)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.floats(0, 1, exclude_max=True), value=st.integers(1, 255))
def test_no_changed_byte_of_the_envelope_changes_what_is_verified(
    tmp_path_factory: pytest.TempPathFactory, position: float, value: int
) -> None:
    signed = _shared(tmp_path_factory)
    good = (signed.folder / SIGNATURE_FILE).read_bytes()
    bad = bytearray(good)
    bad[int(position * len(bad))] ^= value
    with suppress(UnverifiedError):
        assert unseal(bytes(bad), signed.trusted) == unseal(good, signed.trusted)


_SHARED: list[Signed] = []


def _shared(factory: pytest.TempPathFactory) -> Signed:
    if not _SHARED:
        _SHARED.append(Signed(factory.mktemp("shared")))
    return _SHARED[0]


@pytest.mark.parametrize(
    "name",
    [
        "../model.json",
        "/etc/passwd",
        "a/../../b",
        "a//b",
        "a/",
        "./a",
        "a\\b",
        "a\0b",
        "..",
        "",
        "model.sig",
        "é",
        "a\nb",
    ],
)
def test_no_path_trick_passes_even_when_it_is_signed(signed: Signed, name: str) -> None:
    manifest = Manifest(PROBLEM, VERSION, (FileEntry(name, 1, "0" * 64),))
    (signed.folder / SIGNATURE_FILE).write_bytes(seal(manifest.to_statement(), signed.key))
    with pytest.raises(UnverifiedError, match="not allowed"):
        signed.verify(sha256=manifest.digest)
    assert list(signed.copy.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"_type": "x"},
        {"predicateType": "https://slsa.dev/provenance/v1"},
        {"subject": []},
        {"subject": [{"name": "model.json"}]},
        {"subject": "model.json"},
        {"predicate": None},
        {"predicate": {"problem": 1, "version": "1", "sizes_bytes": {"model.json": 1, "trees/a.onnx": 2}}},
        {"predicate": {"problem": "x", "version": "1", "sizes_bytes": {"model.json": True, "trees/a.onnx": 2}}},
        {"predicate": {"problem": "x", "version": "1", "sizes_bytes": {"model.json": -1, "trees/a.onnx": 2}}},
        {"predicate": {"problem": "x", "version": "1", "sizes_bytes": {"model.json": 1}}},
    ],
)
def test_an_odd_manifest_is_refused_though_signed(signed: Signed, change: dict[str, object]) -> None:
    statement = json.loads(Manifest(PROBLEM, VERSION, read_folder(signed.folder)).to_statement())
    with pytest.raises(UnverifiedError, match="manifest cannot be used"):
        from_statement(json.dumps(statement | change).encode())


def test_a_file_listed_twice_is_refused(signed: Signed) -> None:
    statement = json.loads(Manifest(PROBLEM, VERSION, read_folder(signed.folder)).to_statement())
    statement["subject"].append(statement["subject"][0])
    with pytest.raises(UnverifiedError, match="twice"):
        from_statement(json.dumps(statement).encode())


def test_an_unsigned_candidate_is_held_to_its_digest(signed: Signed, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    copy_checked(signed.folder, signed.expected.sha256, tmp_path / "a")
    assert files_digest(read_folder(tmp_path / "a")) == signed.expected.sha256
    _change(signed.folder)
    (tmp_path / "b").mkdir()
    with pytest.raises(UnverifiedError, match="digest differs"):
        copy_checked(signed.folder, signed.expected.sha256, tmp_path / "b")
