"""Runs the real flow over the stand-ins in a process of its own.

``python -m tests.flows.driver [--dask] [--scheduled] [--expansion]``
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from configs import load_settings
from flows.environment import prepare_environment
from flows.prefect_server import prefect_server


@contextmanager
def dask_cluster() -> Iterator[None]:
    """Point the settings at a cluster of two worker processes that know the stand-ins."""
    from distributed import LocalCluster

    stand_ins = {"preload": ["tests.flows.fakes"]}
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, **stand_ins) as cluster:
        os.environ["SDAI_FLOWS_DASK_ADDRESS"] = cluster.scheduler_address
        load_settings.cache_clear()
        yield


def main() -> None:
    """Run the flow once; errors leave by the exit code."""
    prepare_environment(load_settings())
    with prefect_server():
        from flows.cli.running import show_progress_lines
        from flows.monthly_retraining import retrain
        from tests.flows import fakes  # noqa: F401  (puts the stand-ins in place)

        show_progress_lines()
        if "--expansion" in sys.argv:
            from flows.quarterly_expansion import expand

            expand(scheduled=True)
        elif "--dask" in sys.argv:
            with dask_cluster():
                retrain()
        else:
            retrain(scheduled="--scheduled" in sys.argv)


if __name__ == "__main__":
    main()
