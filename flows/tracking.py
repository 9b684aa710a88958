"""MLflow: one parent run a pipeline run, a child a model, registered versions, aliases.

Everything is addressed through one client with explicit addresses; nothing global is set. Every step may be repeated:
runs and versions are found again by their tags.
"""

import json
import logging
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from configs import Settings
from flows.documents import model_card, slices_table
from flows.plots import draw_confusion, draw_reliability
from structural.problems import load_problem

RUN_TAG, PROBLEM_TAG, DIGEST_TAG, VERSION_TAG = "sdai.run_id", "sdai.problem", "sdai.artifact_sha256", "sdai.version"
DATASET_TAG = "sdai.dataset_file_sha256"
COMMIT_TAG = "mlflow.source.git.commit"
PARENT_TAG = "mlflow.parentRunId"
MODEL_FOLDER = "model"
BATCH = 900
"""Metrics a request; MLflow refuses more than 1,000."""
PARAM_CHARACTERS = 6_000
TAG_CHARACTERS = 5_000
"""MLflow's own limits on the length of a parameter and of a tag."""


def tracking_uri(settings: Settings) -> str:
    """Return the MLflow address: the one set, else the SQLite file in ``mlruns/``."""
    return settings.tracking.uri or f"sqlite:///{settings.paths.mlruns / 'mlflow.db'}"


def artifact_place(settings: Settings) -> str | None:
    """Return where a new experiment keeps its artifacts; None leaves it to the tracking server."""
    if settings.tracking.artifacts is not None:
        return settings.tracking.artifacts
    # A server on another machine keeps artifacts where it was told to; a database alone has to be told here.
    is_database = tracking_uri(settings).startswith(("sqlite", "postgres"))
    return (settings.paths.mlruns / "artifacts").as_uri() if is_database else None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a registered version came from; None for what its run does not tell.

    ``dataset_sha256`` is the digest of the whole dataset, ``dataset_file_sha256`` that of the model's own file in it
    (its first 36 digits in runs of earlier releases), ``dataset_path`` where that file was.
    """

    number: int
    mlflow_run_id: str
    run_id: str | None
    started_at: datetime
    dataset_sha256: str | None
    dataset_file_sha256: str | None
    dataset_path: str | None
    commit: str | None


class Tracker:
    """The project's experiment and registered models in MLflow."""

    def __init__(self, settings: Settings) -> None:
        from mlflow import MlflowClient

        logging.getLogger("mlflow").setLevel(logging.WARNING)  # it tells of every table it creates
        settings.paths.mlruns.mkdir(parents=True, exist_ok=True)
        self.uri = uri = tracking_uri(settings)
        self.client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        name = settings.tracking.experiment
        experiment = self.client.get_experiment_by_name(name)
        if experiment is not None:
            self.experiment_id = str(experiment.experiment_id)
        else:
            self.experiment_id = str(self.client.create_experiment(name, artifact_location=artifact_place(settings)))

    def parent(self, run_id: str, params: Mapping[str, Any], started_at: datetime | None = None) -> str:
        """Return the MLflow run of a pipeline run, made if it is new.

        ``started_at`` is when the pipeline run began, long before there is something to log; `finish` ends it.
        """
        found = self._find({RUN_TAG: run_id, PROBLEM_TAG: "(all)"})
        if found:
            return found
        tags = {RUN_TAG: run_id, PROBLEM_TAG: "(all)"}
        start_ms = None if started_at is None else int(started_at.timestamp() * 1_000)
        name = f"retraining {run_id}"
        run = self.client.create_run(self.experiment_id, start_time=start_ms, tags=tags, run_name=name)
        self._params(run.info.run_id, params)
        return str(run.info.run_id)

    def child(self, parent_id: str, run_id: str, problem: str) -> str:
        """Return the MLflow run of one model within a pipeline run, made if it is new."""
        tags = {RUN_TAG: run_id, PROBLEM_TAG: problem, PARENT_TAG: parent_id}
        found = self._find(tags)
        if found:
            return found
        return str(self.client.create_run(self.experiment_id, tags=tags, run_name=problem).info.run_id)

    def log_dataset(self, mlflow_run_id: str, name: str, sha256: str, source: str) -> None:
        """Link the dataset by name, digest (36 characters, MLflow's limit) and source."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        dataset = Dataset(name, sha256[:36], "local", json.dumps({"uri": source}))
        tag = InputTag("mlflow.data.context", "training")
        self.client.log_inputs(mlflow_run_id, [DatasetInput(dataset, [tag])])

    def log_training(self, mlflow_run_id: str, trained: Mapping[str, Any], seed: int) -> None:
        """Log parameters, the metrics of every epoch and the final validation figures of a training report."""
        from mlflow.entities import Metric

        report = trained["report"]
        self._params(mlflow_run_id, {**report["params"], "seed": seed, "device": report["device"]})
        now_ms = int(time.time() * 1_000)
        curves = [
            Metric(_metric_name(name), float(value), now_ms, int(entry.get("step", index)))
            for index, entry in enumerate(report["history"])
            for name, value in entry.items()
            if name != "step" and value is not None
        ]
        final = {f"validation_{name}": value for name, value in report["validation"].items()}
        final |= {"training_seconds": report["training_seconds"], "parity_max_abs_diff": report["parity_max_abs_diff"]}
        self._metrics(mlflow_run_id, curves + [Metric(_metric_name(k), float(v), now_ms, 0) for k, v in final.items()])

    def log_evaluation(self, mlflow_run_id: str, evaluation: Mapping[str, Any]) -> None:
        """Log the holdout figures as metrics."""
        low, high = evaluation["interval"]
        names = ("accuracy", "served_accuracy", "baseline_accuracy", "calibration_error", "mean_confidence")
        figures = {name: evaluation[name] for name in (*names, "propose_seconds")}
        figures |= {f"inference_{name}": value for name, value in evaluation["inference"].items()}
        figures |= {"accuracy_low": low, "accuracy_high": high, "n": evaluation["count"], **evaluation["details"]}
        self.log_figures(mlflow_run_id, {f"holdout_{name}": value for name, value in figures.items()})

    def log_figures(self, mlflow_run_id: str, figures: Mapping[str, float]) -> None:
        """Log single figures as metrics."""
        from mlflow.entities import Metric

        now_ms = int(time.time() * 1_000)
        metrics = [Metric(_metric_name(name), float(value), now_ms, 0) for name, value in figures.items()]
        self._metrics(mlflow_run_id, metrics)

    def log_pages(self, mlflow_run_id: str, trained: Mapping[str, Any], evaluation: Mapping[str, Any]) -> None:
        """Log pictures, tables, importance and the model card as artifacts."""
        problem = load_problem(evaluation["problem"])
        with tempfile.TemporaryDirectory(prefix="sdai-pages-") as scratch:
            folder = Path(scratch)
            draw_confusion(evaluation["confusion"], f"{problem.title}: holdout", folder / "confusion_matrix.png")
            error = evaluation["calibration_error"]
            draw_reliability(evaluation["reliability"], error, problem.title, folder / "reliability.png")
            pages = {
                "confusion_matrix.json": _json(evaluation["confusion"]),
                "reliability.json": _json(evaluation["reliability"]),
                "slices.json": _json(evaluation["slices"]),
                "slices.md": slices_table(evaluation["slices"]),
                "feature_importance.json": _json(trained["report"]["feature_importance"]),
                "training_report.json": _json(trained["report"]),
                "model_card.md": model_card(problem, trained, evaluation),
            }
            for name, text in pages.items():
                (folder / name).write_text(text, encoding="utf-8")
            self.client.log_artifacts(mlflow_run_id, scratch)

    def log_text(self, mlflow_run_id: str, text: str, name: str) -> None:
        """Log one text artifact."""
        self.client.log_text(mlflow_run_id, text, name)

    def register(self, mlflow_run_id: str, problem: str, artifact_dir: Path, artifact_sha256: str) -> tuple[int, bool]:
        """Register an artifact folder; returns MLflow's version number and whether it is new.

        The same digest keeps the version it has.
        """
        self._ensure_registered(problem)
        known = self.find_version(problem, artifact_sha256)
        if known is not None:
            return known, False
        self.client.log_artifacts(mlflow_run_id, str(artifact_dir), MODEL_FOLDER)
        source = f"{self.client.get_run(mlflow_run_id).info.artifact_uri}/{MODEL_FOLDER}"
        tags = {DIGEST_TAG: artifact_sha256}
        made = self.client.create_model_version(problem, source=source, run_id=mlflow_run_id, tags=tags)
        return int(made.version), True

    def find_version(self, problem: str, artifact_sha256: str) -> int | None:
        """Return the newest registered version of a digest, if there is one."""
        query = f"name = '{problem}' and tags.`{DIGEST_TAG}` = '{artifact_sha256}'"
        return max((int(found.version) for found in self.client.search_model_versions(query)), default=None)

    def tag_version(self, problem: str, version: int, tags: Mapping[str, str]) -> None:
        """Set tags of a registered version."""
        for key, value in tags.items():
            self.client.set_model_version_tag(problem, str(version), key, value[:TAG_CHARACTERS])

    def tag_run(self, mlflow_run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags of a run."""
        for key, value in tags.items():
            self.client.set_tag(mlflow_run_id, key, value[:TAG_CHARACTERS])

    def set_alias(self, problem: str, alias: str, version: int) -> None:
        """Point an alias at a version; it leaves the version it was on."""
        self.client.set_registered_model_alias(problem, alias, str(version))

    def drop_alias(self, problem: str, alias: str) -> None:
        """Take an alias away, if it is set."""
        from mlflow.exceptions import MlflowException

        with suppress(MlflowException):
            self.client.delete_registered_model_alias(problem, alias)

    def finish(self, mlflow_run_id: str, failed: bool = False) -> None:
        """Close a run; it ends now."""
        self.client.set_terminated(mlflow_run_id, "FAILED" if failed else "FINISHED")

    def versions(self, problem: str) -> list[dict[str, Any]]:
        """Return the registered versions of a model, newest first, with aliases and tags."""
        from mlflow.exceptions import MlflowException

        try:
            aliases = self.client.get_registered_model(problem).aliases
        except MlflowException:
            return []
        found = self.client.search_model_versions(f"name = '{problem}'")
        rows = [
            {
                "number": int(row.version),
                "aliases": sorted(alias for alias, number in aliases.items() if int(number) == int(row.version)),
                "tags": dict(row.tags),
            }
            for row in found
        ]
        return sorted(rows, key=lambda row: -row["number"])

    def origins(self, problem: str) -> dict[str, Origin]:
        """Return where the registered versions of a model came from, by their public name."""
        rows = self.client.search_model_versions(f"name = '{problem}'")
        named = {row.tags[VERSION_TAG]: row for row in rows if VERSION_TAG in row.tags and row.run_id}
        return {name: self._origin(int(row.version), str(row.run_id)) for name, row in named.items()}

    def _origin(self, number: int, mlflow_run_id: str) -> Origin:
        run = self.client.get_run(mlflow_run_id)
        tags = run.data.tags
        inputs = run.inputs.dataset_inputs if run.inputs else []
        dataset = inputs[0].dataset if inputs else None
        parent = self.client.get_run(tags[PARENT_TAG]) if PARENT_TAG in tags else run
        return Origin(
            number=number,
            mlflow_run_id=mlflow_run_id,
            run_id=tags.get(RUN_TAG),
            started_at=datetime.fromtimestamp(parent.info.start_time / 1_000, UTC),
            dataset_sha256=parent.data.params.get("dataset_sha256"),
            dataset_file_sha256=tags.get(DATASET_TAG) or (dataset.digest if dataset else None),
            dataset_path=json.loads(dataset.source).get("uri") if dataset else None,
            commit=tags.get(COMMIT_TAG),
        )

    def _ensure_registered(self, problem: str) -> None:
        from mlflow.exceptions import MlflowException

        with suppress(MlflowException):  # it is there already
            self.client.create_registered_model(problem, description=load_problem(problem).title)

    def _find(self, tags: Mapping[str, str]) -> str | None:
        query = " and ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
        found = self.client.search_runs([self.experiment_id], query, max_results=1)
        return str(found[0].info.run_id) if found else None

    def _params(self, mlflow_run_id: str, params: Mapping[str, Any]) -> None:
        from mlflow.entities import Param

        entities = [Param(key, str(value)[:PARAM_CHARACTERS]) for key, value in params.items()]
        self.client.log_batch(mlflow_run_id, params=entities)

    def _metrics(self, mlflow_run_id: str, metrics: Sequence[Any]) -> None:
        for start in range(0, len(metrics), BATCH):
            self.client.log_batch(mlflow_run_id, metrics=metrics[start : start + BATCH])


def environment_lock() -> str:
    """Return the installed distributions as ``name==version`` lines."""
    found = {f"{item.metadata['Name']}=={item.version}" for item in distributions() if item.metadata["Name"]}
    return "\n".join(sorted(found, key=str.lower)) + "\n"


def _metric_name(name: str) -> str:
    return "".join(character if character.isalnum() or character in "_-. /" else "_" for character in name)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n"
