"""The price table of the connection designer, as a person writes it."""

from functools import cache
from typing import Any

import yaml

from configs.settings import config_dir

FILE = "connection_costs.yaml"


@cache
def load_connection_costs() -> dict[str, Any]:
    """Return the parsed price table; `CostTable.from_mapping` checks it."""
    with (config_dir() / FILE).open(encoding="utf-8") as stream:
        prices: dict[str, Any] = yaml.safe_load(stream)
    return prices
