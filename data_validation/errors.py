"""The one base error of the `data_validation` package and the few kinds that callers tell apart."""


class DataError(RuntimeError):
    """Data cannot be built, read or used: the message says what is wrong, where, and how to mend it."""


class SourceError(DataError):
    """A file of entries cannot be read at all (damaged, too large, wrong encoding, missing columns)."""


class ManifestError(DataError):
    """A manifest is missing, damaged or of another version."""


class ValidationFailedError(DataError):
    """Not every expectation holds, so the data must not be trained on."""
