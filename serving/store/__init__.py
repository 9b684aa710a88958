"""The project's own database: PostgreSQL when a URL is set, a SQLite file otherwise.

What the service keeps while it answers is in the modules `predictions`, `feedback`, `jobs` and `idempotency`.
"""

from serving.store.database import StoreError, open_database
from serving.store.ledger import (
    Action,
    HoldoutUse,
    LedgerRow,
    ModelVersion,
    Promotion,
    current_champions,
    holdout_use_count,
    previous_champion,
    read_ledger,
    record_holdout_use,
    record_model,
    record_promotion,
    verify_ledger,
)

__all__ = [
    "Action",
    "HoldoutUse",
    "LedgerRow",
    "ModelVersion",
    "Promotion",
    "StoreError",
    "current_champions",
    "holdout_use_count",
    "open_database",
    "previous_champion",
    "read_ledger",
    "record_holdout_use",
    "record_model",
    "record_promotion",
    "verify_ledger",
]
