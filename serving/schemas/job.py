"""Long clash jobs as clients see them, contract version 1. A job's request is that of the clash detector."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.schemas import clash_detector

Status = Literal["queued", "running", "done", "failed", "cancelled"]
FINAL: tuple[Status, ...] = ("done", "failed", "cancelled")


class JobSummary(BaseModel):
    """Where a job stands."""

    model_config = ConfigDict(extra="forbid")

    id: str
    status: Status = Field(description="queued, running; and done, failed or cancelled, which are final")
    progress: float = Field(ge=0, le=1, description="share that is done, as last told by its worker")
    attempts: int = Field(ge=0, description="times it was begun")
    request: clash_detector.Request
    error: str | None = Field(None, description="why it failed, or why its last attempt did")
    created_at: datetime
    started_at: datetime | None = Field(None, description="when its last attempt began")
    finished_at: datetime | None = None


class Job(JobSummary):
    """A job with its result."""

    result: clash_detector.Response | None = Field(None, description="the clashes, once it is done")
    request_id: str = ""


class JobList(BaseModel):
    """A page of a client's jobs, newest first."""

    model_config = ConfigDict(extra="forbid")

    jobs: list[JobSummary]
    next: str | None = Field(None, description="`after` of the next page; none on the last")
    request_id: str = ""
