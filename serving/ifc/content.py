"""What a key of a model stands for, as a digest: a changed file is another question."""

from pathlib import Path

from serving.caching.content import FileDigests
from serving.ifc.reader import resolve


class ModelContent:
    """Digests of the models below a folder. Thread-safe; reads files, so it does not belong on the event loop.

    Parameters
    ----------
    root : the folder that model keys are resolved in.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._digests = FileDigests()

    def digest(self, key: str) -> str:
        """Return the SHA-256 of the model's file; empty where it is no regular file that can be read.

        Raises `RequestError` for a key that names nothing below the folder.
        """
        path = resolve(self._root, key)
        try:
            return self._digests.digest(path) if path.is_file() else ""
        except OSError:
            return ""
