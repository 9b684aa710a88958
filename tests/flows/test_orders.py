"""What the keys of kept results depend on."""

from pathlib import Path
from typing import Any

import pytest

from configs import Settings, load_settings
from flows import digests, orders
from structural.problems import PROBLEM_NAMES

DATASET = {"sha256": "d", "files": {name: {"path": f"/data/{name}", "sha256": name} for name in PROBLEM_NAMES}}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    load_settings.cache_clear()
    return load_settings()


def training_key(problem: str = "risk_analyzer", **changes: Any) -> str:
    load_settings.cache_clear()
    files = {**DATASET["files"], **changes}
    return str(orders.training_order(load_settings(), problem, {"files": files})["key"])


def test_a_training_key_covers_seed_params_device_and_data(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [
        training_key(),
        training_key("section_optimizer"),
        training_key(risk_analyzer={"path": "x", "sha256": "new"}),
    ]
    for name, value in (("SEED", "1"), ("DEVICE", "cpu"), ("RISK_ANALYZER", '{"depth": 9}')):
        monkeypatch.setenv(f"SDAI_TRAINING_{name}", value)
        keys.append(training_key())
    assert len(set(keys)) == len(keys)
    assert training_key() == keys[-1]


def test_a_data_file_that_only_moved_keeps_the_key(settings: Settings) -> None:
    assert training_key() == training_key(risk_analyzer={"path": "/elsewhere", "sha256": "risk_analyzer"})


def test_trainings_side_by_side_share_the_threads(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one of them computes with is part of its key, how many run beside it is not."""

    def order(threads: int, at_once: int) -> dict[str, Any]:
        monkeypatch.setenv("SDAI_TRAINING_THREADS", str(threads))
        monkeypatch.setenv("SDAI_TRAINING_AT_ONCE", str(at_once))
        load_settings.cache_clear()
        return orders.training_order(load_settings(), "risk_analyzer", DATASET)

    assert [order(*both)["threads"] for both in ((2, 2), (8, 2), (2, 1), (1, 4))] == [1, 4, 2, 1]
    assert order(2, 2)["key"] == order(1, 1)["key"] != order(2, 1)["key"]
    assert [order(2, at_once)["alone"] for at_once in (1, 2)] == [True, False]


def test_another_problems_settings_do_not_matter(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = training_key()
    monkeypatch.setenv("SDAI_TRAINING_CLASH_DETECTOR", '{"epochs": 1}')
    assert training_key() == before


def test_evaluation_and_probe_keys_cover_the_artifact(settings: Settings) -> None:
    def evaluation(digest: str) -> str:
        return str(orders.evaluation_order(settings, "risk_analyzer", (Path("/a"), digest), DATASET)["key"])

    def probe(digest: str) -> str:
        return str(orders.probe_order(settings, {"risk_analyzer": (Path("/a"), digest)})["key"])

    assert evaluation("x") != evaluation("y")
    assert probe("x") != probe("y")
    assert evaluation("x") == evaluation("x")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "structural/shapes.py",
        "structural/data/w.csv",
        "structural/problems/risk_analyzer/truth.py",
        "structural/problems/clash_detector/truth.py",
        "training/risk_analyzer/fit.py",
        "training/clash_detector/fit.py",
        "serving/predictors/risk_analyzer.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(digests, "PROJECT_ROOT", tmp_path)
    digests.training_code_version.cache_clear()
    yield tmp_path
    digests.training_code_version.cache_clear()


def risk_code() -> str:
    digests.training_code_version.cache_clear()
    return digests.training_code_version("risk_analyzer")


@pytest.mark.parametrize(
    ("changed", "matters"),
    [
        ("structural/shapes.py", True),
        ("structural/data/w.csv", True),
        ("structural/problems/risk_analyzer/truth.py", True),
        ("training/risk_analyzer/fit.py", True),
        ("structural/problems/clash_detector/truth.py", False),
        ("training/clash_detector/fit.py", False),
        ("serving/predictors/risk_analyzer.py", False),
        ("structural/__pycache__/x.py", False),
    ],
)
def test_code_versions_follow_the_sources_a_model_is_made_by(tree: Path, changed: str, matters: bool) -> None:
    before = risk_code()
    (tree / changed).parent.mkdir(exist_ok=True)
    (tree / changed).write_text("changed")
    assert (risk_code() != before) is matters


def test_an_absent_library_is_noted_as_such() -> None:
    found = digests.library_versions(["numpy", "no-such-library-at-all"])
    assert found["no-such-library-at-all"] == "absent"
    assert found["numpy"][0].isdigit()


def test_an_evaluation_key_covers_the_figures_of_its_problem_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(digests, "_hash_files", lambda paths: hashed.extend(str(path) for path in paths))
    digests.evaluation_code_version.__wrapped__("risk_analyzer")
    figures = {Path(path).name for path in hashed if "figures" in Path(path).parts}
    assert figures == {"__init__.py", "contract.py", "risk_analyzer.py"}
    assert {"inference.py", "evaluation.py", "metrics.py"} <= {Path(path).name for path in hashed}
