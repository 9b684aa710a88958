"""Public request and response of the batch form of a question."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from serving.schemas.base import RequestModel


class Request(RequestModel):
    """Many requests of one kind; each is read and answered, or refused, on its own."""

    items: list[Any] = Field(min_length=1, description="requests as the single form takes them")


class Result(BaseModel):
    """What became of one item: ``answer`` with status 200, else ``problem``."""

    model_config = ConfigDict(extra="forbid")

    index: int = Field(ge=0, description="place in `items`, from 0")
    status: int = Field(description="HTTP status that the single form would have answered")
    answer: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None


class Response(BaseModel):
    """A result for every item, in order."""

    model_config = ConfigDict(extra="forbid")

    results: list[Result]
    succeeded: int = Field(ge=0)
    failed: int = Field(ge=0)
    request_id: str
