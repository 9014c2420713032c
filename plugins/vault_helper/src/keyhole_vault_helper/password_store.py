"""`pass`, the standard password manager: one gpg file for each secret, below ~/.password-store."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import final

from keyhole.flaw import Flaw
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.process import Command, Outcome
from keyhole.record import TokenRecord
from keyhole.redaction import printable, redact
from keyhole.secret import Secret
from keyhole.source import Detail
from keyhole_vault_helper.contract import Reading, Step
from keyhole_vault_helper.errors import OutageError, VaultError
from keyhole_vault_helper.options import FIELD, PATH, TIMEOUT
from keyhole_vault_helper.shape import checked
from keyhole_vault_helper.trusted import trusted

__all__ = ["PasswordStore"]

_SECONDS = 30.0
"""A pinentry may ask a person."""

_VARIABLE = "PASSWORD_STORE_DIR"


@final
class PasswordStore:
    """One entry; its first line is the key, or with `field` the line that begins with it.

    Args:
        machine: The machine.
    """

    warnings: tuple[str, ...] = ()

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._entry: str = machine.config.get(PATH)
        self._field: str = machine.config.get(FIELD)
        self._seconds: float = machine.config.get(TIMEOUT) or _SECONDS
        named = trusted(machine.variable(_VARIABLE))
        self._folder = Path(named.text) if named.value else machine.home / ".password-store"

    @property
    def key(self) -> str:
        return f"vault-key|pass|{self._folder}|{self._entry}|{self._field}"

    @property
    def about(self) -> str:
        field = f"{self._field} at " if self._field else ""
        return f"{field}{self._entry} in pass"

    @property
    def flaw(self) -> Flaw | None:
        # A dry look: whether the entry can be decrypted, only gpg can say.
        return None

    @property
    def details(self) -> tuple[Detail, ...]:
        return (Detail("vault", f"pass, in {self._folder}"),)

    def read(self, host: Host, kept: TokenRecord) -> Reading:  # noqa: ARG002  # nothing is leased
        return Reading(checked(self._line(self._shown(host)), self.about))

    def steps(self, host: Host) -> Sequence[Step]:
        def entry() -> str:
            self._check_entry()
            return f"{self._entry} is there"

        def value() -> str:
            found = self.read(host, TokenRecord()).value
            return f"{len(found.reveal())} characters that a header can carry"

        return (
            Step("program", lambda: self._version(host)),
            Step("entry", entry),
            Step("value", value),
        )

    def forget(self, host: Host, kept: TokenRecord | None) -> tuple[str, ...]:  # noqa: ARG002  # the same
        return ()

    def _check_entry(self) -> None:
        """Whether there is such an entry.

        Raises:
            VaultError: There is none.
        """
        if not (self._folder / f"{self._entry}.gpg").is_file():
            raise self._missing()

    def _version(self, host: Host) -> str:
        self._checked(self._run(host, "pass version"))
        return "pass is installed"

    def _shown(self, host: Host) -> Secret:
        # The name of the entry is no secret; what is in it comes over a pipe.
        outcome = self._run(host, f"pass show -- {shlex.quote(self._entry)}")
        self._checked(outcome)
        # Of a folder it prints the names of what is in it, and calls that a success.
        self._check_entry()
        return Secret(outcome.stdout.decode("utf-8", "replace"))

    def _line(self, shown: Secret) -> Secret:
        found = _found(shown.reveal().splitlines(), self._field)
        if found is not None:
            return found
        raise VaultError(
            f"no line of the entry begins with '{printable(self._field)}:'",
            where=self.about,
            remedy=f"`pass edit {self._entry}`, or correct 'vault.field'",
        )

    def _run(self, host: Host, line: str) -> Outcome:
        environ = {**self._machine.environment(), _VARIABLE: str(self._folder)}
        return host.run(Command(line, self._machine.home, environ, timeout=self._seconds))

    def _checked(self, outcome: Outcome) -> None:
        if outcome.code is None:
            raise OutageError(
                f"pass gave no answer within {self._seconds:g} seconds",
                where=self.about,
                remedy="unlock the gpg key (`pass show` once in a terminal); 'vault.timeout' "
                "gives it longer",
            )
        if outcome.code == _NO_PROGRAM:
            raise VaultError("pass is not installed", remedy="install it: passwordstore.org")
        said = printable(redact(" ".join(outcome.stderr.decode("utf-8", "replace").split())))
        if "not in the password store" in said:
            raise self._missing()
        if outcome.code:
            raise VaultError(
                f"pass failed with exit status {outcome.code}: {said[-_LONGEST:] or 'no reason'}",
                where=self.about,
                remedy=f"try `pass show {self._entry}` in a terminal",
            )

    def _missing(self) -> VaultError:
        return VaultError(
            f"there is no entry {self._entry}",
            where=str(self._folder),
            remedy=f"`pass insert {self._entry}`, or correct 'vault.path'",
        )


def _found(lines: Sequence[str], field: str) -> Secret | None:
    """The first line, or what stands behind a field's name; None where there is no such line."""
    if not field:
        return Secret(lines[0] if lines else "")
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon and name.strip() == field:
            return Secret(value.strip())
    return None


_NO_PROGRAM = 127
_LONGEST = 300
