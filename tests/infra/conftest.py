"""One plan of an empty account for all tests of the Terraform modules."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.checks.planning import Workspace, example_variables, workspace
from tests.infra.planned import Planned
from tests.infra_tools import require_tools

LONGEST_PROJECT = 17


@pytest.fixture(scope="session")
def place() -> Iterator[Workspace]:
    with workspace(require_tools()) as made:
        yield made


@pytest.fixture(scope="session")
def example() -> dict[str, Any]:
    return example_variables()


@pytest.fixture(scope="session")
def planned(place: Workspace, example: dict[str, Any]) -> Planned:
    """What the modules would make with nothing set that has a default."""
    return Planned(place.plan(example))


@pytest.fixture(scope="session")
def varied(place: Workspace, example: dict[str, Any]) -> Planned:
    """What they would make with other choices."""
    choices = {
        "project": "a" * LONGEST_PROJECT,
        "environment": "development",
        "deployment": {"strategy": "CANARY", "step_percent": 5},
        "people": {"platform_engineers": ["arn:aws:iam::123456789012:role/platform"]},
        "network": {"nat_gateway_a_zone": False},
        "retraining_schedule": None,
        "hosted_zone_id": None,
    }
    return Planned(place.plan({**example, **choices}))
