"""Prefect's server application with one mend: scheduled runs can be planned under SQLAlchemy 2.1.

Prefect 3.8 plans runs by a bulk INSERT whose rows hold more than columns: values of hybrid properties, which SQLAlchemy
2.0 passed over. 2.1 asks what to do with each and refuses the whole INSERT without an answer, so no schedule would ever
start anything. Here they are passed over again. To go with a Prefect that says so itself.
"""

from collections.abc import MutableMapping
from typing import Any


def create_app() -> Any:
    """Return the application; for ``uvicorn --factory``."""
    from prefect.server.api.server import create_app as create

    pass_over_hybrids()
    return create()


def pass_over_hybrids() -> None:
    """Let a bulk INSERT of runs pass over values of hybrid properties; safe to call again."""
    import sqlalchemy as sa
    from prefect.server.database.orm_models import FlowRun, TaskRun
    from sqlalchemy.ext.hybrid import HybridExtensionType

    for model in (FlowRun, TaskRun):
        mapper: Any = sa.inspect(model)
        for name, found in mapper.all_orm_descriptors.items():
            if found.extension_type is HybridExtensionType.HYBRID_PROPERTY and found.bulk_dml_setter is None:
                found.bulk_dml_setter = _passing_over(name)


def _passing_over(name: str) -> Any:
    def pass_over(_: Any, row: MutableMapping[str, Any], __: Any) -> None:
        row.pop(name, None)

    return pass_over
