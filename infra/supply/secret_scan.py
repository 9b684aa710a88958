"""Looks for keys, tokens and passwords in the tracked files (detect-secrets), beside those of the baseline.

    python -m infra.supply.secret_scan --write

writes the baseline again, after each new string in it was looked at and its file has a reason below.
"""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import chdir
from pathlib import Path

from detect_secrets.core import baseline
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

ROOT = Path(__file__).parents[2]
BASELINE = Path(__file__).parent / "secrets.baseline.json"
GENERATED = (
    "infra/checks/aws_schema.json",
    "structural/data/",
    "requirements.lock",
    "infra/supply/secrets.baseline.json",
)
"""Tables and digests that programs wrote: long, and no place where anybody types a password."""
EXPLAINED: Mapping[str, str] = {
    "configs/notify_settings.py": "the example address in a description: user:password@example.com",
    "docs/operations.md": "the same example address",
    "infra/terraform/modules/elasticache/main.tf": "a URL put together from a variable; the password is not in it",
    "tests/configs/test_auth_settings.py": "an address with a password that the settings must refuse",
    "tests/configs/test_cache_settings.py": "a made-up secret that is too short and must be refused",
    "tests/configs/test_store_settings.py": "a made-up password that must not be shown",
    "tests/flows/test_notify.py": "made-up addresses whose passwords must not be logged",
    "tests/infra/test_supply.py": "made-up keys that the scan must find",
    "tests/serving/auth/test_development.py": "a damaged key that must be replaced",
    "tests/serving/client/test_transport.py": "an address with a password that must be refused",
    "tests/serving/edge/test_once.py": "an address with a password that must not be logged",
    "tests/serving/jobs/test_guarded.py": "a made-up password that a child process must not inherit",
    "tests/serving/signing/test_keys.py": "a damaged key that must be refused",
    "tests/serving/store/test_database.py": "a made-up password that must not be shown",
    "tests/serving/store/test_tls.py": "a made-up password that must not be shown",
    "tests/serving/telemetry/test_log_format.py": "made-up tokens and passwords that must not be logged",
    "tests/serving/telemetry/test_tracing.py": "the trace id of the W3C's example",
    "tests/serving/test_artifacts.py": "the digest of known content",
    "tests/serving/test_s3.py": "the digest of known content",
}
"""Files of the baseline and why what was found in them is no secret."""


def tracked(root: Path = ROOT) -> list[str]:
    """Return the files that git tracks, relative to the project, less generated ones."""
    command = ["git", "ls-files", "-z"]
    done = subprocess.run(  # noqa: S603  (fixed arguments; git is found like every tool of a developer)
        command, cwd=root, capture_output=True, text=True, check=True
    )
    names = [name for name in done.stdout.split("\0") if name]
    return [name for name in names if not name.startswith(GENERATED) and (root / name).is_file()]


def scan_files(names: Iterable[str], root: Path = ROOT) -> SecretsCollection:
    """Return what looks like a secret in files."""
    found = SecretsCollection()
    with chdir(root):  # names in the baseline are relative, so that it holds for any place of the project
        for name in names:
            found.scan_file(name)
    return found


def new_secrets(names: Iterable[str], root: Path = ROOT, file: Path = BASELINE) -> list[str]:
    """Return one line for each secret of files that the baseline does not hold; the secret itself is not shown."""
    known = baseline.load(baseline.load_from_file(str(file)), str(file))
    return [f"  {name}:{secret.line_number}: {secret.type}" for name, secret in scan_files(names, root) - known]


def unexplained(file: Path = BASELINE) -> list[str]:
    """Return the files of the baseline without a reason, and reasons without a finding."""
    found = set(baseline.load_from_file(str(file))["results"])
    return sorted(found ^ set(EXPLAINED))


def main(arguments: list[str]) -> int:
    """Print what is new, or write the baseline."""
    if arguments == ["--write"]:
        with default_settings():
            baseline.save_to_file(scan_files(tracked()), str(BASELINE))
        return 0
    new = new_secrets(tracked())
    odd = unexplained()
    print(f"secrets in tracked files: {'finding' if new or odd else 'no finding'}", *new, sep="\n")
    if odd:
        print(f"  baseline and reasons (infra/supply/secret_scan.py) differ: {', '.join(odd)}")
    return int(bool(new or odd))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
