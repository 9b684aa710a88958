"""The key of an answer: problem, model version, SHA-256 of the canonical request.

Canonical is the JSON of the *validated* request with its defaults filled in, in the order of the model's fields: the
order in which a client wrote them, ``1`` for ``1.0`` and any spelling of a word are gone by then, and an absent field
is its default. So one question has one key, however it is written.

Two requests may share a key only if their answers are equal, which asks for three exceptions:

- Most answers list in ``assumptions`` the defaults that were taken for fields left out. There, leaving out a field that
  has a default is told apart from writing the default down. (A field whose default is null needs no such care: null is
  no value.)
- What a free-form document holds is kept as written, its order and ``10`` against ``10.0`` included, because the reader
  reads it in order and the answer quotes it.
- A request may name something it does not contain, such as a file. What that held is given as ``content``.
"""

import hashlib
import json
from functools import cache
from typing import NamedTuple

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError

ANSWERS_SILENT_ON_DEFAULTS = frozenset({"clash_detector", "compliance_checker"})
"""Problems whose answers do not tell which fields of the request were left out."""


class AnswerKey(NamedTuple):
    """Where an answer is kept. ``sha256`` is 64 hexadecimal digits."""

    problem: str
    version: str
    sha256: str

    @property
    def text(self) -> str:
        """The key as one string."""
        return f"{self.problem}:{self.version}:{self.sha256}"


def answer_key(problem: str, version: str, request: BaseModel, content: str = "") -> AnswerKey:
    """Return the key of the answer of a model version to a validated request.

    ``content`` is a digest of what the request refers to without containing it (see `FileDigests`). Never raises for a
    request that was validated.
    """
    digest = hashlib.sha256(_canonical(request))
    if problem not in ANSWERS_SILENT_ON_DEFAULTS:
        given = request.model_fields_set
        left_out = [name for name in _fields_with_default(type(request)) if name not in given]
        digest.update(f"\0{','.join(left_out)}".encode())
    if content:
        digest.update(f"\0\0{content}".encode())
    return AnswerKey(problem, version, digest.hexdigest())


def _canonical(request: BaseModel) -> bytes:
    try:
        return request.__pydantic_serializer__.to_json(request)
    except PydanticSerializationError:  # a text that is no valid Unicode, which only Python callers can bring
        return json.dumps(request.model_dump()).encode()


@cache
def _fields_with_default(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(
        name for name, field in model.model_fields.items() if not field.is_required() and field.default is not None
    )
