"""Loaded versions: loaded once, kept for a time, the least recently used gone first."""

import threading

import pytest

from serving.caching import LoadedVersions
from serving.errors import ArtifactError


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_going_back_to_a_version_loads_nothing() -> None:
    versions: LoadedVersions[object] = LoadedVersions(4, 3_600)
    first = versions.get_or_load("risk_analyzer", "1", object)
    second = versions.get_or_load("risk_analyzer", "2", object)
    assert first is not second
    assert versions.get_or_load("risk_analyzer", "1", lambda: pytest.fail("loaded twice")) is first
    assert versions.get_or_load("section_optimizer", "1", object) is not first


def test_a_version_stays_an_hour_after_its_last_use() -> None:
    clock = Clock()
    versions: LoadedVersions[object] = LoadedVersions(4, 3_600, clock)
    first = versions.get_or_load("risk_analyzer", "1", object)
    for _ in range(3):
        clock.now_s += 3_599
        assert versions.get_or_load("risk_analyzer", "1", object) is first
    clock.now_s += 3_601
    assert versions.get_or_load("risk_analyzer", "1", object) is not first


def test_they_are_bounded_and_can_be_forgotten() -> None:
    versions: LoadedVersions[object] = LoadedVersions(2, 3_600)
    first = versions.get_or_load("risk_analyzer", "1", object)
    for version in "23":
        versions.get_or_load("risk_analyzer", version, object)
    assert len(versions) == 2
    assert versions.get_or_load("risk_analyzer", "1", object) is not first
    versions.forget("risk_analyzer", "1")
    assert len(versions) == 1


def test_threads_load_a_version_once_and_share_its_failure() -> None:
    versions: LoadedVersions[object] = LoadedVersions(2, 3_600)
    go_on, begun, got = threading.Event(), [], []

    def load() -> object:
        begun.append(1)
        assert go_on.wait(5)
        raise ArtifactError("damaged")

    def ask() -> None:
        try:
            versions.get_or_load("risk_analyzer", "1", load)
        except ArtifactError as error:
            got.append(error)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    while len(versions._flights) == 0:
        threading.Event().wait(0.001)
    threading.Event().wait(0.05)
    go_on.set()
    for thread in threads:
        thread.join(5)
    assert len(got) == 6
    assert len(begun) < 6
    assert len(versions) == 0
    assert versions.get_or_load("risk_analyzer", "1", lambda: "mended") == "mended"
