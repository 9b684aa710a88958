"""Settings of retention: how long the database keeps what it need not keep for ever."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from configs.concern import Concern


class RetentionSettings(Concern):
    """Predictions, their labels. Of jobs, uploaded models and idempotency keys the times stand with their settings.

    Feedback, the promotion ledger, registered versions and uses of the holdout are never deleted.
    """

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_RETENTION_")

    predictions_days: float = Field(
        180.0, gt=0, le=36_500, description="an answer given, with its input, is deleted this long after"
    )
    labels_days: float = Field(
        400.0, gt=0, le=36_500, description="what the engine said of an answer is deleted this long after"
    )
    batch_rows: int = Field(2_000, ge=1, le=100_000, description="rows deleted in one transaction")
    interval_s: float = Field(3_600.0, ge=1, le=604_800, description="pause between two purges by the service")
