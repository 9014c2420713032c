"""`${VAR}` and `${VAR:-default}` in MCP entries, as Claude Code expands them.

Observed with 2.1.330: a variable that is set but empty gives "", and the default does not count
(unlike in a shell); one that is unset and has no default stays as it is written; `$VAR` is no
reference; a default may hold references itself. What a variable holds is not expanded again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keyhole.frozen import field, frozen

__all__ = ["DEEPEST", "Expanded", "expand", "unexpanded"]

DEEPEST = 16
"""How many references may be in one another; each level reads what is inside it again."""


@frozen
class Expanded:
    """A text after its references were replaced; it may hold a secret.

    Attributes:
        text: The text.
        used: The variables whose values stand in it.
        unset: The variables that are not set and have no default.
        too_deep: Whether references stay because more than `DEEPEST` are in one another.
    """

    text: str = field(default="", repr=False)
    used: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()
    too_deep: bool = False


def expand(text: str, environ: Mapping[str, str]) -> Expanded:
    """Replaces each reference.

    Args:
        text: What stands in the file.
        environ: The variables.
    """
    return _expanded(text, environ, DEEPEST)


def unexpanded(text: str) -> Expanded:
    """A text as it stands, where no variable may be asked for; its references have no names."""
    return Expanded(text, unset=("",) if "${" in text else ())


def _expanded(text: str, environ: Mapping[str, str], depth: int) -> Expanded:
    if depth < 0:
        return Expanded(text, too_deep=True)
    parts = tuple(_parts(text, environ, depth))
    return Expanded(
        "".join(part.text for part in parts),
        tuple(name for part in parts for name in part.used),
        tuple(name for part in parts for name in part.unset),
        any(part.too_deep for part in parts),
    )


def _parts(text: str, environ: Mapping[str, str], depth: int) -> Iterator[Expanded]:
    """What stands between the references, and what stands for each of them."""
    spot = 0
    while (opened := text.find("${", spot)) >= 0:
        closed = _closed(text, opened)
        if closed is None:
            break
        yield Expanded(text[spot:opened])
        yield _value(text[opened + 2 : closed], environ, depth)
        spot = closed + 1
    yield Expanded(text[spot:])


def _value(reference: str, environ: Mapping[str, str], depth: int) -> Expanded:
    name, with_default, default = reference.partition(":-")
    if name in environ:
        return Expanded(environ[name], (name,))
    if with_default:
        return _expanded(default, environ, depth - 1)
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
