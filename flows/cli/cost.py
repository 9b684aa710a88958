"""``sdai cost``: what the infrastructure costs in a month, and what it would cost if."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from infra.cost.prices import PriceList
    from infra.cost.table import CostTable

OVER_BUDGET = 3
"""Exit code of a month that costs more than the budget."""


def cost(  # noqa: PLR0913  (each is an option of the command line)
    tasks: Annotated[float | None, typer.Option(min=0, help="mean number of serving tasks")] = None,
    gpu_hours: Annotated[float | None, typer.Option(min=0, help="hours of GPU instances in the month")] = None,
    requests: Annotated[float | None, typer.Option(min=0, help="requests in the month")] = None,
    spot: Annotated[bool, typer.Option("--spot", help="train on spot instances")] = False,
    reserved: Annotated[bool, typer.Option("--reserved", help="commit to a year of compute, database, cache")] = False,
    tiering: Annotated[
        bool, typer.Option("--tiering", help="objects in cheaper classes with age, after a year")
    ] = False,
    right_size: Annotated[bool, typer.Option("--right-size", help="sizes that the measured load needs")] = False,
    worst: Annotated[bool, typer.Option("--worst", help="everything that scaling allows, day and night")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the table as JSON")] = False,
) -> None:
    """Show what the infrastructure of infra/terraform costs in a month, by line, and the budget.

    Prices: configs/prices/, with their date. Options may be combined; the difference to the plain plan is shown.
    Exit code 0 means within the budget, 3 beyond it.
    """
    from dataclasses import replace

    from configs.prices import load_prices
    from infra.cost.plan import CHANGES, Plan
    from infra.cost.prices import PriceList
    from infra.cost.table import BUDGET_USD, monthly_costs

    chosen = {"spot": spot, "reserved": reserved, "tiering": tiering, "right-size": right_size, "worst": worst}
    plan = Plan()
    for name, is_chosen in chosen.items():
        plan = CHANGES[name](plan) if is_chosen else plan
    # What was said by number goes before what an option brings.
    plan = replace(
        plan,
        tasks=plan.tasks if tasks is None else tasks,
        gpu_hours=plan.gpu_hours if gpu_hours is None else gpu_hours,
        requests=plan.requests if requests is None else requests,
    )
    prices = PriceList.from_mapping(load_prices())
    table = monthly_costs(plan, prices)
    plain = monthly_costs(Plan(), prices)
    if as_json:
        typer.echo(json.dumps(_as_dict(table, plain, prices), indent=2))
    else:
        _show(table, plain, prices)
    if table.total_usd > BUDGET_USD:
        raise typer.Exit(OVER_BUDGET)


def _as_dict(table: "CostTable", plain: "CostTable", prices: "PriceList") -> dict[str, Any]:
    from infra.cost.table import BUDGET_USD

    return {
        "region": prices.region,
        "prices_as_of": prices.as_of.isoformat(),
        "lines": [
            {
                "part": line.part,
                "item": line.item,
                "quantity": line.quantity,
                "unit": line.unit,
                "unit_usd": line.unit_usd,
                "usd_a_month": round(line.usd, 2),
            }
            for line in table.lines
        ],
        "usd_a_month_by_part": {part: round(usd, 2) for part, usd in table.by_part().items()},
        "usd_a_month": round(table.total_usd, 2),
        "plain_usd_a_month": round(plain.total_usd, 2),
        "budget_usd": BUDGET_USD,
        "within_budget": table.total_usd <= BUDGET_USD,
    }


def _show(table: "CostTable", plain: "CostTable", prices: "PriceList") -> None:
    from rich.table import Table

    from flows.cli.screen import console
    from infra.cost.table import BUDGET_USD

    head = f"A month in {prices.region}, list prices of {prices.as_of}, {prices.hours_a_month:g} hours, without tax"
    shown = Table(title=head, title_justify="left")
    for column in ("part", "item"):
        shown.add_column(column)
    for column in ("quantity", "unit", "price", "US$"):
        shown.add_column(column, justify="left" if column == "unit" else "right")
    previous = ""
    for line in table.lines:
        part = "" if line.part == previous else line.part
        amounts = f"{line.quantity:,.6g}", line.unit, f"{line.unit_usd:.5g}", f"{line.usd:,.2f}"
        shown.add_row(part, line.item, *amounts, end_section=False)
        previous = line.part
    shown.add_section()
    shown.add_row("total", "", "", "", "", f"{table.total_usd:,.2f}")
    screen = console()
    screen.print(shown)
    difference = table.total_usd - plain.total_usd
    if abs(difference) >= 0.005:
        screen.print(f"{difference:+,.2f} US$ against the plain plan ({plain.total_usd:,.2f})", highlight=False)
    room = BUDGET_USD - table.total_usd
    verdict = f"{room:,.2f} US$ below" if room >= 0 else f"[red]{-room:,.2f} US$ above[/red]"
    screen.print(f"{verdict} the budget of {BUDGET_USD:,.0f} US$", highlight=False)
