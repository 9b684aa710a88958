"""Model keys, hostile files, and real models."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from serving.errors import RequestError
from serving.ifc import reader as reader_module
from serving.ifc.reader import IfcReader, Limits, read_file
from serving.ifc.sample import PLANTED, write_sample_model
from structural.geometry.findings import FINDING_KINDS
from structural.geometry.prisms import SECTIONS

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "ifc"
needs_models = pytest.mark.skipif(not SHARED.is_dir(), reason="the development models (../shared/ifc) are not here")
GOOD = b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Return a model folder with the sample model."""
    folder = tmp_path_factory.mktemp("models")
    write_sample_model(folder / "sample_frame.ifc")
    return folder


@pytest.fixture(scope="module")
def sample(root):
    """Return the sample model, read."""
    return IfcReader(root).read("sample_frame.ifc")


def test_sample_model_is_the_same_each_time(root, tmp_path):
    """Same bytes."""
    write_sample_model(tmp_path / "again.ifc")
    assert (tmp_path / "again.ifc").read_bytes() == (root / "sample_frame.ifc").read_bytes()


def test_sample_members_are_read_exactly(sample):
    """Names, kinds, profiles and places of the sample frame."""
    row = sample.names.index("B-01")
    prisms = sample.members.prisms
    assert sample.exact.all()
    assert sample.without_geometry == 0
    assert SECTIONS[prisms.section[row]] == "i_shape"
    assert prisms.depth[row] == pytest.approx(403.9)
    assert prisms.length[row] == pytest.approx(7000 - 2 * (355.6 / 2 + 12), abs=0.01)
    np.testing.assert_allclose(np.abs(prisms.frame[row, 0]), [1, 0, 0], atol=1e-9)
    np.testing.assert_allclose(np.abs(prisms.frame[row, 2]), [0, 0, 1], atol=1e-9)


def test_planted_clashes_are_found(sample):
    """Each planted pair is what it was planted as."""
    found = {frozenset((sample.names[item.a], sample.names[item.b])): item for item in sample.findings}
    kinds = {"beam modelled twice": "duplicate", "duct too close below the beam": "clearance"}
    for first, second, why in PLANTED:
        item = found[frozenset((first, second))]
        assert item.kind == kinds.get(why, "hard")
        if item.kind == "clearance":
            assert item.distance_mm == pytest.approx(30.0, abs=1e-6)
        else:
            assert item.distance_mm < -1.0, why


@pytest.mark.parametrize(
    "key",
    [
        "/etc/passwd", "../secret.ifc", "a/../../secret.ifc", "..", ".", "file:///etc/passwd", "http://host/a.ifc",
        "a\\b.ifc", "a\x00b.ifc", "C:model.ifc", "%2e%2e/secret.ifc", ".hidden.ifc", "~root/a.ifc", "a\nb.ifc",
        "x" * 1025, "link_out.ifc", "folder",
    ],
)  # fmt: skip
def test_keys_that_leave_the_folder_are_refused(tmp_path, key):
    """No key reaches anything but a regular file below the root, and no message tells where the root is."""
    (tmp_path / "models" / "folder").mkdir(parents=True)
    (tmp_path / "secret.ifc").write_bytes(GOOD)
    (tmp_path / "models" / "link_out.ifc").symlink_to(tmp_path / "secret.ifc")
    with pytest.raises(RequestError) as caught:
        read_file(tmp_path / "models", key, 10_000)
    assert caught.value.field == "model_ifc"
    assert caught.value.status == 422
    assert str(tmp_path) not in str(caught.value)


def test_a_missing_model_is_404(tmp_path):
    """Missing file, missing folder and a file used as a folder."""
    (tmp_path / "a.ifc").write_bytes(GOOD)
    for folder, key in ((tmp_path, "b.ifc"), (tmp_path / "none", "a.ifc"), (tmp_path, "a.ifc/b.ifc")):
        with pytest.raises(RequestError) as caught:
            read_file(folder, key, 10_000)
        assert caught.value.status == 404
        assert str(tmp_path) not in str(caught.value)


def test_pipes_and_large_files_are_refused(tmp_path):
    """A FIFO does not block, and the size is bounded."""
    os.mkfifo(tmp_path / "fifo.ifc")
    with pytest.raises(RequestError, match="regular file"):
        read_file(tmp_path, "fifo.ifc", 10_000)
    (tmp_path / "large.ifc").write_bytes(GOOD * 100)
    with pytest.raises(RequestError) as caught:
        read_file(tmp_path, "large.ifc", 100)
    assert caught.value.status == 413


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"hello", id="no STEP file"),
        pytest.param(GOOD[:-20], id="cut off"),
        pytest.param(GOOD, id="no schema"),
        pytest.param(GOOD.replace(b"HEADER;", b"HEADER;\nFILE_SCHEMA(('IFC4'));"), id="no project"),
        pytest.param(GOOD.replace(b"HEADER;", b"HEADER;\nFILE_SCHEMA(('IFC2X_FINAL'));"), id="old schema"),
        pytest.param(b"ISO-10303-21;\n\xff\xfe\x00rubbish(((\nEND-ISO-10303-21;", id="rubbish"),
    ],
)
def test_unusable_files_are_refused(tmp_path, content):
    """Every one is the client's error, with the field."""
    (tmp_path / "bad.ifc").write_bytes(content)
    with pytest.raises(RequestError) as caught:
        IfcReader(tmp_path).read("bad.ifc")
    assert caught.value.field == "model_ifc"
    assert str(tmp_path) not in str(caught.value)


def named(schema):
    """Return the bytes of an empty file that names a schema."""
    return GOOD.replace(b"HEADER;", f"HEADER;\nFILE_SCHEMA(('{schema}'));".encode())


@pytest.mark.parametrize("schema", ["IFC2X2_FINAL", "IFC2X_FINAL", "IFC4X1", "IFC4X3_RC4", "IFC5", "AP214"])
def test_another_schema_is_named_with_those_accepted(tmp_path, schema):
    """The client reads which schema was found and which to export."""
    (tmp_path / "other.ifc").write_bytes(named(schema))
    with pytest.raises(RequestError, match=f"schema '{schema}' is not read; accepted are IFC2X3, IFC4 and IFC4X3$"):
        IfcReader(tmp_path).read("other.ifc")


def test_a_file_without_a_schema_is_told_so(tmp_path):
    """The header is there but names none."""
    (tmp_path / "none.ifc").write_bytes(GOOD)
    with pytest.raises(RequestError, match="names no schema"):
        IfcReader(tmp_path).read("none.ifc")


@pytest.mark.parametrize(
    ("written", "named_as"),
    [
        ("IFC4", "ifc4"),
        ("IFC4X3_ADD2", "IFC4X3_ADD2"),
        ("IFC4X3_ADD2", "IFC4X3_ADD1"),
        ("IFC4X3_ADD2", "IFC4X3_TC1"),
        ("IFC4X3_ADD2", "IFC4X3"),
    ],
)
def test_the_accepted_schemas_are_read_alike(tmp_path, sample, written, named_as):
    """The sample frame in each accepted schema has the same members in the same places."""
    path = tmp_path / "frame.ifc"
    write_sample_model(path, written)
    text = path.read_text()
    assert f"FILE_SCHEMA(('{written}'))" in text
    path.write_text(text.replace(f"FILE_SCHEMA(('{written}'))", f"FILE_SCHEMA (( '{named_as}' ))"))
    model = IfcReader(tmp_path).read("frame.ifc")
    assert model.names == sample.names
    assert model.exact.all()
    np.testing.assert_allclose(model.members.prisms.origin, sample.members.prisms.origin, atol=1e-6)
    np.testing.assert_allclose(model.members.prisms.depth, sample.members.prisms.depth)


def test_limits_on_members_and_time(root):
    """Too many members and too long a reading are refused."""
    with pytest.raises(RequestError, match="at most 3 are checked"):
        IfcReader(root, Limits(members=3)).read("sample_frame.ifc")
    with pytest.raises(RequestError, match="could not be checked within"):
        IfcReader(root, Limits(seconds=0.01)).read("sample_frame.ifc")


def test_a_model_is_read_once(root, monkeypatch):
    """The second reading of the same content comes from memory; the oldest is dropped."""
    reader = IfcReader(root, Limits(kept_models=1))
    first = reader.read("sample_frame.ifc")
    monkeypatch.setattr(reader_module, "read_models", lambda *_, **__: pytest.fail("read twice"))
    assert reader.read("sample_frame.ifc") is first


def reference():
    """Return the reference figures of the development models."""
    return json.loads((SHARED / "reference.json").read_text())["files"]


@needs_models
@pytest.mark.parametrize(
    "name",
    [
        "schependomlaan-steel.ifc", "small-steel-building.ifc", "infra-bridge.ifc", "beam-standard-case.ifc",
        "building-structural-open-meshes.ifc",
    ],
)  # fmt: skip
def test_every_pair_of_the_reference_is_reproduced(name):
    """Real models: hard pairs with their depth, what touches, clearances within 0.1 mm, open meshes; nothing else."""
    known = reference()[name]
    model = IfcReader(SHARED).read(name)
    assert len(model) == known["members_with_mesh"]
    assert model.without_geometry == len(known["members_without_mesh"])
    assert model.undecided == len(known["not_closed"])
    assert model.candidates == len(known["candidates"])
    found = {frozenset((model.guids[item.a], model.guids[item.b])): item for item in model.findings}
    for first, second, depth, *_ in known["hard"]:
        item = found.pop(frozenset((first, second)))
        assert item.kind in ("hard", "duplicate", "contained")
        assert item.distance_mm == pytest.approx(-depth, abs=0.01)
    for first, second, depth, *_ in known["marginal"]:
        item = found.pop(frozenset((first, second)))
        assert item.distance_mm == pytest.approx(-depth, abs=0.01)
    for first, second in known["touch"]:
        assert found.pop(frozenset((first, second))).kind == "touching"
    for first, second, distance in known["clearance"]:
        item = found.pop(frozenset((first, second)))
        assert item.kind == "clearance"
        assert item.distance_mm == pytest.approx(distance, abs=0.01)
    assert not found
    assert all(item.kind in FINDING_KINDS for item in model.findings)
