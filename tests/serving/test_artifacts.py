"""Which versions a process is told to serve."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from serving.artifacts import CANDIDATES_VARIABLE, Artifact, Champions, candidate_listing, folder_digest, open_source
from serving.errors import ArtifactError, ServingError
from serving.store import Action, Promotion, open_database, record_promotion

NAME = "risk_analyzer"


def promote(url: str, version: str, action: Action = Action.PROMOTE, model: str = NAME) -> None:
    engine = open_database(url)
    evidence = {"artifact_sha256": version * 2}
    record_promotion(
        engine, Promotion(model, action, version, f"{model}:{version}", "why", "who", evidence), datetime.now(UTC)
    )
    engine.dispose()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/store.db"


def test_the_ledgers_champions_are_told_when_the_ledger_has_changed(url: str) -> None:
    source = Champions(url)
    assert source.poll() == {}
    assert source.poll() is None
    promote(url, "1-a")
    assert source.poll() == {NAME: Artifact("1-a", "1-a1-a", tag=f"{NAME}:1-a")}
    assert source.poll() is None
    promote(url, "2-b", Action.REFUSE)
    assert source.poll() == {NAME: Artifact("1-a", "1-a1-a", tag=f"{NAME}:1-a")}
    promote(url, "3-c")
    promote(url, "1-a", Action.ROLLBACK)
    assert source.poll() == {NAME: Artifact("1-a", "1-a1-a", tag=f"{NAME}:1-a")}
    source.close()


def test_a_model_this_release_does_not_know_is_none_of_ours(url: str) -> None:
    promote(url, "1-a", model="bridge_designer")
    assert Champions(url).poll() == {}


def test_candidates_stand_in_for_the_ledger(tmp_path: Path) -> None:
    listing = tmp_path / "candidates.json"
    listing.write_text(candidate_listing({NAME: ("/somewhere/model", "ab" * 32)}))
    source = open_source("sqlite:////nowhere/at/all.db", {CANDIDATES_VARIABLE: str(listing)})
    found = Artifact("candidate", "ab" * 32, folder=Path("/somewhere/model"))
    assert source.poll() == {NAME: found}
    assert found.locate() == Path("/somewhere/model")
    assert source.poll() is None
    source.close()


@pytest.mark.parametrize("content", ["{", "[]]", json.dumps({NAME: "/a/folder"}), json.dumps({NAME: {"folder": "/a"}})])
def test_a_listing_without_digests_is_refused(tmp_path: Path, content: str) -> None:
    listing = tmp_path / "candidates.json"
    listing.write_text(content)
    with pytest.raises(ServingError, match="artifact_sha256"):
        open_source("", {CANDIDATES_VARIABLE: str(listing)})


def test_the_digest_of_a_folder_takes_names_and_contents_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "b").write_text("1")
    (folder / "a.b").write_text("2")
    first = folder_digest(folder)
    # Fixed, because it is what ledgers hold: names and contents in the order of their parts.
    assert first == "94d38099f12bb45bdf2cf32490e7f1eb41a107b72b49af49c2b8624dee7eabc0"
    (folder / "registered_model_meta").write_text("MLflow's")
    (folder / "model.sig").write_text("a signature")
    assert folder_digest(folder) == first
    (folder / "a.b").rename(folder / "a.c")
    assert folder_digest(folder) != first


def test_a_folder_that_holds_nothing_or_is_not_there_has_no_digest(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "gone"):
        with pytest.raises(ArtifactError, match="train or promote the model again"):
            folder_digest(folder)
