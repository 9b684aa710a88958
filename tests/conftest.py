"""What has to be set before anything is imported, and what every test leaves as it was."""

import os
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import settings

# A machine that is busy with something else makes no property false.
settings.register_profile("unhurried", parent=settings.default, deadline=None)
settings.load_profile("unhurried")

# prometheus_client decides when it is imported, by Prefect or BentoML, whether figures of several processes add up.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="sdai-metrics-"))


@pytest.fixture(autouse=True)
def _environment_as_before() -> Iterator[None]:
    """Undo what a test leaves in the environment: a home of its own there would be the next test's too."""
    kept = dict(os.environ)
    yield
    now = dict(os.environ)
    for name in (now.keys() | kept.keys()) - {"PYTEST_CURRENT_TEST"}:
        if name not in kept:
            del os.environ[name]
        elif now.get(name) != kept[name]:
            os.environ[name] = kept[name]
