"""The Lightning module of the tagger; `learner` imports it only when training starts, because its imports are heavy."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel

from training.averaging import decay_at
from training.compliance_checker.batches import IGNORED
from training.lightning import pl

_WARM_UP_SHARE = 0.06


@dataclass(frozen=True, slots=True)
class Data:
    """Tensors on the device: ids and labels (n, T), number of word pieces (n,)."""

    ids: torch.Tensor
    labels: torch.Tensor
    sizes: torch.Tensor


@dataclass(frozen=True, slots=True)
class Rate:
    """Peak learning rate, weight decay, the steps over which the rate rises and falls to zero, decay of the average."""

    learning_rate: float
    weight_decay: float
    total_steps: int
    average_decay: float


class TaggerModule(pl.LightningModule):  # type: ignore[misc]
    """Cross-entropy on the tag of each word's first piece; ``history`` gets an entry an epoch.

    ``averaged`` is the tagger with a running average of the weights: it is what is validated and kept.
    """

    def __init__(self, tagger: torch.nn.Module, training: Data, validation: Data, rate: Rate, seed: int) -> None:
        super().__init__()
        self.tagger = tagger
        self.averaged = AveragedModel(tagger, avg_fn=self._average)
        self.history: list[dict[str, float]] = []
        self._data = (training, validation)
        self._rate = rate
        self._seed = seed
        self._sums = torch.zeros(4, dtype=torch.float64)

    def on_train_epoch_start(self) -> None:
        """Start the sums of the epoch, on the device: reading them each step would make the host wait for it."""
        self._sums = torch.zeros(4, dtype=torch.float64, device=self.device)

    def training_step(self, batch: Any, _: int) -> torch.Tensor:
        """Return the loss of a batch given by its row indices and its length."""
        # From seed and step alone, so that the dropout of a resumed run is that of an unbroken one.
        torch.manual_seed(self._seed * 1_000_003 + self.global_step)
        loss, _wrong = self._loss(self.tagger, self._data[0], *batch)
        self._sums[0] += loss.detach()
        self._sums[1] += 1.0
        return loss

    def on_train_batch_end(self, *_: object) -> None:
        """Move the running average of the weights."""
        self.averaged.update_parameters(self.tagger)

    def validation_step(self, batch: Any, _: int) -> None:
        """Add up loss and wrong segments of a batch."""
        loss, wrong = self._loss(self.averaged, self._data[1], *batch)
        self._sums[2] += loss.double() * len(batch[0])
        self._sums[3] += wrong

    def on_validation_epoch_end(self) -> None:
        """Write the epoch's figures into the history."""
        count = len(self._data[1].ids)
        trained, steps, loss, wrong = self._sums.tolist()
        loss, wrong = loss / count, wrong / count
        self.log("validation_loss", loss, prog_bar=True)
        self.history.append(
            {
                "step": float(self.current_epoch),
                "train_loss": trained / max(steps, 1.0),
                "validation_loss": loss,
                "validation_segment_error": wrong,
            }
        )

    def configure_optimizers(self) -> Any:
        """Return AdamW with a linear warm-up and a cosine decay."""
        optimizer = torch.optim.AdamW(
            self.tagger.parameters(), lr=self._rate.learning_rate, weight_decay=self._rate.weight_decay
        )
        total = self._rate.total_steps
        warm = max(int(total * _WARM_UP_SHARE), 1)

        def rate(step: int) -> float:
            return min((step + 1) / warm, 1.0) * 0.5 * (1.0 + float(np.cos(np.pi * min(step / total, 1.0))))

        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the history with the weights."""
        checkpoint["history"] = self.history

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take the history up where it was."""
        self.history = list(checkpoint["history"])

    def _average(self, average: torch.Tensor, present: torch.Tensor, updates: torch.Tensor | int) -> torch.Tensor:
        return average.lerp(present, 1.0 - decay_at(int(updates), self._rate.average_decay))

    def _loss(self, tagger: Any, data: Data, rows: Any, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        rows = torch.as_tensor(rows, device=data.ids.device)
        ids, wanted = data.ids[rows, :length], data.labels[rows, :length]  # (B, T)
        mask = (torch.arange(length, device=ids.device) < data.sizes[rows, None]).long()
        logits = tagger(ids, mask)  # (B, T, C)
        loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), wanted.flatten(), ignore_index=IGNORED)
        wrong = ((logits.argmax(-1) != wanted) & (wanted != IGNORED)).any(-1).sum()
        return loss, wrong


class StepBar(pl.Callback):  # type: ignore[misc]
    """One progress bar over the steps of all epochs; a resumed run begins where it was."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._bar: Any = None

    def on_train_start(self, trainer: Any, *_: Any) -> None:
        """Open the bar."""
        from tqdm import tqdm

        self._bar = tqdm(total=self._steps, initial=trainer.global_step, desc="compliance_checker", unit="step")

    def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
        """Move on to the step that has ended."""
        self._bar.update(trainer.global_step - self._bar.n)

    def on_train_end(self, *_: Any) -> None:
        """Close the bar."""
        self._bar.close()
