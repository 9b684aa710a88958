"""Texts of a model made harmless: names come from files of anyone."""

import unicodedata

LONGEST = 200
_NO_TEXT = "·"
_UNWANTED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Controls (terminal escapes, NUL), formats (right-to-left overrides), halves of pairs, line separators."""


def plain(text: str, longest: int = LONGEST) -> str:
    """Return a text on one line without characters that steer terminals, reading order or XML; cut at ``longest``.

    What was taken out shows as a middle dot. Markup characters stay: who writes HTML, XML or a table escapes them.
    """
    shown = "".join(map(_shown, text[: longest + 1])).strip()
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Zs" or character in "\t\n\r":
        return " "
    return _NO_TEXT if category in _UNWANTED else character
