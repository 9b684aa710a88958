"""Runs Terraform on a copy of the modules with the stand-in provider: validity, and the values of a plan.

    python -m infra.checks.planning

prints what ``terraform validate`` says and how many resources a plan holds.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MODULES = HERE.parent / "terraform"
EXAMPLE = HERE / "example.tfvars.json"
LIMIT_S = 300
_KEPT_BY_BACKEND = "backend.tf"


class TerraformError(RuntimeError):
    """Terraform refused the modules or their variables; the message is its own."""


@contextmanager
def workspace(tools_python: Path, modules: Path = MODULES) -> Iterator["Workspace"]:
    """Yield a place where Terraform can be run on a copy of the modules; ``tools_python`` runs the stand-in."""
    with tempfile.TemporaryDirectory(prefix="sdai-terraform-") as scratch:
        yield Workspace(Path(scratch), tools_python, modules)


class Workspace:
    """A copy of the modules without their backend, and Terraform's settings for the stand-in."""

    def __init__(self, scratch: Path, tools_python: Path, modules: Path) -> None:
        self.folder = scratch / "terraform"
        ignore = shutil.ignore_patterns(_KEPT_BY_BACKEND, ".terraform", "*.tfstate*")
        shutil.copytree(modules, self.folder, ignore=ignore)
        provider = scratch / "provider" / "terraform-provider-aws"
        provider.parent.mkdir()
        provider.write_text(f'#!/bin/sh\nexec "{tools_python}" "{HERE / "stand_in_provider.py"}"\n', encoding="utf-8")
        provider.chmod(0o700)
        settings = scratch / "terraform.rc"
        overrides = f'dev_overrides {{ "hashicorp/aws" = "{provider.parent}" }}'
        settings.write_text(f"provider_installation {{\n  {overrides}\n  direct {{}}\n}}\n", encoding="utf-8")
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_"))},
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            "HOME": str(scratch),
        }
        self._run("get", "-no-color")

    def validate(self) -> None:
        """Raise `TerraformError` unless ``terraform validate`` finds nothing."""
        self._run("validate", "-no-color")

    def plan(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return the plan of an empty account as ``terraform show -json`` prints it.

        Raises `TerraformError` where a variable is refused.
        """
        given = self.folder / "given.tfvars.json"
        given.write_text(json.dumps(variables, indent=1), encoding="utf-8")
        quiet = ("-no-color", "-input=false", "-lock=false")
        self._run("plan", *quiet, "-refresh=false", f"-var-file={given}", "-out=made.tfplan")
        plan: dict[str, Any] = json.loads(self._run("show", "-json", "made.tfplan"))
        return plan

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603  (a command line of this project)
            ["terraform", *arguments],  # noqa: S607  (found like every tool of a developer)
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        if done.returncode:
            raise TerraformError(f"terraform {arguments[0]}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout


def example_variables() -> dict[str, Any]:
    """Return values for the variables that have no default."""
    values: dict[str, Any] = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    return values


def main() -> None:
    """Validate and plan with the example's variables."""
    with workspace(Path(sys.executable)) as place:
        place.validate()
        print("terraform validate: no finding")
        changes = place.plan(example_variables())["resource_changes"]
        print(f"terraform plan: {len(changes)} resources")


if __name__ == "__main__":
    main()
