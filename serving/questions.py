"""The five questions: where each is asked. Light, so that whoever only needs a path imports nothing else."""

from collections.abc import Mapping

PATHS: Mapping[str, str] = {
    "connection_designer": "/api/v1/design/connection",
    "section_optimizer": "/api/v1/design/section",
    "clash_detector": "/api/v1/detect/clashes",
    "compliance_checker": "/api/v1/verify/compliance",
    "risk_analyzer": "/api/v1/analyze/risk",
}
"""Problem to the path of its question; ``<path>/batch`` takes many."""
OTHER_MODELS: Mapping[str, str] = {
    "/api/v1/models/ifc": "clash_detector",
    "/api/v1/jobs/clashes": "clash_detector",
    "/api/v1/jobs/clashes/{id}": "clash_detector",
    "/api/v1/jobs/clashes/{id}/bcf": "clash_detector",
}
"""Further routes behind which a model stands."""


def model_of_routes(templates: tuple[str, ...]) -> dict[str, str]:
    """Return route template to the name of the model behind it, empty where there is none."""
    models = {path: problem for problem, path in PATHS.items()}
    models |= {f"{path}/batch": problem for problem, path in PATHS.items()}
    models |= OTHER_MODELS
    return {template: models.get(template, "") for template in templates}
