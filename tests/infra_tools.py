"""The environment of `infra/checks`, which tests of `infra/` run programs of."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv" / "infra-tools" / "bin" / "python"


def require_tools() -> Path:
    """Return the Python of the tools; without them or Terraform the test is skipped, or fails where it must run."""
    if not PYTHON.exists():
        _missing("no .venv/infra-tools; `make scan` makes it")
    if shutil.which("terraform") is None:
        _missing("no terraform on the search path")
    return PYTHON


def _missing(message: str) -> None:
    if os.environ.get("SDAI_REQUIRE_SERVICES") == "1":
        pytest.fail(message)
    pytest.skip(message)
