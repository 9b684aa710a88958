"""The audit believes no service that knows nothing, licences are held to the policy, secrets are found."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from configs.settings import OTHER_VARIABLES
from infra.errors import InfraError
from infra.supply import licences
from infra.supply.audit import PROBE, REQUIRED, Audit, audit
from tests.infra_tools import ROOT, require_supply_tools

FLAW = {"id": "PYSEC-2018-28", "aliases": ["CVE-2018-18074"], "fix_versions": ["2.20.0"]}
LOCK = Path("some.lock")


class Service:
    """Answers as pip-audit does; ``packages`` are those of the lock, ``knows`` whether it has advisories."""

    def __init__(self, packages: list[dict[str, Any]], knows: bool = True) -> None:
        self.packages, self.knows = packages, knows

    def report(self, requirements: Path) -> Mapping[str, Any]:
        if requirements != LOCK:
            assert requirements.read_text() == f"{PROBE}\n"
            flaws = {"version": "2.19.0", "vulns": [FLAW]} if self.knows else {"skip_reason": "not found on PyPI"}
            return {"dependencies": [{"name": "requests", **flaws}]}
        return {"dependencies": self.packages}


def asked(**services: Service) -> Audit:
    def ask(service: str, requirements: Path) -> Mapping[str, Any]:
        if service not in services:
            raise InfraError("cannot be reached")
        return services[service].report(requirements)

    return audit([LOCK], ask)


def test_without_a_service_it_says_so_and_passes_only_where_none_is_required() -> None:
    found = asked()
    (line,) = found.lines()
    assert line.startswith("known vulnerabilities: not audited: service unreachable (osv: cannot be reached; pypi:")
    assert (found.passes(required=False), found.passes(required=True)) == (True, False)


def test_an_index_without_advisories_is_not_believed() -> None:
    found = asked(pypi=Service([{"name": "a", "version": "1", "vulns": []}], knows=False))
    assert "knows no advisory of requests==2.19.0" in found.unreachable
    assert not found.passes(required=True)


def test_a_vulnerability_is_a_finding_whether_required_or_not() -> None:
    found = asked(pypi=Service([{"name": "a", "version": "1", "vulns": [FLAW]}]))
    assert found.lines() == [
        "known vulnerabilities: finding",
        "  a 1: PYSEC-2018-28, CVE-2018-18074; mended in 2.20.0",
    ]
    assert not found.passes(required=False)


def test_a_package_that_nobody_looked_up_is_named() -> None:
    found = asked(osv=Service([{"name": "a", "skip_reason": "?"}, {"name": "b", "version": "1", "vulns": []}]))
    assert found.lines() == ["known vulnerabilities: no finding", "known vulnerabilities: not audited: a"]
    assert (found.passes(required=False), found.passes(required=True)) == (True, False)


def test_a_service_that_goes_away_half_way_leaves_the_rest_unaudited() -> None:
    service = Service([])
    service.packages = None  # type: ignore[assignment]

    def ask(name: str, requirements: Path) -> Mapping[str, Any]:
        if requirements == LOCK:
            raise InfraError("gone")
        return service.report(requirements)

    assert audit([LOCK], ask).unknown == ("some.lock (gone)",)


def test_the_switch_is_a_known_variable() -> None:
    assert REQUIRED in OTHER_VARIABLES


def component(name: str, *said: str) -> dict[str, Any]:
    return {"name": name, "licenses": [{"license": {"name": item}} for item in said]}


@pytest.mark.parametrize(
    ("name", "said", "told"),
    [
        ("a", ["GPL-3.0-only"], "not taken"),
        ("a", ["AGPL-3.0-or-later"], "not taken"),
        ("a", ["MIT", "License :: OSI Approved :: GNU Affero General Public License v3"], "not taken"),
        ("a", ["License :: OSI Approved :: GNU General Public License v2 (GPLv2)"], "not taken"),
        ("a", ["LGPL-2.1-only"], "LGPL is taken for"),
        ("a", ["License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)"], "LGPL is taken for"),
        ("a", [], "no licence"),
    ],
)
def test_licences_that_are_not_taken(name: str, said: list[str], told: str) -> None:
    (line,) = licences.refused([component(name, *said)])
    assert told in line


def test_licences_that_are_taken() -> None:
    taken = [component("a", "MIT"), component("b", "Apache-2.0 OR BSD-3-Clause"), component("Simple_DI")]
    taken += [component(name, "LGPL-3.0-or-later") for name in licences.WEAK_COPYLEFT]
    assert licences.refused(taken) == []
    assert all(len(reason) > 20 for reason in (*licences.WEAK_COPYLEFT.values(), *licences.ELSEWHERE.values()))


def test_what_is_taken_for_training_alone_is_not_in_the_service() -> None:
    from infra.locking import closure

    assert not set(licences.ELSEWHERE) & set(closure(["serve", "aws"]))


def tool(program: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [str(require_supply_tools()), "-c", program]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=550, check=False)


@pytest.mark.end_to_end
def test_the_documents_are_valid_complete_and_locked(tmp_path: Path) -> None:
    for part, extras in (("serving", ["serve", "aws"]), ("training", ["train"])):
        done = subprocess.run(
            [sys.executable, "-m", "infra.locking", *extras], cwd=ROOT, capture_output=True, text=True, check=True
        )
        (tmp_path / f"{part}.requirements.txt").write_text(done.stdout)
    made = tool(f"from infra.supply.sbom import main; raise SystemExit(main([{sys.executable!r}, {str(tmp_path)!r}]))")
    assert made.returncode == 0, made.stdout + made.stderr
    assert made.stdout.endswith("licences, versions, schema: no finding\n")
    for part in ("serving", "training"):
        document = json.loads((tmp_path / f"{part}.cdx.json").read_text())
        assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
        wanted = set(re.findall("^[^=]+", (tmp_path / f"{part}.requirements.txt").read_text(), re.MULTILINE))
        assert {licences.canonical(item["name"]) for item in document["components"]} == {
            name.strip() for name in wanted
        }
        refs = {item["bom-ref"] for item in document["components"]}
        linked = {ref for item in document["dependencies"] for ref in item.get("dependsOn", ())}
        assert linked <= refs
        assert len(linked) > 0.9 * len(refs)


def test_a_document_that_the_schema_does_not_allow_is_found() -> None:
    done = tool(
        "from infra.supply.sbom import faults\n"
        "good = {'bomFormat': 'CycloneDX', 'specVersion': '1.6', 'version': 1}\n"
        "print(faults(good), len(faults({**good, 'unheard': 1})))"
    )
    assert done.stdout == "[] 1\n", done.stderr


def test_a_new_secret_is_found_without_being_shown_and_a_known_one_may_move(tmp_path: Path) -> None:
    secret = "AKIA" + "Z7Q2M4X9P1L8K3W6"
    (tmp_path / "new.py").write_text(f'KEY = "{secret}"\n')
    program = (
        "import shutil\n"
        "from pathlib import Path\n"
        "from detect_secrets.core import baseline\n"
        "from detect_secrets.settings import default_settings\n"
        "from infra.supply.secret_scan import new_secrets, scan_files\n"
        f"root, file = Path({str(tmp_path)!r}), Path({str(tmp_path / 'base.json')!r})\n"
        "with default_settings(): baseline.save_to_file(scan_files([], root), str(file))\n"
        "print(new_secrets(['new.py'], root, file))\n"
        "with default_settings(): baseline.save_to_file(scan_files(['new.py'], root), str(file))\n"
        "text = (root / 'new.py').read_text()\n"
        "(root / 'new.py').write_text('# moved' + chr(10) + text)\n"
        "print(new_secrets(['new.py'], root, file))\n"
        "print(new_secrets(['new.py'], Path(shutil.copytree(root, root / 'elsewhere')), file))\n"
    )
    done = tool(program)
    found, moved, elsewhere = done.stdout.splitlines()
    assert "new.py:1: AWS Access Key" in found, done.stderr
    assert secret not in done.stdout
    assert moved == elsewhere == "[]"


def test_each_file_of_the_baseline_has_a_reason() -> None:
    done = tool(
        "from infra.supply.secret_scan import EXPLAINED, unexplained\n"
        "print(unexplained(), min(map(len, EXPLAINED.values())))"
    )
    odd, _, shortest = done.stdout.rpartition(" ")
    assert odd == "[]", done.stdout + done.stderr
    assert str(ROOT) not in (ROOT / "infra" / "supply" / "secrets.baseline.json").read_text(encoding="utf-8")
    assert int(shortest) > 15
