"""What a log line looks like: one JSON object, or one line for a terminal; bounded, without secrets.

Only fields named here get into a line, so a header or a body cannot slip in as an extra of some call. Text is cut to a
length and tokens are masked; JSON escapes what a terminal or a log reader could take for a command or a line end.
"""

import json
import logging
import math
import re
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

MESSAGE_CHARS = 2_000
FIELD_CHARS = 256
TRACE_CHARS = 6_000
ALWAYS = ("request_id", "model", "latency_ms", "accuracy", "user_id", "cost_usd")
"""In every line, null where they mean nothing: the line's fixed shape, after timestamp, service and level."""
SOMETIMES = ("method", "route", "status", "version", "arm", "trace_id")
"""Only where they are known."""
_SECRETS = re.compile(
    r"(?:[Bb]earer|[Bb]asic|BEARER|BASIC)\s+[A-Za-z0-9+/._~=-]{8,}"
    r"|eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2}"
    r"|(?<=://)[^\s/@]{1,256}(?=@)"
    r"|(?<=password=)[^\s&,;]+|(?<=secret=)[^\s&,;]+|(?<=token=)[^\s&,;]+"
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@dataclass(slots=True)
class AccessEntry:
    """One answered request. Whoever answers it fills in what is known; ``ended_s`` is Unix time."""

    ended_s: float
    route: str
    method: str
    status: int
    latency_ms: float
    request_id: str
    model: str | None = None
    version: str | None = None
    arm: str | None = None
    user_id: str | None = None
    cost_usd: float | None = None
    accuracy: float | None = None
    trace_id: str | None = None
    message: str = "request"

    @property
    def level(self) -> str:
        """``ERROR`` for what the service did wrong, else ``INFO``."""
        return "ERROR" if self.status >= 500 else "INFO"


def cut(text: str, limit_chars: int) -> str:
    """Return the text without secrets, at most ``limit_chars`` and a few long, saying how much was left out."""
    if len(text) > limit_chars:
        text = f"{text[:limit_chars]}… ({len(text) - limit_chars} more characters)"
    if _cannot_hold_secrets(text):
        return text
    return _SECRETS.sub("[masked]", text)


def entry_fields(entry: AccessEntry, service: str) -> dict[str, Any]:
    """Return the fields of a request's line, in order."""
    fields: dict[str, Any] = {"timestamp": timestamp(entry.ended_s), "service": service, "level": entry.level}
    for name in ALWAYS:
        fields[name] = _value(getattr(entry, name))
    for name in SOMETIMES:
        value = getattr(entry, name)
        if value is not None:
            fields[name] = _value(value)
    fields["message"] = cut(entry.message, MESSAGE_CHARS)
    return fields


def record_fields(record: logging.LogRecord, service: str) -> dict[str, Any]:
    """Return the fields of a logging call's line, in order; ``extra`` keys that are not of the shape are left out."""
    extra = record.__dict__
    fields: dict[str, Any] = {
        "timestamp": timestamp(record.created),
        "service": service,
        "level": record.levelname,
    }
    for name in ALWAYS:
        fields[name] = _value(extra.get(name))
    for name in SOMETIMES:
        if extra.get(name) is not None:
            fields[name] = _value(extra[name])
    fields["message"] = cut(_message(record), MESSAGE_CHARS)
    fields["logger"] = record.name[:FIELD_CHARS]
    trace = _trace(record)
    if trace:
        fields["exception"] = trace
    return fields


def render_json(fields: dict[str, Any]) -> str:
    """Return the fields as one line of ASCII JSON."""
    return _encode(fields)


def render_plain(fields: dict[str, Any]) -> str:
    """Return the fields as a line for people; the trace of an error follows, one marked line each."""
    known = " ".join(
        f"{name}={_shown(value)}"
        for name, value in fields.items()
        if value is not None and name not in ("timestamp", "service", "level", "message", "exception", "logger")
    )
    line = f"{fields['timestamp']} {fields['level']:<7} {_printable(fields['message'])} {known}".rstrip()
    trace = "".join(f"\n    | {_printable(part)}" for part in fields.get("exception", "").split("\n") if part)
    return line + trace


def timestamp(unix_s: float) -> str:
    """Return a Unix time as UTC, ISO 8601, with milliseconds."""
    second = math.floor(unix_s)
    return f"{_second(second)}.{int((unix_s - second) * 1_000):03d}Z"


@lru_cache(maxsize=4)
def _second(unix_s: int) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat()[:19]


class LineFormatter(logging.Formatter):
    """Makes a line of any logging record, for handlers that write themselves."""

    def __init__(self, service: str, *, plain: bool) -> None:
        super().__init__()
        self._service = service
        self._render = render_plain if plain else render_json

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without a line end."""
        return self._render(record_fields(record, self._service))

    def format_entry(self, entry: AccessEntry) -> str:
        """Return the line of an answered request, without a line end."""
        return self._render(entry_fields(entry, self._service))


def _cannot_hold_secrets(text: str) -> bool:
    # What every alternative of _SECRETS needs; five times as fast, and true of all ids and names.
    return "eyJ" not in text and "=" not in text and "@" not in text and " " not in text and text.isprintable()


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return cut(value, FIELD_CHARS)
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    if isinstance(value, int):
        return value if value.bit_length() <= 64 else None
    return None if value is None else cut(str(value), FIELD_CHARS)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001  (a logging call with wrong arguments must not cost the line)
        return f"{record.msg!s} (arguments do not fit)"


def _trace(record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[1] is not None:
        text = "".join(traceback.format_exception(record.exc_info[1], limit=-20))
    else:
        text = record.exc_text or ""
    # The end of a trace says what happened.
    return _SECRETS.sub("[masked]", text[-TRACE_CHARS:])


def _shown(value: Any) -> str:
    return _printable(value) if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def _printable(text: str) -> str:
    return _CONTROLS.sub(lambda found: ascii(found.group())[1:-1], text)
