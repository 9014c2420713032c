"""The profiles in the AWS tools' shared files.

https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from keyhole import Machine, Where
from keyhole.flaw import Flaw
from keyhole.frozen import frozen
from keyhole_bedrock.ini import Line, sections

__all__ = ["Entry", "Profile", "Shared", "read"]

DEFAULT = "default"


@frozen
class Entry:
    """A line of a shared file, and the file."""

    line: Line
    where: Where


@frozen
class Profile:
    """One profile, from both files.

    Attributes:
        name: Its name.
        entries: Its keys; the credentials file wins over the config file.
    """

    name: str
    entries: Mapping[str, Entry]

    def get(self, key: str) -> str:
        """A value; empty where there is none."""
        entry = self.entries.get(key)
        return entry.line.value.reveal() if entry else ""

    def where(self, key: str = "") -> Where | None:
        """Where a key stands, or the profile itself."""
        entry = self.entries.get(key)
        return entry.where if entry else None


@frozen
class Shared:
    """What both files hold.

    Attributes:
        config: The path of the config file.
        credentials: The path of the credentials file.
        profiles: The profiles by their names.
        sso_sessions: The `[sso-session]` sections by their names.
        flaws: What keeps a file from being read.
    """

    config: Path
    credentials: Path
    profiles: Mapping[str, Profile]
    sso_sessions: Mapping[str, Profile]
    flaws: tuple[Flaw, ...]


def read(machine: Machine) -> Shared:
    """Both files of this machine, wherever the variables say that they are."""
    config = _path(machine, "AWS_CONFIG_FILE", "config")
    credentials = _path(machine, "AWS_SHARED_CREDENTIALS_FILE", "credentials")
    profiles: dict[str, dict[str, Entry]] = {}
    sso: dict[str, dict[str, Entry]] = {}
    for name, entries in _sections(machine, config).items():
        kind, _, rest = name.partition(" ")
        if kind == "sso-session":
            sso.setdefault(rest, {}).update(entries)
        elif name == DEFAULT or kind == "profile":
            profiles.setdefault(rest or name, {}).update(entries)
    for name, entries in _sections(machine, credentials).items():
        profiles.setdefault(name, {}).update(entries)
    return Shared(
        config,
        credentials,
        {name: Profile(name, entries) for name, entries in profiles.items()},
        {name: Profile(name, entries) for name, entries in sso.items()},
        (*_unreadable(machine, config), *_unreadable(machine, credentials)),
    )


def _path(machine: Machine, variable: str, name: str) -> Path:
    named = machine.variable(variable).text
    if named.startswith("~/"):
        return machine.home / named[2:]
    return machine.cwd / named if named else machine.home / ".aws" / name


def _sections(machine: Machine, path: Path) -> dict[str, dict[str, Entry]]:
    content = machine.text(path).content
    return {
        section: {
            key: Entry(line, Where(str(path), key or f"[{section}]", line.number))
            for key, line in lines.items()
        }
        for section, lines in sections(content.reveal() if content else "").items()
    }


def _unreadable(machine: Machine, path: Path) -> tuple[Flaw, ...]:
    problem = machine.text(path).problem
    return (Flaw(f"{path} {problem}", f"make {path} readable"),) if problem else ()
