"""Putting a version in service and taking it back: model store, promotion ledger, aliases.

The ledger decides what serves; the model store holds the files it names, signed; MLflow's aliases show the same to
people.
Every step may be repeated without harm.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from configs import Settings
from flows.actors import hand_actor
from flows.environment import PROGRESS_LOGGER
from flows.errors import FlowError
from flows.model_store import (
    DIGEST_EVIDENCE,
    SHORT_DIGEST,
    Signer,
    find_folder,
    import_artifact,
    is_intact,
    open_signer,
    open_trusted,
    publish,
    stored_folder,
)
from flows.tracking import VERSION_TAG, Tracker
from serving.signing import Expected, SigningError, UnverifiedError, verify_folder
from serving.store.chain import ChainReport
from serving.store.database import begin_write, open_database
from serving.store.ledger import (
    Action,
    LedgerRow,
    Promotion,
    append_promotion,
    current_champions,
    previous_champion,
    read_champion,
    read_ledger,
    record_promotion,
    verify_ledger,
)
from serving.store.rollouts import find_open_rollout

log = logging.getLogger(PROGRESS_LOGGER)


@dataclass(frozen=True, slots=True)
class Version:
    """A registered version: model, MLflow's number, the digest of its artifact folder and where that folder is."""

    model: str
    number: int
    artifact_sha256: str
    artifact_dir: Path

    @property
    def name(self) -> str:
        """The version as answers, ledger and model store show it: number and start of the digest.

        The digest keeps versions apart when the numbering starts anew with another MLflow store.
        """
        return f"{self.number}-{self.artifact_sha256[:SHORT_DIGEST]}"

    @property
    def tag(self) -> str:
        """Its name in the BentoML model store."""
        return f"{self.model}:{self.name}"


def store_version(settings: Settings, tag: str, version: Version) -> None:
    """See to it that the model store holds a version's artifact, unchanged and signed, under a tag.

    The tag's version is what is signed: an artifact that was trained again is in service under its first name.
    """
    expected = Expected(version.model, tag.partition(":")[2], version.artifact_sha256)
    import_artifact(tag, version.artifact_dir, expected, open_signer(settings))
    publish(settings, tag, _in_store(tag))


def _in_store(tag: str) -> Path:
    folder = stored_folder(tag)
    if folder is None:
        raise FlowError(f"{tag} is not in the model store, although it was put there; look at its disk")
    return folder


@dataclass(frozen=True, slots=True)
class Judged:
    """A version with the verdict of its gate and who stands behind it (see `flows.actors`)."""

    version: Version
    verdict: Mapping[str, Any]
    actor: str


def promote(settings: Settings, tracker: Tracker, judged: Judged) -> None:
    """Put a version in service: files first, then the ledger, which is what the service follows, then the aliases."""
    version = judged.version
    store_version(settings, version.tag, version)
    row = _record(settings, Action.PROMOTE, judged)
    if row.previous_version and row.previous_version != version.name:
        point_alias(tracker, version.model, "previous", row.previous_version)
    tracker.set_alias(version.model, "champion", version.number)
    tracker.drop_alias(version.model, "challenger")


def refuse(settings: Settings, tracker: Tracker, judged: Judged) -> None:
    """Note that a version was judged and not promoted; it stays registered as the challenger."""
    _record(settings, Action.REFUSE, judged)
    tracker.set_alias(judged.version.model, "challenger", judged.version.number)


def _record(settings: Settings, action: Action, judged: Judged) -> LedgerRow:
    version, verdict = judged.version, judged.verdict
    promotion = Promotion(
        model=version.model,
        action=action,
        version=version.name,
        model_tag=version.tag,
        reason="; ".join(verdict["reasons"]),
        actor=judged.actor,
        evidence={DIGEST_EVIDENCE: version.artifact_sha256, "verdict": dict(verdict)},
    )
    engine = open_database(settings.store_url)
    try:
        return record_promotion(engine, promotion, datetime.now(UTC))
    finally:
        engine.dispose()


def rollback(settings: Settings, model: str, reason: str) -> LedgerRow:
    """Go back to the version that served before; returns the new ledger entry.

    Raises `FlowError` when there is no earlier version, when its files are no longer what was promoted, while a rollout
    of the model is open, or when its champion changed meanwhile: then nothing is changed. Once the ledger is written it
    raises no more: who tries again would go back a second version.
    """
    engine = open_database(settings.store_url)
    try:
        row = _go_back(settings, engine, model, reason)
    finally:
        engine.dispose()
    try:
        _show_rollback(Tracker(settings), row)
    except Exception as error:  # noqa: BLE001  (clients are served as decided, whatever MLflow shows)
        log.warning("%s: the rollback is not shown in MLflow: %s: %s", model, type(error).__name__, error)
    return row


def _go_back(settings: Settings, engine: Engine, model: str, reason: str) -> LedgerRow:
    rollout = find_open_rollout(engine, model)
    if rollout is not None:
        # The ledger's champion is not what most clients get then, so "the version before" would be the wrong one.
        raise FlowError(
            f"{model} has rollout {rollout.id} of version {rollout.candidate_version} under way ({rollout.state}): "
            f"`sdai rollout abort {model}` gives all clients back to champion {rollout.champion_version}; to go back "
            "from that one too, repeat this command then"
        )
    champion, target = current_champions(engine).get(model), previous_champion(engine, model)
    if champion is None or target is None:
        raise FlowError(f"{model} has no earlier promoted version to go back to; see `sdai ledger {model}`")
    _check_files(settings, target)
    promotion = Promotion(
        model=model,
        action=Action.ROLLBACK,
        version=target.version,
        model_tag=target.model_tag,
        reason=reason,
        actor=hand_actor("rollback"),
        evidence=target.evidence,
    )
    with begin_write(engine) as connection:
        now_champion = read_champion(connection, model)
        if now_champion is None or now_champion.id != champion.id:
            raise FlowError(f"{model}: its champion changed meanwhile, nothing was done; see `sdai ledger {model}`")
        return append_promotion(connection, promotion, datetime.now(UTC))


def _show_rollback(tracker: Tracker, row: LedgerRow) -> None:
    point_alias(tracker, row.model, "champion", row.version)
    if row.previous_version:
        point_alias(tracker, row.model, "previous", row.previous_version)


def _check_files(settings: Settings, row: LedgerRow) -> None:
    """Raise `FlowError` unless the service would load a version. The private key is not needed for that."""
    folder = find_folder(settings, row.model_tag)
    if folder is None:
        raise FlowError(f"{row.model_tag} is no longer in the model store; restore it before going back")
    if not is_intact(folder, _expected(row).sha256):
        raise FlowError(f"{row.model_tag} in the model store is not what was promoted; restore it before going back")
    try:
        verify_folder(folder, _expected(row), open_trusted(settings))
    except (SigningError, UnverifiedError) as error:
        raise FlowError(f"the service would not load {row.model_tag}: {error}") from error


def _expected(row: LedgerRow) -> Expected:
    return Expected(row.model, row.version, str(row.evidence.get(DIGEST_EVIDENCE, "")))


def sign_promoted(settings: Settings, model: str) -> dict[str, str]:
    """Sign every version of a model that was ever promoted and is still in the model store as it was.

    For versions of a release that did not sign, and after a change of keys. Returns version to what came of it.
    Raises `FlowError` when a key cannot be used.
    """
    signer = open_signer(settings)
    outcome: dict[str, str] = {}
    for row in ledger(settings, model):
        if row.action is Action.PROMOTE and row.version not in outcome:
            outcome[row.version] = _sign_again(settings, row, signer)
    return outcome


def _sign_again(settings: Settings, row: LedgerRow, signer: Signer) -> str:
    try:
        folder, expected = find_folder(settings, row.model_tag), _expected(row)
    except FlowError as error:
        return f"not signed: {error}"
    if folder is None:
        return "no longer in the model store"
    if not is_intact(folder, expected.sha256):
        return "not signed: its files are not what was promoted"
    signer.sign(folder, expected)
    publish(settings, row.model_tag, folder)
    return "signed"


def point_alias(tracker: Tracker, model: str, alias: str, version: str) -> None:
    """Move an alias to a version by its public name; a version MLflow no longer knows is said and left."""
    for row in tracker.versions(model):
        if row["tags"].get(VERSION_TAG) == version:
            tracker.set_alias(model, alias, row["number"])
            return
    log.warning("%s: MLflow does not know version %s, alias %r not moved", model, version, alias)


def champions(settings: Settings) -> dict[str, LedgerRow]:
    """Return the ledger entry of every model's champion."""
    engine = open_database(settings.store_url)
    try:
        return current_champions(engine)
    finally:
        engine.dispose()


def versions_in_service(settings: Settings) -> dict[str, str]:
    """Return the version that answers for each model, by the ledger; models without one are absent."""
    return {model: row.version for model, row in champions(settings).items()}


def ledger(settings: Settings, model: str | None = None) -> list[LedgerRow]:
    """Return the ledger's entries, oldest first."""
    engine = open_database(settings.store_url)
    try:
        return read_ledger(engine, model)
    finally:
        engine.dispose()


def verify(settings: Settings, known_sha256: str | None = None) -> ChainReport:
    """Check the ledger's chain; ``known_sha256`` is the digest of an entry that must still be part of it."""
    engine = open_database(settings.store_url)
    try:
        return verify_ledger(engine, known_sha256)
    finally:
        engine.dispose()
