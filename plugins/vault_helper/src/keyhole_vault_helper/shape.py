"""Whether a value is a key that a header can carry."""

from __future__ import annotations

from keyhole.flaw import misplaced
from keyhole.secret import Secret
from keyhole_vault_helper.errors import VaultError

__all__ = ["LIMIT", "checked"]

LIMIT = 16_384
"""The most characters that Claude Code takes from a helper."""

_SUBSCRIPTION = "sk-ant-oat"


def checked(value: Secret | None, where: str) -> Secret:
    """A value as a key; at most one line end at its end is taken off.

    Args:
        value: What the vault holds; None for what is no text.
        where: Its place, for the error.

    Raises:
        VaultError: It is none; nothing of it shows.
    """
    problem = "is not a text" if value is None else _problem(_line(value))
    if problem or value is None:
        raise VaultError(
            f"the value there {problem}",
            where=where,
            remedy="write the key there again, alone and on one line; or name its [vault] field",
        )
    return Secret(_line(value))


def _line(value: Secret) -> str:
    text = value.reveal()
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text


def _problem(text: str) -> str:
    if not text:
        return "is empty"
    if len(text) > LIMIT:
        return f"has {len(text)} characters, which is more than {LIMIT}"
    if text.startswith(_SUBSCRIPTION):
        return "is a subscription's token, which belongs in CLAUDE_CODE_OAUTH_TOKEN"
    for position, character in enumerate(text, start=1):
        kind = misplaced(character)
        if kind:
            return f"has {kind} at character {position}"
    return ""
