"""`${VAR}` and `${VAR:-default}` in MCP entries, as Claude Code expands them.

Observed with 2.1.330: a variable that is set but empty gives "", and the default does not count
(unlike in a shell); one that is unset and has no default stays as it is written; `$VAR` is no
reference; a default may hold references itself. What a variable holds is not expanded again.
"""

from __future__ import annotations

from collections.abc import Mapping

from keyhole.frozen import field, frozen

__all__ = ["Expanded", "expand"]


@frozen
class Expanded:
    """A text after its references were replaced; it may hold a secret.

    Attributes:
        text: The text.
        used: The variables whose values stand in it.
        unset: The variables that are not set and have no default.
    """

    text: str = field(default="", repr=False)
    used: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()

    def __add__(self, other: Expanded) -> Expanded:
        return Expanded(self.text + other.text, self.used + other.used, self.unset + other.unset)


def expand(text: str, environ: Mapping[str, str]) -> Expanded:
    """Replaces each reference.

    Args:
        text: What stands in the file.
        environ: The variables.
    """
    done, spot = Expanded(), 0
    while (opened := text.find("${", spot)) >= 0:
        closed = _closed(text, opened)
        if closed is None:
            break
        done += Expanded(text[spot:opened]) + _value(text[opened + 2 : closed], environ)
        spot = closed + 1
    return done + Expanded(text[spot:])


def _value(reference: str, environ: Mapping[str, str]) -> Expanded:
    name, with_default, default = reference.partition(":-")
    if name in environ:
        return Expanded(environ[name], (name,))
    if with_default:
        return expand(default, environ)
    return Expanded(f"${{{reference}}}", unset=(name,))


def _closed(text: str, opened: int) -> int | None:
    """Where the brace is that closes the one of a reference; None where there is none."""
    depth, spot = 0, opened
    while spot < len(text):
        if text.startswith("${", spot):
            depth, spot = depth + 1, spot + 2
            continue
        depth -= text[spot] == "}"
        if depth == 0:
            return spot
        spot += 1
    return None
