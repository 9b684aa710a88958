"""Which version of each model shall answer, and where its files are.

The promotion ledger names the champion of each problem; its files lie signed in the BentoML model store. The
environment variable ``SDAI_SERVING_CANDIDATES`` (a JSON file ``{problem: {"folder": …, "artifact_sha256": …}}``) makes
the service load those folders instead: that is how a version is tried in the real server before it is promoted. A
candidate is not signed, because a signature says that a version has passed its gate; it is held to the digest that was
measured.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy.engine import Engine

from serving.errors import ModelUnavailableError, ServingError
from serving.signing import files_digest, read_folder
from structural.problems import PROBLEM_NAMES

CANDIDATES_VARIABLE = "SDAI_SERVING_CANDIDATES"
_UNREAD = -1


@dataclass(frozen=True, slots=True)
class Artifact:
    """A version to load: the name that answers will carry, the digest of its files, and where they are.

    A promoted version has a ``tag`` in the model store, a candidate a ``folder``.
    """

    version: str
    sha256: str
    tag: str = ""
    folder: Path | None = None

    def locate(self) -> Path:
        """Return the folder of the files; raises `ModelUnavailableError` when the model store has none."""
        return self.folder if self.folder is not None else _stored(self.tag)


class VersionSource(Protocol):
    """Says which versions shall answer."""

    def poll(self) -> dict[str, Artifact] | None:
        """Return problem to version, or None while nothing has changed since it was last said."""

    def close(self) -> None:
        """Let go of what is open."""


class FixedVersions:
    """The same versions for as long as the process lives."""

    def __init__(self, versions: Mapping[str, Artifact]) -> None:
        self._versions: dict[str, Artifact] | None = dict(versions)

    def poll(self) -> dict[str, Artifact] | None:
        """Return the versions once."""
        versions, self._versions = self._versions, None
        return versions

    def close(self) -> None:
        """Have nothing open."""


class Champions:
    """The champions of the promotion ledger; to be asked by one thread.

    The ledger only grows, so its newest number tells whether anything changed: that is all most looks read.
    """

    def __init__(self, store_url: str) -> None:
        self._store_url = store_url
        self._engine: Engine | None = None
        self._newest: int | None = _UNREAD

    def poll(self) -> dict[str, Artifact] | None:
        """Return problem to champion when the ledger has changed; problems without one are absent.

        Raises `StoreError` or SQLAlchemy's errors while the database cannot be asked.
        """
        from serving.store.database import SILENCE_S, open_database
        from serving.store.ledger import current_champions, newest_entry

        if self._engine is None:
            self._engine = open_database(self._store_url, SILENCE_S)
        newest = newest_entry(self._engine)
        if newest == self._newest:
            return None
        found = {
            name: Artifact(row.version, str(row.evidence.get("artifact_sha256", "")), tag=row.model_tag)
            for name, row in current_champions(self._engine).items()
            if name in PROBLEM_NAMES
        }
        self._newest = newest
        return found

    def close(self) -> None:
        """Close the database."""
        if self._engine is not None:
            self._engine.dispose()


def folder_digest(folder: Path) -> str:
    """Return the SHA-256 (hex) over the sorted relative names and contents of all files in a model folder.

    A folder that is missing, empty or holds links raises `ArtifactError`.
    """
    return files_digest(read_folder(folder))


def open_source(store_url: str, environment: Mapping[str, str] = os.environ) -> VersionSource:
    """Return where this process learns which versions to serve: the candidates it was given, else the ledger."""
    listing = environment.get(CANDIDATES_VARIABLE)
    return FixedVersions(_candidates(Path(listing))) if listing else Champions(store_url)


def candidate_listing(artifacts: Mapping[str, tuple[str, str]]) -> str:
    """Return the content of a file of candidates ``{problem: (folder, SHA-256)}``."""
    return json.dumps(
        {name: {"folder": folder, "artifact_sha256": sha256} for name, (folder, sha256) in artifacts.items()}
    )


def _candidates(listing: Path) -> dict[str, Artifact]:
    try:
        entries = json.loads(listing.read_text(encoding="utf-8"))
        return {
            name: Artifact("candidate", entries[name]["artifact_sha256"], folder=Path(entries[name]["folder"]))
            for name in PROBLEM_NAMES
            if name in entries
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ServingError(
            f"{CANDIDATES_VARIABLE}: {listing} cannot be used ({type(error).__name__} {error}); it holds "
            '{problem: {"folder": …, "artifact_sha256": …}}'
        ) from error


def _stored(tag: str) -> Path:
    import bentoml
    from bentoml.exceptions import NotFound

    try:
        return Path(bentoml.models.get(tag).path)
    except NotFound as error:
        raise ModelUnavailableError("it is not in the model store; promote it again") from error
