"""What can be wrong before a request is asked about."""

from serving.errors import ServingError


class AuthSetupError(ServingError):
    """Authentication cannot be set up as asked: the message says what is wrong, where, and how to mend it."""


class KeySetError(AuthSetupError):
    """A key set cannot be read or must not be trusted."""
