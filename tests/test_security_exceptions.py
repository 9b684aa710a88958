"""Every exception from ruff's security rules (bandit's) says why."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("configs", "structural", "data_validation", "training", "serving", "flows", "infra")
EXCEPTION = re.compile(r"# noqa: [^(\n]*\bS\d{3}\b(.*)")


def test_each_exception_has_its_reason_beside_it() -> None:
    lines = [
        (f"{path.relative_to(ROOT)}:{number}", found.group(1))
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (found := EXCEPTION.search(line))
    ]
    assert len(lines) > 20
    assert [place for place, rest in lines if not re.match(r".*\(.{5,}\)", rest)] == []


def test_the_rules_are_on_for_all_that_is_shipped() -> None:
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert "S" in lint["select"]
    switched_off = {pattern.split("/")[0] for pattern, rules in lint["per-file-ignores"].items() if "S" in rules}
    assert switched_off == {"tests", "benchmarks"}
    assert [rule for rule in lint["ignore"] if re.match(r"S\d", rule)] == ["S311"]
