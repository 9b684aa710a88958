"""From a signed version in the model store to one that may answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from serving import artifacts, loading
from serving.artifacts import Artifact, folder_digest
from serving.caching import LoadedVersions
from serving.errors import ArtifactError
from serving.loading import ModelLoader
from serving.model_files import ModelFiles
from serving.signing import UnverifiedError, open_signing_key, open_trusted_keys, sign_folder
from serving.signing.private_copies import PrivateCopies

NAME = "risk_analyzer"


class Stand:
    """Stands for a predictor: remembers its card and its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.card = json.loads((folder / "model.json").read_text())


class Store:
    """A model store with one signed version, and a loader over it."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "store" / "1-a"
        self.folder.mkdir(parents=True)
        (self.folder / "model.json").write_text('{"skill": 1}')
        sign_folder(self.folder, NAME, "1-a", open_signing_key(None, root / "keys"))
        self.artifact = Artifact("1-a", folder_digest(self.folder), tag=f"{NAME}:1-a")
        self.copies = root / "loaded"
        self.now_s = 0.0
        self.loader = ModelLoader(
            PrivateCopies(self.copies),
            lambda: open_trusted_keys((), root / "keys"),
            LoadedVersions(10, 3_600.0, lambda: self.now_s),
            ModelFiles(None, root / "fetched", 1_000_000),
        )

    def copied(self) -> list[Path]:
        return list(self.copies.glob("process-*/*"))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    made = Store(tmp_path)
    monkeypatch.setattr(artifacts, "_stored", lambda _: made.folder)
    monkeypatch.setattr(loading, "load_predictor", lambda _, folder: Stand(folder))
    monkeypatch.setattr(loading, "probe", lambda *_: None)
    return made


def test_a_signed_version_is_loaded_from_a_private_copy_that_goes_with_it(store: Store) -> None:
    served: Any = store.loader.load(NAME, store.artifact)
    assert (served.version, served.predictor.card) == ("1-a", {"skill": 1})
    assert store.copied() == [served.predictor.folder]
    store.now_s = 3_601.0
    store.loader.expire()
    assert store.copied() == [served.predictor.folder]
    del served
    assert store.copied() == []


def test_files_exchanged_after_the_check_are_not_what_is_loaded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    verify = loading.verify_folder

    def verified_then_exchanged(*args: Any) -> Any:
        found = verify(*args)
        (store.folder / "model.json").write_text('{"skill": "evil"}')
        return found

    monkeypatch.setattr(loading, "verify_folder", verified_then_exchanged)
    served: Any = store.loader.load(NAME, store.artifact)
    assert served.predictor.card == {"skill": 1}


def test_a_version_that_was_changed_leaves_nothing_behind(store: Store) -> None:
    (store.folder / "model.json").write_text('{"skill": 2}')
    with pytest.raises(UnverifiedError):
        store.loader.load(NAME, store.artifact)
    assert store.copied() == []


def test_a_version_that_cannot_answer_its_own_question_is_not_loaded(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(problem: str, predictor: Any) -> None:
        raise ArtifactError("no answer")

    monkeypatch.setattr(loading, "probe", fail)
    with pytest.raises(ArtifactError, match="no answer"):
        store.loader.load(NAME, store.artifact)
    assert store.copied() == []


def test_going_back_within_the_hour_loads_nothing_and_later_loads_again(store: Store) -> None:
    first: Any = store.loader.load(NAME, store.artifact)
    store.now_s = 10 * 3_600.0
    store.loader.expire()
    store.loader.keep(NAME, store.artifact, first)
    store.now_s += 3_599.0
    store.loader.expire()
    assert store.loader.load(NAME, store.artifact).predictor is first.predictor
    store.now_s += 3_601.0
    store.loader.expire()
    assert store.loader.load(NAME, store.artifact).predictor is not first.predictor


def test_a_candidate_needs_no_signature_but_its_digest(store: Store) -> None:
    (store.folder / "model.sig").unlink()
    candidate = Artifact("candidate", store.artifact.sha256, folder=store.folder)
    assert store.loader.load(NAME, candidate).version == "candidate"
    with pytest.raises(UnverifiedError, match="digest differs"):
        store.loader.load(NAME, Artifact("candidate", "0" * 64, folder=store.folder))
    with pytest.raises(UnverifiedError, match="not signed"):
        store.loader.load(NAME, Artifact("1-a", store.artifact.sha256, tag=store.artifact.tag))
