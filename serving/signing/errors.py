"""What is wrong with keys or with what they signed."""

from serving.errors import ArtifactError, ServingError


class SigningError(ServingError):
    """A key cannot be made, read or used; signing or verifying goes no further."""


class UnverifiedError(ArtifactError):
    """An artifact is not proved to be what was promoted, so it is not served; the message says in which way."""
