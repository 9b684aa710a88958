"""Known vulnerabilities of every package that the locks name, as pip-audit finds them in a vulnerability service.

pip-audit says "no known vulnerabilities" of packages that it could not look up, for example where the index is a
mirror without PyPI's advisories. So a service is believed only if it tells of a package that is known to be
vulnerable; where none does, nothing was audited, and that is what is said.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.errors import InfraError

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "infra/checks/requirements.lock", "infra/supply/requirements.lock")
SERVICES = ("osv", "pypi")
PROBE = "requests==2.19.0"
"""A package with an advisory of 2018 (CVE-2018-18074), which every service with advisories tells of."""
REQUIRED = "SDAI_REQUIRE_AUDIT"
ACCEPTED: Mapping[str, str] = {}
"""Advisories that are known not to matter here: id to reason."""
LIMIT_S = 900
_SHOWN = 200

Ask = Callable[[str, Path], Mapping[str, Any]]
"""Takes a service and a requirements file, returns pip-audit's report. Raises `InfraError` when there is none."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What came of an audit: vulnerabilities, packages nobody looked up, and why nothing was audited at all."""

    findings: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    unreachable: str = ""

    def lines(self) -> list[str]:
        """Return the audit in words."""
        if self.unreachable:
            return [f"known vulnerabilities: not audited: service unreachable ({self.unreachable})"]
        told = "finding" if self.findings else "no finding"
        missing = [f"known vulnerabilities: not audited: {', '.join(self.unknown)}"] if self.unknown else []
        return [f"known vulnerabilities: {told}", *self.findings, *missing]

    def passes(self, required: bool) -> bool:
        """Return whether it may go on; with ``required`` everything must have been audited."""
        return not self.findings and not (required and (self.unreachable or self.unknown))


def audit(locks: Sequence[Path], ask: Ask) -> Audit:
    """Return what the first service that can be believed says of the packages of requirements files."""
    service, reason = _believable(ask)
    if service is None:
        return Audit(unreachable=reason)
    findings: list[str] = []
    unknown: list[str] = []
    for lock in locks:
        try:
            report = ask(service, lock)
        except InfraError as error:
            return Audit(tuple(findings), (*unknown, f"{lock.name} ({error})"))
        for package in report["dependencies"]:
            if "skip_reason" in package:
                unknown.append(str(package["name"]))
            findings += [_finding(package, item) for item in package.get("vulns", ()) if item["id"] not in ACCEPTED]
    return Audit(tuple(dict.fromkeys(findings)), tuple(dict.fromkeys(unknown)))


def _finding(package: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    names = ", ".join([str(item["id"]), *map(str, item.get("aliases", ()))])
    mended = ", ".join(map(str, item.get("fix_versions", ()))) or "no version"
    return f"  {package['name']} {package['version']}: {names}; mended in {mended}"


def _believable(ask: Ask) -> tuple[str | None, str]:
    reasons = []
    with tempfile.TemporaryDirectory() as scratch:
        probe = Path(scratch) / "probe.txt"
        probe.write_text(f"{PROBE}\n", encoding="utf-8")
        for service in SERVICES:
            try:
                packages = ask(service, probe)["dependencies"]
            except InfraError as error:
                reasons.append(f"{service}: {error}")
                continue
            if any(package.get("vulns") for package in packages):
                return service, ""
            reasons.append(f"{service}: knows no advisory of {PROBE}, which has one")
    return None, "; ".join(reasons)


def ask_pip_audit(service: str, requirements: Path) -> Mapping[str, Any]:
    """Return pip-audit's report on pinned requirements; nothing is installed for it. Raises `InfraError`."""
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--requirement",
        str(requirements),
        "--vulnerability-service",
        service,
    ]
    done = subprocess.run(  # noqa: S603  (a command line of this file)
        [*command, "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    try:
        return dict(json.loads(done.stdout))
    except ValueError:
        raise InfraError(_reason(done.stderr)) from None


def _reason(stderr: str) -> str:
    """Return the innermost reason of the last line of a trace."""
    last = (stderr.strip().splitlines() or ["it said nothing"])[-1]
    inner = re.search(r"Failed to [^(]+|[^(:]*timed out[^(]*", last)
    return (inner.group() if inner else last)[:_SHOWN].strip()
