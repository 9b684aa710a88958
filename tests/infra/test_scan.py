"""The scan finds what it is there to find."""

import subprocess
from pathlib import Path

import pytest

from infra.checks.scan import AS_PLANNED, AS_WRITTEN
from tests.infra_tools import ROOT, require_tools

pytestmark = pytest.mark.end_to_end
OPEN_DATABASE = """
resource "aws_db_instance" "open" {
  identifier          = "open"
  engine              = "postgres"
  publicly_accessible = true
  storage_encrypted   = false
}
"""
AS_ROOT = "FROM python:latest\nRUN sudo apt-get install curl\nCMD python\n"


def scan(command: str) -> subprocess.CompletedProcess[str]:
    program = f"from infra.checks.scan import *; import sys; sys.exit(not run('trial', {command}))"
    return subprocess.run(
        [str(require_tools()), "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_an_open_database_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(OPEN_DATABASE, encoding="utf-8")
    done = scan(f"checkov('terraform', '--directory', {str(tmp_path)!r}, skip=AS_WRITTEN)")
    assert done.returncode == 1
    assert "CKV_AWS_17" in done.stdout  # publicly accessible
    assert "CKV_AWS_16" in done.stdout  # not encrypted
    assert not [check for check in AS_WRITTEN if f"{check}:" in done.stdout]


def test_a_container_that_runs_as_root_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(AS_ROOT, encoding="utf-8")
    done = scan(f"checkov('dockerfile', '--directory', {str(tmp_path)!r})")
    assert done.returncode == 1
    assert "CKV_DOCKER_3" in done.stdout
    lint = scan(f"[str(Path(sys.executable).parent / 'hadolint'), {str(tmp_path / 'Dockerfile')!r}]")
    assert lint.returncode == 1
    assert "DL3007" in lint.stdout


def test_what_is_left_out_has_a_reason() -> None:
    assert all(len(reason) > 20 for reason in (*AS_WRITTEN.values(), *AS_PLANNED.values()))
