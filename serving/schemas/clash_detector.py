"""Public request and response of the clash detector, contract version 1."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.ifc.header import SCHEMAS
from serving.schemas.base import RequestModel

Severity = Literal["LOW", "MEDIUM", "HIGH"]
FindingKind = Literal["hard", "touching", "clearance", "duplicate", "contained", "undecided"]
GroupCause = Literal["modelled_twice", "one_member", "repeated_detail", "storey_shift", "single"]


class Request(RequestModel):
    """Which model to check, and how near members may come."""

    model_config = ConfigDict(json_schema_extra={"example": {"model_ifc": "sample_frame.ifc", "tolerance_mm": 50}})

    model_ifc: str = Field(
        min_length=1,
        max_length=1024,
        description="key of an IFC model below the configured model folder, for example site/frame.ifc; schemas that "
        f"are read: {', '.join(SCHEMAS)}",
    )
    tolerance_mm: float = Field(50.0, ge=1.0, le=200.0, description="pairs with a gap up to this are judged, mm")
    include_connections: bool = Field(False, description="also list the pairs taken for intended joints")


class Clash(BaseModel):
    """One pair of members that clash."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    member1: str = Field(description="name of the first member in the model")
    member2: str = Field(description="name of the second member")
    guid1: str = Field(description="IFC GlobalId of the first member")
    guid2: str = Field(description="IFC GlobalId of the second member")
    severity: Severity
    distance_mm: float = Field(description="gap between the solids, or minus the depth of penetration, mm")
    resolution_hours: float = Field(ge=0, description="work to resolve it by the project's table, hours")
    confidence: float = Field(ge=0, le=1, description="calibrated probability that this class is right")
    approximate: bool = Field(
        description="the network read a member as a straight prism, which it is not quite; the distance is exact all "
        "the same, but for members that are undecided"
    )
    hard: bool = Field(description="the solids share volume; otherwise the clearance is violated")
    kind: FindingKind | None = Field(
        None,
        description="what exact geometry says: the solids share volume, touch, come too near, are one member modelled "
        "twice, or lie one inside the other; undecided where a surface is not closed",
    )
    point_m: tuple[float, float, float] | None = Field(None, description="where to look, m, in the world of the file")
    size_m: float = Field(0.0, ge=0, description="largest side of the box around the clash, m")


class Group(BaseModel):
    """Clashes with one cause: mend it, and they are gone."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    id: str = Field(description="UUID that follows from the members, the same in the next check of the model")
    cause: GroupCause
    title: str = Field(description="the cause in words, with names of the model as they are")
    severity: Severity = Field(description="the worst of its clashes")
    resolution_hours: float = Field(ge=0, description="work to resolve all of it, by the project's rule, hours")
    clashes: list[int] = Field(description="which of `clashes` are in it, counted from 0, worst first")


class Connection(BaseModel):
    """One pair of members that meet on purpose."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    member1: str
    member2: str
    guid1: str
    guid2: str
    distance_mm: float = Field(description="gap between the solids, or minus the depth of their overlap, mm")
    confidence: float = Field(ge=0, le=1)


class Response(BaseModel):
    """Clashes of a model, worst first, and what was looked at."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, protected_namespaces=())

    total_clashes: int = Field(ge=0)
    clashes: list[Clash]
    groups: list[Group] = Field(default_factory=list, description="the clashes by cause, worst first; each is in one")
    confidence: float = Field(ge=0, le=1, description="expected share of the judged pairs whose class is right")
    connections_count: int = Field(ge=0, description="pairs taken for intended joints and left out of the clashes")
    connections: list[Connection] = Field(default_factory=list, description="only with include_connections")
    members: int = Field(ge=0, description="members read from the model")
    members_without_geometry: int = Field(ge=0, description="members that could not be read; they are not checked")
    not_checked: dict[str, int] = Field(
        default_factory=dict, description="what has a shape and is of no class that is checked, by IFC class"
    )
    approximate_members: int = Field(ge=0, description="members that the network read as straight prisms")
    undecided_members: int = Field(
        0, ge=0, description="members whose surface is not closed, or not all read; their pairs are judged by prisms"
    )
    pairs_judged: int = Field(ge=0, description="pairs whose bounding boxes come within the tolerance")
    overruled: int = Field(ge=0, description="pairs whose class exact geometry corrected")
    verified: bool = Field(description="all distances are exact: no member without geometry, none undecided")
    model_version: str = Field("", description="version of the model that answered")
    prediction_id: str = Field("", description="names this answer, for feedback on it")
    request_id: str = Field("", description="the caller's x-request-id, else one made here")
