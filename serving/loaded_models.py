"""The predictors of one worker process, and why any is missing."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving.artifacts import Artifact
from serving.errors import ServingError
from serving.predictors.contract import Predictor, load_predictor
from structural.errors import StructuralError

GPU_DEVICE = Path("/dev/nvidiactl")
CHAMPION = "champion"
log = logging.getLogger("sdai.serving")


@dataclass(frozen=True, slots=True)
class Served:
    """A version that answers, and the arm it answers in."""

    predictor: Predictor
    version: str
    arm: str = CHAMPION


class LoadedModels:
    """Loads what was found; a model that does not load leaves the others in service.

    Parameters
    ----------
    artifacts : problem to what is to be loaded, or to the reason why there is nothing.
    """

    def __init__(self, artifacts: dict[str, Artifact | str]) -> None:
        self.served: dict[str, Served] = {}
        self.unavailable: dict[str, str] = {}
        for name, artifact in artifacts.items():
            if isinstance(artifact, str):
                self.unavailable[name] = artifact
                continue
            try:
                self.served[name] = Served(load_predictor(name, artifact.path), artifact.version)
            except (ServingError, StructuralError) as error:
                log.exception("model does not load", extra={"model": name})
                self.unavailable[name] = f"version {artifact.version} does not load: {error}"
            except Exception:  # process edge: one model must not take the others down
                log.exception("model does not load", extra={"model": name})
                self.unavailable[name] = f"version {artifact.version} does not load; the reason is in the service's log"

    def health(self) -> dict[str, Any]:
        """Return what the health page says of the models."""
        return {
            "status": "healthy" if not self.unavailable else "degraded",
            "models": len(self.served),
            "gpu_available": GPU_DEVICE.exists(),
            "versions": {name: served.version for name, served in self.served.items()},
            "unavailable": self.unavailable,
        }
