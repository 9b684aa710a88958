"""Clashes as BCF, the file in which coordination tools exchange issues: one topic a group, versions 2.1 and 3.0.

Written after the schemas of buildingSMART (`BCF-XML`). A topic, a viewpoint and a comment keep their GUID from run to
run, so a tool that reads the file again updates its issues and does not double them. Every text of the model is made
plain first; names of files in the archive are GUIDs of this project, never texts of the model.
"""

import io
import math
import re
import uuid
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from xml.etree import ElementTree as ET

from serving.clash_report.plain import plain
from serving.clash_report.views import ClashView, GroupView, distinct_guids

Version = Literal["2.1", "3.0"]
VERSIONS: tuple[Version, ...] = ("2.1", "3.0")
MEDIA_TYPE = "application/octet-stream"
MOST_VIEWPOINTS = 20
"""Clashes of one topic with a viewpoint of their own, worst first; the others are told in its text."""
MOST_COMPONENTS = 1_000
MOST_TOLD = 200
FIELD_OF_VIEW_DEG = 60.0
ASPECT_RATIO = 4 / 3
DIRECTION = (0.56, 0.68, -0.47)
"""Which way a camera looks: north-east and down; x east, y north, z up."""
_NEAREST_M, _FARTHEST_M = 0.8, 6.0
_NAMESPACE = uuid.UUID("3f6a0c0e-3a0b-4f0f-8a2c-2b9d1f6d7c11")
_IFC_GUID = re.compile(r"[0-9A-Za-z_$]{22}")
_COLOURS = ("E66A1E", "1E6AC8")
_PRIORITIES = {"HIGH": "High", "MEDIUM": "Normal", "LOW": "Low"}
_TYPE, _STATUS, _CLOSED = "Clash", "Open", "Closed"
_EARLIEST_ZIP_YEAR = 1980


@dataclass(frozen=True, slots=True)
class BcfOrder:
    """What a BCF file is to hold besides the groups.

    ``sources`` are the names of the checked files, ``author`` who signs the topics, ``created_at`` their date (with its
    zone). ``snapshots`` are PNG images by id of a clash.
    """

    sources: tuple[str, ...]
    author: str
    created_at: datetime
    snapshots: Mapping[str, bytes] = field(default_factory=dict)


def write_bcf(groups: Sequence[GroupView], order: BcfOrder, version: Version = "2.1") -> bytes:
    """Return the bytes of a BCF file with a topic for each group, in their order."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        stamp = order.created_at.astimezone(UTC)
        writer = _Writer(archive, order, version, stamp)
        writer.put("bcf.version", writer.version_file())
        if version == "3.0":
            writer.put("extensions.xml", writer.extensions())
        for place, group in enumerate(groups):
            writer.topic(group, place)
    return content.getvalue()


class _Writer:
    """Writes the parts of one file."""

    def __init__(self, archive: zipfile.ZipFile, order: BcfOrder, version: Version, stamp: datetime) -> None:
        self._archive = archive
        self._order = order
        self._is_3 = version == "3.0"
        self._version = version
        self._stamp = stamp
        self._date = stamp.strftime("%Y-%m-%dT%H:%M:%SZ")
        self._author = plain(order.author) or "sdai"

    def put(self, name: str, content: ET.Element | bytes) -> None:
        """Add a part to the archive."""
        if isinstance(content, ET.Element):
            ET.indent(content)
            content = bytes(ET.tostring(content, encoding="UTF-8", xml_declaration=True))
        year = max(self._stamp.year, _EARLIEST_ZIP_YEAR)
        info = zipfile.ZipInfo(name, (year, *self._stamp.timetuple()[1:6]))
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        self._archive.writestr(info, content)

    def version_file(self) -> ET.Element:
        root = ET.Element("Version", VersionId=self._version)
        if not self._is_3:
            _add(root, "DetailedVersion", self._version)
        return root

    def extensions(self) -> ET.Element:
        """Return the words that topics of this file use; 3.0 demands them."""
        root = ET.Element("Extensions")
        lists: dict[str, tuple[str, Iterable[str]]] = {
            "TopicTypes": ("TopicType", (_TYPE,)),
            "TopicStatuses": ("TopicStatus", (_STATUS, _CLOSED)),
            "Priorities": ("Priority", _PRIORITIES.values()),
            "TopicLabels": (
                "TopicLabel",
                ("modelled twice", "one member", "repeated detail", "storey shift", "single"),
            ),
            "Users": ("User", (self._author,)),
            "SnippetTypes": ("SnippetType", ()),
            "Stages": ("Stage", ()),
        }
        for name, (item, values) in lists.items():
            part = ET.SubElement(root, name)
            for value in values:
                _add(part, item, value)
        return root

    def topic(self, group: GroupView, place: int) -> None:
        """Add the folder of one topic: markup, viewpoints and snapshots."""
        shown = [clash for clash in group.clashes if clash.point_m is not None][:MOST_VIEWPOINTS]
        views = _views(group, shown)
        self.put(f"{group.id}/markup.bcf", self._markup(group, place, views))
        for view in views:
            # the first view opens with the topic: it selects all members of the group
            selected = distinct_guids(group.clashes if view is views[0] else [view.clash])[:MOST_COMPONENTS]
            self.put(f"{group.id}/{view.file}", self._viewpoint(view, selected))
            if view.clash.id in self._order.snapshots:
                self.put(f"{group.id}/{view.snapshot}", self._order.snapshots[view.clash.id])

    def _markup(self, group: GroupView, place: int, views: Sequence["_View"]) -> ET.Element:
        root = ET.Element("Markup")
        header = ET.SubElement(root, "Header")
        files = ET.SubElement(header, "Files") if self._is_3 else header
        for source in self._order.sources:
            _add(ET.SubElement(files, "File"), "Filename", plain(source) or "model.ifc")
        topic = ET.SubElement(root, "Topic", Guid=group.id, TopicType=_TYPE, TopicStatus=_STATUS)
        _add(topic, "Title", plain(group.title) or "clash")
        if group.severity in _PRIORITIES:
            _add(topic, "Priority", _PRIORITIES[group.severity])
        _add(topic, "Index", str(place))
        label = group.cause.replace("_", " ")
        _add(ET.SubElement(topic, "Labels") if self._is_3 else topic, "Label" if self._is_3 else "Labels", label)
        _add(topic, "CreationDate", self._date)
        _add(topic, "CreationAuthor", self._author)
        _add(topic, "Description", _description(group))
        inside = topic if self._is_3 else root
        comments = ET.SubElement(inside, "Comments") if self._is_3 and views else inside
        for view in views:
            self._comment(comments, view)
        viewpoints = ET.SubElement(inside, "Viewpoints") if self._is_3 and views else inside
        for row, view in enumerate(views):
            entry = ET.SubElement(viewpoints, "ViewPoint" if self._is_3 else "Viewpoints", Guid=view.guid)
            _add(entry, "Viewpoint", view.file)
            if view.clash.id in self._order.snapshots:
                _add(entry, "Snapshot", view.snapshot)
            _add(entry, "Index", str(row))
        return root

    def _comment(self, parent: ET.Element, view: "_View") -> None:
        comment = ET.SubElement(parent, "Comment", Guid=_guid(view.guid, "comment"))
        _add(comment, "Date", self._date)
        _add(comment, "Author", self._author)
        _add(comment, "Comment", view.clash.text)
        ET.SubElement(comment, "Viewpoint", Guid=view.guid)

    def _viewpoint(self, view: "_View", selected: Sequence[str]) -> ET.Element:
        clash = view.clash
        root = ET.Element("VisualizationInfo", Guid=view.guid)
        components = ET.SubElement(root, "Components")
        selection = ET.SubElement(components, "Selection")
        for guid in selected:
            _component(selection, guid)
        ET.SubElement(components, "Visibility", DefaultVisibility="true")
        colouring = ET.SubElement(components, "Coloring")
        for colour, guid in zip(_COLOURS, (clash.first.guid, clash.second.guid), strict=True):
            part = ET.SubElement(colouring, "Color", Color=colour)
            _component(ET.SubElement(part, "Components") if self._is_3 else part, guid)
        camera = ET.SubElement(root, "PerspectiveCamera")
        eye, direction, up = camera_at(clash)
        for name, vector in (("CameraViewPoint", eye), ("CameraDirection", direction), ("CameraUpVector", up)):
            part = ET.SubElement(camera, name)
            for axis, value in zip("XYZ", vector, strict=True):
                _add(part, axis, repr(round(value, 6)))
        _add(camera, "FieldOfView", repr(FIELD_OF_VIEW_DEG))
        if self._is_3:
            _add(camera, "AspectRatio", repr(round(ASPECT_RATIO, 6)))
        return root


@dataclass(frozen=True, slots=True)
class _View:
    """A clash with a viewpoint: its GUID, and the names of its files in the topic's folder."""

    clash: ClashView
    guid: str
    file: str
    snapshot: str


def _views(group: GroupView, shown: Sequence[ClashView]) -> list[_View]:
    views: list[_View] = []
    seen: Counter[str] = Counter()
    for clash in shown:
        again = seen[clash.id]  # a file may give one GlobalId to several members
        seen[clash.id] += 1
        guid = _guid(group.id, clash.id, *([str(again)] if again else []))
        suffix = f"_{guid}" if views else ""  # the first has the names that every reader looks for
        views.append(_View(clash, guid, f"viewpoint{suffix}.bcfv", f"snapshot{suffix}.png"))
    return views


Vector = tuple[float, float, float]


def camera_at(clash: ClashView) -> tuple[Vector, Vector, Vector]:
    """Return eye (m, world of the file), viewing direction and up of the camera that shows a clash."""
    length = math.sqrt(sum(value * value for value in DIRECTION))
    x, y, z = (value / length for value in DIRECTION)
    flat = math.hypot(x, y)
    away = view_distance_m(clash.size_m)
    px, py, pz = clash.point_m or (0.0, 0.0, 0.0)
    return (px - away * x, py - away * y, pz - away * z), (x, y, z), (-x * z / flat, -y * z / flat, flat)


def view_distance_m(size_m: float) -> float:
    """Return how far from a clash of a size its camera stands, m."""
    radius = min(max(1.5 * size_m + 0.4, _NEAREST_M), _FARTHEST_M)
    return radius / math.tan(math.radians(FIELD_OF_VIEW_DEG / 2))


def _description(group: GroupView) -> str:
    count = len(group.clashes)
    head = [f"{count} clash{'es' if count != 1 else ''}"]
    if group.severity:
        head.append(f"worst {group.severity}")
    if group.hours is not None:
        head.append(f"{group.hours:g} h to resolve")
    lines = [f"{', '.join(head)}.", *(clash.text for clash in group.clashes[:MOST_TOLD])]
    if count > MOST_TOLD:
        lines.append(f"and {count - MOST_TOLD} more")
    return "\n".join(lines)


def _component(parent: ET.Element, guid: str) -> None:
    """Name a member by its GlobalId; what is none by the standard may not stand there and is given as it is called."""
    if _IFC_GUID.fullmatch(guid):
        ET.SubElement(parent, "Component", IfcGuid=guid)
    else:
        _add(ET.SubElement(parent, "Component"), "AuthoringToolId", plain(guid) or "none")


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _guid(*parts: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, "\n".join(parts)))
