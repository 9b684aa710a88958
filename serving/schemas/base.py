"""What the five requests share: strict JSON types, words in any spelling, and what was left out.

A rule between two fields is a ``field_validator`` of the later one, so that its error names a field.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

_NOISE = re.compile(r"ASTM|F3125|GR(?:ADE)?(?![A-Z])|[\s._-]+")
"""What a spelling may have or lack: separators, and the words that stand before the name of a grade."""


def _spelling(word: str) -> str:
    return _NOISE.sub("", word.upper())


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""Marks an integer that may be written 8.0: JSON has one kind of number. 8.5, "8" and true are refused."""


class Words:
    """Marks a text as one of the ``known`` words, in any case and with any separators; it is read as the known one.

    ``Annotated[str, Words(("beam_column",))]`` reads ``"Beam-Column"``; an unknown word is refused with the known ones,
    which are the ``enum`` of the JSON schema.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self.known = tuple(known)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema of the known words behind the reading of their spelling."""
        return core_schema.no_info_before_validator_function(self._reader(), core_schema.literal_schema([*self.known]))

    def _reader(self) -> Callable[[Any], Any]:
        by_spelling = {_spelling(word): word for word in self.known}
        return lambda value: by_spelling.get(_spelling(value), value) if isinstance(value, str) else value


class RequestModel(BaseModel):
    """A request: unknown fields, strings or truth values for numbers, and numbers that are not finite are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, protected_namespaces=())

    def left_out(self) -> tuple[str, ...]:
        """Return the optional fields that the client gave no value, in order; null is no value."""
        given = self.model_fields_set
        return tuple(
            name
            for name, field in type(self).model_fields.items()
            if not field.is_required() and (name not in given or getattr(self, name) is None)
        )

    def assumptions(self, taken: Mapping[str, object]) -> list[str]:
        """Return ``"name = value"`` for every field left out that has a value in ``taken``, in order."""
        return [f"{name} = {_shown(taken[name])}" for name in self.left_out() if name in taken]


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
