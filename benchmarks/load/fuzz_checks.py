"""What no answer may hold: traces, files and addresses of the process that answered."""

import re
from typing import Any

import schemathesis

INSIDE = re.compile(r"Traceback|File \"|\.py\b|site-packages|/(?:home|root|usr|tmp|var|etc|opt|work)/|0x[0-9a-f]{8,}")
DESCRIPTIONS = ("/docs.json", "/")
"""Pages that are the same for everybody and speak of paths."""


def inside_told(path: str, sent: str, answer: str) -> list[str]:
    """Return what an answer tells of the inside; what the client itself ``sent`` is not counted."""
    if path in DESCRIPTIONS:
        return []
    return [found.group() for found in INSIDE.finditer(answer) if found.group() not in sent]


@schemathesis.check
def tells_nothing(ctx: Any, response: Any, case: Any) -> None:  # noqa: ARG001
    """Fail where an answer tells of the inside."""
    sent = f"{case.body!r}{case.query!r}{case.headers!r}{case.path_parameters!r}"
    told = inside_told(case.path, sent, response.content.decode("utf-8", "replace"))  # a BCF file is no text
    assert not told, f"the answer tells {told}"
