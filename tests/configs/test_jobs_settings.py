"""Settings of jobs and uploads."""

import pytest

from configs.jobs_settings import JobsSettings, UploadsSettings


def test_a_lease_is_longer_than_a_few_signs_of_life() -> None:
    with pytest.raises(ValueError, match="at least three times heartbeat_s"):
        JobsSettings(lease_s=5, heartbeat_s=2)
    assert JobsSettings(lease_s=6, heartbeat_s=2).lease_s == 6


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="Extra inputs"):
        UploadsSettings(keep_day=1)  # type: ignore[call-arg]
