"""Device choice (``auto`` means CUDA when there is one) and the state of torch that a training starts from."""

import os

from training.contract import TrainingJob
from training.errors import TrainingError

DEVICES = ("auto", "cpu", "cuda")
REPEATABLE_CUBLAS = ":4096:8"
"""Workspace that makes cuBLAS repeat its sums in the same order; it has to be set before the first product."""


def resolve_device(requested: str) -> str:
    """Return ``"cuda"`` or ``"cpu"``; asking for CUDA where there is none raises `TrainingError`."""
    import torch

    if requested not in DEVICES:
        raise TrainingError(f"device {requested!r} is unknown; use one of {', '.join(DEVICES)}")
    available = torch.cuda.is_available()
    if requested == "cuda" and not available:
        raise TrainingError("device 'cuda' was asked for but none is available; set device to 'auto' or 'cpu'")
    return "cuda" if available and requested != "cpu" else "cpu"


def xgboost_device(requested: str) -> str:
    """Return where XGBoost trains: on CUDA when there is one and the installed XGBoost was built for it."""
    import xgboost

    device = resolve_device(requested)
    return device if xgboost.build_info().get("USE_CUDA") else "cpu"


def prepare_torch(job: TrainingJob) -> str:
    """Seed torch, bound its CPU threads and ask it for repeatable kernels; return the job's device."""
    import torch

    device = resolve_device(job.device)
    if device == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", REPEATABLE_CUBLAS)
    torch.set_num_threads(job.threads)
    torch.manual_seed(job.seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    return device
