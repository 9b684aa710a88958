"""Settings of the bucket of promoted versions, of signing keys and of MLflow's artifacts."""

import pytest
from pydantic import ValidationError

from configs.models_settings import ModelsSettings
from configs.settings import TrackingSettings
from configs.signing_settings import SigningSettings


@pytest.mark.parametrize("bucket", ["A-Bucket", "no/folder", "ab", "-a-bucket", "s3://bucket"])
def test_a_name_that_s3_would_refuse_is_refused(bucket: str) -> None:
    with pytest.raises(ValidationError, match="bucket"):
        ModelsSettings(bucket=bucket)


@pytest.mark.parametrize("prefix", ["", "/models", "models/", "a//b", "../models", "a b"])
def test_a_prefix_is_names_between_slashes(prefix: str) -> None:
    with pytest.raises(ValidationError, match="prefix"):
        ModelsSettings(prefix=prefix)


def test_the_signing_key_is_a_file_or_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_SIGNING_KEY_PEM", "the-secret")
    assert "the-secret" not in repr(SigningSettings())
    monkeypatch.setenv("SDAI_SIGNING_KEY", "/some/file.pem")
    with pytest.raises(ValidationError, match="not both") as refused:
        SigningSettings()
    assert "the-secret" not in str(refused.value)


def test_a_key_of_kms_stands_alone_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_SIGNING_KMS_KEY", "alias/model-signing")
    assert SigningSettings().kms_key == "alias/model-signing"
    monkeypatch.setenv("SDAI_SIGNING_KEY_PEM", "text")
    with pytest.raises(ValidationError, match="one of SDAI_SIGNING_KEY_PEM, SDAI_SIGNING_KMS_KEY, not both"):
        SigningSettings()


@pytest.mark.parametrize("place", ["bucket/folder", "http://bucket", "gs://bucket"])
def test_artifacts_are_kept_on_s3_or_in_a_folder(place: str) -> None:
    with pytest.raises(ValidationError, match="artifacts"):
        TrackingSettings(artifacts=place)
