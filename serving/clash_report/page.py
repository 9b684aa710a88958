"""One HTML page that shows clashes on the model: list and 3D view, nothing fetched, so it opens from a mail attachment.

The page holds the meshes (compressed), the groups and the viewer (`page_parts`), a script of this project. Texts of the
model are data: they reach the page as JSON in which ``<`` is written out, and the script only ever sets them as text. A
content security policy in the page allows this script and nothing else.
"""

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Sequence
from datetime import datetime
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.clash_report.plain import plain
from serving.clash_report.report import ClashReport
from serving.clash_report.views import not_checked, said, views_of
from structural.geometry.findings import Element, Finding, Model
from structural.problems.clash_detector.grouping import clash_id
from structural.problems.clash_detector.request import KINDS

_MM = 1000.0
_MOST_INDEX = np.iinfo(np.uint16).max
_COMPRESSION = 6
_TEXTS = ("ifc_class", "storey", "profile", "material", "system")


def write_page(report: ClashReport, created_at: datetime) -> str:
    """Return the page of a report as HTML text, to be stored as UTF-8."""
    parts = resources.files("serving.clash_report") / "page_parts"
    style, script = ((parts / name).read_text(encoding="utf-8") for name in ("page.css", "viewer.js"))
    title = " and ".join(plain(name) for name in report.sources) or "model"
    policy = f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}"
    values = {
        "POLICY": html.escape(policy),
        "TITLE": html.escape(f"Clashes of {title}"),
        "STYLE": style,
        "SCRIPT": script,
        "DATA": _json(_data(report, title, created_at)),
        "GEOMETRY": base64.b64encode(gzip.compress(_geometry(report.model), _COMPRESSION, mtime=0)).decode(),
    }
    page = (parts / "page.html").read_text(encoding="utf-8")
    # in one go: what is put in is never looked at again, whatever a name has in it
    return re.sub("|".join(f"%{name}%" for name in values), lambda found: values[found[0].strip("%")], page)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(data: Any) -> str:
    """Return JSON that cannot end the element it stands in."""
    return json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def _data(report: ClashReport, title: str, created_at: datetime) -> dict[str, Any]:
    centre = _centre(report.model)
    views = views_of(report)
    groups = [
        {
            "title": view.title,
            "cause": view.cause.replace("_", " "),
            "severity": view.severity,
            "hours": view.hours,
            "clashes": list(group.rows),
        }
        for view, group in zip(views, report.groups, strict=True)
    ]
    listed = {"clashes": report.clashes, "joints": report.joints, "undecided": report.undecided}
    return {
        "title": title,
        "created": created_at.strftime("%Y-%m-%d %H:%M"),
        "tolerance": report.tolerance_mm,
        "version": report.model_version,
        "judged": report.is_judged,
        "unread": report.unread,
        "notChecked": not_checked(report.model),
        "kinds": list(KINDS),
        "members": [_member(element) for element in report.model.elements],
        "groups": groups,
        "leftOut": sum(report.left_out.ignored.values()),
        **{name: [_finding(report, item, centre) for item in found] for name, found in listed.items()},
    }


def _member(element: Element) -> dict[str, Any]:
    texts = {name: plain(getattr(element, name)) for name in _TEXTS}
    known = {name: text for name, text in texts.items() if text}
    name = plain(element.name or element.tag or element.guid)
    return {"name": name, "guid": plain(element.guid), "kind": element.kind, **known}


def _finding(report: ClashReport, item: Finding, centre: NDArray[np.float64]) -> dict[str, Any]:
    first, second = report.of(item)
    size = max(high - low for low, high in zip(item.low_mm, item.high_mm, strict=True))
    found: dict[str, Any] = {
        "id": clash_id(first.guid, second.guid),
        "a": item.a,
        "b": item.b,
        "said": said(item.kind, item.distance_mm),
        "at": np.round((np.asarray(item.point_mm) - centre) / _MM, 4).tolist(),
        "size": round(size / _MM, 4),
    }
    if item.pair_class:
        found |= {"severity": item.pair_class, "hours": item.hours, "confidence": round(item.confidence, 4)}
    return found


def _centre(model: Model) -> NDArray[np.float64]:
    """Return the middle of the model, mm: numbers of half the bytes are exact enough round it."""
    meshes = [element.mesh for element in model.elements if element.mesh is not None]
    if not meshes:
        return np.zeros(3)
    low = np.min([mesh.low_mm for mesh in meshes], axis=0)
    high = np.max([mesh.high_mm for mesh in meshes], axis=0)
    return np.asarray((low + high) / 2)


def _geometry(model: Model) -> bytes:
    """Return the meshes as the viewer reads them, little-endian.

    Number of members, bytes of an index (2 or 4), total vertices and triangles (uint32 each); vertices and triangles of
    each member (uint32); positions (float32, metres round the centre); indices within the member.
    """
    meshes = [element.mesh for element in model.elements]
    centre = _centre(model)
    vertices = [(mesh.vertices_mm - centre) / _MM for mesh in meshes if mesh is not None]
    faces = [mesh.faces for mesh in meshes if mesh is not None]
    counts = np.array([(0, 0) if mesh is None else (len(mesh.vertices_mm), len(mesh.faces)) for mesh in meshes])
    counts = counts.reshape(-1, 2)
    wide = 2 if len(counts) == 0 or counts[:, 0].max() <= _MOST_INDEX else 4
    head = np.array([len(meshes), wide, *counts.sum(axis=0).tolist()], dtype="<u4")
    return b"".join(
        (
            head.tobytes(),
            counts.T.astype("<u4").tobytes(),
            _joined(vertices).astype("<f4").tobytes(),
            _joined(faces).astype(f"<u{wide}").tobytes(),
        )
    )


def _joined(arrays: Sequence[NDArray]) -> NDArray:
    return np.concatenate(arrays) if arrays else np.empty((0, 3))
