"""A secret that somebody lays ready for a login: in a file, or in a variable."""

from __future__ import annotations

from pathlib import Path

from keyhole.frozen import frozen
from keyhole.machine import Machine
from keyhole.secret import Secret
from keyhole_vault_helper.errors import VaultError
from keyhole_vault_helper.trusted import trusted

__all__ = ["Given", "below_home", "from_file", "from_variable"]

_LIMIT = 64 * 1024


@frozen
class Given:
    """Where a secret is, which is read anew at each login.

    Attributes:
        what: What it is: "the secret id".
        where: The file or the variable.
        path: The file; None where it is a variable.
        value: What the variable holds; None where it is a file.
        there: Whether it is there now.
    """

    what: str
    where: str
    path: Path | None
    value: Secret | None
    there: bool

    def read(self) -> Secret:
        """The secret.

        Raises:
            VaultError: It is not there, or can't be read.
        """
        found = self.value if self.path is None else _content(self.path)
        if found is None or not found.reveal():
            raise VaultError(
                f"{self.what} is not there, or can't be read",
                where=self.where,
                remedy=f"whoever lays {self.what} ready has to do so again",
            )
        return found


def from_file(machine: Machine, what: str, path: Path) -> Given:
    """What is in a file."""
    text = machine.text(path)
    return Given(what, str(path), path, None, bool(text.content))


def from_variable(machine: Machine, what: str, name: str) -> Given:
    """What is in a variable; of the process's own environment, or of trusted settings.

    Raises:
        ConfigError: An untrusted place names it, too.
    """
    variable = trusted(machine.variable(name))
    return Given(what, str(variable.where or name), None, variable.value, bool(variable.value))


def below_home(machine: Machine, name: str) -> Path:
    """The path that a configuration names."""
    return machine.home / name[2:] if name.startswith("~/") else Path(name)


def _content(path: Path) -> Secret | None:
    try:
        with path.open("rb") as stream:
            return Secret(stream.read(_LIMIT).decode("utf-8", "replace").strip())
    except OSError:
        return None
