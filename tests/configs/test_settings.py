"""Settings: shipped values, overrides, refusal of unknown keys."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from configs.connection_costs import load_connection_costs
from configs.settings import DatasetSettings, GateSettings


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


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_DATASET_SEED", "99")
    assert DatasetSettings().seed == 99


def test_an_unknown_key_in_a_file_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dataset.yaml").write_text("sead: 1\n")
    monkeypatch.setenv("SDAI_CONFIG_DIR", str(tmp_path))
    with pytest.raises(ValidationError, match="sead"):
        DatasetSettings()


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
