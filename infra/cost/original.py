"""The cost table of the original text, and what is wrong with it. Figures of `docs/cost.md` come from here."""

from dataclasses import dataclass

from infra.cost.prices import PriceList

HOURS_OF_THE_ORIGINAL = 720.0


@dataclass(frozen=True, slots=True)
class OriginalRow:
    """One row as printed.

    quantity : instances (or GB); unit_usd : the printed price of one, an hour (of a GB, a month); printed_usd : the
    printed amount a month; price : name in the price list of what is right, times ``zones``; mistake : in one sentence.
    """

    item: str
    quantity: float
    unit_usd: float
    printed_usd: float
    price: str
    zones: int
    is_hourly: bool
    mistake: str

    @property
    def recomputed_usd(self) -> float:
        """What the row's own figures come to."""
        return self.quantity * self.unit_usd * (HOURS_OF_THE_ORIGINAL if self.is_hourly else 1.0)

    def right_usd(self, prices: PriceList) -> float:
        """What it comes to at the list price."""
        hours = prices.hours_a_month if self.is_hourly else 1.0
        return self.quantity * self.zones * prices.usd(self.price) * hours


ORIGINAL_TOTAL_USD = 9_998.0
ORIGINAL_ROWS = (
    OriginalRow(
        "inference, 2 x t3.xlarge", 2, 0.18, 2_592.0, "t3_xlarge_hour", 1, True,
        "Ten times too high; the price is 0.1664, and t3 sustains 40 % of its CPUs, which no steady inference bears.",
    ),
    OriginalRow(
        "inference scaled, 3 x t3.xlarge on average", 3, 0.18, 3_888.0, "t3_xlarge_hour", 1, True,
        "Ten times too high; an average of three already contains the two of the row above.",
    ),
    OriginalRow(
        "training, 1 x p3.2xlarge", 1, 3.06, 2_203.0, "p3_2xlarge_hour", 1, True,
        "One V100, not eight; billed as if training ran day and night; previous generation, hard to get.",
    ),
    OriginalRow(
        "PostgreSQL, db.r5.2xlarge", 1, 1.54, 1_109.0, "rds_r5_2xlarge_hour", 2, True,
        "The price is neither that of one zone nor of two; storage and backups are missing.",
    ),
    OriginalRow(
        "Redis, cache.r6g.xlarge", 1, 0.27, 194.0, "redis_r6g_xlarge_hour", 1, True,
        "The price is too low; one node does not survive its loss.",
    ),
    OriginalRow(
        "S3, 500 GB", 500, 0.023, 11.50, "s3_standard_gb_month", 1, False,
        "Right; requests and data sent out are missing.",
    ),
)  # fmt: skip


def recomputed_total_usd() -> float:
    """Return what the original's own quantities and prices come to."""
    return sum(row.recomputed_usd for row in ORIGINAL_ROWS)


def right_total_usd(prices: PriceList) -> float:
    """Return what the rows come to at list prices, the first one left out because the second contains it."""
    return sum(row.right_usd(prices) for row in ORIGINAL_ROWS[1:])
