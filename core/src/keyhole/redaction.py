"""Taking secrets out of texts that come from elsewhere (commands, error output)."""

from __future__ import annotations

import re

__all__ = ["redact"]

# Known shapes first; then any long run of letters and digits that mixes both, which a path or a
# word hardly ever is and a key nearly always.
_SHAPES = re.compile(
    r"""
    sk-[A-Za-z0-9_-]{8,}
    | eyJ[A-Za-z0-9_=-]+(?:\.[A-Za-z0-9_=-]+){1,2}
    | (?:AKIA|ASIA)[A-Z0-9]{12,}
    | gh[pousr]_[A-Za-z0-9]{20,}
    | hv[sbr]\.[A-Za-z0-9_-]{8,}
    | (?<=Bearer\ )\S+
    | (?<=bearer\ )\S+
    | (?=[A-Za-z0-9_+/=-]*[0-9])(?=[A-Za-z0-9_+/=-]*[A-Za-z])[A-Za-z0-9_+=-]{24,}
    """,
    re.VERBOSE,
)


def redact(text: str, *secrets: str) -> str:
    """The text with everything that looks like a secret replaced by ****.

    Args:
        text: Any text.
        secrets: Values that must not show, whatever they look like.
    """
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "****")
    return _SHAPES.sub("****", text)
