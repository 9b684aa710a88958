"""The one base error of the `training` package."""


class TrainingError(RuntimeError):
    """Training cannot go on: the message says what is wrong, where, and how to mend it."""
