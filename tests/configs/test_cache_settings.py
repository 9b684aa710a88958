"""Settings of caches and limits: shipped values and what is refused."""

import pytest
from pydantic import ValidationError

from configs.auth_settings import AuthSettings
from configs.cache_settings import CacheSettings
from configs.limits_settings import LimitsSettings


def test_the_shipped_times_are_those_of_the_design() -> None:
    settings = CacheSettings()
    assert (settings.answer_ttl_s, settings.model_ttl_s) == (86_400, 3_600)
    assert AuthSettings().session_ttl_s == 3_600
    assert LimitsSettings().idempotency_ttl_s == 86_400
    assert settings.redis_url is None


def test_problems_come_from_the_environment_and_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_CACHE_REDIS_PROBLEMS", '["risk_analyzer"]')
    assert CacheSettings().redis_problems == ("risk_analyzer",)
    monkeypatch.setenv("SDAI_CACHE_REDIS_PROBLEMS", '["bridge_designer"]')
    with pytest.raises(ValidationError, match="bridge_designer is no problem; known: connection_designer"):
        CacheSettings()


@pytest.mark.parametrize(
    "wrong",
    [
        {"redis_url": "http://x"},
        {"redis_secret": "short"},
        {"redis_secret": "x" * 65},
        {"answer_ttl_s": 0},
        {"size": 1},
    ],
)
def test_wrong_values_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CacheSettings(**wrong)


def test_a_secret_is_not_shown() -> None:
    assert "0123456789abcdef" not in repr(CacheSettings(redis_secret="0123456789abcdef"))
