"""The variants of each model that are trained to tell what its parts buy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to build a model.

    ``without`` names the part that is left out, in the singular, as the sentence about it begins; empty where nothing
    is. ``params`` override the settings of the trainer, ``seed_shift`` is added to the seed. With ``rule`` nothing is
    trained: the simple rule of the trainer answers instead.
    """

    name: str
    without: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    seed_shift: int = 0
    rule: bool = False


FULL = Variant("full")
OTHER_SEED = Variant("full, another seed", seed_shift=1)
"""The yardstick of luck: what the same model gains or loses when only the random numbers are others."""


def _keeping(name: str, without: str, *parts: str) -> Variant:
    return Variant(name, without, {"parts": list(parts)})


VARIANTS: dict[str, tuple[Variant, ...]] = {
    "connection_designer": (
        _keeping("without the CNN", "The CNN over the drawing", "attention"),
        _keeping("without the attention", "The attention over the bolts", "cnn"),
        _keeping("scalars only", "Reading the drawing and the bolts at all"),
    ),
    "section_optimizer": (
        _keeping("XGBoost only", "LightGBM beside XGBoost", "xgboost"),
        _keeping("LightGBM only", "XGBoost beside LightGBM", "lightgbm"),
    ),
    "clash_detector": (
        _keeping("without the 3D CNN", "The 3D CNN over the grid", "lstm"),
        _keeping("without the LSTM", "The LSTM over the slices", "cnn"),
        _keeping("scalars only", "Reading the grid at all"),
    ),
    "compliance_checker": (Variant("plain rule reader", "The BERT reader in place of plain rules", rule=True),),
    "risk_analyzer": (
        _keeping("network only", "Stacking the two tree models on the network", "network"),
        _keeping("trees only", "The network below the trees", "xgboost", "lightgbm"),
        _keeping("without XGBoost", "XGBoost in the stack", "network", "lightgbm"),
        _keeping("without LightGBM", "LightGBM in the stack", "network", "xgboost"),
    ),
}
"""What is left out of each model; the full model and `OTHER_SEED` come before."""


def variants_of(problem: str) -> tuple[Variant, ...]:
    """Return all variants of a model, the full one first."""
    return (FULL, OTHER_SEED, *VARIANTS[problem])
