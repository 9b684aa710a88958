"""PyTorch Lightning under whichever of its two names is installed, and the one trainer that all networks use.

It is published as ``pytorch_lightning`` and, with the same content, as ``lightning``. The import takes seconds, so this
module is imported only when a training starts.
"""

import logging
from collections.abc import Sequence
from importlib import import_module
from typing import Any

NAMES = ("pytorch_lightning", "lightning.pytorch")


def find_lightning() -> Any:
    """Return the Lightning module; where none of `NAMES` is installed, `ModuleNotFoundError` names both."""
    for name in NAMES:
        try:
            return import_module(name)
        except ModuleNotFoundError as error:
            if error.name not in (name, name.partition(".")[0]):
                raise  # it is installed and lacks something itself
    raise ModuleNotFoundError(f"training a network needs one of {' or '.join(NAMES)}; pip install pytorch-lightning")


pl = find_lightning()


def make_trainer(
    epochs: int, device: str, callbacks: Sequence[Any], *, full_precision: bool = False, **options: Any
) -> Any:
    """Return a `Trainer` that keeps no files and prints nothing.

    ``device`` is ``cpu`` or ``cuda``; on CUDA matrices are multiplied in bf16 unless ``full_precision``.
    ``options`` are further arguments of the `Trainer` and win over those set here.
    """
    for name in NAMES:
        logging.getLogger(name).setLevel(logging.WARNING)  # its tips and device lists
    cuda = device == "cuda"
    settings = {
        "max_epochs": epochs,
        "accelerator": "gpu" if cuda else "cpu",
        "devices": 1,
        "precision": "bf16-mixed" if cuda and not full_precision else "32-true",
        "logger": False,
        "enable_checkpointing": False,
        "enable_model_summary": False,
        "enable_progress_bar": False,
        "callbacks": list(callbacks),
        "num_sanity_val_steps": 0,
        "reload_dataloaders_every_n_epochs": 1,
        "gradient_clip_val": 1.0,
    }
    return pl.Trainer(**(settings | options))
