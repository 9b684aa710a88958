"""The balancer's configuration: valid, with the figures of the AWS target group, for the routes that there are."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from benchmarks.failover.balancer import ACTIVE, CONFIGURATION, PRODUCTION
from configs import load_settings
from serving.questions import PATHS
from tests.infra_tools import ROOT
from tests.services import require_balancer

TEXT = CONFIGURATION.read_text(encoding="utf-8")


def variable_default(field: str) -> str:
    """Return the default of a field of the Terraform variable ``health_check``."""
    terraform = (ROOT / "infra" / "terraform" / "variables.tf").read_text(encoding="utf-8")
    block = terraform.partition('variable "health_check"')[2].partition("default = {}")[0]
    found = re.search(rf"{field}\s*=\s*optional\(\w+, \"?([^\")]+)\"?\)", block)
    assert found is not None, field
    return found[1]


def test_health_checks_are_those_of_the_target_group() -> None:
    assert f"option httpchk GET {variable_default('path')}" in TEXT
    assert f"BALANCER_CHECK_INTERVAL-{variable_default('interval_s')}s" in TEXT
    assert f"BALANCER_CHECK_TIMEOUT-{variable_default('timeout_s')}s" in TEXT
    assert f"rise {variable_default('healthy_threshold')} fall {variable_default('unhealthy_threshold')}" in TEXT
    assert (str(PRODUCTION.interval_s), str(PRODUCTION.timeout_s)) == (
        str(float(variable_default("interval_s"))),
        str(float(variable_default("timeout_s"))),
    )


def test_only_questions_and_what_has_a_key_are_sent_again() -> None:
    paths = re.search(r"acl question path (.+)", TEXT)
    assert paths is not None
    assert set(paths[1].split()) == set(PATHS.values())
    batches = re.search(r"acl question path_reg (.+)", TEXT)
    assert batches is not None
    assert all(re.search(batches[1], f"{path}/batch") for path in PATHS.values())
    assert not re.search(batches[1], "/api/v1/feedback")
    assert "disable-l7-retry unless question or keyed or reading" in TEXT


def test_the_balancer_tells_who_asks_and_forgets_what_the_client_says_of_it() -> None:
    frontend = TEXT.partition("\nfrontend ")[2].partition("\nbackend ")[0]
    lines = [line.strip() for line in frontend.splitlines()]
    assert {"http-request del-header X-Forwarded-For", "option forwardfor"} <= set(lines)


def test_the_balancer_waits_longer_than_the_service_takes() -> None:
    server_s = re.search(r"timeout server (\d+)s", TEXT)
    assert server_s is not None
    assert int(server_s[1]) > load_settings().upload_deadline_s


@pytest.mark.parametrize("servers", [("BLUE_1",), ("BLUE_1", "BLUE_2", "GREEN_1", "GREEN_2")])
def test_the_program_itself_finds_the_configuration_valid(tmp_path: Path, servers: tuple[str, ...]) -> None:
    program = require_balancer()
    ports = {f"BALANCER_{name}": f"127.0.0.1:{3000 + number}" for number, name in enumerate(servers)}
    more = {"BALANCER_SOCKET": str(tmp_path / "s.sock"), "BALANCER_ACTIVE": str(ACTIVE)}
    checked = subprocess.run(
        [program, "-c", "-f", str(CONFIGURATION)], env=os.environ | ports | more, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "warning" not in checked.stderr.lower()
