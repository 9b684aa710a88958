"""Faults of the machine that a model is asked on: no model is to blame for them, and another try may find it well."""

import errno
from http import HTTPStatus

from serving.caching.flights import AbandonedError
from serving.errors import ServingError
from serving.http_problems import Problem

HOST_FAULT = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The service cannot do this just now; ask again.", retry_after_s=5)
_SCARCE = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}
)
"""What the system says that has no files, memory, processes or disk to give."""


def is_fault_of_host(error: Exception) -> bool:
    """Return whether an error tells of the host and not of what was asked or who was asked.

    Where a reader's process does not start or a file does not open, `ServingError` itself is raised; its subclasses
    have other things to say, but for a computation that was stopped.
    """
    if isinstance(error, OSError):
        return error.errno in _SCARCE
    return type(error) is ServingError or isinstance(error, AbandonedError)
