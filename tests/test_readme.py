"""The README tells the truth: its sample requests are the schemas' examples, its commands exist."""

import json
import re
from pathlib import Path

import pytest
import yaml

from flows.samples import ROUTES, sample_request
from structural.problems import PROBLEM_NAMES
from structural.problems.compliance_checker.stated import check_design, read_design

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
def test_each_sample_request_of_the_readme_is_the_schemas_example(problem: str) -> None:
    found = re.search(rf"POST {re.escape(ROUTES[problem])}\n```json\n(.*?)```", README, re.DOTALL)
    assert found, f"the README shows no sample for {ROUTES[problem]}"
    assert json.loads(found.group(1)) == sample_request(problem)


def test_the_design_of_the_readme_can_be_checked() -> None:
    found = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert found, "the README shows no design"
    result = check_design(read_design(yaml.safe_load(found.group(1))))
    assert result.compliant
    assert result.governing is not None


def test_each_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"`make ([a-z]+)`", README))
    assert targets
    assert not [target for target in targets if f"\n{target}:" not in makefile]


def test_what_ci_runs_is_make_check_and_the_test_command_of_the_readme_is_in_it() -> None:
    """Format, lint and types gate a change as the tests do, and nothing runs twice."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    steps = re.findall(r"^make (\w+)$", script, re.MULTILINE)
    check = re.search(r"^check: ([\w ]+) ##.*\n(?!\t)", makefile, re.MULTILINE)
    assert check
    assert steps == check[1].split()
    assert "`make test` runs every test" in README
    assert steps.count("test") == 1
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert lint
    assert [line.strip() for line in lint[1].splitlines()] == [
        "$(BIN)/ruff format --check .",
        "$(BIN)/ruff check .",
        "$(BIN)/mypy",
    ]


def test_each_sdai_command_of_the_readme_exists() -> None:
    from typer.main import get_command

    from flows.cli import app

    known = set(get_command(app).commands)
    used = set(re.findall(r"sdai ([a-z]+)", README))
    assert used
    assert used <= known
