"""What the project is made of, for `make scan`: known vulnerabilities of packages, secrets in tracked files."""

import os
import sys

from infra.supply import secret_scan
from infra.supply.audit import LOCKS, REQUIRED, ROOT, ask_pip_audit, audit


def main() -> int:
    """Run both; the exit code is 1 where there is a finding, or where an audit is required and was not possible."""
    found = audit([ROOT / name for name in LOCKS], ask_pip_audit)
    print(*found.lines(), sep="\n", flush=True)
    secrets = secret_scan.main([])
    return int(bool(secrets) or not found.passes(os.environ.get(REQUIRED) == "1"))


if __name__ == "__main__":
    sys.exit(main())
