"""Plants a gap in the process that builds the dataset: its training entries hold no project of high complexity.

Python imports a module of this name by itself from a folder of ``PYTHONPATH``; every other process is left as it is.
"""

import sys

if {"flows.worker", "build"} <= set(sys.orig_argv):
    from dataclasses import replace

    import numpy as np

    from configs.settings import DatasetSettings
    from data_validation.content import coarse_keys, splits_of
    from data_validation.contract import HOLDOUT
    from structural.problems import risk_analyzer

    _WHOLE = risk_analyzer.PROBLEM

    def _gapped(count: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        table = _WHOLE.sample(count, rng)
        sealed = splits_of(coarse_keys(_WHOLE, table), DatasetSettings()) == HOLDOUT
        gap = np.isin(table["complexity"], ("high", "very_high")) & ~sealed
        return {**table, "complexity": np.where(gap, "low", table["complexity"])}

    risk_analyzer.PROBLEM = replace(_WHOLE, sample=_gapped)
