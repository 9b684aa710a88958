"""Train the three networks and print how long each takes: ``python -m benchmarks.run_networks DATASET_DIR``.

Made for a machine with a GPU and little else: it needs NumPy, pandas, pyarrow, PyYAML, torch, transformers and
Lightning alone, because it runs the function ``learn`` of each trainer and neither exports nor registers anything.
Parameters and seed are those of ``configs/training.yaml``, read without the settings classes for the same reason.
The first training on CUDA also pays for its start, so ``--rounds`` trains every network again. ``--device cpu``
measures any machine.
"""

import argparse
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
import yaml

from training.contract import TrainingJob
from training.devices import DEVICES, resolve_device

NETWORKS = ("connection_designer", "clash_detector", "compliance_checker")
CONFIG = Path(__file__).parents[1] / "configs" / "training.yaml"
SHOWN = ("accuracy", "validation_loss", "validation_segment_error")
"""Figures of the last epoch that are printed where a network has them; all on the validation split."""


def train_once(problem: str, dataset: Path, device: str, tuned: dict[str, Any]) -> str:
    """Train one network in a folder of its own; return its row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        output, scratch = Path(folder, "artifact"), Path(folder, "scratch")
        output.mkdir()
        scratch.mkdir()
        job = TrainingJob(
            problem=problem,
            dataset_path=dataset / f"{problem}.parquet",
            output_dir=output,
            scratch_dir=scratch,
            seed=tuned["seed"],
            device=device,
            threads=tuned["threads"],
            params=tuned[problem],
        )
        started_s = time.perf_counter()
        learnt = import_module(f"training.{problem}.fit").learn(job)
        seconds = time.perf_counter() - started_s
    last = learnt.history[-1]
    figures = ", ".join(f"{name} {last[name]:.4f}" for name in SHOWN if name in last)
    return f"| {problem} | {len(learnt.history)} | {seconds:.0f} s | {figures} |"


def main() -> None:
    """Train every network as often as asked and print a table a round."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("dataset", type=Path, help="folder that `sdai dataset build` wrote")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    device = resolve_device(arguments.device)
    name = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    tuned = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    for number in range(1, arguments.rounds + 1):
        started_s = time.perf_counter()
        rows = [train_once(problem, arguments.dataset, device, tuned) for problem in NETWORKS]
        print(f"\nRound {number} on {name}, torch {torch.__version__}:\n")
        print("| network | epochs | learnt in | last epoch, validation |\n|---|---|---|---|")
        print("\n".join(rows), f"\nTogether: {time.perf_counter() - started_s:.0f} s")
    if device == "cuda":
        print(f"Peak memory of the device: {torch.cuda.max_memory_allocated() / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
