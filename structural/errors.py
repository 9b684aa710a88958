"""The one base error of the `structural` package."""


class StructuralError(ValueError):
    """An engineering input that cannot be used.

    The message says what is wrong, where (the field and, for arrays, the first row), and how to mend it.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field
