"""The page of what the parts buy: a table, and a sentence a part that follows from its interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.ablations.measuring import Bench, Result
from flows.ablations.paired import Difference, Worth, worth
from flows.ablations.variants import FULL, OTHER_SEED, VARIANTS, Variant, variants_of
from flows.documents import MISSING, markdown_table, percent

HEAD = ("model", "variant", "validation accuracy", "full minus variant, points", "95 % interval", "training s")


@dataclass(frozen=True, slots=True)
class Line:
    """One measured variant; ``gain`` is what the full model has over it, None for the full model itself."""

    variant: Variant
    result: Result
    gain: Difference | None


def lines_of(bench: Bench, problem: str) -> list[Line]:
    """Return the measured variants of a model, the full one first; nothing when the full one was not measured."""
    full = bench.find(problem, FULL)
    if full is None:
        return []
    lines = [Line(FULL, full, None)]
    for variant in variants_of(problem)[1:]:
        result = bench.find(problem, variant)
        if result is not None:
            lines.append(Line(variant, result, bench.gain(full, result)))
    return lines


def page(dataset: Mapping[str, Any], measured: Mapping[str, Sequence[Line]]) -> str:
    """Return the page of all measured models as Markdown; ``dataset`` has its ``entries`` and ``sha256``."""
    shown = {problem: lines for problem, lines in measured.items() if lines}
    rows = [_row(problem, line) for problem, lines in shown.items() for line in lines]
    text = _introduction(dataset, shown) + markdown_table(HEAD, rows)
    for problem, lines in shown.items():
        sentences = [sentence for line in lines if (sentence := describe(line, lines))]
        missing = len(VARIANTS[problem]) - len(sentences)
        if missing:
            sentences.append(f"{missing} of {len(VARIANTS[problem])} parts were not measured.")
        text += f"\n## {problem}\n\n" + "".join(f"- {sentence}\n" for sentence in sentences)
    return text


def _introduction(dataset: Mapping[str, Any], shown: Mapping[str, Sequence[Line]]) -> str:
    results = [line.result for lines in shown.values() for line in lines]
    machines = "; ".join(dict.fromkeys(result.machine for result in results))
    devices = ", ".join(dict.fromkeys(result.device for result in results if result.device))
    return (
        "# What each part of a model buys\n\n"
        "Written by `python benchmarks/run_ablations.py`. Every model is trained again without one of its parts, on "
        "the same training entries with the same settings, and answers the same validation entries. The sealed holdout "
        "is not touched. Half of the validation entries also tell a training when to stop, the full one and the others "
        "alike.\n\n"
        "The difference is paired by entry (interval: Agresti and Min 2005); it tells how sure the difference between "
        "these two trainings is, not how another training would come out. For that the full model is trained once more "
        f"with another seed (`{OTHER_SEED.name}`): a part whose difference is no larger than that one's is not said to "
        "buy anything. The sentences below follow from these two rules.\n\n"
        f"Dataset: {dataset['entries']:,} entries, sha256 `{dataset['sha256']}`. Machine: {machines}. "
        f"Device: {devices or MISSING}.\n\n"
    )


def _row(problem: str, line: Line) -> tuple[str, ...]:
    result, gain, seconds = line.result, line.gain, line.result.training_seconds
    return (
        problem,
        result.variant,
        f"{percent(result.accuracy)} of {result.count}",
        MISSING if gain is None else points(gain.value),
        MISSING if gain is None else interval(gain),
        MISSING if seconds is None else f"{seconds:.0f}",
    )


def describe(line: Line, lines: Sequence[Line]) -> str:
    """Return what the part that a variant lacks buys, in a sentence; nothing for a variant that lacks none."""
    if not line.variant.without or line.gain is None:
        return ""
    part, gain = line.variant.without, line.gain
    luck = next((other.gain.value for other in lines if other.variant is OTHER_SEED and other.gain), 0.0)
    figures = f"{points(gain.value)} points, 95 % interval {interval(gain)}"
    match worth(gain, luck):
        case Worth.BUYS:
            return f"{part} buys {100 * gain.value:.2f} points ({interval(gain)})."
        case Worth.COSTS:
            return f"{part} costs {-100 * gain.value:.2f} points: without it the model is better ({figures})."
        case Worth.LUCK:
            return f"{part} buys nothing beyond luck: {figures}, and another seed alone makes {points(luck)}."
        case Worth.NOTHING:
            return f"{part} buys nothing that {line.result.count:,} entries could show: {figures}."


def points(ratio: float) -> str:
    """Return a difference of ratios in points, signed, two decimals."""
    return f"{100 * ratio:+.2f}"


def interval(gain: Difference) -> str:
    """Return the interval of a difference in points."""
    return f"{points(gain.low)} to {points(gain.high)}"
