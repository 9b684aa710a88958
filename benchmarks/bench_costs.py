"""The tables of ``docs/cost.md``: the month, its options, and the original text's table with what is wrong in it.

``python benchmarks/bench_costs.py``
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from configs.prices import load_prices
from infra.cost.page import month_table, options_table, original_table
from infra.cost.prices import PriceList


def main() -> None:
    """Print the tables."""
    prices = PriceList.from_mapping(load_prices())
    for table in (month_table(prices), options_table(prices), original_table(prices)):
        print(table, end="\n\n")


if __name__ == "__main__":
    main()
