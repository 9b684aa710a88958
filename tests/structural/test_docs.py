"""The generated pages are those that the registry and the examples give today, and the tests they name exist."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.list_checks import _ENGINE_TESTS, page

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_checks_is_current() -> None:
    text = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    assert text == page(), "write it again: python benchmarks/list_checks.py > docs/checks.md"


def test_the_table_of_examples_is_current() -> None:
    script = ROOT / "benchmarks" / "bench_worked_examples.py"
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-500:]
    assert (ROOT / "docs" / "worked_examples.md").read_text(encoding="utf-8") == done.stdout


@pytest.mark.parametrize("names", _ENGINE_TESTS.values(), ids=_ENGINE_TESTS)
def test_named_tests_exist(names: str) -> None:
    for name in names.split(", "):
        assert (ROOT / "tests" / "structural" / f"{name}.py").is_file(), name
