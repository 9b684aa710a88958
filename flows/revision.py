"""Which source the program was run from."""

import subprocess
from pathlib import Path

from configs.settings import PROJECT_ROOT

GIT_LIMIT_S = 10.0
CHANGED = "+changed"
"""Follows a commit when files differed from it."""


def source_commit(root: Path = PROJECT_ROOT) -> str | None:
    """Return the commit of a checkout, marked where files differ from it; None outside of one, or without git."""
    commit = _git(root, "rev-parse", "--verify", "HEAD")
    if not commit:
        return None
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    return f"{commit}{CHANGED}" if changed else commit


def _git(root: Path, *arguments: str) -> str | None:
    if not (root / ".git").exists():  # an installed copy inside another project's checkout has no commit of its own
        return None
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(  # noqa: S603  (git, fixed arguments)
            command, capture_output=True, text=True, timeout=GIT_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
