"""The page of a clash report: one file, nothing fetched, hostile names harmless."""

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest

from serving.clash_report.page import write_page
from serving.clash_report.report import build_report
from serving.clash_report.rules import ClashRules
from structural.geometry.findings import Element
from tests.clash_scenes import clash, element, model

STAMP = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EVIL = "</script><img src=x onerror=alert(1)>%SCRIPT% %GEOMETRY% <!-- \u2028"


class Page(HTMLParser):
    """Keeps the elements of a page with their attributes, and the text of each script and style."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.content, self._last = [], [], ()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self._last = (tag, dict(attrs))
        self.tags.append(self._last)

    def handle_data(self, data):
        if self._last and self._last[0] in ("script", "style", "title"):
            self.content.append((*self._last, data))

    def handle_endtag(self, tag):
        self._last = ()

    def text(self, tag, name=None):
        """Return the text of the element of a tag, of an id if given."""
        return "".join(data for own, attrs, data in self.content if own == tag and attrs.get("id") == name)


def report(*elements: Element, findings=(), origin=(0.0, 0.0, 0.0), version="1-a", name="m.ifc"):
    """Return a report on elements."""
    return build_report(model(*elements, origin=origin), (name,), findings, ClashRules(), model_version=version)


@pytest.fixture
def hostile():
    """Return a report whose every text tries to get out of its place."""
    evil = dict.fromkeys(("name", "ifc_class", "storey", "profile", "material", "system"), EVIL)
    return report(element(0, **evil), element(1, **evil), findings=[clash(0, 1)], name=EVIL)


def read_geometry(page):
    """Return vertex counts, triangle counts, positions (v, 3) and indices (f, 3) as the viewer reads them."""
    raw = gzip.decompress(base64.b64decode(page.text("script", "geometry")))
    members, wide, vertices, triangles = np.frombuffer(raw, "<u4", 4)
    counts = np.frombuffer(raw, "<u4", 2 * members, 16).reshape(2, members)
    at = 16 + 8 * members
    positions = np.frombuffer(raw, "<f4", 3 * vertices, at).reshape(-1, 3)
    indices = np.frombuffer(raw, f"<u{wide}", 3 * triangles, at + 12 * vertices).reshape(-1, 3)
    return counts[0], counts[1], positions, indices


def test_hostile_names_stay_texts(hostile):
    """The page has the elements of its template and no other, whatever the names say."""
    tame = Page(write_page(report(element(0), element(1), findings=[clash(0, 1)]), STAMP))
    found = Page(write_page(hostile, STAMP))
    assert [tag for tag, _ in found.tags] == [tag for tag, _ in tame.tags]
    data = json.loads(found.text("script", "data"))
    assert data["members"][0]["name"].startswith("</script><img src=x onerror=alert(1)>%SCRIPT%")
    assert found.text("title").startswith("Clashes of </script>")


def test_the_policy_lets_this_script_run_and_nothing_else(hostile):
    """The digests in the policy are those of script and style; nothing is fetched from anywhere."""
    text = write_page(hostile, STAMP)
    page = Page(text)
    (policy,) = [attrs["content"] for _, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    for tag in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(page.text(tag).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert not [
        attrs for _, attrs in page.tags if {"src", "href"} & set(attrs) or any(key.startswith("on") for key in attrs)
    ]
    assert not re.search(r"https?://|innerHTML|insertAdjacentHTML|document\.write|eval\(", page.text("script"))


def test_meshes_arrive_as_they_are_round_the_middle_of_the_model():
    """Far from the world's origin too; a member without mesh has none."""
    bare = Element("0" * 22, "bare", "IfcBeam", "beam")
    parts = (element(0, high=(1000, 100, 200)), bare, element(2, low=(5000, 0, 0), high=(6000, 300, 400)))
    vertices, triangles, positions, indices = read_geometry(Page(write_page(report(*parts, origin=(1e9, 0, 0)), STAMP)))
    assert vertices.tolist() == [8, 0, 8]
    assert triangles.tolist() == [12, 0, 12]
    middle = np.array([3000.0, 150.0, 200.0])
    np.testing.assert_allclose(positions[:8] * 1000 + middle, parts[0].mesh.vertices_mm, atol=1e-3)
    np.testing.assert_allclose(positions[8:] * 1000 + middle, parts[2].mesh.vertices_mm, atol=1e-3)
    np.testing.assert_array_equal(indices[12:], parts[2].mesh.faces)


def test_clashes_joints_and_groups_are_listed_with_their_place():
    """Groups name rows of the clashes; points are in metres round the same middle as the meshes."""
    findings = [clash(0, 1), clash(1, 2, "touching", 0.0, pair_class="CONNECTION", hours=0.0)]
    parts = (element(0), element(1), element(2))
    data = json.loads(Page(write_page(report(*parts, findings=findings), STAMP)).text("script", "data"))
    assert [group["clashes"] for group in data["groups"]] == [[0]]
    assert data["clashes"][0]["at"] == pytest.approx([(100 - 500) / 1000, 0.0, 0.0])
    assert data["clashes"][0]["severity"] == "MEDIUM"
    assert len(data["joints"]) == 1
    assert data["judged"]


def test_what_is_not_checked_is_told():
    found = report(element(0))
    found = replace(found, model=replace(found.model, not_checked={"IfcSlab": 3}))
    assert json.loads(Page(write_page(found, STAMP)).text("script", "data"))["notChecked"] == "3 IfcSlab"


def test_geometry_alone_says_so():
    """No class, no hours, no confidence: NaN is no JSON."""
    unjudged = {"pair_class": "", "hours": float("nan"), "confidence": float("nan")}
    found = report(element(0), element(1), findings=[clash(0, 1, **unjudged)], version="")
    data = json.loads(Page(write_page(found, STAMP)).text("script", "data"))
    assert data["judged"] is False
    assert "severity" not in data["clashes"][0]


def test_an_empty_model_has_a_page():
    """No member, no clash."""
    vertices, _, positions, _ = read_geometry(Page(write_page(report(), STAMP)))
    assert len(vertices) == len(positions) == 0
