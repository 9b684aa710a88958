"""Settings of the recorder: how answers and feedback are kept until the database has them."""

from enum import StrEnum

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from configs.concern import Concern


class WhenFull(StrEnum):
    """What becomes of an answer that the full journal cannot keep."""

    REFUSE = "refuse"
    DROP = "drop"


class RecordingSettings(Concern):
    """The journal on disk and its way into the database. Sizes are for one worker process."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_RECORDING_")

    folder: str = Field("journal", pattern=r"^\w[\w.-]*$", description="folder of the journals, below SDAI_PATHS_HOME")
    batch_rows: int = Field(500, ge=1, le=5_000, description="records put into the database at a time")
    flush_interval_s: float = Field(0.5, gt=0, le=60, description="pause between two looks at the journal")
    segment_bytes: int = Field(16_000_000, ge=1_000, le=1_000_000_000, description="a journal file ends at this size")
    journal_max_bytes: int = Field(
        2_000_000_000, ge=10_000, description="disk space for records that the database does not have yet"
    )
    when_full: WhenFull = Field(
        WhenFull.REFUSE,
        description="beyond that: refuse = the request gets 503; drop = it is answered and its record is lost",
    )
    store_inputs: bool = Field(True, description="keep the inputs of predictions, which feedback and labels need")
    max_payload_bytes: int = Field(
        262_144, ge=1_000, le=10_000_000, description="a larger input or output is left out of its record"
    )
    retry_max_s: float = Field(10.0, gt=0, le=600, description="longest pause before the database is tried again")
    adopt_interval_s: float = Field(10.0, gt=0, le=3_600, description="pause between looks for journals of the dead")
