"""A clash check between its options and its tables: the promoted judge, and what it makes of a model."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from flows.clash_check import CheckOrder, Judge, check_models, open_judge
from flows.errors import FlowError
from serving.clash_report.rules import ClashRules, read_rules
from serving.ifc.results import Read
from serving.ifc.sample import write_sample_model
from serving.predictors.clash_detector import Judged
from structural.geometry.findings import DUPLICATE
from structural.problems.clash_detector.request import CONNECTION, HIGH
from tests.serving.promoting import promoting, put_in_service, version_of

pytest.importorskip("matplotlib", reason="flows need the 'train' extra")


class JointsEverywhere:
    """Takes every pair for a joint but what is modelled twice."""

    def judge(self, read: Read, progress: Callable[[float], None]) -> Judged:
        count = len(read.findings)
        classes = np.where(read.findings.kind == DUPLICATE, HIGH, CONNECTION)
        progress(1.0)
        return Judged(read.findings, classes, np.full(count, 0.9), np.zeros(count, dtype=bool), np.full(count, 2.0))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample frame."""
    path = tmp_path_factory.mktemp("models") / "frame.ifc"
    write_sample_model(path)
    return path


def test_the_judge_decides_what_is_a_clash(sample: Path) -> None:
    """One clash is left, the rest are joints; the stages come in order, each to its end."""
    told: list[tuple[str, float]] = []
    judge = Judge(JointsEverywhere(), "7")  # type: ignore[arg-type]
    report = check_models(CheckOrder((sample,), ClashRules()), judge, lambda what, share: told.append((what, share)))
    assert [group.title for group in report.groups] == ["beam B-02 is modelled twice"]
    assert (report.is_judged, report.groups[0].severity, report.groups[0].hours) == (True, "HIGH", 2.0)
    assert len(report.joints) > 10
    stages = list(dict.fromkeys(what for what, _ in told))
    assert stages == ["reading and searching", "telling joints from clashes", "grouping"]
    assert [share for what, share in told if what == stages[0]] == sorted(
        share for what, share in told if what == stages[0]
    )


def test_limits_by_class_count(sample: Path) -> None:
    """The duct 30 mm below the beam is a clash at 50 mm and none at 25 mm for ducts."""
    alone = Judge(None, absence="not asked.")

    def pairs(document: object) -> set[frozenset[str]]:
        report = check_models(CheckOrder((sample,), read_rules(document)), alone, lambda what, share: None)
        return {frozenset(element.name for element in report.of(clash)) for clash in report.clashes}

    duct = frozenset(("B-03", "D-01"))
    limits = {"tolerances": [{"between": [{"kind": "duct"}, {}], "tolerance_mm": 25}]}
    assert duct in pairs(None)
    assert pairs(limits) == pairs(None) - {duct}


def test_without_a_promoted_version_there_is_no_judge_and_a_reason(tmp_path: Path) -> None:
    with promoting(tmp_path / "home") as settings:
        with open_judge(settings) as judge:
            assert judge.predictor is None
            assert "no clash detector has been promoted" in judge.absence
        with open_judge(settings, wanted=False) as judge:
            assert judge.absence == "the trained model was not asked."


@pytest.mark.parametrize("changed", [False, True], ids=["not a model", "changed"])
def test_a_promoted_version_that_does_not_load_ends_the_check(tmp_path: Path, changed: bool) -> None:
    """Without it other pairs would be clashes; the message says how to go on."""
    folder = tmp_path / "artifact"
    folder.mkdir()
    (folder / "model.json").write_text("{}", encoding="utf-8")
    with promoting(tmp_path / "home") as settings:
        stored = put_in_service(settings, version_of("clash_detector", 1, folder))
        if changed:
            (stored / "model.json").write_text('{"a": 1}', encoding="utf-8")
        with pytest.raises(FlowError, match=r"cannot be used: .*--geometry-only"), open_judge(settings):
            pass
