"""The page on asking the service: its examples run, its routes are the service's."""

import re
from pathlib import Path
from typing import Any

import pytest

from configs.auth_settings import Scope
from serving import client as client_package
from serving.auth.routes import ROUTES
from serving.client import DesignClient
from tests.serving.client.bridge import Bridge
from tests.serving.running import Running

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
UNTOLD = {"/", "/livez", "/readyz", "/healthz", "/docs.json", "/schema.json", "/static_content/{file}"}


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_each_example_runs(service: Running, monkeypatch: pytest.MonkeyPatch, example: str) -> None:
    service.put_in_service("risk_analyzer")

    def here(address: str, token: str, **more: Any) -> DesignClient:
        assert address.startswith("http")
        return DesignClient(token=lambda: service.token(*Scope), transport=Bridge(service.client), **more)

    monkeypatch.setattr(client_package, "DesignClient", here)
    exec(compile(example, "docs/api.md", "exec"), {})


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4


def test_the_routes_of_the_page_are_those_of_the_service() -> None:
    told = {
        (method, path): scope
        for method, path, scope in re.findall(r"^\| (GET|POST|DELETE) \| (/\S+) \| (\S*) ?\|", PAGE, re.MULTILINE)
    }
    there = {
        (route.method, route.path): route.access.value if isinstance(route.access, Scope) else ""
        for route in ROUTES
        if route.path not in UNTOLD and not route.path.endswith("/batch")
    }
    assert told == there
