"""From model keys to members and findings: a key is resolved below one root, files are read in a guarded subprocess.

Nothing of the server's own paths reaches a message. The same content is read and searched once for a tolerance: what
was found is kept by the file's SHA-256.
"""

import hashlib
import math
import sys
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from serving.errors import RequestError, ServingError
from serving.ifc.header import END_MARK, FIELD, START_BYTES, START_MARK, refuse_other_formats, with_kernel_schema
from serving.ifc.keys import open_model, refuse_larger
from serving.ifc.results import Read, load
from serving.ifc.zipped import unpacked
from serving.jobs.guarded import At, ChildLimits, Crashed, Done, Event, GuardedRun, Progress, Refused, too_long

COMMAND = (sys.executable, "-m", "serving.ifc.worker")
_MOST_CRASHES = 16
"""So many shapes may crash the geometry kernel and be left out, with what is drawn as they are."""
_RESULT_BYTES = 4_096
_WAIT_S = 0.2


@dataclass(frozen=True, slots=True)
class Limits:
    """What one model may cost. ``seconds`` bounds reading and searching together; ``kept_models`` are remembered."""

    file_bytes: int = 100_000_000
    members: int = 5_000
    triangles: int = 5_000_000
    pairs: int = 100_000
    memory_bytes: int = 3_000_000_000
    seconds: float = 25.0
    kept_models: int = 16


class IfcReader:
    """Reads models below ``root`` by key; keeps what it found in the most recent ones in memory.

    ``turn`` is held while a model is read: it bounds how many the host reads at once, and so their memory.
    """

    def __init__(
        self,
        root: Path,
        limits: Limits | None = None,
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.root = root
        self.limits = limits or Limits()
        self._turn = turn
        self._kept: OrderedDict[tuple[str, float], Read] = OrderedDict()
        self._lock = Lock()

    def read(
        self,
        key: str,
        client: str | None = None,
        tolerance_mm: float = 50.0,
        progress: Callable[[float], None] = lambda _: None,
    ) -> Read:
        """Return the members of a model and its pairs within the tolerance.

        ``client`` is who asks; None reaches shared models only. ``progress`` is told the share that is done, 0 to 1.
        Raises `RequestError` when the key or the model cannot be used, `ServingError` when there is no turn in time.
        """
        content = read_file(self.root, key, self.limits.file_bytes, client)
        kept_as = hashlib.sha256(content).hexdigest(), tolerance_mm
        with self._lock:
            if kept_as in self._kept:
                self._kept.move_to_end(kept_as)
                return self._kept[kept_as]
        with self._turn():
            found = read_models([content], tolerance_mm, self.limits, progress=progress)
        with self._lock:
            self._kept[kept_as] = found
            while len(self._kept) > self.limits.kept_models:
                self._kept.popitem(last=False)
        return found


def read_file(root: Path, key: str, max_bytes: int, client: str | None = None) -> bytes:
    """Return the IFC model in the file that ``key`` names below ``root`` for a client; None: shared models only.

    An ifcZIP is unpacked.

    Raises
    ------
    RequestError
        400-range, ``field="model_ifc"``: what `open_model` and `unpacked` refuse; too large (413); cut off or no STEP
        file (422).
    """
    with open_model(root, key, client) as model:
        refuse_larger(model.size_bytes, max_bytes)
        content = model.file.read(max_bytes + 1)
    refuse_larger(len(content), max_bytes)  # it may grow while it is read
    content = unpacked(content, max_bytes, FIELD)
    refuse_incomplete(content)
    return content


def refuse_incomplete(content: bytes) -> None:
    """Raise `RequestError` when content is no STEP file, or not all of one."""
    refuse_other_formats(content[:START_BYTES], FIELD)
    if START_MARK not in content[:START_BYTES] or not content.rstrip().endswith(END_MARK):
        raise RequestError("the model is not a complete IFC STEP file (ISO-10303-21 … END-ISO-10303-21)", field=FIELD)


def read_models(
    contents: Sequence[bytes],
    tolerance_mm: float,
    limits: Limits,
    *,
    with_meshes: bool = False,
    across: bool = False,
    progress: Callable[[float], None] = lambda _: None,
) -> Read:
    """Return the members of one or more IFC files and all their pairs within the tolerance, found by a subprocess.

    Several files lie in the same world, as those of the disciplines of one building do; `Element.file` tells them
    apart; with ``across`` only pairs of two files are looked at. A member that the geometry kernel dies of is left
    out, with its trouble named. Raises `RequestError` for models that cannot be read within the limits.
    """
    contents = [with_kernel_schema(content) for content in contents]
    deadline_s = time.monotonic() + limits.seconds
    with tempfile.TemporaryDirectory(prefix="sdai-ifc-") as folder:
        paths = []
        for number, content in enumerate(contents):
            paths.append(Path(folder) / f"model-{number}.ifc")
            paths[-1].write_bytes(content)
        order: dict[str, Any] = {
            "models": [str(path) for path in paths],
            "out": folder,
            "tolerance_mm": tolerance_mm,
            "with_meshes": with_meshes,
            "across": across,
            "careful": False,
            "skipped": [],
        }
        for _ in range(_MOST_CRASHES + 2):
            died_at = _run(order, limits, deadline_s, Path(folder), progress)
            if died_at is None:
                return _load(Path(folder))
            if died_at:
                order["skipped"].append(died_at)
            order["careful"] = True
    raise RequestError("the model's geometry could not be processed", field=FIELD)


def _load(folder: Path) -> Read:
    try:
        return load(folder)
    except (OSError, ValueError, KeyError) as error:
        raise ServingError(f"the IFC reader's result cannot be read: {type(error).__name__}") from error


def _run(
    order: dict[str, Any], limits: Limits, deadline_s: float, folder: Path, progress: Callable[[float], None]
) -> list[int] | None:
    """Run the subprocess once; returns None when it is done, else the file and entity it died at, empty if unknown."""
    left_s = max(deadline_s - time.monotonic(), 0.0)
    bounds = {
        "memory_bytes": limits.memory_bytes,
        "cpu_s": math.ceil(left_s) + 1,
        "members": limits.members,
        "triangles": limits.triangles,
        "pairs": limits.pairs,
    }
    child = ChildLimits(limits.seconds, limits.memory_bytes, limits.file_bytes, limits.members, _RESULT_BYTES)
    run = GuardedRun({**order, "limits": bounds}, child, folder, COMMAND)
    at: list[int] = []
    try:
        while True:
            event = run.next_event(min(_WAIT_S, max(deadline_s - time.monotonic(), 0.0)))
            if isinstance(event, Progress):
                progress(event.share)
            elif isinstance(event, At):
                at = event.place
            elif event is not None:
                return _ending(event, at, order["careful"])
            elif time.monotonic() >= deadline_s:
                raise RequestError(too_long(limits.seconds), field=FIELD)
    finally:
        run.end()


def _ending(event: Event, at: list[int], careful: bool) -> list[int] | None:
    match event:
        case Done():
            return None
        case Refused(reason):
            raise RequestError(reason, field=FIELD)
        case Crashed() if not careful or at:
            return at
    raise RequestError("the model's geometry could not be processed", field=FIELD)
