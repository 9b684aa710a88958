"""A small version that can be promoted by the real means."""

from pathlib import Path

import pytest

from tests.small_versions import train_section


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a section optimizer trained on a few hundred entries."""
    return train_section(tmp_path_factory.mktemp("section"))
