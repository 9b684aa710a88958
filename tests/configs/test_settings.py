"""Settings: shipped values, overrides, refusal of unknown keys."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from configs import SettingsError, load_settings
from configs.connection_costs import load_connection_costs
from configs.settings import (
    OTHER_VARIABLES,
    PROJECT_ROOT,
    DatasetSettings,
    GateSettings,
    ServingSettings,
    known_variables,
    refuse_unknown_variables,
)


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    load_settings.cache_clear()
    yield
    load_settings.cache_clear()


def test_the_shipped_dataset_has_301_675_entries() -> None:
    assert 5 * DatasetSettings().entries_per_problem == 301_675


def test_the_shipped_targets_are_those_of_the_design() -> None:
    assert GateSettings().targets == {
        "connection_designer": 0.98,
        "section_optimizer": 0.97,
        "clash_detector": 0.99,
        "compliance_checker": 1.0,
        "risk_analyzer": 0.95,
    }


def test_the_shipped_limits_of_inference_are_milliseconds_a_call() -> None:
    assert GateSettings().inference_p95_ms == {
        "connection_designer": 3,
        "section_optimizer": 5,
        "clash_detector": 150,
        "compliance_checker": 8,
        "risk_analyzer": 3,
    }


def test_the_page_on_evaluation_tells_the_shipped_limits() -> None:
    page = (PROJECT_ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    for name, limit_ms in GateSettings().inference_p95_ms.items():
        assert f"| {name} | {limit_ms:g} ms" in page


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ('{"bridge_designer": 3}', "inference_p95_ms must name exactly"),
        ('{"risk_analyzer": 0}', "milliseconds above 0"),
    ],
)
def test_limits_of_inference_are_one_a_model_and_above_zero(
    limits: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDAI_GATES_INFERENCE_P95_MS", limits)
    with pytest.raises(ValidationError, match=told):
        GateSettings()


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_DATASET_SEED", "99")
    assert DatasetSettings().seed == 99


def test_an_unknown_key_in_a_file_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dataset.yaml").write_text("sead: 1\n")
    monkeypatch.setenv("SDAI_CONFIG_DIR", str(tmp_path))
    with pytest.raises(ValidationError, match="sead"):
        DatasetSettings()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("SDAI_DATASET_BOGUS", "near names: SDAI_DATASET_"),
        ("SDAI_DATASET_ENTRIES_PER_PROBLEMS", "near names: SDAI_DATASET_ENTRIES_PER_PROBLEM"),
        ("SDAI_DATSET_SEED", "near names: SDAI_DATASET_SEED"),
        ("sdai_dataset_sead", "near names: SDAI_DATASET_SEED"),
        ("SDAI_STORE_QQQQQQQQQQQQQQQ", "near names: SDAI_STORE_URL"),
        ("SDAI_QQQQQQQQQQQQQQQQQQQQQ", "settings begin with SDAI_PATHS_…, SDAI_DATASET_…"),
    ],
)
def test_an_unknown_variable_is_refused_with_near_names(name: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert f"environment variable {name} is not known" in str(caught.value)
    assert told in str(caught.value)


def test_known_variables_of_any_case_and_foreign_ones_are_let_through() -> None:
    refuse_unknown_variables([*known_variables(), "sdai_dataset_seed", "PATH", "SDAIX_SEED", "MY_SDAI_SEED"])


def test_every_variable_that_the_code_names_is_known() -> None:
    floors = ("configs", "structural", "data_validation", "training", "serving", "flows", "benchmarks")
    sources = [path for floor in floors for path in (PROJECT_ROOT / floor).rglob("*.py")]
    found = {
        name
        for path in sources
        for name in re.findall(r"\bSDAI_[A-Z0-9_]*[A-Z0-9]\b", path.read_text(encoding="utf-8"))
    }
    assert found <= set(known_variables())
    assert {"SDAI_SERVING_CANDIDATES", "SDAI_DEBUG"} <= found
    assert set(OTHER_VARIABLES) <= set(known_variables())


@pytest.mark.parametrize("proxy", ["0.0.0.0/0", "::/0", "*", "", "balancer", "10.0.0.1/8"])
def test_nobody_is_believed_who_asks_but_named_balancers(proxy: str) -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        ServingSettings(trusted_proxies=(proxy,))
    assert ServingSettings(trusted_proxies=("10.0.0.1", "10.0.0.0/8", "fd00::/8")).trusted_proxies[0] == "10.0.0.1"


def test_splits_that_leave_no_holdout_are_refused() -> None:
    with pytest.raises(ValidationError, match="holdout"):
        DatasetSettings(train_weight_percent=90, validation_weight_percent=10)


def test_a_settings_folder_without_prices_uses_the_shipped_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_connection_costs.cache_clear()
    shipped = load_connection_costs()
    monkeypatch.setenv("SDAI_CONFIG_DIR", str(tmp_path))
    load_connection_costs.cache_clear()
    assert load_connection_costs() == shipped
    load_connection_costs.cache_clear()
