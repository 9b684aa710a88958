"""The compose file: what it names exists, what it promises holds. No container engine is needed to read it."""

import re
from typing import Any

import pytest
import yaml
from typer.main import get_command

from configs.settings import ServingSettings, known_variables
from flows.cli import app
from tests.infra.dockerfiles import environment, stages
from tests.infra_tools import ROOT

FOLDER = ROOT / "infra" / "compose"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OWN = [name for name, service in SERVICES.items() if service["image"].startswith("structural-design/")]
ONCE = {"volumes", "train"}


def test_the_whole_system_is_there() -> None:
    assert {"postgres", "redis", "mlflow", "prefect", "schedule", "service", "prometheus"} <= set(SERVICES)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_images_are_named_by_version(name: str) -> None:
    image = SERVICES[name]["image"]
    assert name in OWN or re.search(r":v?\d+\.\d+", image), image


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONCE - {"schedule"}))
def test_whatever_goes_on_running_says_how_it_is(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert {"interval", "timeout", "retries"} <= set(check)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_one_waits_for_can_come_true(name: str) -> None:
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        assert other in SERVICES
        if wait["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert wait["condition"] == "service_completed_successfully"
            assert other in ONCE


@pytest.mark.parametrize("name", OWN)
def test_our_containers_write_nowhere_but_where_they_may(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "user" not in service  # the image's, which is not root
    assert any(mount.startswith("/tmp") for mount in service["tmpfs"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_nothing_gains_rights_and_ports_are_open_to_this_machine_alone(name: str) -> None:
    service = SERVICES[name]
    if name != "volumes":
        assert service["security_opt"] == ["no-new-privileges:true"]
    for port in service.get("ports", ()):
        assert port.startswith(("127.0.0.1:", "${SERVING_ADDRESS:-127.0.0.1:"))


@pytest.mark.parametrize("name", OWN)
def test_variables_are_settings_and_name_services(name: str) -> None:
    values = SERVICES[name].get("environment", {})
    own = {key for key in values if key.startswith("SDAI_")}
    assert own <= set(known_variables())
    for value in values.values():
        for host, port in re.findall(r"(?:@|//)([a-z]+):(\d+)", str(value)):
            if host != "localhost":
                assert host in SERVICES
                assert port in ports_inside(host)
                assert set(SERVICES[host]["networks"]) & set(SERVICES[name]["networks"])


def ports_inside(name: str) -> set[str]:
    known = {"postgres": "5432", "redis": "6379"}
    command = " ".join(map(str, SERVICES[name].get("command", ())))
    return {known[name]} if name in known else set(re.findall(r"--port[ =](\d+)", command))


def test_the_port_of_the_service_is_the_settings() -> None:
    (port,) = SERVICES["service"]["ports"]
    assert port.endswith(f":{ServingSettings().port}")
    assert SERVICES["service"]["healthcheck"]["test"][-1] == "serving.healthcheck"


def test_every_password_must_be_set_and_is_in_the_example() -> None:
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    used = set(re.findall(r"\$\{(\w+)", text))
    example = (FOLDER / "env.example").read_text(encoding="utf-8")
    assert used == set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        assert not re.findall(rf"\${{{name}(?!:\?)", text)
        assert re.search(rf"^{name}=$", example, re.MULTILINE)


@pytest.mark.parametrize("name", [name for name in OWN if "sdai" in str(SERVICES[name].get("command"))])
def test_commands_of_ours_exist(name: str) -> None:
    command = " ".join(SERVICES[name]["command"])
    used = set(re.findall(r"sdai ([a-z-]+)", command))
    assert used
    assert used <= set(get_command(app).commands)


def test_what_is_shared_lies_where_the_images_keep_it() -> None:
    for image, names in (("serving", ["service"]), ("training", ["schedule", "train", "metrics-token"])):
        home = environment(stages(image)[-1])["SDAI_PATHS_HOME"]
        for name in names:
            assert f"home:{home}" in SERVICES[name]["volumes"]


def test_named_volumes_and_networks_are_declared_and_files_are_there() -> None:
    for service in SERVICES.values():
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            assert (FOLDER / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], source
        assert set(service.get("networks", ())) <= set(COMPOSE["networks"])


def test_each_database_that_is_used_is_made() -> None:
    made = set(re.findall(r"CREATE DATABASE (\w+)", (FOLDER / "databases.sql").read_text(encoding="utf-8")))
    made.add(SERVICES["postgres"]["environment"]["POSTGRES_DB"])
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"@postgres:5432/(\w+)", text)) == made


def test_only_what_must_reach_out_does() -> None:
    reaching = {name for name, service in SERVICES.items() if "outside" in service.get("networks", ())}
    assert reaching == {name for name, service in SERVICES.items() if service.get("ports")}
    assert all(
        network is None or network["internal"] for name, network in COMPOSE["networks"].items() if name != "outside"
    )
