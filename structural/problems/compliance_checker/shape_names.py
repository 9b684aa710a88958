"""Finding the names of shapes in free text: any family, any spelling that people use."""

import re

_SIZE = r"\d{1,3}(?:[-\s]\d{1,2}/\d{1,2}|/\d{1,2}|\.\d{1,4})?"
_NEXT = rf"(?:{_SIZE}|\.\d{{1,4}})"
_TIMES = r"\s?[xX×*]\s?"
_LETTERS = "HSS|hss|Hss|2L|2l|WT|wt|MT|mt|ST|st|MC|mc|HP|hp|W|w|M|m|S|s|C|c|L|l"
SHAPE_NAME = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    rf"(?:{_LETTERS})\s?-?\s?{_SIZE}(?:{_TIMES}{_NEXT}){{1,3}}(?:\s?(?:LLBB|SLBB|llbb|slbb))?"
    rf"|(?:PIPE|Pipe|pipe)\s?-?\s?{_SIZE}\s?-?\s?(?:STD|XXS|XS|Std|std|xxs|xs)"
    r")(?![A-Za-z0-9]|\.\d|/\d)"
)
"""A designation such as W18x50, HSS 6 x 4 x 3/8, 2L5x3x1/4 LLBB, L4X4X.25 or Pipe 8 Std."""
OTHER_FAMILY = re.compile(r"(?![Ww]\s?-?\s?\d)" + SHAPE_NAME.pattern)
"""The same without W shapes."""
