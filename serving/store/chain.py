"""The promotion ledger as a hash chain: every entry's digest covers its content and the digest of the entry before.

Whoever changes, removes or inserts an entry would have to make all later digests anew; whoever has noted the last
digest (a report, a mail) can tell that too. What nobody has noted and is cut off at the end cannot be told.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

CHAIN_START = "0" * 64
"""What the first entry follows."""
COVERED = (
    "created_at",
    "model",
    "action",
    "version",
    "model_tag",
    "previous_version",
    "reason",
    "evidence",
    "actor",
)
"""The columns under the digest, in its order; the number of an entry is the database's own."""


@dataclass(frozen=True, slots=True)
class Chained:
    """One entry as verification reads it: its number, the content under the digest, and the two digests kept."""

    id: int
    content: Mapping[str, Any]
    previous_sha256: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Break:
    """The first entry that does not hold, and why."""

    entry_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What verification found: entries that hold, the digest of the last of them, the first break if there is one."""

    entries: int
    head_sha256: str
    broken: Break | None = None

    @property
    def holds(self) -> bool:
        """Return whether the whole chain is as it was written."""
        return self.broken is None


def entry_sha256(content: Mapping[str, Any], previous_sha256: str) -> str:
    """Return the digest of an entry: SHA-256 over the digest before it and its `COVERED` columns as canonical JSON.

    ``content["created_at"]`` is an aware datetime, ``content["evidence"]`` is JSON-ready. The same content gives the
    same digest on every database: times are taken in UTC to the microsecond, keys in sorted order.
    """
    created_at: datetime = content["created_at"]
    values = {name: content[name] for name in COVERED}
    values["created_at"] = created_at.astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps([previous_sha256, values], sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def verify_chain(entries: Iterable[Chained], known_sha256: str | None = None) -> ChainReport:
    """Check entries, oldest first; with ``known_sha256``, also that a digest noted earlier is one of theirs.

    Nothing is said of what follows a break: all of it may have been made up.
    """
    last, count, met = CHAIN_START, 0, known_sha256 in (None, CHAIN_START)
    number = 0
    for entry in entries:
        reason = _fault(entry, last)
        if reason:
            return ChainReport(count, last, Break(entry.id, reason))
        last, count, number = entry.sha256, count + 1, entry.id
        met = met or last == known_sha256
    if not met:
        reason = f"no entry up to here has the known digest {known_sha256}: entries were cut off or made anew"
        return ChainReport(count, last, Break(number, reason))
    return ChainReport(count, last)


def _fault(entry: Chained, last_sha256: str) -> str:
    if entry.previous_sha256 != last_sha256:
        return "it does not follow the entry before it: one was removed, inserted or put in another place"
    if entry_sha256(entry.content, entry.previous_sha256) != entry.sha256:
        return "its content is not what was written"
    return ""
