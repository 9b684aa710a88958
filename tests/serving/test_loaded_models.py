"""A worker's models: one that does not load leaves the others in service."""

from pathlib import Path
from typing import Any

import pytest

from serving.artifacts import Artifact
from serving.errors import ArtifactError


class Answers:
    """Stands for a predictor that has loaded."""


@pytest.mark.parametrize("error", [ArtifactError("damaged"), FileNotFoundError("/srv/secret")])
def test_a_model_that_does_not_load_leaves_the_others_in_service(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    from serving import loaded_models

    def load(name: str, folder: Path) -> Any:
        if name == "risk_analyzer":
            raise error
        return Answers()

    monkeypatch.setattr(loaded_models, "load_predictor", load)
    names = ("section_optimizer", "risk_analyzer")
    models = loaded_models.LoadedModels({name: Artifact(Path(name), "1-abc") for name in names})

    health = models.health()
    assert health["models"] == 1
    assert health["status"] == "degraded"
    assert "1-abc" in health["unavailable"]["risk_analyzer"]
    assert "secret" not in str(health)
