"""The whole checklist: evidence gathered, items judged, those for people named at the end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from configs import Settings
from flows.errors import FlowError
from flows.preflight import evidence, operations, versions
from flows.preflight.items import Item, Outcome
from flows.preflight.people import people_items
from serving.errors import ServingError

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked: the service's address, how old backup and look at the alarms may be, the file of a plan."""

    url: str
    now: datetime
    oldest_backup: timedelta
    oldest_look: timedelta
    plan: Path | None = None


def check_everything(settings: Settings, wish: Wish, progress: Progress = lambda _: None) -> list[Item]:
    """Return every item of the checklist. What cannot be read fails its items; nothing here raises for that.

    Raises `FlowError` only for an address or a file of a plan that is none, which is a slip of who asked.
    """
    items: list[Item] = []
    progress("database")
    items += _of_database(settings)
    progress("dataset")
    record = evidence.read_run(settings)
    dataset = record.get("dataset", {})
    items.append(versions.judge_dataset(dataset.get("sha256"), dataset.get("entries"), evidence.changed_files(record)))
    progress("service")
    items.append(operations.judge_health(wish.url, *evidence.ask_health(wish.url)))
    items.append(operations.judge_rejected(evidence.count_rejected(settings)))
    items += operations.judge_alarms(evidence.read_alarms(settings), wish.now, wish.oldest_look)
    progress("backup")
    items.append(operations.judge_backup(evidence.read_backup(settings), wish.now, wish.oldest_backup))
    items += operations.judge_secrets(evidence.read_secrets(settings))
    resources = evidence.read_plan(wish.plan) if wish.plan else None
    items += operations.judge_plan(resources, str(wish.plan) if wish.plan else "no plan was given")
    return [*items, *people_items()]


def _of_database(settings: Settings) -> list[Item]:
    """Return the items that rest on the database: all of them failed where it cannot be read."""
    try:
        with evidence.opened(settings) as engine:
            schema = evidence.read_schema(engine)
            items = [operations.judge_schema(schema.current, schema.head)]
            if schema.current != schema.head:
                return [*items, _unread("its schema is another")]
            served = evidence.read_versions(settings, engine)
            signatures = evidence.read_signatures(settings, engine)
            chain = evidence.read_chain(engine)
    except (ServingError, FlowError, SQLAlchemyError) as error:
        return [_unread(str(error))]
    timed = evidence.read_timed(settings, evidence.read_run(settings))
    return [
        versions.judge_gates(served),
        versions.judge_targets(served),
        versions.judge_latency(timed, {name: item.version for name, item in served.items()}),
        versions.judge_signatures(*signatures),
        versions.judge_way_back(served),
        operations.judge_ledger(*chain),
        *items,
    ]


def _unread(why: str) -> Item:
    return Item(
        "data",
        "gates, targets, latency, signatures, way back and ledger",
        Outcome.FAILED,
        f"the database cannot be read: {why}",
        "mend SDAI_STORE_URL or start the database, then ask again",
    )
