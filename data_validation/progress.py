"""A progress bar for builds."""

from collections.abc import Iterator
from contextlib import contextmanager

from data_validation.build import Progress, no_progress


@contextmanager
def progress_bar(total_entries: int, shown: bool = True) -> Iterator[Progress]:
    """Yield a callback for `BuildTools.progress` that moves one bar over all entries."""
    if not shown:
        yield no_progress
        return
    from tqdm import tqdm

    with tqdm(total=total_entries, desc="dataset", unit=" entries", mininterval=0.5, unit_scale=True) as bar:

        def advance(problem: str, rows: int) -> None:
            bar.set_postfix_str(problem, refresh=False)
            bar.update(rows)

        yield advance
