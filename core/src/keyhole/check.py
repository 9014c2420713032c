"""What a check of `keyhole audit` is, what it looks at, and what it says."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from keyhole.frozen import field, frozen
from keyhole.message import Request, Response
from keyhole.settings import Scope
from keyhole.where import Where

if TYPE_CHECKING:
    from keyhole.machine import Machine
    from keyhole.tokens import Tokens
    from keyhole.walk import Survey

__all__ = ["Check", "Notice", "Role", "Seen", "Severity", "View"]


class Severity(enum.Enum):
    """How much is at stake, worst first."""

    HIGH = "high"
    """A secret is where others get it, or somebody else's choice decides where it goes."""
    MEDIUM = "medium"
    """A secret is less safe than it could be, or not the one that its owner expects."""
    LOW = "low"
    """Worth knowing."""


class Role(enum.Enum):
    """What a file is for."""

    SETTINGS = "settings"
    MCP = "mcp"
    STATE = "state"
    CREDENTIALS = "credentials"
    DOTENV = "dotenv"
    PIPELINE = "pipeline"
    INSTRUCTIONS = "instructions"
    SCRIPT = "script"
    START_FILE = "start-file"
    OTHER = "other"


_OWN = (Role.STATE, Role.CREDENTIALS, Role.START_FILE)


@frozen
class Seen:
    """A file that an audit looks at; `View.machine` reads it.

    Attributes:
        path: Where it is.
        role: What it is for.
        scope: Whose settings it holds, where it holds settings.
        tracked: Whether git tracks it; None where no git could be asked.
        ignored: Whether git ignores it; None where no git could be asked.
        mode: Its permission bits; None where the system has none.
        owner: The number of the user who owns it; None where the system has none.
        reachable: Whether every folder above it lets everyone on this machine pass.
    """

    path: Path
    role: Role
    scope: Scope | None = None
    tracked: bool | None = None
    ignored: bool | None = None
    mode: int | None = None
    owner: int | None = None
    reachable: bool = True

    @property
    def shared(self) -> bool:
        """Whether others get this file: git tracks it, or would with the next `git add`."""
        if self.scope in (Scope.USER, Scope.MANAGED) or self.role in _OWN:
            # A home folder may be a repository, of which most files are never added.
            return bool(self.tracked)
        if self.tracked is None:
            meant_to_be = self.role in (Role.MCP, Role.PIPELINE, Role.INSTRUCTIONS)
            return meant_to_be or self.scope is Scope.PROJECT
        return self.tracked or not self.ignored


@frozen
class View:
    """What a check may look at.

    Attributes:
        machine: The machine; it reads the files.
        files: The files that matter, each once, sorted by path.
        whole: Whether the machine itself is audited too, and not only the paths that were named.
        survey: Who wins on this machine, and what everybody else said; looked up once.
        tokens: The user's tokens; opening a store costs, so ask only where it matters.
        send: One HTTP exchange; None unless the user allowed the network (`--online`).
    """

    machine: Machine
    files: tuple[Seen, ...]
    whole: bool
    survey: Callable[[], Survey] = field(repr=False)
    tokens: Callable[[], Tokens] = field(repr=False)
    send: Callable[[Request], Response] | None = field(default=None, repr=False)

    def of(self, *roles: Role) -> Iterable[Seen]:
        """The files with one of these roles."""
        return (seen for seen in self.files if seen.role in roles)


@frozen
class Notice:
    """One thing that should be otherwise.

    Attributes:
        where: The place, with file and line where there is one.
        problem: What is wrong, in one sentence without its full stop; never a secret, of which
            at most `Secret.ending()` may show.
        remedy: What to do about it.
    """

    where: Where
    problem: str
    remedy: str


class Check(Protocol):
    """Looks for one kind of mistake.

    Attributes:
        code: Letters of its author's own and three digits, never used for anything else: "ACME101".
        severity: How much is at stake.
        title: What it looks for, in a few words.
    """

    @property
    def code(self) -> str: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def title(self) -> str: ...

    def look(self, view: View) -> Iterable[Notice]:
        """What is wrong; it only looks, and sends only through `view.send`."""
