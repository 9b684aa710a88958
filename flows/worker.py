"""A child process that does one piece of heavy work: ``python -m flows.worker KIND ORDER.json REPORT.json``.

Memory goes back to the system when it ends, and a crash of a native library takes down nothing else. The report tells
a failure that may pass from one that will not.
"""

import json
import logging
import os
import shutil
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_validation.errors import DataError
from flows.errors import FlowError, RetryableError
from flows.progress_lines import progress_lines
from flows.tether import die_with_parent
from serving.errors import ServingError
from structural.errors import StructuralError
from training.errors import TrainingError

LASTING_ERRORS = (DataError, FlowError, ServingError, StructuralError, TrainingError, ImportError)
"""The project's own errors and missing packages: the same input fails again, so they are not tried again."""


CHATTY_LIBRARIES = (
    "pytorch_lightning",
    "lightning",
    "lightning_fabric",
    "lightning_utilities",
    "torch",
    "transformers",
    "xgboost",
    "lightgbm",
)


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """One training: the dataset and its digest, where the artifact goes, and the trainer's own settings.

    ``alone`` tells that no other training runs beside it, so that its bar may have the terminal.
    """

    problem: str
    key: str
    dataset_path: str
    dataset_sha256: str
    folder: str
    seed: int
    device: str
    threads: int
    show_progress: bool
    params: dict[str, Any]
    alone: bool = True


def train(order: TrainingOrder) -> dict[str, Any]:
    """Train one model into ``<folder>/model`` and return its report, artifact folder and digest."""
    from serving.artifacts import folder_digest
    from training.contract import TrainingJob, load_trainer

    folder = Path(order.folder)
    output = folder / "model"
    shutil.rmtree(output, ignore_errors=True)  # what an interrupted training left
    output.mkdir(parents=True)
    (folder / "scratch").mkdir(exist_ok=True)
    job = TrainingJob(
        problem=order.problem,
        dataset_path=Path(order.dataset_path),
        output_dir=output,
        scratch_dir=folder / "scratch",
        seed=order.seed,
        device=order.device,
        threads=order.threads,
        show_progress=order.show_progress,
        params=order.params,
    )
    report = load_trainer(order.problem).train(job)
    shutil.rmtree(folder / "scratch", ignore_errors=True)
    return {
        "report": report.to_json(),
        "artifact_dir": str(output),
        "artifact_sha256": folder_digest(output),
        "seed": order.seed,
    }


def evaluate(order: dict[str, Any]) -> dict[str, Any]:
    """Measure one artifact on the sealed holdout."""
    from flows.evaluation import EvaluationOrder
    from flows.evaluation import evaluate as measure

    return measure(EvaluationOrder(**order)).to_json()


def build(order: dict[str, Any]) -> dict[str, Any]:
    """Build the dataset, or find it finished."""
    from flows.dataset import build as build_dataset

    return build_dataset(order)


def validate(order: dict[str, Any]) -> dict[str, Any]:
    """Check a dataset against its contract."""
    from flows.dataset import validate as validate_dataset

    return validate_dataset(order)


WORK: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "build": build,
    "validate": validate,
    "train": lambda order: train(TrainingOrder(**order)),
    "evaluate": evaluate,
}


def main(kind: str, order_path: Path, report_path: Path) -> None:
    """Do the ordered work and write the report; the exit code is 0 whenever a report was written."""
    order = json.loads(order_path.read_text(encoding="utf-8"))
    started = time.perf_counter()
    try:
        with progress_lines(f"{order.get('problem', 'dataset')}: {kind}", bars=order.get("alone", True)):
            report = {"ok": True, "result": WORK[kind](order)}
    except LASTING_ERRORS as error:
        report = {"ok": False, "error": str(error), "retryable": isinstance(error, RetryableError)}
    except Exception as error:  # noqa: BLE001  (process edge: the parent hears of every failure)
        traceback.print_exc()
        report = {"ok": False, "error": f"{type(error).__name__}: {error}", "retryable": True}
    report["seconds"] = time.perf_counter() - started
    report_path.write_text(json.dumps(report, default=_plain), encoding="utf-8")


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):  # NumPy scalars and arrays
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} does not go into a report")


def quiet_libraries() -> None:
    """Keep what the training libraries say about themselves off the screen; our own warnings still show.

    Some set the level of their logger anew while they are imported, so what they log is also dropped on its way out:
    where the root logger has a handler they make none of their own.
    """
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.addFilter(lambda record: record.levelno >= logging.ERROR or not _is_chatty(record.name))
    logging.getLogger().addHandler(handler)
    for library in CHATTY_LIBRARIES:
        logging.getLogger(library).setLevel(logging.ERROR)
        warnings.filterwarnings("ignore", module=rf"{library}(\.|$)")


def _is_chatty(logger: str) -> bool:
    return logger.partition(".")[0] in CHATTY_LIBRARIES


if __name__ == "__main__":
    die_with_parent(signal.SIGKILL)
    quiet_libraries()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
