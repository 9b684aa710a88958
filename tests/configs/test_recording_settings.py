import pytest
from pydantic import ValidationError

from configs import load_settings
from configs.recording_settings import RecordingSettings, WhenFull


def test_by_default_nothing_acknowledged_is_lost() -> None:
    assert RecordingSettings().when_full is WhenFull.REFUSE


def test_the_environment_sets_it_and_all_settings_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_RECORDING_WHEN_FULL", "drop")
    load_settings.cache_clear()
    try:
        assert load_settings().recording.when_full is WhenFull.DROP
    finally:
        load_settings.cache_clear()


@pytest.mark.parametrize(
    "wrong", [{"folder": "../elsewhere"}, {"folder": "/tmp"}, {"batch_rows": 0}, {"when_full": "maybe"}, {"bogus": 1}]
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RecordingSettings(**wrong)
