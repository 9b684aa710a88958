"""What BentoML is told of the service: its name, its workers and its deadline.

The process that starts the workers needs no more, so it imports none of what answers: that halves its start, for which
the workers wait.
"""

from typing import Any

import bentoml
from _bentoml_sdk import Service

from configs import Settings
from configs.settings import PROJECT_ROOT

IMPORT_STRING = "serving.service:Design"
FRAMEWORK_GRACE_S = 5.0
"""BentoML's own deadline lies this much behind ours, because its 504 is not problem+json."""


class Outline(Service[Any]):  # type: ignore[misc]  # BentoML is untyped
    """The service as it is known where it is started; its workers import the whole."""

    @property
    def import_string(self) -> str:
        """Where the workers find the service."""
        return IMPORT_STRING


def options(settings: Settings) -> dict[str, Any]:
    """Return what `bentoml.service` is given, here and in the workers."""
    return {
        "name": "design",
        "workers": settings.serving.workers,
        "traffic": {"timeout": settings.upload_deadline_s + FRAMEWORK_GRACE_S},
        "logging": {"access": {"enabled": False}},
        "metrics": {"enabled": False},  # ours stand on a page of their own (`serving.telemetry.page`)
        "tracing": {"excluded_urls": ".*"},
    }


def outline(settings: Settings) -> Outline:
    """Return the service without anything that answers."""

    class Design:
        """Five questions of structural steel design."""

    made: Outline = bentoml.service(service_class=Outline, **options(settings))(Design)
    made.working_dir = str(PROJECT_ROOT)
    made.inject_config()
    return made
