"""The training loop: Lightning trainer, a fixed number of epochs, resume from the last one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.compliance_checker.batches import BatchOrder, Encoded, RowIndices, to_device


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to learn."""

    epochs: int
    learning_rate: float
    weight_decay: float
    batch_tokens: int
    average_decay: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where to learn: device, scratch folder, seed, progress bar or not."""

    device: str
    scratch_dir: Path
    seed: int
    show_progress: bool


def fit_tagger(
    tagger: Any, training: Encoded, validation: Encoded, schedule: Schedule, place: Place
) -> list[dict[str, float]]:
    """Train the tagger in place, to the average of its weights at the end; return a history entry an epoch.

    The validation loss soon rests on a handful of segments, so the epoch of its least value is one of chance, often too
    early a one for the reader to be certain of what it reads. It is told and decides nothing.
    """
    from torch.utils.data import DataLoader

    from training.compliance_checker.module import Data, Rate, StepBar, TaggerModule
    from training.lightning import make_trainer, pl

    orders = (
        BatchOrder(training.sizes, schedule.batch_tokens, place.seed, shuffle=True),
        BatchOrder(validation.sizes, schedule.batch_tokens * 4, place.seed, shuffle=False),
    )
    steps = schedule.epochs * len(orders[0])
    rate = Rate(schedule.learning_rate, schedule.weight_decay, steps, schedule.average_decay)
    data = [Data(*to_device(part, place.device)) for part in (training, validation)]
    module = TaggerModule(tagger, data[0], data[1], rate, place.seed)
    keep = pl.callbacks.ModelCheckpoint(dirpath=place.scratch_dir, save_last=True, save_top_k=0)
    bar = [StepBar(steps)] if place.show_progress else []
    # Checkpoints are Lightning's own here, and its order of batches is known from the epoch.
    options: dict[str, Any] = {
        "enable_checkpointing": True,
        "reload_dataloaders_every_n_epochs": 0,
        "deterministic": True,
    }
    trainer = make_trainer(schedule.epochs, place.device, [keep, *bar], **options)
    rows: list[Any] = [RowIndices(order.sizes) for order in orders]
    loaders = [
        DataLoader(all_rows, batch_size=None, sampler=order) for all_rows, order in zip(rows, orders, strict=True)
    ]
    last = place.scratch_dir / "last.ckpt"
    trainer.fit(module, loaders[0], loaders[1], ckpt_path=str(last) if last.exists() else None, weights_only=False)
    tagger.load_state_dict(module.averaged.module.state_dict())
    return list(module.history)
