"""Failed expectations in words: what was looked at, what was expected, what was found, how to mend it.

The words travel with an expectation as its ``meta``, because results come back in another order than expectations.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

WORDS = "words"
_SHOWN = 3
MEND_ROWS = "mend these rows, or set them aside with --quarantine"


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one expectation.

    ``each`` tells one place where it does not hold, after ``found``: a format over the values that the report gives
    of that place, with ``found_value`` for the one looked at. ``at_most`` places are told, the others counted.
    """

    what: str
    expected: str
    mend: str
    each: str = "{found_value}"
    found: str = ""
    at_most: int = _SHOWN

    def meta(self, **more: Any) -> dict[str, Any]:
        """Return the ``meta`` of an expectation that carries these words."""
        return {**more, WORDS: asdict(self)}


def told(result: Any) -> str:
    """Return a failed result of Great Expectations in words."""
    config = result.expectation_config
    words = Wording(**config.meta[WORDS])
    found = _found(words, config.kwargs, result.result or {}) or _raised(result)
    return f"{words.what}: expected {words.expected}; found {found}; {words.mend}"


def _found(words: Wording, kwargs: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    if places := found.get("partial_unexpected_index_list"):
        count = max(int(found.get("unexpected_count", 0)), len(places))
        shown = [
            words.each.format(**place, found_value=_value(place.get(kwargs.get("column"))))
            for place in places[: words.at_most]
        ]
        more = f" and {count - words.at_most:,} more" if count > words.at_most else ""
        return words.found + ", ".join(shown) + more
    if mismatched := (found.get("details") or {}).get("mismatched"):
        return ", ".join(f"{kind} {', '.join(map(str, names))}" for kind, names in mismatched.items() if names)
    if missing := found.get("partial_missing_list"):
        return f"none of {', '.join(map(_value, missing))}"
    observed = found.get("observed_value")
    return "" if observed is None else _value(observed)


def _value(value: Any) -> str:
    plain = value.item() if hasattr(value, "item") else value  # a NumPy scalar
    return f"{plain:.6g}" if isinstance(plain, float) else repr(plain)


def _raised(result: Any) -> str:
    """Return why an expectation could not be judged at all."""
    reports = result.exception_info or {}
    messages = [report["exception_message"] for report in (reports, *reports.values()) if _is_report(report)]
    return f"that it cannot be judged ({messages[0]})" if messages else "that it cannot be judged"


def _is_report(report: Any) -> bool:
    return isinstance(report, Mapping) and bool(report.get("exception_message"))
