"""The tables of `docs/cost.md`, as `benchmarks/bench_costs.py` prints them."""

from collections.abc import Iterable, Sequence

from infra.cost.original import (
    ORIGINAL_ROWS,
    ORIGINAL_TOTAL_USD,
    recomputed_total_usd,
    right_total_usd,
)
from infra.cost.plan import CHANGES, Plan
from infra.cost.prices import PriceList
from infra.cost.table import BUDGET_USD, monthly_costs

COMBINED = ("spot", "reserved", "tiering", "right-size")


def month_table(prices: PriceList) -> str:
    """Return the plain month by part."""
    table = monthly_costs(Plan(), prices)
    items = {part: "; ".join(line.item for line in table.lines if line.part == part) for part in table.by_part()}
    rows = [(part, items[part], _usd(usd)) for part, usd in table.by_part().items()]
    return _table(("part", "what", "US$ a month"), [*rows, ("total", "", _usd(table.total_usd))])


def options_table(prices: PriceList) -> str:
    """Return what each option, and all that save together, come to."""
    plain = monthly_costs(Plan(), prices).total_usd
    rows = []
    for names in ((), *((name,) for name in CHANGES), COMBINED, (*COMBINED, "worst")):
        plan = Plan()
        for name in names:
            plan = CHANGES[name](plan)
        usd = monthly_costs(plan, prices).total_usd
        label = " ".join(f"--{name}" for name in names) or "none"
        rows.append((f"`{label}`", _usd(usd), f"{usd - plain:+,.2f}", f"{100 * usd / BUDGET_USD:.0f} %"))
    return _table(("options", "US$ a month", "against the plain plan", "of the budget"), rows)


def original_table(prices: PriceList) -> str:
    """Return the original's rows: printed, recomputed, right, and what is wrong."""
    rows = [
        (row.item, _usd(row.printed_usd), _usd(row.recomputed_usd), _usd(row.right_usd(prices)), row.mistake)
        for row in ORIGINAL_ROWS
    ]
    total = (
        "total",
        _usd(ORIGINAL_TOTAL_USD),
        _usd(recomputed_total_usd()),
        _usd(right_total_usd(prices)),
        "The printed rows add up (9,997.50); what stands in them does not. Right: rows two to six.",
    )
    head = ("row", "printed", "its own figures, 720 h", f"list prices, {prices.hours_a_month:g} h", "what is wrong")
    return _table(head, [*rows, total])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _usd(amount: float) -> str:
    return f"{amount:,.2f}"
