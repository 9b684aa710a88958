"""Device choice: ``auto`` means CUDA when there is one."""

from training.errors import TrainingError

DEVICES = ("auto", "cpu", "cuda")


def resolve_device(requested: str) -> str:
    """Return ``"cuda"`` or ``"cpu"``; asking for CUDA where there is none raises `TrainingError`."""
    import torch

    if requested not in DEVICES:
        raise TrainingError(f"device {requested!r} is unknown; use one of {', '.join(DEVICES)}")
    available = torch.cuda.is_available()
    if requested == "cuda" and not available:
        raise TrainingError("device 'cuda' was asked for but none is available; set device to 'auto' or 'cpu'")
    return "cuda" if available and requested != "cpu" else "cpu"
