"""What a load came to, as rows of a Markdown table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.load.driver import PERCENTILES, LoadResult
from flows.documents import MISSING, markdown_table

LIMIT_MS = 500.0
HELD_SHARE = 0.99
"""A rate is held when this share of it was answered a second, the last answers included."""
HEAD = (
    *("what", "asked/s", "held/s", "answered", "refused (422)", "errors"),
    *(f"p{percent:g}" if percent < 100 else "max" for percent in PERCENTILES),
    *("sent late p99", "server CPU/request", "generator CPU/request"),
)
COST_HEAD = ("what", "ready after", "RSS a worker", "CPU a worker", "cache hits", "rows stored", "stored after")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a load cost the service. ``stored`` of ``recorded`` predictions were stored ``stored_after_s`` later."""

    ready_s: float
    rss_mb: Sequence[float]
    worker_cpu_s: Sequence[float]
    hit_ratio: float | None
    recorded: int
    stored: int
    stored_after_s: float


def is_held(result: LoadResult) -> bool:
    """Return whether a rate was held: answered in time, nearly all at once, none with an error."""
    return not result.errors and result.rate_held >= HELD_SHARE * result.rate and result.percentile_ms(97.5) < LIMIT_MS


def load_row(what: str, result: LoadResult, server_cpu_s: float) -> tuple[str, ...]:
    """Return the cells under `HEAD`."""
    ended = max(result.answered, 1)
    late_ms = sorted(result.sent_late_ms)[int(0.99 * (len(result.sent_late_ms) - 1))]
    return (
        what,
        f"{result.rate:,.0f}",
        f"{result.rate_held:,.0f}",
        f"{result.recorded:,}",
        f"{result.answered - result.recorded:,}",
        in_words(result.errors),
        *(f"{result.percentile_ms(percent):.1f} ms" for percent in PERCENTILES),
        f"{late_ms:.1f} ms",
        f"{1_000 * server_cpu_s / ended:.2f} ms",
        f"{1_000 * result.generator_cpu_s / ended:.2f} ms",
    )


def cost_row(what: str, cost: Cost) -> tuple[str, ...]:
    """Return the cells under `COST_HEAD`."""
    return (
        what,
        f"{cost.ready_s:.1f} s",
        ", ".join(f"{size:.0f} MB" for size in cost.rss_mb),
        ", ".join(f"{seconds:.1f} s" for seconds in cost.worker_cpu_s),
        MISSING if cost.hit_ratio is None else f"{100 * cost.hit_ratio:.1f} %",
        f"{cost.stored:,} of {cost.recorded:,}",
        f"{cost.stored_after_s:.1f} s",
    )


def in_words(counts: Mapping[str, int]) -> str:
    """Return counts by name, or that there are none."""
    return ", ".join(f"{name}: {count:,}" for name, count in sorted(counts.items())) or "none"


def load_table(rows: Sequence[Sequence[str]]) -> str:
    """Return the table of `load_row`s."""
    return markdown_table(HEAD, rows)


def cost_table(rows: Sequence[Sequence[str]]) -> str:
    """Return the table of `cost_row`s."""
    return markdown_table(COST_HEAD, rows)
