"""The Lightning module and its run: cross-entropy on tags, warm-up and cosine decay, resume from the last epoch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.compliance_checker.batches import IGNORED, BatchOrder, Encoded, RowIndices, to_device

_WARM_UP_SHARE = 0.06


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to learn."""

    epochs: int
    learning_rate: float
    weight_decay: float
    batch_tokens: int
    patience_epochs: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where to learn: device, scratch folder, seed, progress bar or not."""

    device: str
    scratch_dir: Path
    seed: int
    show_progress: bool


def learn(tagger: Any, training: Encoded, validation: Encoded, schedule: Schedule, place: Place) -> list[dict[str, float]]:
    """Train the tagger in place, to the weights of its best epoch; return a history entry an epoch."""
    import pytorch_lightning as lightning
    from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
    from torch.utils.data import DataLoader

    orders = (
        BatchOrder(training.sizes, schedule.batch_tokens, place.seed, shuffle=True),
        BatchOrder(validation.sizes, schedule.batch_tokens * 4, place.seed, shuffle=False),
    )
    module = _module(tagger, to_device(training, place.device), to_device(validation, place.device), orders, schedule, place)
    keep = ModelCheckpoint(
        dirpath=place.scratch_dir, monitor="validation_loss", save_last=True, save_top_k=1, filename="best"
    )
    stop = EarlyStopping("validation_loss", patience=schedule.patience_epochs)
    trainer = lightning.Trainer(
        max_epochs=schedule.epochs,
        accelerator="gpu" if place.device == "cuda" else "cpu",
        devices=1,
        precision="bf16-mixed" if place.device == "cuda" else "32-true",
        logger=False,
        callbacks=[keep, stop],
        enable_progress_bar=place.show_progress,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        gradient_clip_val=1.0,
        deterministic=True,
    )
    loaders = [
        DataLoader(RowIndices(len(order.sizes)), batch_size=None, sampler=order)  # type: ignore[arg-type]
        for order in orders
    ]
    last = place.scratch_dir / "last.ckpt"
    trainer.fit(module, loaders[0], loaders[1], ckpt_path=str(last) if last.exists() else None, weights_only=False)
    _restore(module, Path(keep.best_model_path))
    return list(module.history)


def _restore(module: Any, path: Path) -> None:
    import torch

    if path.is_file():
        module.load_state_dict(torch.load(path, map_location="cpu", weights_only=False)["state_dict"])


def _module(tagger: Any, training: Any, validation: Any, orders: Any, schedule: Schedule, place: Place) -> Any:
    import pytorch_lightning as lightning
    import torch

    class TaggerModule(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.tagger = tagger
            self.history: list[dict[str, float]] = []
            self._sums = np.zeros(4)

        def on_train_epoch_start(self) -> None:
            # From seed and epoch alone, so that a resumed run repeats an unbroken one.
            torch.manual_seed(place.seed + 7919 * self.current_epoch)
            self._sums = np.zeros(4)

        def training_step(self, rows: Any, _: int) -> Any:
            loss, _ = self._loss(training, rows)
            self._sums[:2] += float(loss.detach()), 1.0
            return loss

        def validation_step(self, rows: Any, _: int) -> None:
            loss, wrong = self._loss(validation, rows)
            self._sums[2:] += float(loss) * len(rows), float(wrong)

        def on_validation_epoch_end(self) -> None:
            count = len(validation[0])
            loss, wrong = self._sums[2] / count, self._sums[3] / count
            self.log("validation_loss", loss, prog_bar=True)
            train_loss = self._sums[0] / max(self._sums[1], 1.0)
            self.history.append(
                {
                    "step": float(self.current_epoch),
                    "train_loss": float(train_loss),
                    "validation_loss": float(loss),
                    "validation_segment_error": float(wrong),
                }
            )

        def _loss(self, data: Any, rows: Any) -> tuple[Any, Any]:
            ids, labels, sizes = data
            rows = torch.as_tensor(rows, device=ids.device)
            length = int(sizes[rows].max())
            part, wanted = ids[rows, :length], labels[rows, :length]
            mask = (torch.arange(length, device=ids.device) < sizes[rows, None]).long()
            logits = self.tagger(part, mask)
            loss = torch.nn.functional.cross_entropy(
                logits.float().flatten(0, 1), wanted.flatten(), ignore_index=IGNORED
            )
            wrong = ((logits.argmax(-1) != wanted) & (wanted != IGNORED)).any(-1).sum()
            return loss, wrong

        def configure_optimizers(self) -> Any:
            optimizer = torch.optim.AdamW(
                self.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
            )
            total = schedule.epochs * len(orders[0])
            warm = max(int(total * _WARM_UP_SHARE), 1)

            def rate(step: int) -> float:
                rising = min((step + 1) / warm, 1.0)
                return rising * 0.5 * (1.0 + float(np.cos(np.pi * min(step / total, 1.0))))

            scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

        def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
            checkpoint["history"] = self.history

        def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
            self.history = list(checkpoint["history"])

    return TaggerModule()
