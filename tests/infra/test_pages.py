"""The pages of cost and infrastructure tell the truth: tables, commands, files."""

import re
import subprocess
import sys

import pytest

from configs.settings import known_variables
from infra.checks.planning import MODULES
from tests.infra_tools import ROOT

COST = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "infrastructure.md").read_text(encoding="utf-8")


def test_the_tables_of_the_cost_page_are_those_of_the_benchmark() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "bench_costs.py")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    tables = done.stdout.strip().split("\n\n")
    assert len(tables) == 3
    assert [table.splitlines()[0] for table in tables if table not in COST] == []


def test_every_option_of_the_command_is_on_the_page() -> None:
    from typer.main import get_command

    from flows.cli import app

    options = {option for parameter in get_command(app).commands["cost"].params for option in parameter.opts}
    assert {"--spot", "--json"} <= options
    assert {option for option in options if f"`{option}" not in COST} == set()


def test_every_module_is_on_the_page() -> None:
    modules = {path.name for path in (MODULES / "modules").iterdir()}
    assert modules == set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))


@pytest.mark.parametrize("page", [COST, PAGE], ids=["cost", "infrastructure"])
def test_files_and_settings_that_a_page_names_exist(page: str) -> None:
    assert set(re.findall(r"SDAI_[A-Z0-9_]+[A-Z0-9]", page)) <= set(known_variables())
    paths = set(re.findall(r"`((?:infra|configs|tests|benchmarks)/[\w./-]+)`", page))
    assert [path for path in paths if not (ROOT / path).exists()] == []
    targets = set(re.findall(r"`make ([a-z]+)`", page))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [target for target in targets if f"\n{target}:" not in makefile] == []


def test_the_figures_of_the_page_are_the_modules_defaults() -> None:
    variables = (MODULES / "variables.tf").read_text(encoding="utf-8")
    for name, value in {
        "min_tasks": 2, "max_tasks": 10, "cpu_percent": 70, "memory_percent": 80, "max_instances": 5,
        "target_percent": 85, "backup_days": 30, "bake_minutes": 15, "requests_per_5_min": 30_000,
    }.items():  # fmt: skip
        assert re.search(rf"\b{name}\s*=\s*optional\(number, {value}\)", variables), name
        assert f"{value:,}" in PAGE
