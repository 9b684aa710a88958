"""Fuzz the running service from its own description: ``python -m benchmarks.run_fuzz [--examples 500]``.

Schemathesis makes valid and invalid requests for every operation of ``/docs.json`` and sends them to the real service
with the promoted models. What must hold: no 5xx, statuses, media types and answers as described, nothing of the inside
in any answer (`benchmarks/load/fuzz_checks.py`). `tests/serving/test_fuzz.py` does the same for seconds.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.load.service import LoadedService
from configs import load_settings
from configs.settings import PROJECT_ROOT
from flows.samples import write_sample_models

CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")


def main() -> None:
    """Print what Schemathesis found; ends with its status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=500, help="requests an operation and phase")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, help="work folder (.sdai) with promoted models; default: the project's")
    options = parser.parse_args()
    source = (options.work or load_settings().paths.work).resolve()
    with tempfile.TemporaryDirectory(prefix="sdai-fuzz-", ignore_cleanup_errors=True) as folder:
        service = LoadedService(source, Path(folder), workers=1, settings={"SDAI_LIMITS_UPLOAD_RATE": "100000/second"})
        service.prepare()
        write_sample_models(Path(folder) / ".sdai" / "ifc")
        service.start()
        try:
            status = fuzz(service, options.examples, options.seed)
        finally:
            service.stop()
    raise SystemExit(status)


def fuzz(service: LoadedService, examples: int, seed: int) -> int:
    """Run Schemathesis against a service; return its exit status, 0 = nothing was found."""
    options = ["--checks", ",".join((*CHECKS, "tells_nothing")), "--max-examples", str(examples), "--seed", str(seed)]
    own = ["--header", f"Authorization: Bearer {service.tokens()[0]}", "--continue-on-failure", "--no-color"]
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{service.url}/docs.json", *options, *own]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "benchmarks.load.fuzz_checks", "PYTHONPATH": str(PROJECT_ROOT)}
    return subprocess.run(command, env=environment, cwd=service.home, check=False).returncode


if __name__ == "__main__":
    main()
