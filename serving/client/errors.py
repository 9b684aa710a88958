"""What can go wrong, as seen by a client.

ServingError
  ClientError        everything below
    ProblemError     the service answered with a problem (RFC 9457)
    NoAnswerError    no answer came, or none that can be read
    WaitError        a job was not done in the time given to it
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from serving.errors import ServingError


class ClientError(ServingError):
    """A question was not answered."""


class NoAnswerError(ClientError):
    """The service cannot be reached, the connection broke, or what came is no answer of the service."""


class WaitError(ClientError):
    """A job had not ended when the time given to it was over; it goes on."""


class FieldFault(NamedTuple):
    """A field of the request at fault, and what is wrong with it."""

    field: str
    message: str


class ProblemError(ClientError):
    """The service refused or failed; the members of its answer are the attributes.

    ``status`` (HTTP), ``title``, ``detail``, ``fields`` (the faults of single fields), ``request_id`` (names the
    request in the service's log), ``retry_after_s`` (None: the service says nothing of later), ``type``, ``instance``.
    """

    def __init__(self, status: int, members: Mapping[str, Any], retry_after_s: float | None = None) -> None:
        self.status = status
        self.type = str(members.get("type") or "about:blank")
        self.title = str(members.get("title") or "")
        self.detail = str(members.get("detail") or "")
        self.instance = str(members.get("instance") or "")
        self.request_id = str(members.get("request_id") or "")
        self.fields = _faults(members.get("errors"))
        self.retry_after_s = retry_after_s
        super().__init__(f"{status} {self.title}: {self.detail}" if self.detail else f"{status} {self.title}")

    def __str__(self) -> str:
        """Return the problem in one line, field by field."""
        said = [super().__str__().rstrip(".")]
        said += [f"{fault.field}: {fault.message}" for fault in self.fields if fault.message != self.detail]
        return "; ".join(said)


def _faults(listed: Any) -> tuple[FieldFault, ...]:
    if not isinstance(listed, list):
        return ()
    return tuple(
        FieldFault(str(item.get("field", "")), str(item.get("message", "")))
        for item in listed
        if isinstance(item, dict)
    )
