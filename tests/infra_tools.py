"""The environment of `infra/checks`, which tests of `infra/` run programs of."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv" / "infra-tools" / "bin" / "python"


def require_tools() -> Path:
    """Return the Python of the tools; without them the test is skipped, or fails where it must run.

    Terraform is no package that the project could install: without it the test is skipped anywhere.
    """
    if shutil.which("terraform") is None:
        pytest.skip("no terraform on the search path")
    if not PYTHON.exists():
        message = "no .venv/infra-tools; `make scan` makes it"
        if os.environ.get("SDAI_REQUIRE_SERVICES") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return PYTHON
