"""What is recorded, and the one line of a journal that it becomes.

A line is ``<CRC-32> <kind> <header>\t<payload>…``: header and payloads are JSON texts, a kind is one letter. Payloads
that are JSON already go in as they are, so an answer is encoded once; they cannot forge a header, because no line holds
more than its own tabs.
"""

import os
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic_core import from_json, to_json

from serving.errors import ServingError
from serving.store.database import RawJson
from serving.store.predictions import PredictionStatus
from serving.store.tables import FEEDBACK, PREDICTIONS

PREDICTION = b"P"
FEEDBACK_KIND = b"F"
_NULL = b"null"
_ONE_LINE = bytes.maketrans(b"\n\r\t", b"   ")
_ID_RANDOM_BYTES = 10


class LineError(ServingError):
    """A line of a journal that is damaged or cannot be put into the database; the message says why."""


class PredictionRecord(NamedTuple):
    """One answer. A tuple, because making one costs a third of what a frozen dataclass costs.

    ``id`` comes from `new_prediction_id` and never from the client: two records of one id are one. ``input`` and
    ``output`` are JSON texts (bytes) or JSON-ready values; ``execution_time_ms`` >= 0 is what the model and its proof
    took, or the look-up of an answer that ``is_cached``; ``created_at`` is aware; ``item_index`` counts the items of a
    batch from 0.
    """

    id: str
    request_id: str
    model: str
    model_version: str
    client_id: str
    input_hash: str
    input: Any
    output: Any
    confidence: float | None
    execution_time_ms: float
    created_at: datetime
    arm: str | None = None
    item_index: int | None = None
    status: PredictionStatus = PredictionStatus.ANSWERED
    is_cached: bool = False


class FeedbackRecord(NamedTuple):
    """What a client says about a prediction. ``id`` names the report: the same id again changes nothing.

    ``actual`` is what should have been answered. ``model``, ``input`` and ``predicted`` may stay None: they are taken
    from the prediction once it is in the database, if that is the same client's.
    """

    id: str
    prediction_id: str
    client_id: str
    actual: Any
    comment: str
    created_at: datetime
    model: str | None = None
    input: Any = None
    predicted: Any = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line read back: its kind, its row keyed by column, and the line itself."""

    kind: bytes
    row: dict[str, Any]
    line: bytes


def new_prediction_id(now: datetime) -> str:
    """Return an id that no other process makes, 32 hexadecimal digits that sort by time to the millisecond."""
    return f"{int(now.timestamp() * 1000):012x}{os.urandom(_ID_RANDOM_BYTES).hex()}"


def encode_prediction(record: PredictionRecord, *, store_inputs: bool, max_payload_bytes: int) -> bytes:
    """Return the line of a prediction, its line end included; an input or output that is too large is left out."""
    header = {
        "id": record.id,
        "request_id": record.request_id,
        "model": record.model,
        "model_version": record.model_version,
        "client_id": record.client_id,
        "input_hash": record.input_hash,
        "confidence": record.confidence,
        "execution_time_ms": record.execution_time_ms,
        "created_at": record.created_at,
        "arm": record.arm,
        "item_index": record.item_index,
        "status": record.status,
        "is_cached": record.is_cached,
    }
    given = _payload(record.input, max_payload_bytes) if store_inputs else _NULL
    return _line(PREDICTION, header, given, _payload(record.output, max_payload_bytes))


def encode_feedback(record: FeedbackRecord) -> bytes:
    """Return the line of a report, its line end included. The caller bounds its size."""
    header = {
        "id": record.id,
        "prediction_id": record.prediction_id,
        "client_id": record.client_id,
        "model": record.model,
        "comment": record.comment,
        "created_at": record.created_at,
    }
    payloads = (_payload(value, None) for value in (record.input, record.predicted, record.actual))
    return _line(FEEDBACK_KIND, header, *payloads)


def decode_line(line: bytes) -> Entry:
    """Read one line, without its line end; raises `LineError` when it is damaged or holds no row.

    What a database would refuse and nobody misses is mended on the way: NaN and infinity become null, U+0000 becomes
    U+FFFD, a text longer than its column is cut.
    """
    checksum, kind, content = line[:9], line[9:10], line[11:]
    if checksum != b"%08x " % zlib.crc32(line[9:]) or kind not in _DECODERS:
        raise LineError("the line is damaged: its checksum or its kind is wrong")
    header, *payloads = content.split(b"\t")
    try:
        return Entry(kind, _DECODERS[kind](from_json(header), payloads), line)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise LineError(f"the line holds no record: {type(error).__name__}: {error}") from error


def _line(kind: bytes, header: Mapping[str, Any], *payloads: bytes) -> bytes:
    content = b"\t".join((kind + b" " + _encode(header), *payloads))
    return b"%08x %b\n" % (zlib.crc32(content), content)


def _payload(value: Any, max_bytes: int | None) -> bytes:
    text = value.translate(_ONE_LINE) if isinstance(value, bytes) else _encode(value)
    return _NULL if max_bytes is not None and len(text) > max_bytes else text


def _encode(value: Any) -> bytes:
    try:
        return to_json(value, inf_nan_mode="null", fallback=repr)
    except (ValueError, TypeError, RecursionError):
        # Lone surrogates, for one. A record is never worth a failed request: what can be told is kept.
        if isinstance(value, Mapping):
            return to_json({str(key): _plain(item) for key, item in value.items()}, inf_nan_mode="null")
        return to_json(_plain(value))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | datetime):
        return value
    return str(value).encode("utf-8", "replace").decode()


def _prediction_row(header: dict[str, Any], payloads: list[bytes]) -> dict[str, Any]:
    given, output = payloads
    return {
        **_texts(PREDICTIONS, header, ("request_id", "model", "model_version", "client_id", "input_hash", "status")),
        **_texts(PREDICTIONS, header, ("arm",)),
        "id": _key(PREDICTIONS, header["id"]),
        "item_index": header["item_index"],
        "is_cached": header.get("is_cached"),  # absent in journals of releases that did not tell
        "confidence": header["confidence"],
        "execution_time_ms": header["execution_time_ms"],
        "created_at": datetime.fromisoformat(header["created_at"]),
        "input": _json(given),
        "output": _json(output),
    }


def _feedback_row(header: dict[str, Any], payloads: list[bytes]) -> dict[str, Any]:
    given, predicted, actual = payloads
    return {
        **_texts(FEEDBACK, header, ("prediction_id", "client_id", "model", "comment")),
        "id": _key(FEEDBACK, header["id"]),
        "created_at": datetime.fromisoformat(header["created_at"]),
        "input": _json(given),
        "predicted": _json(predicted),
        "actual": _json(actual) or RawJson("null"),
    }


_DECODERS: dict[bytes, Callable[[dict[str, Any], list[bytes]], dict[str, Any]]] = {
    PREDICTION: _prediction_row,
    FEEDBACK_KIND: _feedback_row,
}


@cache
def _lengths(table: sa.Table) -> dict[str, int | None]:
    return {column.name: getattr(column.type, "length", None) for column in table.columns}


def _texts(table: sa.Table, header: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str | None]:
    lengths = _lengths(table)
    return {name: None if header[name] is None else _clean(str(header[name]))[: lengths[name]] for name in names}


def _key(table: sa.Table, value: str) -> str:
    longest = _lengths(table)["id"]
    if not value or (longest is not None and len(value) > longest) or "\0" in value:
        raise ValueError(f"the id must have 1 to {longest} characters and no U+0000")
    return value


def _json(payload: bytes) -> RawJson | None:
    if payload == _NULL:
        return None
    value = from_json(payload)
    text = to_json(value, inf_nan_mode="null")
    if b"\\u0000" in text:
        text = to_json(_clean(value), inf_nan_mode="null")
    return None if text == _NULL else RawJson(text.decode())


def _clean(value: Any) -> Any:
    """Replace U+0000, which PostgreSQL takes in no text, in a JSON value of any depth."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value
