"""The environment of `infra/checks`, which tests of `infra/` run programs of."""

import shutil
from pathlib import Path

import pytest

from tests.services import missing

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv" / "infra-tools" / "bin" / "python"
SUPPLY_PYTHON = ROOT / ".venv" / "supply-tools" / "bin" / "python"


def require_tools() -> Path:
    """Return the Python of the tools; without them the test is skipped, or fails where it must run.

    Terraform is no package that the project could install: without it the test is skipped anywhere.
    """
    if shutil.which("terraform") is None:
        pytest.skip("no terraform on the search path")
    return _there(PYTHON)


def require_supply_tools() -> Path:
    """Return the Python of the tools that look at packages and secrets; skipped or failing as above without them."""
    return _there(SUPPLY_PYTHON)


def _there(python: Path) -> Path:
    if not python.exists():
        missing(f"no {python.relative_to(ROOT).parts[1]} in .venv; `make scan` makes it")
    return python
