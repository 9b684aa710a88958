"""What ``POST /api/v1/models/ifc`` answers, contract version 1."""

from pydantic import BaseModel, ConfigDict, Field


class Response(BaseModel):
    """A model that is kept, and the key to ask about it."""

    model_config = ConfigDict(extra="forbid")

    model_ifc: str = Field(description="the key of this model in requests of the same client")
    name: str = Field(description="the file name it was sent under")
    ifc_schema: str = Field(description="the schema that its header names")
    sha256: str = Field(description="SHA-256 of its content, hexadecimal")
    size_bytes: int = Field(ge=0)
    request_id: str = ""
