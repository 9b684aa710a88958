"""The subprocess that works on one clash job: ``python -m serving.jobs.child``, one JSON line in, JSON lines out.

In: ``parent`` (process id), ``artifact`` (folder), ``version``, ``ifc_root``, ``client``, ``request``, ``limits``
(`memory_bytes`, `cpu_s`, `model_bytes`, `members`). Out: any number of lines ``progress <share>``, then ``result`` or
``refused`` with the answer or the reason as JSON. Whatever else happens is told by exit code and standard error.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from serving.errors import RequestError
from serving.process_limits import die_with_parent, limit_this_process

NICENESS = 10
"""Requests that are waited for go first."""
_TRIANGLES_A_MEMBER, _PAIRS_A_MEMBER = 1_000, 20
"""A model may have so many, on average."""


def main() -> None:
    """Work on the job of the order on standard input."""
    order = json.loads(sys.stdin.buffer.readline())
    die_with_parent(order["parent"])
    # Libraries write to standard output too; lines for the parent go where they cannot.
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    os.nice(NICENESS)
    limit_this_process(order["limits"]["memory_bytes"], order["limits"]["cpu_s"])
    try:
        _say(out, "result", _answer(order, out))
    except RequestError as error:
        _say(out, "refused", str(error))
    except MemoryError:
        _say(out, "refused", "the model needs more memory than a job may use; split it")


def _answer(order: dict[str, Any], out: TextIO) -> Any:
    from serving.ifc.reader import Limits
    from serving.predictors.clash_detector import Predictor
    from serving.schemas.clash_detector import Request
    from structural.errors import StructuralError

    limits = order["limits"]
    allowed = Limits(
        file_bytes=limits["model_bytes"],
        members=limits["members"],
        triangles=_TRIANGLES_A_MEMBER * limits["members"],
        pairs=_PAIRS_A_MEMBER * limits["members"],
        memory_bytes=limits["memory_bytes"],
        seconds=float(limits["cpu_s"]),
    )
    predictor = Predictor(Path(order["artifact"]), Path(order["ifc_root"]), allowed)
    request = Request.model_validate(order["request"])
    try:
        answer = predictor.answer_for(request, order["client"], lambda share: _say(out, "progress", share))
    except StructuralError as error:
        raise RequestError(str(error), field=error.field) from error
    return answer.model_copy(update={"model_version": order["version"]}).model_dump(mode="json")


def _say(out: TextIO, what: str, content: Any) -> None:
    out.write(f"{what} {json.dumps(content, allow_nan=False, separators=(',', ':'))}\n")
    out.flush()


if __name__ == "__main__":
    main()
