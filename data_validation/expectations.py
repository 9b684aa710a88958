"""Running expectations in a Great Expectations file context and rendering its data docs."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_validation.wording import told

if TYPE_CHECKING:
    import pandas as pd

DOCS_DIR = "data_docs"
_WORK_DIR = "gx"


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """How many expectations of a suite held, and the others in words."""

    suite: str
    total: int
    passed: int
    failures: tuple[str, ...]


class ExpectationRun:
    """One validation's context: suites, results and data docs below ``folder``, which is emptied of earlier ones."""

    def __init__(self, folder: Path) -> None:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        import great_expectations as gx

        for name in (DOCS_DIR, _WORK_DIR):
            shutil.rmtree(folder / name, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        self._gx: Any = gx
        self._context: Any = gx.get_context(mode="file", project_root_dir=str(folder))
        self._context.variables.progress_bars = {"globally": False, "metric_calculations": False}
        self._context.update_data_docs_site("local_site", _site(folder / DOCS_DIR))
        self._source: Any = self._context.data_sources.add_or_update_pandas("entries")
        self._index = folder / DOCS_DIR / "index.html"

    def check(self, suite: str, frame: "pd.DataFrame", expectations: list[Any], row_name: str) -> SuiteResult:
        """Run expectations over a frame; ``row_name`` is the column that names rows in the report.

        Every expectation carries its words (see `data_validation.wording`).
        """
        stored = self._context.suites.add_or_update(self._gx.ExpectationSuite(name=suite, expectations=expectations))
        data = self._source.add_dataframe_asset(suite).add_batch_definition_whole_dataframe("all")
        definition = self._context.validation_definitions.add_or_update(
            self._gx.ValidationDefinition(name=suite, data=data, suite=stored)
        )
        batch = {"dataframe": frame}
        result = definition.run(batch_parameters=batch, result_format="BOOLEAN_ONLY")
        if not result.success:
            naming = {"result_format": "SUMMARY", "unexpected_index_column_names": [row_name]}
            result = definition.run(batch_parameters=batch, result_format=naming)
        failures = tuple(told(one) for one in result.results if not one.success)
        return SuiteResult(suite, len(result.results), len(result.results) - len(failures), failures)

    def finish(self) -> Path:
        """Render the data docs; returns their index page."""
        self._context.build_data_docs()
        return self._index


def _site(folder: Path) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder.resolve())},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
