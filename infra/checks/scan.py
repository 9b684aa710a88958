"""Everything that can be said about `infra/` without an account: `make scan`. Exit code 1 where there is a finding.

Format and validity of the Terraform modules, their policies as written and as planned (checkov), the Dockerfiles
(checkov, hadolint). A finding that is meant has its reason beside it in the file; those below have it here.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from infra.checks.planning import MODULES, TerraformError, example_variables, workspace

CONTAINERS = MODULES.parent / "containers"
LIMIT_S = 300
AS_WRITTEN = {
    "CKV_AWS_133": "days of backups come from a variable, which only the plan knows",
    "CKV_AWS_157": "whether there is a standby comes from a variable, which only the plan knows",
}
AS_PLANNED = {
    "CKV2_AWS_32": "which policy an id belongs to is not in a plan; checked as written",
    "CKV2_AWS_35": "which route belongs to which gateway is not in a plan; checked as written",
}


def run(name: str, command: Sequence[str]) -> bool:
    """Run one check, print its name and, where it fails, what it says; return whether it found nothing."""
    done = subprocess.run(  # noqa: S603  (command lines of this file)
        command, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    print(f"{name}: {'finding' if done.returncode else 'no finding'}", flush=True)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n")
    return done.returncode == 0


def checkov(framework: str, *arguments: str, skip: Mapping[str, str] | None = None) -> list[str]:
    """Return a command line of checkov that asks nothing of the network."""
    quiet = ["--quiet", "--compact", "--skip-download", "--framework", framework]
    skipped = ["--skip-check", ",".join(skip)] if skip else []
    return [sys.executable, "-m", "checkov.main", *quiet, *arguments, *skipped]


def findings() -> Iterator[bool]:
    """Run all checks; yield for each whether it found nothing."""
    if shutil.which("terraform") is None:
        print("terraform is not on this machine: format, validity and plan of the modules are not checked")
    else:
        yield run("terraform fmt", ["terraform", "fmt", "-check", "-recursive", "-diff", str(MODULES)])
        yield from as_planned()
    yield run("policies as written", checkov("terraform", "--directory", str(MODULES), skip=AS_WRITTEN))
    yield run("Dockerfiles, policies", checkov("dockerfile", "--directory", str(CONTAINERS)))
    hadolint = Path(sys.executable).parent / "hadolint"
    yield run("Dockerfiles, lint", [str(hadolint), *(str(path) for path in sorted(CONTAINERS.glob("*.Dockerfile")))])


def as_planned() -> Iterator[bool]:
    """Check validity and plan of the modules, and the policies of what the plan would make."""
    with workspace(Path(sys.executable)) as place, tempfile.TemporaryDirectory() as scratch:
        try:
            place.validate()
            plan = place.plan(example_variables())
        except TerraformError as error:
            print(f"terraform validate and plan: finding\n{error}")
            yield False
            return
        print(f"terraform validate and plan: no finding, {len(plan['resource_changes'])} resources", flush=True)
        planned = Path(scratch) / "plan.json"
        planned.write_text(json.dumps(plan), encoding="utf-8")
        reasons = ["--repo-root-for-plan-enrichment", str(MODULES)]
        yield run("policies as planned", checkov("terraform_plan", "--file", str(planned), *reasons, skip=AS_PLANNED))


if __name__ == "__main__":
    sys.exit(0 if all(list(findings())) else 1)
