"""BCF files: valid by the schemas of buildingSMART, the same GUIDs in every run."""

import importlib.metadata
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from serving.clash_report.bcf import MOST_VIEWPOINTS, VERSIONS, BcfOrder, write_bcf
from serving.clash_report.report import build_report
from serving.clash_report.rules import ClashRules
from serving.clash_report.views import views_of
from tests.clash_scenes import clash, element, model

STAMP = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
EVIL = "<b>&'\"]]>\x1b[31m\x00\u202e=cmd|'/c calc'!A1\ud800"
PNG = b"\x89PNG\r\n\x1a\n not looked at"


def groups(count=5, origin=(0.0, 0.0, 0.0), judged=True, guid_of_pipe=None):
    """Return the groups of a pipe through beams of hostile names, a duplicate and a clearance."""
    beams = [element(row, name=EVIL) for row in range(count + 2)]
    pipe = element(90, "pipe", name=EVIL)
    if guid_of_pipe is not None:
        pipe = element(90, "pipe")
        object.__setattr__(pipe, "guid", guid_of_pipe)
    facts = {} if judged else {"pair_class": "", "hours": float("nan"), "confidence": float("nan")}
    at = len(beams)
    found = [clash(row, at, distance=-10.0 - 5 * row, **facts) for row in range(count)]
    found += [clash(count, count + 1, "duplicate", -90.0, **facts), clash(0, count, "clearance", 20.0, **facts)]
    parts = model(*beams, pipe, origin=origin)
    return views_of(build_report(parts, ("a.ifc",), found, ClashRules(), model_version="1-a" if judged else ""))


def order(**changes):
    """Return the rest of what a file needs."""
    return BcfOrder(**{"sources": ("site/<a>.ifc",), "author": "clash@example.org", "created_at": STAMP} | changes)


def opened(content):
    """Return the parts of a BCF file by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(names) == len(set(names))
        return {name: archive.read(name) for name in names}


@pytest.fixture(scope="module")
def schemas():
    """Return the validators of both versions, by the last part of a file's name."""
    xmlschema = pytest.importorskip("xmlschema")
    package = importlib.metadata.distribution("bcf-client")
    names = {"bcf": "markup.xsd", "bcfv": "visinfo.xsd", "version": "version.xsd", "xml": "extensions.xsd"}
    found = {}
    for version in VERSIONS:
        folder = Path(str(package.locate_file(f"bcf/v{version[0]}/xsd")))
        found[version] = {
            end: xmlschema.XMLSchema(str(folder / name)) for end, name in names.items() if (folder / name).exists()
        }
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("judged", [True, False], ids=["judged", "geometry"])
def test_every_part_is_valid_by_the_schema(schemas, version, judged):
    """Names with markup, terminal escapes, NUL and half a surrogate pair end as text in valid XML."""
    found = groups(judged=judged)
    snapshots = {item.id: PNG for group in found for item in group.clashes}
    parts = opened(write_bcf(found, order(author=EVIL, snapshots=snapshots), version))
    checked = 0
    for name, content in parts.items():
        if not name.endswith(".png"):
            schemas[version][name.rsplit(".", 1)[-1]].validate(content.decode("utf-8"))
            checked += 1
    assert checked == (1 if version == "2.1" else 2) + 3 + 7
    assert ("extensions.xml" in parts) == (version == "3.0")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_broken_file_would_be_noticed(schemas, version):
    """The validators do refuse: a markup without title."""
    parts = opened(write_bcf(groups(), order(), version))
    markup = next(content for name, content in parts.items() if name.endswith("markup.bcf"))
    root = ET.fromstring(markup)
    topic = root.find("Topic")
    topic.remove(topic.find("Title"))
    assert not schemas[version]["bcf"].is_valid(ET.tostring(root, encoding="unicode"))


def test_guids_stay_from_run_to_run_and_dates_do_not_matter():
    """The next run's file names the same topics, viewpoints and comments."""
    later = datetime(2026, 4, 1, tzinfo=UTC)
    first, second = (opened(write_bcf(groups(), order(created_at=when))) for when in (STAMP, later))
    assert first.keys() == second.keys()
    again = write_bcf(groups(), order())
    assert again == write_bcf(groups(), order()), "the same bytes for the same moment"


def test_a_mended_clash_leaves_the_guid_of_its_group():
    """One beam less on the pipe: still the same topic."""
    assert groups(5)[0].id == groups(4)[0].id


def test_the_camera_stands_off_the_clash_and_looks_at_it():
    """In metres of the file's world, also far from its origin."""
    parts = opened(write_bcf(groups(origin=(5e8, 1e8, 2e4)), order()))
    root = ET.fromstring(next(content for name, content in parts.items() if name.endswith("/viewpoint.bcfv")))

    def vector(name):
        return [float(root.find(f"PerspectiveCamera/{name}/{axis}").text) for axis in "XYZ"]

    eye, way, up = vector("CameraViewPoint"), vector("CameraDirection"), vector("CameraUpVector")
    to_clash = [target - at for target, at in zip((500_000.1, 100_000.05, 20.1), eye, strict=True)]
    away = sum(a * b for a, b in zip(to_clash, way, strict=True))
    assert 1.0 < away < 12.0
    assert [away * part for part in way] == pytest.approx(to_clash, abs=1e-4)
    assert sum(a * b for a, b in zip(way, up, strict=True)) == pytest.approx(0.0, abs=1e-5)


def test_what_is_no_global_id_is_not_written_as_one(schemas):
    """A file may call its members anything."""
    parts = opened(write_bcf(groups(guid_of_pipe="not a guid"), order(), "3.0"))
    views = [content.decode() for name, content in parts.items() if name.endswith(".bcfv")]
    for content in views:
        schemas["3.0"]["bcfv"].validate(content)
    assert any("<AuthoringToolId>not a guid</AuthoringToolId>" in content for content in views)


def test_members_that_share_a_global_id_get_viewpoints_of_their_own():
    """Two clashes between the same GlobalIds are two parts of the archive."""
    alike = [element(1, name=f"n{row}") for row in range(3)]
    pipe = element(2, "pipe")
    report = build_report(model(*alike, pipe), ("a.ifc",), [clash(row, 3) for row in range(3)], ClashRules())
    assert sum(name.endswith(".bcfv") for name in opened(write_bcf(views_of(report), order()))) == 3


def test_a_large_group_tells_of_all_and_shows_the_worst():
    """Viewpoints are bounded; the count in the text is not."""
    parts = opened(write_bcf(groups(300), order()))
    markup = ET.fromstring(parts[f"{groups(300)[0].id}/markup.bcf"])
    assert len(markup.findall("Viewpoints")) == MOST_VIEWPOINTS
    description = markup.find("Topic/Description").text
    assert description.startswith("300 clashes")
    assert description.endswith("and 100 more")


def test_no_clash_is_a_valid_file_without_topics(schemas):
    """Nothing found is an answer."""
    parts = opened(write_bcf([], order(), "3.0"))
    assert set(parts) == {"bcf.version", "extensions.xml"}
    schemas["3.0"]["xml"].validate(parts["extensions.xml"].decode())
