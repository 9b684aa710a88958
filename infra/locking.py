"""What an extra of the project installs, by the versions that are installed here.

    python -m infra.locking serve aws > build/serving.requirements.txt

prints the pinned closure of extras: what a Bento is built from (`make bento`).
"""

import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.errors import InfraError

PROJECT = "structural-design-ai"


def closure(extras: Iterable[str], project: str = PROJECT) -> dict[str, str]:
    """Return name to version of all that a project's extras bring, what they bring in turn included.

    Raises `InfraError` for a package that is not installed.
    """
    found: dict[str, str] = {}
    asked: set[tuple[str, str]] = set()
    waiting = [(project, extra) for extra in ("", *extras)]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in asked:
            continue
        asked.add((name, extra))
        try:
            installed = distribution(name)
        except PackageNotFoundError as error:
            raise InfraError(f"{name} is not installed; run `make test` or `make run` first") from error
        if name != project:
            found[canonicalize_name(name)] = installed.version
        for text in installed.requires or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                waiting += [(canonicalize_name(needed.name), wanted) for wanted in ("", *needed.extras)]
    return found


def main(extras: list[str]) -> None:
    """Print the closure as requirement lines."""
    for name, version in sorted(closure(extras).items()):
        print(f"{name}=={version.partition('+')[0]}")


if __name__ == "__main__":
    main(sys.argv[1:])
