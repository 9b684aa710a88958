"""Pictures of a clash check as PNG: plan and 3D view of the model with its groups marked, and images of clashes."""

import io
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.clash_report.plain import plain
from serving.clash_report.report import ClashReport
from serving.clash_report.snapshots import FIRST, KIND_COLOURS, whole_model
from structural.geometry.findings import Model
from structural.geometry.raster import Camera, look_at, project
from structural.problems.clash_detector.grouping import ClashGroup

_VIEW = (0.56, 0.68, -0.47)
_DOWN = (0.0, 0.0, -1.0)
_SIZE = (1000, 1000)
_MARGIN = 1.08
_MOST_MARKED = 25
_SEVERITY_COLOURS = {"HIGH": "#c62828", "MEDIUM": "#e08600", "LOW": "#857500"}
_UNJUDGED = "#8e24aa"
_TITLE_WIDTH = 95


def png_of(image: NDArray[np.uint8]) -> bytes:
    """Return an image (rows, columns, 3) as PNG."""
    from matplotlib.image import imsave

    content = io.BytesIO()
    imsave(content, image, format="png")
    return content.getvalue()


def draw_picture(report: ClashReport) -> bytes:
    """Return the picture of a report as PNG: plan, 3D view, and the list of the groups that are marked in both."""
    # no pyplot: it keeps figures and asks for a screen
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = report.groups[:_MOST_MARKED]
    lines = _lines(report, shown)
    figure = Figure(figsize=(18, 9.6 + 0.2 * len(lines)), dpi=110)
    FigureCanvasAgg(figure)
    top, bottom = np.array(figure.subfigures(2, 1, height_ratios=[9.6, 0.6 + 0.2 * len(lines)])).tolist()
    marked = {index for clash in report.clashes for index in (clash.a, clash.b)}
    pair = top.subplots(1, 2, gridspec_kw={"left": 0.02, "right": 0.98, "top": 0.92, "bottom": 0.06, "wspace": 0.03})
    for axes, title, direction in zip(pair, ("Plan", "View from south-west"), (_DOWN, _VIEW), strict=True):
        camera = _camera(report.model, np.array(direction))
        axes.imshow(whole_model(report.model, camera, _SIZE, marked))
        axes.set(title=title, xticks=[], yticks=[], xlim=(0, _SIZE[1]), ylim=(_SIZE[0], 0))
        _mark(axes, report, shown, camera)
        _scale(axes, camera)
    top.suptitle(_no_math(_head(report)), fontsize=14)
    _legend(top)
    for row, (colour, text) in enumerate(lines):
        place = 1 - (row + 0.5) / len(lines)
        bottom.text(0.04, place, _no_math(text), color=colour, fontsize=10.5, family="monospace", va="center")
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph .* missing from font")  # names of other scripts are shown as boxes
        figure.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()


def _camera(model: Model, direction: NDArray[np.float64]) -> Camera:
    """Return a parallel camera that shows the whole model."""
    meshes = [element.mesh for element in model.elements if element.mesh is not None]
    low = np.min([mesh.low_mm for mesh in meshes], axis=0) if meshes else np.zeros(3)
    high = np.max([mesh.high_mm for mesh in meshes], axis=0) if meshes else np.ones(3)
    reach = float(np.linalg.norm(high - low)) + 1.0
    camera = look_at((low + high) / 2, direction, reach, view_height=reach)
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    placed = project(corners, camera, _SIZE)[:, :2] - np.array(_SIZE[::-1]) / 2
    share = max(float(np.abs(placed / (np.array(_SIZE[::-1]) / 2)).max()), 1e-6)
    return look_at((low + high) / 2, direction, reach, view_height=reach * share * _MARGIN)


def _mark(axes: Any, report: ClashReport, shown: Sequence[ClashGroup], camera: Camera) -> None:
    """Mark every clash by a dot, and the worst clash of each listed group by its number."""
    rows = [(row, _colour(group)) for group in reversed(report.groups) for row in group.rows]
    if rows:
        placed = project(np.array([report.clashes[row].point_mm for row, _ in rows]), camera, _SIZE)
        colours = [colour for _, colour in rows]
        axes.scatter(placed[:, 0], placed[:, 1], s=16, c=colours, edgecolors="white", linewidths=0.5, zorder=2)
    for number, group in enumerate(shown, start=1):
        column, line, _ = project(np.array([report.clashes[group.rows[0]].point_mm]), camera, _SIZE)[0]
        axes.annotate(
            str(number), (column, line), (column + 16, line - 16), fontsize=9, color="white", ha="center", va="center",
            bbox={"boxstyle": "circle,pad=0.25", "color": _colour(group)}, zorder=3,
            arrowprops={"arrowstyle": "-", "color": _colour(group), "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip


def _scale(axes: Any, camera: Camera) -> None:
    """Draw a bar of a round length."""
    mm_per_pixel = camera.view_height / _SIZE[0]
    wanted = 0.2 * _SIZE[1] * mm_per_pixel
    step = 10 ** np.floor(np.log10(wanted))
    length = float(step * max(factor for factor in (1, 2, 5) if factor * step <= wanted))
    left, line = 20, _SIZE[0] - 20
    axes.plot([left, left + length / mm_per_pixel], [line, line], color="black", linewidth=2)
    axes.text(left, line - 8, f"{length / 1000:g} m", fontsize=9)


def _legend(figure: Any) -> None:
    from matplotlib.patches import Patch

    patches = [Patch(color=FIRST, label="in a clash")]
    patches += [Patch(color=colour, label=kind) for kind, colour in KIND_COLOURS.items()]
    figure.legend(handles=patches, loc="lower center", ncols=len(patches), frameon=False)


def _head(report: ClashReport) -> str:
    names = " and ".join(plain(name, 60) for name in report.sources)
    joints = f", {len(report.joints)} joints left out" if report.is_judged else " (geometry alone: joints among them)"
    return f"{names}: {len(report.clashes)} clashes in {len(report.groups)} groups{joints}"


def _lines(report: ClashReport, shown: Sequence[ClashGroup]) -> list[tuple[str, str]]:
    lines = []
    for number, group in enumerate(shown, start=1):
        severity = group.severity or "–"
        lines.append(
            (_colour(group), f"{number:>3}  {severity:<7} {len(group):>4} ×  {plain(group.title, _TITLE_WIDTH)}")
        )
    if len(report.groups) > len(shown):
        lines.append(("black", f"     and {len(report.groups) - len(shown)} more groups"))
    return lines or [("black", "no clash")]


def _colour(group: ClashGroup) -> str:
    return _SEVERITY_COLOURS.get(group.severity, _UNJUDGED)


def _no_math(text: str) -> str:
    """Return a text in which a dollar sign is a dollar sign."""
    return text.replace("$", r"\$")
