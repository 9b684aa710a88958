"""Dated price lists, as a person writes them."""

from functools import cache
from typing import Any

import yaml

from configs.concern import CONFIG_DIR, config_dir

FILE = "prices/aws_us_east_1.yaml"


@cache
def load_prices() -> dict[str, Any]:
    """Return the parsed price list; `infra.cost.prices.PriceList` checks it.

    A settings folder of one's own need not repeat it: without one there, the list shipped with the project holds.
    """
    own = config_dir() / FILE
    with (own if own.exists() else CONFIG_DIR / FILE).open(encoding="utf-8") as stream:
        prices: dict[str, Any] = yaml.safe_load(stream)
    return prices
