"""The one base error of the `serving` package and the few kinds that callers tell apart."""


class ServingError(RuntimeError):
    """Serving cannot answer: the message says what is wrong, where, and how to mend it."""


class RequestError(ServingError):
    """The request cannot be answered as asked (HTTP 4xx); ``field`` is the JSON path of the offending field."""

    def __init__(self, message: str, *, field: str | None = None, status: int = 422) -> None:
        super().__init__(message)
        self.field = field
        self.status = status


class ModelUnavailableError(ServingError):
    """The model of this problem has no promoted version that loads (HTTP 503)."""


class ArtifactError(ServingError):
    """A model artifact is missing, damaged or of another version."""
