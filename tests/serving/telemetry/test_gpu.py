"""GPU use, read from what nvidia-smi prints."""

from pathlib import Path

import pytest

from serving.telemetry import gpu
from serving.telemetry.gpu import gpu_sampler, parse_utilization


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("0, 35\n1, 100\n", {"0": 0.35, "1": 1.0}),
        ("0, [N/A]\n", {}),
        ("0, 250\n", {"0": 1.0}),
        ("", {}),
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver\n", {}),
    ],
)
def test_lines_become_shares(text: str, shares: dict[str, float]) -> None:
    assert parse_utilization(text) == shares


def program(folder: Path, script: str) -> str:
    file = folder / "nvidia-smi"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return str(file)


def test_a_program_is_asked_for_use_by_index(tmp_path: Path) -> None:
    script = '[ "$1" = "--query-gpu=index,utilization.gpu" ] && echo "0, 7"'
    assert gpu_sampler(program(tmp_path, script))() == {"0": 0.07}


@pytest.mark.parametrize("script", ["exit 9", "printf '\\377'", "sleep 5"], ids=["fails", "not text", "hangs"])
def test_a_program_that_fails_or_hangs_tells_nothing(
    tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu, "TIMEOUT_S", 0.2)
    assert gpu_sampler(program(tmp_path, script))() == {}


def test_without_the_program_nothing_is_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(gpu.subprocess, "run", None)
    assert gpu_sampler()() == {}
