"""What a worker has in service, and what its health page and readiness make of it."""

from typing import Any

from serving.loaded_models import LEDGER_UNREAD, LOADING, NOTHING_PROMOTED, LoadedModels, Served
from structural.problems import PROBLEM_NAMES


def served(version: str) -> Served:
    predictor: Any = object()
    return Served(predictor, version)


def test_before_the_ledger_was_read_nothing_is_known_and_nobody_is_sent_here() -> None:
    models = LoadedModels()
    assert not models.is_ready()
    assert models.health()["unavailable"] == dict.fromkeys(PROBLEM_NAMES, LEDGER_UNREAD)


def test_nothing_promoted_is_ready_with_nothing_to_answer() -> None:
    models = LoadedModels()
    models.want(frozenset())
    assert models.is_ready()
    assert models.health()["unavailable"] == dict.fromkeys(PROBLEM_NAMES, NOTHING_PROMOTED)
    assert models.health()["status"] == "degraded"


def test_one_that_does_not_load_leaves_the_others_and_none_that_loads_is_not_ready() -> None:
    models = LoadedModels()
    models.want(frozenset({"risk_analyzer", "section_optimizer"}))
    models.miss("risk_analyzer", "version 2-b does not load: damaged")
    assert not models.is_ready()
    models.miss("section_optimizer", "version 1-a does not load: damaged")
    assert not models.is_ready()
    models.put("section_optimizer", served("1-a"))
    assert models.is_ready()
    health = models.health()
    assert (health["status"], health["models"]) == ("degraded", 1)
    assert health["unavailable"]["risk_analyzer"] == "version 2-b does not load: damaged"


def test_who_has_not_tried_all_is_not_ready_and_once_it_has_a_first_version_that_loads_later_changes_nothing() -> None:
    models = LoadedModels()
    models.want(frozenset({"risk_analyzer", "section_optimizer"}))
    models.put("section_optimizer", served("1-a"))
    assert not models.is_ready()
    assert models.health()["unavailable"]["risk_analyzer"] == LOADING
    models.put("risk_analyzer", served("1-r"))
    assert models.is_ready()
    models.want(frozenset({"risk_analyzer", "section_optimizer", "connection_designer"}))
    assert models.health()["unavailable"]["connection_designer"] == LOADING
    assert models.is_ready()


def test_all_in_service_is_healthy_and_an_older_one_in_place_of_another_is_not() -> None:
    models = LoadedModels()
    models.want(frozenset(PROBLEM_NAMES))
    for name in PROBLEM_NAMES:
        models.put(name, served("1-a"))
    assert models.health()["status"] == "healthy"
    models.miss("risk_analyzer", "version 2-b does not load: damaged")
    health = models.health()
    assert (health["status"], health["unavailable"]) == ("degraded", {})
    assert health["not_switched"] == {"risk_analyzer": "version 2-b does not load: damaged; version 1-a goes on"}
    old = models.put("risk_analyzer", served("2-b"))
    assert old is not None
    assert old.version == "1-a"
    assert models.health()["status"] == "healthy"
