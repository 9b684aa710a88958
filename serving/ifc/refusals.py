"""How the subprocess that reads a model says that it cannot."""


class RefusedError(ValueError):
    """The model cannot be read; the message is meant for the client."""
