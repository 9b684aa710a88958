"""``sdai rollout`` over the real ledger, model store and keys: begin, look, stop; aliases follow."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner

from configs import Settings, load_settings
from configs.rollout_settings import PromotionPath
from flows.actors import user
from flows.candidates import Candidate
from flows.cli import app
from flows.errors import FlowError
from flows.gates import Decision, Outcome, Verdict
from flows.model_store import stored_folder
from flows.promotion import Judged, Version, rollback, versions_in_service
from flows.records import RunRecord, new_run_id
from flows.rollout.entrants import enter, goes_by_canary
from flows.steps import Steps
from flows.tracking import DIGEST_TAG, VERSION_TAG
from serving.signing import SIGNATURE_FILE, Expected, open_trusted_keys, verify_folder
from serving.store import ModelVersion, open_database, record_model
from serving.store.rollouts import find_open_rollout, list_rollouts
from tests.aws import s3_double
from tests.flows.rollout.world import BEGINNING
from tests.serving.promoting import promoting, put_in_service, version_of

MODEL = "risk_analyzer"
PASSED = {"outcome": "pass", "decision": "deploy", "reasons": ["better"]}


class Registry:
    """Takes the place of MLflow: versions with tags, and aliases."""

    rows: ClassVar[list[dict[str, Any]]] = []
    aliases: ClassVar[dict[str, int]] = {}
    is_away = False

    def __init__(self, *_: Any) -> None:
        if self.is_away:
            raise OSError("MLflow is away")

    def versions(self, model: str) -> list[dict[str, Any]]:
        """Return versions, newest first."""
        named = [
            row | {"aliases": [alias for alias, number in self.aliases.items() if number == row["number"]]}
            for row in self.rows
            if model == MODEL
        ]
        return sorted(named, key=lambda row: -row["number"])

    def set_alias(self, _: str, alias: str, number: int) -> None:
        """Move an alias."""
        self.aliases[alias] = number

    def drop_alias(self, _: str, alias: str) -> None:
        """Take an alias away."""
        self.aliases.pop(alias, None)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setattr("flows.cli.rollout._settings", load_settings)
    with promoting(tmp_path) as made:
        for module in ("flows.rollout.effects", "flows.tracking"):
            monkeypatch.setattr(f"{module}.Tracker", Registry)
        monkeypatch.setattr(Registry, "rows", [])
        monkeypatch.setattr(Registry, "aliases", {})
        yield made


def registered(settings: Settings, number: int, gate: str = "pass") -> Version:
    """Return a version that was trained, judged and registered."""
    folder = settings.paths.work / "artifacts" / str(number)
    folder.mkdir(parents=True)
    (folder / "model.json").write_text(str(number))
    version = version_of(MODEL, number, folder)
    tags = {VERSION_TAG: version.name, DIGEST_TAG: version.artifact_sha256, "sdai.gate": gate}
    Registry.rows.append({"number": number, "tags": tags})
    engine = open_database(settings.store_url)
    record_model(engine, ModelVersion(MODEL, version.name, 0.97, 0.95, 1.0, str(folder)), BEGINNING)
    engine.dispose()
    return version


@pytest.fixture
def versions(settings: Settings) -> list[Version]:
    """A champion and a version that passed its gate."""
    first = registered(settings, 1)
    put_in_service(settings, first)
    Registry.aliases["champion"] = 1
    return [first, registered(settings, 2)]


def sdai(*arguments: str, code: int = 0) -> str:
    answer = CliRunner().invoke(app, ["rollout", *arguments])
    assert answer.exit_code == code, answer.output
    return answer.output


def test_a_rollout_begins_with_a_signed_version_in_the_store(settings: Settings, versions: list[Version]) -> None:
    told = sdai("start", MODEL, "--detach")
    assert f"{MODEL}: rollout of {versions[1].name} beside {versions[0].name}: pending" in told
    folder = stored_folder(versions[1].tag)
    assert folder is not None
    trusted = open_trusted_keys(settings.signing.trusted_keys, settings.paths.keys)
    verify_folder(folder, Expected(MODEL, versions[1].name, versions[1].artifact_sha256), trusted)
    (rollout,) = json.loads(sdai("status", "--json"))
    assert (rollout["candidate_tag"], rollout["candidate_sha256"]) == (versions[1].tag, versions[1].artifact_sha256)
    assert rollout["actor"] == f"{user()}, rollout by hand"
    assert [event["kind"] for event in rollout["events"]] == ["started"]
    assert Registry.aliases == {"champion": 1, "canary": 2}


def test_a_promotion_by_hand_moves_the_aliases(versions: list[Version]) -> None:
    sdai("start", MODEL, "2", "--detach")
    assert f"{versions[0].name}: promoted" in sdai("promote", MODEL, "--reason", "enough")
    assert Registry.aliases == {"champion": 2, "previous": 1}
    shown = sdai("status", MODEL)
    for part in ("started", "ended", "settled", "enough", "promotion by hand"):
        assert part in shown
    (ended,) = [line for line in shown.splitlines() if " ended " in line]
    assert "%" not in ended  # the canary's share is 0 again, which is not what became of the version


def test_an_abort_leaves_the_champion_and_may_be_repeated(versions: list[Version]) -> None:
    sdai("start", MODEL, "--detach")
    assert "paused" in sdai("pause", MODEL)
    assert "paused" not in sdai("resume", MODEL)
    assert sdai("abort", MODEL) == sdai("abort", MODEL)
    assert Registry.aliases == {"champion": 1, "challenger": 2}
    assert f"error: {MODEL} has no rollout under way; the last rollout" in sdai("promote", MODEL, code=1)


def test_aliases_that_cannot_be_set_do_not_stop_a_rollout(
    versions: list[Version], monkeypatch: pytest.MonkeyPatch
) -> None:
    sdai("start", MODEL, "--detach")
    monkeypatch.setattr(Registry, "is_away", True)
    assert "promoted" in sdai("promote", MODEL)
    assert "settled" not in sdai("status", MODEL)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("start", "bridge_designer"), "there is no model 'bridge_designer'"),
        (("start", MODEL, "9"), f"{MODEL} has no version '9'; registered: "),
        (("start", MODEL, "1"), "is the champion already"),
        (("start", MODEL, "3"), "did not pass its gate (verdict near)"),
        (("start", MODEL, "--ab", "--share", "1"), "an A/B needs clients in both arms"),
        (("start", "section_optimizer"), "section_optimizer has no version that passed its gate"),
        (("pause", MODEL), "`sdai rollout start` begins one"),
        (("status", "bridge_designer"), "there is no model 'bridge_designer'"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(
    settings: Settings, versions: list[Version], arguments: tuple[str, ...], told: str
) -> None:
    registered(settings, 3, gate="near")
    output = sdai(*arguments, code=1)
    assert told in output
    assert "Traceback" not in output


def test_an_older_version_than_the_champion_is_rolled_out_only_when_it_is_named(
    settings: Settings, versions: list[Version]
) -> None:
    third = registered(settings, 3)
    put_in_service(settings, third)
    registered(settings, 4, gate="near")
    told = sdai("start", MODEL, "--detach", code=1)
    assert f"no version that passed its gate and is newer than the champion, {third.name}" in told
    assert "name an older one" in told
    assert f"rollout of {versions[1].name} beside {third.name}" in sdai("start", MODEL, "2", "--detach")


def test_a_champion_of_another_registry_bounds_nothing(settings: Settings, versions: list[Version]) -> None:
    Registry.rows[:] = [row for row in Registry.rows if row["number"] != 1]
    assert f"rollout of {versions[1].name}" in sdai("start", MODEL, "--detach")


def test_a_start_that_failed_at_the_bucket_reaches_it_when_it_is_tried_again(
    versions: list[Version], monkeypatch: pytest.MonkeyPatch
) -> None:
    with s3_double("versions-bucket") as client:
        monkeypatch.setenv("SDAI_MODELS_BUCKET", "nowhere-bucket")
        load_settings.cache_clear()
        assert "cannot be put where the service fetches it" in sdai("start", MODEL, "--detach", code=1)
        monkeypatch.setenv("SDAI_MODELS_BUCKET", "versions-bucket")
        load_settings.cache_clear()
        assert "rollout of" in sdai("start", MODEL, "--detach")
        kept = [item["Key"] for item in client.list_objects_v2(Bucket="versions-bucket").get("Contents", ())]
    folder = f"models/{MODEL}/{versions[1].name}"
    assert kept == [f"{folder}/model.json", f"{folder}/{SIGNATURE_FILE}"]


def test_files_that_are_gone_are_told(versions: list[Version]) -> None:
    (versions[1].artifact_dir / "model.json").unlink()
    versions[1].artifact_dir.rmdir()
    assert "its files are gone" in sdai("start", MODEL, code=1)


def test_files_that_nobody_knows_are_told(versions: list[Version]) -> None:
    tags = {VERSION_TAG: "4-unknown0", DIGEST_TAG: "d" * 64, "sdai.gate": "pass"}
    Registry.rows.append({"number": 4, "tags": tags})
    assert "neither the database nor the model store knows the files" in sdai("start", MODEL, code=1)


def test_an_ab_is_reported(versions: list[Version]) -> None:
    sdai("start", MODEL, "--ab", "--share", "0.3", "--days", "2", "--detach")
    report = json.loads(sdai("report", MODEL, "--json"))
    assert report["clients"] == {"champion": 0, "canary": 0}
    assert "A/B of" in sdai("report", MODEL)
    assert "had no rollout" in sdai("report", "section_optimizer", code=1)


def test_a_rollout_by_hand_may_go_on_to_an_ab(versions: list[Version]) -> None:
    assert "give one of them" in sdai("start", MODEL, "--ab", "--then-ab", code=1)
    assert "rollout of" in sdai("start", MODEL, "--then-ab", "--detach")
    (rollout,) = json.loads(sdai("status", "--json"))
    assert [phase["weight"] for phase in rollout["policy"]["phases"] if phase["is_ab"]] == [5_000]


def test_nothing_to_show_says_what_begins_one(settings: Settings) -> None:
    assert "`sdai rollout start MODEL` begins one" in sdai("status")
    assert json.loads(sdai("status", "--json")) == []
    assert sdai("watch").strip() == "no rollout is open"


def test_a_run_hands_its_winner_over_once(settings: Settings, versions: list[Version]) -> None:
    assert goes_by_canary(PromotionPath.CANARY, Decision.DEPLOY)
    assert goes_by_canary(PromotionPath.CANARY_AB, Decision.DEPLOY)
    assert not goes_by_canary(PromotionPath.CANARY, Decision.BOOTSTRAP)
    assert not goes_by_canary(PromotionPath.DIRECT, Decision.DEPLOY)
    engine = open_database(settings.store_url)
    judged = Judged(versions[1], PASSED, "ana, scheduled run")
    first = enter(settings, engine, judged, PromotionPath.CANARY)
    assert enter(settings, engine, judged, PromotionPath.CANARY).id == first.id
    sdai("abort", MODEL)
    assert enter(settings, engine, judged, PromotionPath.CANARY).id == first.id
    assert (find_open_rollout(engine, MODEL), len(list_rollouts(engine))) == (None, 1)
    engine.dispose()


def candidate_of(version: Version, decision: Decision) -> Candidate:
    verdict = Verdict(MODEL, Outcome.PASS, decision, (), (decision.value,))
    return Candidate(MODEL, version=version, verdict=verdict)


@pytest.mark.parametrize(
    ("path", "decision", "in_service"),
    [
        (PromotionPath.CANARY, Decision.DEPLOY, 0),
        (PromotionPath.CANARY_AB, Decision.DEPLOY, 0),
        (PromotionPath.CANARY_AB, Decision.BOOTSTRAP, 1),
        (PromotionPath.DIRECT, Decision.DEPLOY, 1),
        (PromotionPath.CANARY, Decision.BOOTSTRAP, 1),
        (PromotionPath.CANARY, Decision.KEEP_CHAMPION, 0),
    ],
)
def test_a_run_promotes_or_rolls_out_as_it_is_told(
    settings: Settings, versions: list[Version], path: PromotionPath, decision: Decision, in_service: int
) -> None:
    record = RunRecord(settings.paths.work / "runs", new_run_id())
    record.note(actor="ana, run by hand")
    steps = Steps(settings, record, path)
    steps._settle(Registry(), candidate_of(versions[1], decision))  # type: ignore[arg-type]
    assert versions_in_service(settings)[MODEL] == versions[in_service].name
    rolled_out = json.loads(sdai("status", "--json"))
    assert len(rolled_out) == (path is not PromotionPath.DIRECT and decision is Decision.DEPLOY)
    if rolled_out:
        compared = [phase["min_time_s"] for phase in rolled_out[0]["policy"]["phases"] if phase["is_ab"]]
        assert compared == ([7 * 86_400] if path is PromotionPath.CANARY_AB else [])
        assert record.content["models"][MODEL] == {"promoted": False, "rollout": rolled_out[0]["id"]}
        assert rolled_out[0]["actor"] == "ana, run by hand"


def test_a_winner_waits_while_another_rollout_is_under_way(settings: Settings, versions: list[Version]) -> None:
    sdai("start", MODEL, "2", "--detach")
    record = RunRecord(settings.paths.work / "runs", new_run_id())
    record.note(actor="ana, run by hand")
    steps = Steps(settings, record, PromotionPath.CANARY)
    third = registered(settings, 3)
    steps._settle(Registry(), candidate_of(third, Decision.DEPLOY))  # type: ignore[arg-type]
    assert record.content["models"][MODEL] == {"promoted": False, "rollout": None}
    (rollout,) = json.loads(sdai("status", "--json"))
    assert rollout["candidate_version"] == versions[1].name


def test_going_back_amid_a_rollout_is_refused_and_says_what_takes_the_version_back(
    settings: Settings, versions: list[Version]
) -> None:
    put_in_service(settings, registered(settings, 3))
    sdai("start", MODEL, "2", "--detach")
    with pytest.raises(FlowError, match=f"sdai rollout abort {MODEL}"):
        rollback(settings, MODEL, "errors")
    assert versions_in_service(settings)[MODEL].startswith("3-")
    sdai("abort", MODEL)
    assert rollback(settings, MODEL, "errors").version == versions[0].name


def run_promotes(settings: Settings, version: Version, path: PromotionPath = PromotionPath.DIRECT) -> RunRecord:
    record = RunRecord(settings.paths.work / "runs", new_run_id())
    record.note(actor="ana, run by hand")
    Steps(settings, record, path)._settle(Registry(), candidate_of(version, Decision.DEPLOY))  # type: ignore[arg-type]
    return record


def test_what_a_rollout_took_back_no_run_promotes_by_itself(settings: Settings, versions: list[Version]) -> None:
    sdai("start", MODEL, "--detach")
    sdai("abort", MODEL, "--reason", "one answer in five was an error")
    facts = run_promotes(settings, versions[1]).content["models"][MODEL]
    assert versions_in_service(settings)[MODEL] == versions[0].name
    assert facts["promoted"] is False
    assert "one answer in five was an error" in facts["reasons"][-1]
    # By a person's word it may come back, and then it is a champion like any other.
    sdai("start", MODEL, versions[1].name, "--detach")
    sdai("promote", MODEL)
    run_promotes(settings, versions[1])
    assert versions_in_service(settings)[MODEL] == versions[1].name


@pytest.mark.parametrize("path", PromotionPath)
def test_what_a_person_went_back_from_no_run_brings_in_by_itself(
    settings: Settings, versions: list[Version], path: PromotionPath
) -> None:
    sdai("start", MODEL, "--detach")
    sdai("promote", MODEL)
    rollback(settings, MODEL, "wrong for seismic loads")
    facts = run_promotes(settings, versions[1], path).content["models"][MODEL]
    assert versions_in_service(settings)[MODEL] == versions[0].name
    assert facts["promoted"] is False
    # Another version is none of it.
    third = registered(settings, 3)
    run_promotes(settings, third)
    assert versions_in_service(settings)[MODEL] == third.name


@pytest.mark.parametrize("option", [("--share", "0.1"), ("--days", "2")])
def test_what_is_of_an_ab_alone_is_not_passed_over(versions: list[Version], option: tuple[str, str]) -> None:
    assert "--ab" in sdai("start", MODEL, *option, "--detach", code=1)
    assert json.loads(sdai("status", "--json")) == []
