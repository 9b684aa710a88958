"""Which version a rollout is of, and its way into the model store, from where the services load it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from configs import Settings
from configs.rollout_settings import PromotionPath
from flows.errors import FlowError
from flows.gates import Decision
from flows.model_store import is_intact, open_signer, publish, stored_folder
from flows.promotion import Judged, Version, store_version
from flows.rollout.effects import AliasEffects, is_shown
from flows.rollout.policy import Policy, canary_policy
from flows.rollout.starting import Entrant, start_rollout
from flows.tracking import DIGEST_TAG, VERSION_TAG, Tracker
from serving.signing import Expected
from serving.store.ledger import current_champions, find_model, read_ledger
from serving.store.rollouts import Rollout, list_rollouts

GATE_TAG, DECISION_TAG, REASONS_TAG = "sdai.gate", "sdai.decision", "sdai.reasons"


def begin(
    settings: Settings, engine: Engine, version: Version, verdict: Mapping[str, Any], policy: Policy, actor: str
) -> Rollout:
    """Put a version into the model store, signed, and start its rollout; returns it.

    Raises what `start_rollout` raises, and `FlowError` when its files are gone or are not what was registered.
    """
    _store(settings, version)
    entrant = Entrant(version.model, version.name, version.tag, version.artifact_sha256, verdict)
    rollout = start_rollout(engine, entrant, policy, actor, datetime.now(UTC))
    is_shown(AliasEffects(settings).begun, rollout)
    return rollout


def goes_by_canary(path: PromotionPath, decision: Decision) -> bool:
    """Return whether a version that passed its gate is rolled out; the first of a model has nothing to run beside."""
    return path is not PromotionPath.DIRECT and decision is Decision.DEPLOY


def enter(settings: Settings, engine: Engine, judged: Judged, path: PromotionPath) -> Rollout:
    """Start the rollout of a version that a run trained, once: the same version against the same champion again is the
    same rollout, whatever became of it.

    ``path`` says whether an A/B is part of it. Raises like `begin`.
    """
    version = judged.version
    champion = current_champions(engine).get(version.model)
    for known in list_rollouts(engine, version.model):
        same_champion = champion is not None and known.champion_version == champion.version
        if known.candidate_version == version.name and (known.is_open or same_champion):
            return known
    policy = canary_policy(settings.rollout, version.model, then_ab=path is PromotionPath.CANARY_AB)
    return begin(settings, engine, version, judged.verdict, policy, judged.actor)


def find_version(engine: Engine, tracker: Tracker, model: str, wanted: str | None) -> tuple[Version, Mapping[str, Any]]:
    """Return a registered version and the verdict of its gate.

    ``wanted`` is its public name or MLflow's number; None takes the newest that passed its gate, if it is newer than
    the champion. Raises `FlowError` naming the versions there are.
    """
    rows = [row for row in tracker.versions(model) if row["tags"].get(VERSION_TAG)]
    champion = current_champions(engine).get(model)
    chosen = _newest(rows, champion.version if champion else None) if wanted is None else _named(rows, wanted)
    if chosen is not None:
        return _version(engine, model, chosen), _verdict(engine, model, chosen)
    known = ", ".join(row["tags"][VERSION_TAG] for row in rows) or "none"
    what = f"version {wanted!r}" if wanted else "version that passed its gate"
    hint = ""
    if wanted is None and champion is not None:
        what += f" and is newer than the champion, {champion.version}"
        hint = "; name an older one to roll it out"
    raise FlowError(f"{model} has no {what}; registered: {known} (`sdai models {model}`){hint}")


def _newest(rows: Sequence[Mapping[str, Any]], champion: str | None) -> Mapping[str, Any] | None:
    """Return the newest version that passed its gate, of those registered after the champion; rows: newest first.

    A champion that is not among them was registered elsewhere, so it bounds nothing.
    """
    newer = takewhile(lambda row: row["tags"][VERSION_TAG] != champion, rows)
    return next((row for row in newer if row["tags"].get(GATE_TAG) == "pass"), None)


def _named(rows: Sequence[Mapping[str, Any]], wanted: str) -> Mapping[str, Any] | None:
    return next((row for row in rows if wanted in (row["tags"][VERSION_TAG], str(row["number"]))), None)


def _version(engine: Engine, model: str, row: Mapping[str, Any]) -> Version:
    name, digest = row["tags"][VERSION_TAG], row["tags"][DIGEST_TAG]
    known = find_model(engine, model, name)
    folder = Path(known.model_path) if known else stored_folder(f"{model}:{name}")
    if folder is None:
        raise FlowError(f"{model}: neither the database nor the model store knows the files of version {name}")
    return Version(model, row["number"], digest, folder)


def _verdict(engine: Engine, model: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the verdict as the ledger keeps it, else as the version is tagged."""
    tags = row["tags"]
    for entry in reversed(read_ledger(engine, model)):
        verdict: Mapping[str, Any] = entry.evidence.get("verdict") or {}
        if entry.version == tags[VERSION_TAG] and verdict:
            return verdict
    return {"outcome": tags.get(GATE_TAG), "decision": tags.get(DECISION_TAG), "reasons": [tags.get(REASONS_TAG, "")]}


def _store(settings: Settings, version: Version) -> None:
    """See to it that the model store holds the version, and the bucket where one is set.

    A copy that is whole needs no artifact folder any more. That it is there does not say that the bucket has it: an
    earlier try may have ended between the two.
    """
    folder = stored_folder(version.tag)
    if folder is not None and is_intact(folder, version.artifact_sha256):
        open_signer(settings).sign(folder, Expected(version.model, version.name, version.artifact_sha256))
        publish(settings, version.tag, folder)
        return
    if not version.artifact_dir.is_dir():
        raise FlowError(f"{version.tag}: its files are gone from {version.artifact_dir}; train it again")
    store_version(settings, version.tag, version)
