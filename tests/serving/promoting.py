"""Promotion in a home of its own, with the real ledger, keys and model store; MLflow's aliases are left out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from configs import Settings, load_settings
from flows import promotion
from flows.model_store import stored_folder
from flows.promotion import Judged, Version
from serving.artifacts import folder_digest


class Aliases:
    """Takes the place of the tracker."""

    def __init__(self, *_: Any) -> None:
        pass

    def set_alias(self, *_: Any) -> None:
        """Set none."""

    def drop_alias(self, *_: Any) -> None:
        """Drop none."""

    def versions(self, _: str) -> list[dict[str, Any]]:
        """Return none."""
        return []


@contextmanager
def promoting(home: Path) -> Iterator[Settings]:
    """Return the settings of a home; what is promoted meanwhile goes into its model store."""
    from bentoml._internal.configuration.containers import BentoMLContainer
    from bentoml._internal.models import ModelStore

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SDAI_PATHS_HOME", str(home))
        patch.setattr(promotion, "Tracker", Aliases)
        load_settings.cache_clear()
        settings = load_settings()
        models_folder(settings).mkdir(parents=True)
        BentoMLContainer.model_store.set(ModelStore(models_folder(settings)))
        try:
            yield settings
        finally:
            BentoMLContainer.model_store.reset()
            load_settings.cache_clear()


def models_folder(settings: Settings) -> Path:
    """Return the model store of a home."""
    return settings.paths.work / "bentoml" / "models"


def version_of(model: str, number: int, folder: Path) -> Version:
    """Return the files of a folder as a registered version."""
    return Version(model, number, folder_digest(folder), folder)


def put_in_service(settings: Settings, version: Version) -> Path:
    """Promote a version; return its folder in the model store."""
    promotion.promote(settings, Aliases(), Judged(version, {"reasons": ["good"]}, "a test"))  # type: ignore[arg-type]
    folder = stored_folder(version.tag)
    assert folder is not None
    return folder
