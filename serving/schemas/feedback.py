"""Public request and response of feedback on an answer."""

import math
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator

from serving.schemas.base import RequestModel

MAX_COMMENT_CHARS = 2_000


class Request(RequestModel):
    """What should have been answered."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "prediction_id": "019a7c1f8e2b5d0c9a3f4e6b7d8c1a20",
                "actual": {"recommended_section": "W21x44"},
                "comment": "The depth is limited by a duct.",
            }
        },
    )

    prediction_id: str = Field(pattern="^[0-9a-f]{32}$", description="`prediction_id` of the answer")
    actual: JsonValue = Field(
        description="what should have been answered, in the answer's own fields; of a compliance document "
        '`{"parameters": {…}}` with what was read wrongly, by canonical name; not null'
    )
    comment: str = Field("", max_length=MAX_COMMENT_CHARS, description="in your own words")

    @field_validator("actual")
    @classmethod
    def _says_something(cls, actual: Any) -> Any:
        if actual is None:
            raise ValueError("must not be null: say what should have been answered")
        if not _is_finite(actual):  # 1e999 is JSON, and would be kept as null
            raise ValueError("holds a number that is too large")
        return actual


class Response(BaseModel):
    """A report that was kept."""

    model_config = ConfigDict(extra="forbid")

    feedback_id: str = Field(
        description="names this report; the same report by the same Idempotency-Key has the same one"
    )
    prediction_id: str
    status: Literal["pending"] = Field("pending", description="until somebody has reviewed it")
    request_id: str


def _is_finite(value: Any) -> bool:
    """Return whether all numbers in a JSON value can be written as JSON again."""
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)
