"""When a request is sent again, and after what pause."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

_AGAIN = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_BEFORE_IT = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently.

    ``attempts`` counts the first one too. Without a word of the service the pause before attempt n + 1 is drawn from
    0 to ``first_pause_s`` times 2^(n-1), so that many clients do not come back at once. A pause longer than
    ``longest_pause_s`` is not waited for: the problem is raised instead.
    """

    attempts: int = 4
    first_pause_s: float = 0.25
    longest_pause_s: float = 20.0

    def pause_s(self, attempt: int, asked_s: float | None, draw: float) -> float | None:
        """Return the pause after the ``attempt``-th try (from 1) failed, or None to give up.

        ``asked_s`` is what the service asks for; ``draw`` a random number from 0 to 1.
        """
        if attempt >= self.attempts:
            return None
        backoff_s = min(self.longest_pause_s, self.first_pause_s * 2.0 ** (attempt - 1)) * draw
        if asked_s is None:
            return backoff_s
        # Never earlier than asked; a little later, each client at another instant.
        return asked_s + min(backoff_s, 1.0) if asked_s <= self.longest_pause_s else None


def may_ask_again(status: int, attempt: int, asked_s: float | None) -> bool:
    """Return whether an answer of this status is worth another try.

    409 with a time is the answer to a key whose first request is still running: ours, when this is not the first try.
    """
    return status in _AGAIN or (status == HTTPStatus.CONFLICT and attempt > 1 and asked_s is not None)


def may_pass(status: int) -> bool:
    """Return whether an answer of this status says that the service, or what stands before it, is away for a while."""
    return status in _AGAIN or status in _BEFORE_IT


def asked_pause_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds of a ``Retry-After`` header, in either of its forms; None without one that can be read."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return max(0.0, (instant - (now or datetime.now(UTC))).total_seconds())
