"""The price table of the connection designer, as a person writes it."""

from functools import cache
from typing import Any

import yaml

from configs.concern import CONFIG_DIR, config_dir

FILE = "connection_costs.yaml"


@cache
def load_connection_costs() -> dict[str, Any]:
    """Return the parsed price table; `CostTable.from_mapping` checks it.

    A settings folder of one's own need not repeat it: without one there, the table shipped with the project holds.
    """
    own = config_dir() / FILE
    with (own if own.exists() else CONFIG_DIR / FILE).open(encoding="utf-8") as stream:
        prices: dict[str, Any] = yaml.safe_load(stream)
    return prices
