"""What the reader's worker finds in models written by tests, in this process."""

from pathlib import Path

from serving.ifc.results import Read, load
from serving.ifc.worker import work
from structural.geometry.meshes import signed_volume
from tests.serving.ifc.building import Building

BOUNDS = {"members": 100, "triangles": 200_000, "pairs": 1_000}


def read(folder: Path, *models: Building, tolerance_mm: float = 50.0, with_meshes: bool = True, **limits: int) -> Read:
    """Return what the worker finds in models, in this process."""
    paths = []
    for number, model in enumerate(models):
        paths.append(folder / f"{number}.ifc")
        model.write(paths[-1])
    order = {
        "models": [str(path) for path in paths],
        "out": str(folder),
        "tolerance_mm": tolerance_mm,
        "with_meshes": with_meshes,
        "limits": BOUNDS | limits,
        "careful": False,
        "skipped": [],
    }
    work(order, lambda *_: None)
    return load(folder)


def volumes(found: Read) -> dict[str, float]:
    """Return the volume of each mesh by name, in litres."""
    meshes = {element.name: element.mesh for element in found.model.elements if element.mesh is not None}
    return {name: signed_volume(mesh.vertices_mm, mesh.faces) / 1e6 for name, mesh in meshes.items()}
