"""The macOS keychain, where Claude Code keeps its login there; read with Apple's `security`.

The names of the items are not documented; users report them alike (anthropics/claude-code, issues
9403, 29783 and 95386). Looking at a machine opens no keychain: only loading does.
"""

from __future__ import annotations

import json
import shlex
import unicodedata
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from keyhole import (
    OAUTH_TOKEN,
    Endpoint,
    HeaderCredential,
    Host,
    Machine,
    Secret,
    Where,
)
from keyhole.errors import HelperError, LoginRequiredError
from keyhole.frozen import frozen
from keyhole.program import Command, Outcome
from keyhole_login.stored import read

__all__ = ["Loader", "item_of"]

SERVICE = "Claude Code-credentials"
TIMEOUT = 20.0
"""Seconds for the keychain: over SSH it may wait for a dialog that nobody sees."""

_NOT_FOUND = 44
_NO_DIALOG = 36


def item_of(machine: Machine) -> str:
    """The service of the item; `CLAUDE_CONFIG_DIR` has one of its own for each folder."""
    named = machine.variable("CLAUDE_CONFIG_DIR").text
    if not named:
        return SERVICE
    folder = unicodedata.normalize("NFC", named)
    return f"{SERVICE}-{sha256(folder.encode()).hexdigest()[:8]}"


@frozen
class Loader:
    """Reads the login out of the keychain.

    Attributes:
        machine: The machine.
        endpoint: Which host it is for.
        where: Where the account is named.
        remedy: How to log in.
    """

    machine: Machine
    endpoint: Endpoint
    where: Where
    remedy: str

    def __call__(self, host: Host, rejected: Secret | None) -> HeaderCredential:  # noqa: ARG002  # what is refused is renewed by Claude Code
        item = item_of(self.machine)
        stored = read(_asked(self._command(item), host, item))
        if stored is None or stored.problem or stored.token is None or not stored.infers:
            raise _no_login(item, "it holds no login that can be used", self.remedy)
        if stored.expired(host.now()):
            raise _no_login(
                item,
                "Claude Code's login has expired, and only Claude Code renews it",
                "start `claude` once, which renews it" if stored.renewable else self.remedy,
            )
        return HeaderCredential(OAUTH_TOKEN, stored.token, self.endpoint.url, stored.expires_at)

    def _command(self, item: str) -> Command:
        environ = self.machine.environment()
        line = ["/usr/bin/security", "find-generic-password", "-s", item]
        line += ["-a", environ["USER"]] if environ.get("USER") else []
        return Command(shlex.join([*line, "-w"]), self.machine.home, environ, timeout=TIMEOUT)


def _asked(command: Command, host: Host, item: str) -> Mapping[str, Any]:
    outcome = host.run(command)
    if outcome.code != 0:
        raise _refused(outcome, item)
    data = _parsed(outcome.stdout)
    if data is None:
        raise _no_login(item, "it does not hold what Claude Code keeps there", "`keyhole login`")
    return data


def _parsed(text: bytes) -> Mapping[str, Any] | None:
    """The object in the item; None where there is none, and no error that would quote it."""
    try:
        data = json.loads(text.decode())
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _refused(outcome: Outcome, item: str) -> HelperError | LoginRequiredError:
    if outcome.code == _NOT_FOUND:
        return _no_login(item, "there is no such item in the keychain", "`keyhole login`")
    said = f"it did not answer within {TIMEOUT:g} seconds"
    if outcome.code is not None:
        locked = " (the keychain is locked)" if outcome.code == _NO_DIALOG else ""
        said = f"`security` ended with {outcome.code}{locked}"
    return HelperError(
        f"the keychain gave no login: {said}",
        where=f"the keychain item {item}",
        remedy="`security unlock-keychain`, and run this again",
    )


def _no_login(item: str, problem: str, remedy: str) -> LoginRequiredError:
    return LoginRequiredError(problem, where=f"the keychain item {item}", remedy=remedy)
