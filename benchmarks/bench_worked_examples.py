"""Print every published worked example with the engine's value: ``python benchmarks/bench_worked_examples.py``.

Source, published value, ours, and the difference; this is `docs/worked_examples.md`. Exit code 1 when one is outside
its tolerance.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.structural.test_golden import EXAMPLES, SOLVERS


def _short(document: str) -> str:
    """Return the name of a source without what stands in brackets."""
    return document.split(" (")[0]


def main() -> int:
    """Print the table and return the number of values outside their tolerance."""
    outside, largest, count = 0, 0.0, 0
    print("# Published examples, recomputed\n\nWritten by `python benchmarks/bench_worked_examples.py`.\n")
    print("| id | source | clause | value | published | ours | difference |\n|---|---|---|---|---|---|---|")
    for example in EXAMPLES:
        source = example["source"]
        computed = SOLVERS[example["id"]](example["inputs"])
        for name, published in example["expected"].items():
            count += 1
            ours = computed[name]
            if isinstance(published, str):
                difference, shown, bad = "same" if ours == published else "other", str(ours), ours != published
            else:
                value = float(ours)
                share = value / published - 1.0
                largest = max(largest, abs(share))
                bad = abs(share) > example["tolerance"]["rel"]
                difference, shown = f"{100.0 * share:+.2f} %", f"{value:.4g}"
            outside += bad
            place = f"{_short(source['document'])}, {source['example']}"
            print(
                f"| {example['id']} | {place} | {example['clause']} | {name} | {published} | {shown} | {difference} |"
            )
    print(
        f"\n{len(EXAMPLES)} examples, {count} values, {outside} outside their tolerance, largest {100 * largest:.2f} %"
    )
    return outside


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
