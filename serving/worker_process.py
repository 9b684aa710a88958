"""A worker's process: BentoML's own, which collects no garbage until its models are loaded.

Imports and models make a million objects that all stay; the collector walks them again and again, which is a tenth of
the time until the worker is ready. `serving.service.Design` switches it on.
"""

import gc


def main() -> None:
    """Run BentoML's worker with the arguments of the command line."""
    gc.disable()
    from _bentoml_impl.worker.service import main as run

    run()


if __name__ == "__main__":
    main()
