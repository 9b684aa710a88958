"""Which model folder answers for each problem, and the check that it is the one that was promoted.

The promotion ledger names the champion of each problem; its files lie in the BentoML model store. A folder whose
digest differs from the one in the ledger is refused. The environment variable ``SDAI_SERVING_CANDIDATES`` (a JSON file
``{problem: folder}``) makes the service load those folders instead: that is how a version is tried in the real server
before it is promoted.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from serving.errors import ArtifactError, ModelUnavailableError
from structural.problems import PROBLEM_NAMES

CANDIDATES_VARIABLE = "SDAI_SERVING_CANDIDATES"
NOT_CONTENT = frozenset({"registered_model_meta", "model.yaml"})
"""Written into a folder by MLflow when it is loaded, and by BentoML's model store; not part of what was trained."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A model folder ready to load: its path and the version that answers will carry."""

    path: Path
    version: str


def folder_digest(folder: Path) -> str:
    """Return the SHA-256 (hex) over the sorted relative names and contents of all files in a folder.

    A missing or empty folder raises `ArtifactError`.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in NOT_CONTENT)
    if not files:
        raise ArtifactError(f"model folder {folder.name} is missing or empty; train or promote the model again")
    digest = hashlib.sha256()
    for path in files:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def find_artifacts(store_url: str, environment: Mapping[str, str] = os.environ) -> dict[str, Artifact | str]:
    """Return, for each of the five problems, the artifact to load or the reason why there is none."""
    candidates = environment.get(CANDIDATES_VARIABLE)
    if candidates:
        return _candidates(Path(candidates))
    return _champions(store_url)


def _candidates(listing: Path) -> dict[str, Artifact | str]:
    folders = json.loads(listing.read_text(encoding="utf-8"))
    return {
        name: Artifact(Path(folders[name]), "candidate") if name in folders else "no candidate version was given"
        for name in PROBLEM_NAMES
    }


def _champions(store_url: str) -> dict[str, Artifact | str]:
    from serving.store.database import open_database
    from serving.store.ledger import current_champions

    engine = open_database(store_url)
    try:
        champions = current_champions(engine)
    finally:
        engine.dispose()
    found: dict[str, Artifact | str] = {}
    for name in PROBLEM_NAMES:
        if name not in champions:
            found[name] = "no version has passed its gate yet; see `sdai status`"
            continue
        try:
            row = champions[name]
            found[name] = _promoted(row.model_tag, str(row.version), row.evidence.get("artifact_sha256"))
        except ModelUnavailableError as error:
            found[name] = str(error)
    return found


def _promoted(tag: str, version: str, expected_sha256: str | None) -> Artifact:
    import bentoml
    from bentoml.exceptions import NotFound

    try:
        path = Path(bentoml.models.get(tag).path)
    except NotFound as error:
        raise ModelUnavailableError(
            f"promoted version {version} is not in the model store; promote it again"
        ) from error
    if folder_digest(path) != expected_sha256:
        raise ModelUnavailableError(
            f"the files of version {version} are not the ones that were promoted; promote it again"
        )
    return Artifact(path, version)
