"""From a version to a predictor that may answer: its files verified, loaded, and tried with one question."""

import shutil
import weakref
from collections.abc import Callable
from pathlib import Path

from serving.artifacts import Artifact
from serving.caching import LoadedVersions
from serving.errors import ServingError
from serving.loaded_models import Served
from serving.model_files import ModelFiles
from serving.predictors.contract import load_predictor
from serving.probing import probe
from serving.signing import Expected, SigningError, TrustedKeys, UnverifiedError, copy_checked, verify_folder
from serving.signing.private_copies import PrivateCopies
from structural.errors import StructuralError


class ModelLoader:
    """Loads versions, once as long as they are kept. Blocks: not for the event loop.

    Parameters
    ----------
    copies : makes the folder that a version is loaded from; it goes with its predictor.
    trusted_keys : reads the keys whose signatures count; asked at each load, so that a mended file takes effect.
    kept : versions that were loaded lately.
    files : finds the files of a version.
    """

    def __init__(
        self,
        copies: PrivateCopies,
        trusted_keys: Callable[[], TrustedKeys],
        kept: LoadedVersions[Served],
        files: ModelFiles,
    ) -> None:
        self._copies = copies
        self._files = files
        self._trusted_keys = trusted_keys
        self._kept = kept

    def find(self, problem: str, artifact: Artifact) -> Served | None:
        """Return a version that is kept; None for any other."""
        return self._kept.find(problem, _key(artifact))

    def load(self, problem: str, artifact: Artifact) -> Served:
        """Return a version ready to answer; raises whatever keeps it from that."""
        return self._kept.get_or_load(problem, _key(artifact), lambda: self._load(problem, artifact))

    def keep(self, problem: str, artifact: Artifact, served: Served) -> None:
        """Keep a version that goes out of service, from now on for the time of the cache."""
        self._kept.get_or_load(problem, _key(artifact), lambda: served)

    def expire(self) -> None:
        """Let go of versions that have been out of service for long enough."""
        self._kept.expire()

    def close(self) -> None:
        """Remove the folders that versions were loaded from."""
        self._copies.close()

    def _load(self, problem: str, artifact: Artifact) -> Served:
        folder = self._copies.new(problem)
        try:
            self._verify(problem, artifact, folder)
            predictor = load_predictor(problem, folder)
            probe(problem, predictor)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        # Some predictors read a network again when they first need more threads for it.
        weakref.finalize(predictor, shutil.rmtree, folder, ignore_errors=True)
        return Served(predictor, artifact.version, folder=folder)

    def _verify(self, problem: str, artifact: Artifact, into: Path) -> None:
        if artifact.folder is not None:
            copy_checked(artifact.folder, artifact.sha256, into)
            return
        expected = Expected(problem, artifact.version, artifact.sha256)
        try:
            verify_folder(self._files.locate(artifact), expected, self._trusted_keys(), into)
        except UnverifiedError:
            self._files.discard(artifact)
            raise


def _key(artifact: Artifact) -> str:
    return f"{artifact.version}@{artifact.sha256}"


def told_in_public(error: Exception) -> str:
    """Return what the health page, which anyone may read, says of a version that does not load.

    That is nothing about files of this machine.
    """
    if isinstance(error, ServingError | StructuralError) and not isinstance(error, SigningError):
        return str(error)
    return "the reason is in the service's log"
