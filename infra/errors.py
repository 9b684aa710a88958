"""The one base error of the `infra` package."""


class InfraError(ValueError):
    """A price list or a plan cannot be used: the message says what is wrong, where, and how to mend it."""
