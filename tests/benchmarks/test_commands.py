"""The commands that pages and modules name run as they are written."""

import re
from pathlib import Path

import pytest

from configs.settings import PROJECT_ROOT

SCRIPTS = PROJECT_ROOT / "benchmarks"
PLACES = (PROJECT_ROOT / "README.md", *(PROJECT_ROOT / "docs").rglob("*.md"), *SCRIPTS.glob("*.py"))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: str(place.relative_to(PROJECT_ROOT)))
def test_a_script_that_needs_its_package_is_run_as_a_module(place: Path) -> None:
    text = place.read_text(encoding="utf-8")
    for name in re.findall(r"python benchmarks/(\w+\.py)", text):
        source = (SCRIPTS / name).read_text(encoding="utf-8")
        assert not re.search(r"^from benchmarks", source, re.MULTILINE), f"write python -m benchmarks.{name[:-3]}"
    for name in re.findall(r"python -m benchmarks\.(\w+)", text):
        assert (SCRIPTS / f"{name}.py").is_file(), name


def test_make_bench_runs_modules() -> None:
    assert "-m benchmarks." in (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
