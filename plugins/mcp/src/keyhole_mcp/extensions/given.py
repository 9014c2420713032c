"""What is configured for an extension: names, keys and tokens, read when they are needed."""

from __future__ import annotations

from keyhole.errors import BrokenCredentialError
from keyhole.machine import Machine
from keyhole.oauth.signing import SigningKey
from keyhole.secret import Secret
from keyhole_mcp.extensions.chosen import file_of
from keyhole_mcp.server import Server

__all__ = ["key_in", "needed", "token_in"]


def needed(server: Server, name: str, value: str) -> str:
    """A value that must be configured.

    Raises:
        BrokenCredentialError: It is not.
    """
    if value:
        return value
    raise BrokenCredentialError(
        f"{server.chosen.grant or 'this'} needs {name}, which is not configured",
        where=server.chosen.where.get("grant", server.shown),
        remedy=f'say `{name}` in [mcp."{server.shown}"]',
    )


def key_in(machine: Machine, file: str, algorithm: str = "") -> SigningKey | None:
    """The key in a file; None where none is configured.

    Raises:
        BrokenCredentialError: It can't be read, or is none.
    """
    if not file:
        return None
    text = token_in(machine, file)
    return SigningKey.parse(text, where=str(file_of(machine, file)), algorithm=algorithm)


def token_in(machine: Machine, file: str) -> Secret:
    """The text in a file, without the white space around it.

    Raises:
        BrokenCredentialError: It can't be read, or is empty.
    """
    found = machine.text(file_of(machine, file))
    text = found.content.reveal().strip() if found.content else ""
    if text:
        return Secret(text)
    why = found.problem or ("does not exist" if found.missing else "is empty")
    raise BrokenCredentialError(
        f"the file {why}", where=str(found.path), remedy="correct the path, or the file"
    )
