"""From an answer back to the data that its model learned from, and from data or a version on to the answers.

An answer names its version; the ledger says who put that in service and why; MLflow's run says from which dataset and
which source it was trained. What one of them no longer knows is None and the rest is told all the same.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from flows.errors import FlowError
from flows.model_store import DIGEST_EVIDENCE
from flows.tracking import Origin
from serving.store.ledger import LedgerRow, read_ledger
from serving.store.predictions import GivenAnswer, StoredPrediction, answers_of, find_answers, find_prediction
from serving.store.versions import StoredVersion, VersionUse, holdout_datasets, list_versions, version_use

SHORTEST_DIGEST = 8
MANIFEST_FACTS = ("sha256", "entries", "created_at", "generator_version", "source_sha256", "settings")

Origins = Callable[[str], Mapping[str, Origin]]
"""Gives, for a model, where its registered versions came from, by name (`Tracker.origins`)."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """All that is known of one version. ``dataset`` are facts of its dataset's manifest, empty where that is gone."""

    model: str
    version: str
    artifact_sha256: str | None
    stored: StoredVersion | None
    origin: Origin | None
    dataset_file_sha256: str | None
    decisions: Sequence[LedgerRow]
    use: VersionUse
    dataset: Mapping[str, Any] = field(default_factory=dict)

    @property
    def dataset_sha256(self) -> str | None:
        """The digest of the whole dataset that the version was trained on."""
        return self.origin.dataset_sha256 if self.origin else None


@dataclass(frozen=True, slots=True)
class Tracing:
    """Follows lineage in a database and MLflow."""

    engine: Engine
    origins: Origins

    def of_answer(self, any_id: str) -> list[tuple[StoredPrediction, Lineage]]:
        """Return the answers of a prediction id or request id, each with its version's lineage.

        Raises `FlowError` when there is none.
        """
        answers = find_answers(self.engine, any_id)
        if not answers:
            raise FlowError(
                f"no stored answer has the prediction id or request id {any_id!r}; a fresh one reaches the database "
                "within seconds of the answer"
            )
        known = {(answer.model, answer.model_version) for answer in answers}
        lineages = {pair: self._lineage(*pair) for pair in known}
        return [(answer, lineages[answer.model, answer.model_version]) for answer in answers]

    def of_version(self, version: str) -> list[Lineage]:
        """Return the lineage of a version, given as ``1-fd42977c`` or ``model:1-fd42977c``.

        Raises `FlowError` when no model has it.
        """
        model, colon, name = version.rpartition(":")
        pairs = [(row.name, row.version) for row in list_versions(self.engine, model if colon else None, name)]
        ledger = [row for row in read_ledger(self.engine, model if colon else None) if row.version == name]
        pairs = list(dict.fromkeys([*pairs, *((row.model, row.version) for row in ledger)]))
        if not pairs:
            raise FlowError(f"no model has a version {version!r}; see `sdai models` and `sdai ledger`")
        return [self._lineage(*pair) for pair in pairs]

    def of_dataset(self, sha256: str) -> list[Lineage]:
        """Return the versions trained on a dataset, given by (the beginning of) its digest or of a file's.

        Raises `FlowError` when the digest is too short or no version was.
        """
        wanted = sha256.lower()
        if len(wanted) < SHORTEST_DIGEST:
            raise FlowError(f"give at least {SHORTEST_DIGEST} digits of the dataset's sha256")
        found = []
        for row in list_versions(self.engine):
            lineage = self._lineage(row.name, row.version)
            if any(
                (digest or "").startswith(wanted) for digest in (lineage.dataset_sha256, lineage.dataset_file_sha256)
            ):
                found.append(lineage)
        if not found:
            raise FlowError(f"no version was trained on a dataset whose sha256 begins with {sha256}")
        return found

    def answers_of(self, lineages: Sequence[Lineage], limit: int, before: str | None = None) -> list[GivenAnswer]:
        """Return what these versions were asked, newest first, at most ``limit`` (1 to 1,000).

        ``before`` is the prediction id that ended the page before. Raises `FlowError` when there is no such answer.
        """
        last = None if before is None else find_prediction(self.engine, before)
        if before is not None and last is None:
            raise FlowError(f"no stored answer has the prediction id {before!r}")
        return answers_of(self.engine, [(item.model, item.version) for item in lineages], limit, last)

    def _lineage(self, model: str, version: str) -> Lineage:
        decisions = [row for row in read_ledger(self.engine, model) if row.version == version]
        stored = next(iter(list_versions(self.engine, model, version)), None)
        origin = self.origins(model).get(version)
        digest = next(
            (str(row.evidence[DIGEST_EVIDENCE]) for row in decisions if DIGEST_EVIDENCE in row.evidence), None
        )
        file_sha256 = origin.dataset_file_sha256 if origin else None
        if digest and file_sha256:
            measured_on = holdout_datasets(self.engine, model, digest)
            file_sha256 = next((full for full in measured_on if full.startswith(file_sha256)), file_sha256)
        return Lineage(
            model=model,
            version=version,
            artifact_sha256=digest,
            stored=stored,
            origin=origin,
            dataset_file_sha256=file_sha256,
            decisions=decisions,
            use=version_use(self.engine, model, version),
            dataset=_manifest_facts(origin, model),
        )


def _manifest_facts(origin: Origin | None, model: str) -> dict[str, Any]:
    """Return what the manifest beside the data file says, if that is still the dataset of the run."""
    if origin is None or origin.dataset_path is None:
        return {}
    with suppress(OSError, ValueError, KeyError, TypeError):
        manifest = json.loads((Path(origin.dataset_path).parent / "manifest.json").read_text(encoding="utf-8"))
        if manifest["sha256"] == origin.dataset_sha256:
            file = manifest["problems"][model]
            own = {name: file[name] for name in ("rows", "own_rows", "reviewed_rows") if name in file}
            return {name: manifest[name] for name in MANIFEST_FACTS if name in manifest} | own
    return {}


def cached(origins: Origins) -> Origins:
    """Return a reader that asks MLflow once a model."""
    known: dict[str, Mapping[str, Origin]] = {}

    def read(model: str) -> Mapping[str, Origin]:
        if model not in known:
            known[model] = origins(model)
        return known[model]

    return read
