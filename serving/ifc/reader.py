"""From a model key to members: the key is resolved below one root, the file is read in a subprocess with limits.

Nothing of the server's own paths reaches a message. The same content is parsed once: members are kept by the file's
SHA-256.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.errors import RequestError, ServingError
from serving.ifc.header import END_MARK, FIELD, START_BYTES, START_MARK, with_kernel_schema
from serving.ifc.keys import open_model, refuse_larger
from structural.geometry.prisms import SECTIONS, Prisms, frame_from
from structural.problems.clash_detector.members import Members
from structural.problems.clash_detector.request import KINDS

_PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one model may cost."""

    file_bytes: int = 100_000_000
    members: int = 5_000
    memory_bytes: int = 4_000_000_000
    seconds: float = 25.0
    kept_models: int = 16


@dataclass(frozen=True, slots=True)
class IfcModel:
    """The members of one model: identifiers (n,), geometry, which ones are exact, and meshes' boxes (n, 3) mm."""

    guids: tuple[str, ...]
    names: tuple[str, ...]
    members: Members
    exact: NDArray[np.bool_]
    without_geometry: int

    def __len__(self) -> int:
        """Return the number of members with geometry."""
        return len(self.guids)


class IfcReader:
    """Reads models below ``root`` by key; keeps the most recent ones in memory."""

    def __init__(self, root: Path, limits: Limits | None = None) -> None:
        self.root = root
        self.limits = limits or Limits()
        self._models: OrderedDict[str, IfcModel] = OrderedDict()
        self._lock = Lock()

    def read(self, key: str, client: str | None = None) -> IfcModel:
        """Return the members of a model; raises `RequestError` when the key or the model cannot be used.

        ``client`` is who asks; None reaches shared models only.
        """
        content = read_file(self.root, key, self.limits.file_bytes, client)
        digest = hashlib.sha256(content).hexdigest()
        with self._lock:
            if digest in self._models:
                self._models.move_to_end(digest)
                return self._models[digest]
        model = parse(content, self.limits)
        with self._lock:
            self._models[digest] = model
            while len(self._models) > self.limits.kept_models:
                self._models.popitem(last=False)
        return model


def read_file(root: Path, key: str, max_bytes: int, client: str | None = None) -> bytes:
    """Return the content of the regular file that ``key`` names below ``root`` for a client; None: shared models only.

    Raises
    ------
    RequestError
        400-range, ``field="model_ifc"``: what `open_model` refuses; too large (413); cut off or no STEP file (422).
    """
    with open_model(root, key, client) as model:
        refuse_larger(model.size_bytes, max_bytes)
        content = model.file.read(max_bytes + 1)
    refuse_larger(len(content), max_bytes)  # it may grow while it is read
    if START_MARK not in content[:START_BYTES] or not content.rstrip().endswith(END_MARK):
        raise RequestError("the model is not a complete IFC STEP file (ISO-10303-21 … END-ISO-10303-21)", field=FIELD)
    return content


def parse(content: bytes, limits: Limits) -> IfcModel:
    """Return the members of an IFC file's content, read by the guarded subprocess."""
    content = with_kernel_schema(content)
    with tempfile.TemporaryDirectory(prefix="sdai-ifc-") as folder:
        path = Path(folder) / "model.ifc"
        path.write_bytes(content)
        answer = _run_worker(path, limits)
    if "refused" in answer:
        raise RequestError(str(answer["refused"]), field=FIELD)
    return _model_of(answer)


def _run_worker(path: Path, limits: Limits) -> dict[str, Any]:
    order = {
        "parent": os.getpid(),
        "model": str(path),
        "memory_bytes": limits.memory_bytes,
        "cpu_s": int(np.ceil(limits.seconds)),
        "max_members": limits.members,
    }
    environment = {"PATH": os.defpath, "PYTHONPATH": str(_PROJECT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "serving.ifc.worker"],
            input=(json.dumps(order) + "\n").encode(),
            capture_output=True,
            timeout=limits.seconds,
            cwd=path.parent,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RequestError(f"the model could not be read within {limits.seconds:g} s; split it", field=FIELD) from error
    except OSError as error:
        raise ServingError(f"the IFC reader does not start: {error.strerror}") from error
    if done.returncode != 0:
        raise RequestError("the model's geometry could not be processed", field=FIELD)
    try:
        answer = json.loads(done.stdout.decode("utf-8", "replace").strip().splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise RequestError("the model's geometry could not be processed", field=FIELD) from error
    return dict(answer)


def _model_of(answer: dict[str, Any]) -> IfcModel:
    found = answer["members"]
    n = len(found)
    sizes = np.array([item["sizes"] for item in found], dtype=float).reshape(n, 5)
    sizes = np.maximum(sizes, 0.1)

    def stack(name: str) -> NDArray[np.float64]:
        return np.array([item[name] for item in found], dtype=float).reshape(n, 3)

    zero = np.zeros(n)
    prisms = Prisms(
        section=np.array([SECTIONS.index(item["section"]) for item in found], dtype=np.int64),
        depth=sizes[:, 0],
        width=sizes[:, 1],
        web=sizes[:, 2],
        flange=sizes[:, 3],
        length=sizes[:, 4],
        cope_length=zero,
        cope_depth=zero,
        opening_at=zero,
        opening_length=zero,
        opening_height=zero,
        origin=stack("origin"),
        frame=frame_from(stack("axis"), stack("up")),
    )
    return IfcModel(
        guids=tuple(item["guid"] for item in found),
        names=tuple(item["name"] for item in found),
        members=Members(np.array([KINDS.index(item["kind"]) for item in found], dtype=np.int64), prisms),
        exact=np.array([item["exact"] for item in found], dtype=bool),
        without_geometry=int(answer["without_geometry"]),
    )
