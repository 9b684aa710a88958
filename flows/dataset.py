"""The dataset steps, as run in a worker process."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from configs import Settings, load_settings
from configs.settings import DatasetSettings
from flows.dataset_store import with_own_entries
from flows.feedback.desk import reviewed_folder
from flows.records import write_json
from flows.whole_buildings import loader
from structural.problem import Problem
from structural.problems import PROBLEM_NAMES


def problems(options: DatasetSettings) -> list[Problem]:
    """Return the five problem definitions, as datasets are built from them."""
    load = loader(whole_buildings=options.whole_buildings)
    return [load(name) for name in PROBLEM_NAMES]


def build(order: dict[str, Any]) -> dict[str, Any]:
    """Build the dataset of the settings below ``order["root"]``, or find it finished there.

    It has ``order["entries_per_problem"]`` entries a problem. With ``order["dask_address"]`` the chunks are generated
    on that cluster. Returns folder, entries, digests and whether it was built now.
    """
    with _executor(order["dask_address"]) as executor:
        settings = load_settings()
        options = dataset_options(settings, entries_per_problem=order["entries_per_problem"])
        options = with_own_entries(replace(settings, dataset=options))
        return build_with(options, Path(order["root"]), order["show_progress"], executor)


def dataset_options(settings: Settings, **given: Any) -> DatasetSettings:
    """Return the settings of the dataset with those given put before them, and the home's reviewed entries."""
    return DatasetSettings(**({"reviewed_dir": reviewed_folder(settings)} | given))


def build_with(
    options: DatasetSettings, root: Path, show_progress: bool, executor: Executor | None = None
) -> dict[str, Any]:
    """Build the dataset of these options below ``root``, or find it finished; the same facts as `build` returns."""
    from data_validation.build import BuildTools, ensure_dataset
    from data_validation.progress import progress_bar

    started, clock = datetime.now(UTC).replace(microsecond=0), time.perf_counter()
    with progress_bar(options.entries_per_problem * len(PROBLEM_NAMES), show_progress) as progress:
        load = loader(whole_buildings=options.whole_buildings)
        tools = BuildTools(executor=executor, load=load, progress=progress)
        folder, manifest = ensure_dataset(problems(options), options, root, tools)
    built = manifest.created >= started
    seconds = time.perf_counter() - clock
    receipt = folder.with_name(f"{folder.name}.built.json")  # beside the dataset: inside it would change its digest
    if built:
        write_json(receipt, {"seconds": seconds})
    elif receipt.exists():
        seconds = json.loads(receipt.read_text(encoding="utf-8"))["seconds"]
    return {
        "folder": str(folder),
        "entries": manifest.entries,
        "sha256": manifest.sha256,
        "created_at": manifest.created_at,
        "built": built,
        "build_seconds": seconds,
        "files": {
            name: {"path": str(folder / record.file), "sha256": record.sha256, "rows": record.rows}
            for name, record in manifest.problems.items()
        },
    }


@contextmanager
def _executor(address: str | None) -> Iterator[Any]:
    if address is None:
        yield None
        return
    from distributed import Client

    with Client(address) as client:
        yield client.get_executor()


def validate(order: dict[str, Any]) -> dict[str, Any]:
    """Check a built dataset; raises `ValidationFailedError` naming what is wrong unless every expectation holds.

    Returns ``{"facts": ...}``: where the data docs are and how many expectations hold.
    """
    from data_validation.validation import validate_dataset

    folder = Path(order["folder"])
    options = load_settings().dataset
    report = validate_dataset(folder, problems(options), Path(order["report_dir"]), options)
    report.require()
    facts = {
        "docs": report.index_page.resolve().as_uri(),
        "expectations": report.expectations_total,
        "quarantined_rows": report.quarantined_rows,
    }
    return {"facts": facts}
