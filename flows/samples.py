"""The five sample requests of the README and small variations of them, for trying a service out."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from serving.questions import PATHS

ROUTES: Mapping[str, str] = PATHS
VARIED_FIELDS: Mapping[str, tuple[str, float]] = {
    "connection_designer": ("tributary_load_kips", 0.25),
    "section_optimizer": ("tributary_load_psf", 0.25),
    "clash_detector": ("tolerance_mm", 0.01),
    "risk_analyzer": ("budget_usd", 2_500.0),
}
"""One number a request and how much it grows from one request to the next, so that no answer comes from a cache."""


def sample_request(problem: str) -> dict[str, Any]:
    """Return the example of the problem's request schema."""
    schema = import_module(f"serving.schemas.{problem}").Request
    return dict(schema.model_config["json_schema_extra"]["example"])


def varied(problem: str, request: Mapping[str, Any], index: int) -> dict[str, Any]:
    """Return the ``index``-th variation of a request; 0 is the request itself."""
    if problem == "compliance_checker":
        parameters = dict(request["design_parameters"])
        notes = f"{parameters.get('notes', '')} sheet S-{index:03d}".strip() if index else parameters.get("notes")
        return dict(request) | {"design_parameters": parameters | ({"notes": notes} if notes else {})}
    name, step = VARIED_FIELDS[problem]
    value = request.get(name)
    return dict(request) | ({name: value + step * index} if value is not None and index else {})


def write_sample_models(ifc_root: Path) -> None:
    """Put the IFC model that the sample clash request names below the root of model keys, unless it is there."""
    from serving.ifc.sample import write_sample_model

    path = ifc_root / sample_request("clash_detector")["model_ifc"]
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_sample_model(path)
