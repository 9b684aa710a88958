"""The steps of a retraining run, in the order `flows.monthly_retraining` takes them.

A model that fails in a step is carried on with the reason and ends with the verdict ``fail``; the others go on.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from configs import Settings
from configs.rollout_settings import PromotionPath
from flows import orders, promotion, tasks
from flows.candidates import Candidate, RunIdentity, evidence_of, facts_of, holds_in_the_service, policy_for
from flows.digests import canonical_sha256
from flows.environment import PROGRESS_LOGGER
from flows.errors import FlowError
from flows.evaluation import compare_answers
from flows.feedback.desk import open_desk, reviewed_folder
from flows.gates import ChampionEvidence, Decision, decide
from flows.model_store import find_folder
from flows.records import RunRecord
from flows.reporting import log_verdict, register_candidate
from flows.rollout.entrants import enter, goes_by_canary
from flows.taken_back import taken_back, told_why_not
from flows.tracking import Tracker
from serving.artifacts import folder_digest
from serving.errors import ArtifactError
from serving.store.database import open_database
from serving.store.ledger import HoldoutUse, LedgerRow, ModelVersion, record_holdout_use, record_model
from serving.store.rollouts import OpenRolloutError
from structural.problems import PROBLEM_NAMES

log = logging.getLogger(PROGRESS_LOGGER)

LONGEST_FIRST = (
    "clash_detector",
    "compliance_checker",
    "connection_designer",
    "section_optimizer",
    "risk_analyzer",
)
"""The order in which trainings begin: side by side, a long one that begins last is waited for alone."""


class Steps:
    """The steps of one run, sharing its settings and record."""

    def __init__(self, settings: Settings, record: RunRecord, path: PromotionPath) -> None:
        self.settings = settings
        self.record = record
        self.path = path
        self.candidates = {name: Candidate(name) for name in PROBLEM_NAMES}
        self.champions: dict[str, LedgerRow] = {}
        self._waiting_since_s = 0.0

    def build(self) -> dict[str, Any]:
        """Build the dataset or find it finished; returns folder, entries, digests and files."""
        self._effect("export reviewed entries", self._export_reviewed)
        log.info("build: %s entries a problem", f"{self.settings.dataset.entries_per_problem:,}")
        order = {
            "entries_per_problem": self.settings.dataset.entries_per_problem,
            "root": str(self.settings.paths.work / "datasets"),
            "dask_address": self.settings.flows.dask_address,
            "show_progress": self.settings.training.show_progress,
            "threads": 1,
        }
        dataset = self._task(tasks.build_dataset)(order)
        self.record.stage("build", dataset["build_seconds"], cached=not dataset["built"])
        self.record.dataset(entries=dataset["entries"], sha256=dataset["sha256"], folder=dataset["folder"])
        return dict(dataset)

    def _export_reviewed(self) -> None:
        """Write the reports that were accepted since the last run, and before, as entries of this run's dataset."""
        engine = open_database(self.settings.store_url)
        try:
            counts = open_desk(self.settings, engine).export(reviewed_folder(self.settings))
        finally:
            engine.dispose()
        for name, count in counts.items():
            log.info("%s: %s entries made of accepted reports", name, f"{count:,}")

    def validate(self, dataset: Mapping[str, Any]) -> dict[str, Any]:
        """Check the dataset; anything short of every expectation raises and ends the run. Returns facts to keep."""
        log.info("validate: %s entries, sha256 %s", f"{dataset['entries']:,}", dataset["sha256"][:12])
        order = orders.validation_order(self.settings, dataset)
        report = self._task(tasks.validate_dataset)(order, self.record.run_id)
        self._stage("validate", report)
        self.record.dataset(**report["facts"])
        return dict(report["facts"])

    def train(self, dataset: Mapping[str, Any]) -> None:
        """Train the five: a few side by side on this machine, spread when the flow runs on Dask."""
        wanted = {name: orders.training_order(self.settings, name, dataset) for name in LONGEST_FIRST}
        for name, result in self.start_trainings(wanted).items():
            trained = self._outcome(name, "training", result)
            if trained is not None:
                self.note_training(name, trained)
                self.candidates[name].trained = trained
                self.record.model(name, training_seconds=trained["report"]["training_seconds"])

    def start_trainings(self, wanted: Mapping[str, orders.Order]) -> dict[str, Callable[[], dict[str, Any]]]:
        """Start trainings, by any label; calling what is returned for a label waits for its result or raises."""
        self._waiting_since_s = time.monotonic()
        task = self._task(tasks.train_model)
        running = {label: task.submit(order, self.record.run_id) for label, order in wanted.items()}

        def result(label: str) -> dict[str, Any]:
            trained: dict[str, Any] = running[label].result()
            if not _intact(trained):
                log.warning("%s: the kept artifact is gone or changed, training again", label)
                again = self._task(tasks.train_model, refresh_cache=True)
                trained = again.submit(wanted[label], self.record.run_id).result()
            return trained

        return {label: partial(result, label) for label in wanted}

    def note_training(self, label: str, trained: Mapping[str, Any]) -> None:
        """Count a training among the stages and say that it is done.

        Trainings run side by side: of one that was done now only the time counts that passed since the one before.
        """
        cached = bool(trained["run_id"] != self.record.run_id)
        now_s = time.monotonic()
        passed_s, self._waiting_since_s = now_s - self._waiting_since_s, now_s
        self.record.stage("train", trained["seconds"] if cached else passed_s, cached=cached)
        log.info("%s: trained in %.1f s%s", label, trained["seconds"], " (kept from before)" if cached else "")

    def evaluate(self, dataset: Mapping[str, Any]) -> None:
        """Measure every trained artifact, and every champion that is another one, on the sealed holdout."""
        self.champions = promotion.champions(self.settings)
        running: dict[str, Callable[[], dict[str, Any]]] = {}
        rivals: dict[str, Callable[[], dict[str, Any]]] = {}
        for name, candidate in self.candidates.items():
            if candidate.artifact is None:
                continue
            order = orders.evaluation_order(self.settings, name, candidate.artifact, dataset)
            running[name] = self._measuring(order)
            rival = self._rival(candidate)
            if rival is not None:
                rivals[name] = self._measuring(orders.evaluation_order(self.settings, name, rival, dataset))
        for name, result in running.items():
            self._take_evaluation(self.candidates[name], result)
        for name, result in rivals.items():
            self._take_rival(self.candidates[name], result)

    def _measuring(self, order: orders.Order) -> Callable[[], dict[str, Any]]:
        """Return what waits for the result of a measurement. On one machine it begins only then, and runs alone.

        The model's inference is timed: a measurement beside it would be measured too.
        """
        arguments = (order, self.record.run_id, self.settings.training.threads)
        start = partial(self._task(tasks.evaluate_model).submit, *arguments)
        begun = start() if self.settings.flows.dask_address else None

        def result() -> dict[str, Any]:
            found: dict[str, Any] = (begun or start()).result()
            if not Path(found["answers_path"]).exists():  # the kept result lost its answers: measure again
                found = self._task(tasks.evaluate_model, refresh_cache=True).submit(*arguments).result()
            return found

        return result

    def _rival(self, candidate: Candidate) -> tuple[Path, str] | None:
        """Note who the champion is; return its artifact when it has to be measured."""
        row = self.champions.get(candidate.model)
        if row is None or candidate.artifact is None:
            return None
        digest = str(row.evidence.get("artifact_sha256", ""))
        same = digest == candidate.artifact[1]
        folder, lost = (None, "") if same else self._champions_files(row.model_tag)
        candidate.champion = ChampionEvidence(row.version, same_artifact=same, problem=lost)
        return (folder, digest) if folder else None

    def _champions_files(self, tag: str) -> tuple[Path | None, str]:
        """Return a version's folder, or None and why there is none: that is evidence, not the end of the run."""
        try:
            folder = find_folder(self.settings, tag)
        except FlowError as error:
            return None, str(error)
        return folder, "" if folder else "its files are not in the model store"

    def _take_evaluation(self, candidate: Candidate, result: Callable[[], dict[str, Any]]) -> None:
        evaluation = self._outcome(candidate.model, "evaluation", result)
        if evaluation is None:
            return
        candidate.evaluation = evaluation
        self._stage("evaluate", evaluation)
        self._count_holdout_use(evaluation)
        if candidate.champion and candidate.champion.same_artifact:
            version = candidate.champion.version
            candidate.champion = ChampionEvidence(version, same_artifact=True, accuracy=evaluation["accuracy"])
        accuracy, interval = evaluation["accuracy"], evaluation["interval"]
        log.info(
            "%s: holdout %.2f %% [%.2f, %.2f], baseline %.2f %%",
            candidate.model,
            *(100 * value for value in (accuracy, *interval, evaluation["baseline_accuracy"])),
        )

    def _take_rival(self, candidate: Candidate, result: Callable[[], dict[str, Any]]) -> None:
        version = self.champions[candidate.model].version
        try:
            measured = result()
        except Exception as error:  # noqa: BLE001  (a champion that no longer runs is evidence, not an end)
            candidate.champion = ChampionEvidence(version, same_artifact=False, problem=str(error))
            return
        self._stage("evaluate", measured)
        self._count_holdout_use(measured)
        candidate.champion_evaluation = measured
        paired: tuple[int, int, float | None] = (0, 0, None)
        if candidate.evaluation:
            paired = compare_answers(Path(candidate.evaluation["answers_path"]), Path(measured["answers_path"]))
        candidate.champion = ChampionEvidence(
            version,
            same_artifact=False,
            accuracy=measured["accuracy"],
            only_challenger_right=paired[0],
            only_champion_right=paired[1],
            p_value=paired[2],
        )

    def probe(self) -> None:
        """Try the candidates in the real service."""
        artifacts = {name: found for name, item in self.candidates.items() if (found := item.artifact)}
        if not artifacts:
            return
        log.info("probe: the service loads %d candidates", len(artifacts))
        order = orders.probe_order(self.settings, artifacts)
        report = self._task(tasks.probe_service)(order, self.record.run_id)
        is_kept = report["run_id"] != self.record.run_id
        if is_kept and not holds_in_the_service(report["probes"], self.settings.gates.p95_ms):
            # A refusal may have had a passing cause, such as a busy machine: it is not held against the next run.
            report = self._task(tasks.probe_service, refresh_cache=True)(order, self.record.run_id)
        self._stage("probe", report)
        for name, probe in report["probes"].items():
            self.candidates[name].probe = probe

    def register(self, dataset: Mapping[str, Any]) -> None:
        """Log the run to MLflow and register every artifact as a version."""
        identity = RunIdentity(self.record.run_id, self.record.started_at, dataset, self._logged_settings())
        with _Timer() as timer:
            tracker = Tracker(self.settings)
            for candidate in self.candidates.values():
                self._effect(f"register {candidate.model}", partial(register_candidate, tracker, identity, candidate))
        self.record.note(mlflow={"uri": tracker.uri, "parent_run_id": tracker.parent(self.record.run_id, {})})
        self.record.stage("register", timer.seconds)

    def gate(self) -> None:
        """Judge every model; the verdict is logged, tagged and kept, whatever it is."""
        gates = self.settings.gates
        with _Timer() as timer:
            tracker = Tracker(self.settings)
            for name, candidate in self.candidates.items():
                candidate.verdict = decide(evidence_of(candidate), policy_for(gates, name))
                self._effect(f"gate {name}", partial(log_verdict, tracker, candidate, gates.targets[name]))
                self.record.model(name, **facts_of(candidate, gates.targets[name]))
                log.info("%s: %s (%s)", name, candidate.verdict.outcome, candidate.verdict.decision)
        self.record.stage("gate", timer.seconds)

    def promote(self) -> None:
        """Put passing versions in service; note the refusal of the others."""
        with _Timer() as timer:
            tracker = Tracker(self.settings)
            for candidate in self.candidates.values():
                if candidate.version is not None:
                    self._effect(f"promote {candidate.model}", partial(self._settle, tracker, candidate))
            failed = any(candidate.failure for candidate in self.candidates.values())
            tracker.finish(tracker.parent(self.record.run_id, {}), failed=failed)
        self.record.stage("promote", timer.seconds)

    def _settle(self, tracker: Tracker, candidate: Candidate) -> None:
        version, verdict = candidate.version, candidate.verdict
        if version is None or verdict is None:
            raise FlowError(f"{candidate.model}: promotion needs a registered and judged version")
        self._store_version(candidate)
        judged = promotion.Judged(version, verdict.to_json(), self.record.content["actor"])
        if goes_by_canary(self.path, verdict.decision):
            self._roll_out(judged)
        elif verdict.promotes:
            self._promote(tracker, judged)
        elif verdict.decision is Decision.UNCHANGED:
            promotion.store_version(self.settings, self.champions[version.model].model_tag, version)
        else:
            promotion.refuse(self.settings, tracker, judged)

    def _promote(self, tracker: Tracker, judged: promotion.Judged) -> None:
        """Make a version champion, unless it was taken back before: its gate says the same of it as then."""
        model, version = judged.version.model, judged.version.name
        entry = taken_back(promotion.ledger(self.settings, model), version)
        if entry is None:
            promotion.promote(self.settings, tracker, judged)
            return
        reason = told_why_not(entry, version)
        log.warning("%s: version %s is not promoted: %s", model, version, reason)
        reasons = [*judged.verdict["reasons"], reason]
        self.record.model(model, promoted=False, reasons=reasons)
        promotion.refuse(self.settings, tracker, replace(judged, verdict={**judged.verdict, "reasons": reasons}))

    def _roll_out(self, judged: promotion.Judged) -> None:
        """Begin a rollout in place of a promotion; one that is under way for another version goes first."""
        model, version = judged.version.model, judged.version.name
        engine = open_database(self.settings.store_url)
        try:
            rollout = enter(self.settings, engine, judged, self.path)
            self.record.model(model, promoted=False, rollout=rollout.id)
            goes = "goes by" if rollout.is_open else "is not rolled out again after"
            log.info("%s: version %s %s rollout %s (%s)", model, version, goes, rollout.id, rollout.state)
        except OpenRolloutError as error:
            self.record.model(model, promoted=False, rollout=None)
            log.warning("%s: version %s waits for `sdai rollout start`: %s", model, version, error)
        finally:
            engine.dispose()

    def _store_version(self, candidate: Candidate) -> None:
        if candidate.version is None or candidate.trained is None or candidate.evaluation is None:
            return
        row = ModelVersion(
            name=candidate.model,
            version=candidate.version.name,
            accuracy=candidate.evaluation["accuracy"],
            target_accuracy=self.settings.gates.targets[candidate.model],
            training_time_seconds=candidate.trained["report"]["training_seconds"],
            model_path=str(candidate.version.artifact_dir),
        )
        engine = open_database(self.settings.store_url)
        try:
            record_model(engine, row, datetime.now(UTC))
        finally:
            engine.dispose()

    def _count_holdout_use(self, evaluation: Mapping[str, Any]) -> None:
        use = HoldoutUse(
            model=evaluation["problem"],
            dataset_sha256=evaluation["dataset_sha256"],
            artifact_sha256=evaluation["artifact_sha256"],
            purpose="gate",
            accuracy=evaluation["accuracy"],
            holdout_n=evaluation["count"],
        )
        engine = open_database(self.settings.store_url)
        try:
            record_holdout_use(engine, use, datetime.now(UTC))
        finally:
            engine.dispose()

    def _outcome(self, name: str, what: str, result: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        """Return a task's result, or None after noting why this model has none."""
        try:
            return result()
        except Exception as error:  # noqa: BLE001  (one model's failure must not end the others)
            self.candidates[name].failure = f"{what} failed: {error}"
            log.error("%s: %s failed: %s", name, what, error)
            self.record.model(name, failure=self.candidates[name].failure)
            return None

    def _stage(self, name: str, result: Mapping[str, Any]) -> bool:
        cached = bool(result["run_id"] != self.record.run_id)
        self.record.stage(name, result["seconds"], cached=cached)
        return cached

    def _effect(self, name: str, step: Callable[[], None]) -> None:
        self._task(tasks.with_retries, name=name)(step)

    def _task(self, task: Any, **options: Any) -> Any:
        """Return a task with the retries of the settings and further Prefect options."""
        flows = self.settings.flows
        return task.with_options(retries=flows.retries, retry_delay_seconds=flows.retry_delay_s, **options)

    def _logged_settings(self) -> dict[str, Any]:
        training, dataset = self.settings.training, self.settings.dataset
        concerns = (self.settings.gates, self.settings.dataset, self.settings.training)
        return {
            "entries_per_problem": dataset.entries_per_problem,
            "dataset_seed": dataset.seed,
            "training_seed": training.seed,
            "device": training.device,
            "settings_sha256": canonical_sha256([concern.model_dump(mode="json") for concern in concerns]),
        }


class _Timer:
    """Measures a block."""

    seconds = 0.0

    def __enter__(self) -> "_Timer":
        self._started = datetime.now(UTC)
        return self

    def __exit__(self, *exception: object) -> None:
        self.seconds = (datetime.now(UTC) - self._started).total_seconds()


def _intact(trained: Mapping[str, Any]) -> bool:
    try:
        return folder_digest(Path(trained["artifact_dir"])) == str(trained["artifact_sha256"])
    except ArtifactError:
        return False
