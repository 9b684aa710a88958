"""The record of a run: what was done, how long it took, what came out. One JSON file a run, written as it goes on.

`RunRecord` is the project's own memory; Prefect and MLflow show the same facts but are not asked for them.
"""

import json
import os
import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.errors import FlowError

LATEST = "latest.json"
RUN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")


def new_run_id(now: datetime | None = None) -> str:
    """Return a name that sorts by time: ``20260131T030000-1a2b3c``."""
    return f"{(now or datetime.now(UTC)):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)


class RunRecord:
    """The growing record of one run below ``<work>/runs``; every change is on disk when the call returns."""

    def __init__(self, folder: Path, run_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        if not RUN_ID.fullmatch(run_id):
            raise FlowError(f"run id {run_id!r} is not usable as a file name; use letters, digits, '-', '_' and '.'")
        self.path = folder / f"{run_id}.json"
        self.run_id = run_id
        self._clock = clock
        self._started = clock()
        self.content: dict[str, Any] = {
            "run_id": run_id,
            "state": "running",
            "started_at": _now(),
            "stages": {},
            "dataset": {},
            "models": {},
        }
        self.save()

    @property
    def started_at(self) -> datetime:
        """When the run began, with time zone."""
        return datetime.fromisoformat(self.content["started_at"])

    def save(self) -> None:
        """Write the record with the seconds passed so far, also as the latest one."""
        wall_s = self._clock() - self._started
        stages = self.content["stages"].values()
        self.content["wall_seconds"] = round(wall_s, 3)
        # What an earlier run did and this one took over counts with the time it really took.
        self.content["total_seconds"] = round(wall_s + sum(stage["cached_seconds"] for stage in stages), 3)
        write_json(self.path, self.content)
        write_json(self.path.with_name(LATEST), self.content)

    def stage(self, name: str, seconds: float, cached: bool = False) -> None:
        """Add the duration of (a part of) a stage; ``cached`` when an earlier run did the work."""
        entry = self.content["stages"].setdefault(name, {"seconds": 0.0, "cached_seconds": 0.0, "cached": True})
        entry["seconds"] = round(entry["seconds"] + seconds, 3)
        entry["cached_seconds"] = round(entry["cached_seconds"] + (seconds if cached else 0.0), 3)
        entry["cached"] = entry["cached"] and cached
        self.save()

    def dataset(self, **facts: Any) -> None:
        """Note facts of the dataset."""
        self.content["dataset"].update(facts)
        self.save()

    def model(self, name: str, **facts: Any) -> None:
        """Note facts of one model."""
        self.content["models"].setdefault(name, {}).update(facts)
        self.save()

    def note(self, **facts: Any) -> None:
        """Note facts of the whole run."""
        self.content.update(facts)
        self.save()

    def finish(self, state: str, error: str = "") -> None:
        """Close the record: ``completed`` or ``failed`` with the error."""
        self.note(state=state, finished_at=_now(), **({"error": error} if error else {}))


def add_stage(runs: Path, run_id: str, name: str, seconds: float) -> dict[str, Any]:
    """Add what was done around a finished run (starting servers, asking samples) to its record and return it."""
    path = runs / f"{run_id}.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    content["stages"][name] = {"seconds": round(seconds, 3), "cached_seconds": 0.0, "cached": False}
    for total in ("wall_seconds", "total_seconds"):
        content[total] = round(content[total] + seconds, 3)
    write_json(path, content)
    write_json(path.with_name(LATEST), content)
    return content


def read_all(runs: Path) -> list[dict[str, Any]]:
    """Return the records of all runs, newest first; a damaged file is passed over."""
    found = []
    for path in sorted(runs.glob("[0-9]*.json"), reverse=True):
        with suppress(OSError, ValueError):
            found.append(dict(json.loads(path.read_text(encoding="utf-8"))))
    return found


def read_latest(runs: Path, state: str | None = None) -> dict[str, Any]:
    """Return the latest run's record, or the latest in a given state; raises `FlowError` when there is none."""
    if state is None:
        with suppress(OSError, ValueError):
            return dict(json.loads((runs / LATEST).read_text(encoding="utf-8")))
    for record in read_all(runs):
        if state is None or record.get("state") == state:
            return record
    wanted = f"{state} run" if state else "run"
    raise FlowError(f"there is no {wanted} yet; start one with `sdai run`")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
