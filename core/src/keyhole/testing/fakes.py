"""A machine made of dictionaries, and a host that only remembers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeAlias, final
from urllib.parse import urlsplit

from keyhole.errors import BusyError
from keyhole.files import MemoryFiles, Text
from keyhole.index import KIND, Index
from keyhole.machine import Machine
from keyhole.message import Request, Response
from keyhole.program import Command, Outcome
from keyhole.scratch import Scratch
from keyhole.store import StoreFactory
from keyhole.stores.memory import MemoryStore
from keyhole.stores.offered import Stores
from keyhole.testing.person import FakeListener, FakeTerminal, Person
from keyhole.tokens import Tokens

__all__ = ["CWD", "HOME", "NOW", "FakeHost", "fake_machine"]

Contents: TypeAlias = Mapping[str, Any] | Mapping[Path, Any] | Mapping[str | Path, Any]

HOME = Path("/home/ada")
CWD = HOME / "project"
NOW = 1_800_000_000.0
"""The fake clock, in seconds since the epoch (January 2027)."""


def fake_machine(
    environ: Mapping[str, str] | None = None,
    files: Contents | None = None,
    *,
    settings: Any = None,
    bare: bool = False,
    interactive: bool = False,
    trusted: bool = False,
    platform: str = "linux",
    home: Path = HOME,
    cwd: Path = CWD,
    now: float = NOW,
) -> Machine:
    """A machine that holds exactly what is given.

    Args:
        environ: The variables.
        files: The files: a text, or anything else as JSON. Relative names are below `home`.
        settings: What `--settings` was given: a text, or anything else as JSON.
        bare: Whether Claude Code would run with `--bare`.
        interactive: Whether a person answers questions.
        trusted: Whether Claude Code's user trusted `cwd`.
        platform: A `sys.platform`.
        home: The home folder.
        cwd: The start folder.
        now: The clock, in seconds since the epoch.
    """
    contents = {home / name: _text(content) for name, content in (files or {}).items()}
    if trusted:
        state = contents.setdefault(home / ".claude.json", "{}")
        record = {"projects": {str(cwd): {"hasTrustDialogAccepted": True}}}
        contents[home / ".claude.json"] = json.dumps(json.loads(state) | record)
    return Machine(
        environ=environ or {},
        files=MemoryFiles(contents),
        home=home,
        cwd=cwd,
        settings=None if settings is None else _text(settings),
        bare=bare,
        interactive=interactive,
        platform=platform,
        now=now,
    )


@final
class FakeHost:
    """A host whose clock stands still, and which remembers what it was asked to do.

    `outcomes`, `codes` and `responses` are what the next programs and servers answer; `commands`,
    `attended`, `requests`, `told`, `replaced` and `files` are what was asked of it. `shared` is the
    scratch folder that it offers; there is none unless a test puts one there. `memory` is the only
    token store that it has.

    `person` answers a login, as `agrees` does, and `pasted` is what it pastes into a terminal;
    `opened` are the URLs that its browser was given, and `browser` says whether it has one.
    `listeners` are those that were opened; none can be while `port_taken`.

    Args:
        now: The clock, in seconds since the epoch; `time` may be set at any time.
    """

    def __init__(self, now: float = NOW) -> None:
        self.time = now
        self.files: dict[Path, str] = {}
        self.outcomes: list[Outcome] = []
        self.responses: list[Response] = []
        self.commands: list[Command] = []
        self.requests: list[Request] = []
        self.told: list[str] = []
        self.replaced: list[tuple[list[str], dict[str, str]]] = []
        self.codes: list[int] = []
        self.addresses: dict[str, tuple[str, ...]] = {}
        self.attended: list[tuple[list[str], dict[str, str]]] = []
        self.shared: Scratch | None = None
        self.memory = MemoryStore()
        self.person: Person | None = None
        self.pasted: list[str] = []
        self.opened: list[str] = []
        self.browser = True
        self.listeners: list[FakeListener] = []
        self.port_taken = False

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += seconds

    def run(self, command: Command) -> Outcome:
        self.commands.append(command)
        return self.outcomes.pop(0)

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        return self.responses.pop(0)

    def resolve(self, url: str) -> tuple[str, ...]:
        name = urlsplit(url).hostname or ""
        return self.addresses.get(name) or (_address_of(name),)

    def attend(self, argv: Sequence[str], environ: Mapping[str, str]) -> int:
        self.attended.append((list(argv), dict(environ)))
        return self.codes.pop(0)

    def replace(self, argv: Sequence[str], environ: Mapping[str, str]) -> None:
        self.replaced.append((list(argv), dict(environ)))

    def tell(self, sentence: str) -> None:
        self.told.append(sentence)

    def open_browser(self, url: str, environ: Mapping[str, str], platform: str) -> bool:  # noqa: ARG002  # the test's own
        if self.browser:
            self.opened.append(url)
        return self.browser

    def listen(self, hostname: str, port: int, path: str) -> FakeListener:
        if self.port_taken:
            raise BusyError("the port is taken", where=f"{hostname}:{port}")
        uri = f"http://{hostname}:{port or 49152}{path}"
        self.listeners.append(FakeListener(uri, self.person, self.pasted, self.wait))
        return self.listeners[-1]

    def terminal(self) -> FakeTerminal | None:
        return FakeTerminal() if self.pasted else None

    def write(self, path: Path, text: str) -> None:
        self.files[path] = text

    def remove(self, path: Path) -> bool:
        return self.files.pop(path, None) is not None

    def scratch(self, runtime_dir: Path) -> Scratch | None:  # noqa: ARG002  # the test's own
        return self.shared

    def tokens(self, machine: Machine) -> Tokens:
        stores = Stores([_MEMORY], machine, {"memory": self.memory})
        return Tokens(stores, Index(machine.records(KIND), _Written(self.files), self), self)


def _address_of(name: str) -> str:
    """The address of a name that the test does not care about: its own, or a public one."""
    if name == "localhost" or name.endswith(".localhost"):
        return "127.0.0.1"
    with suppress(ValueError):
        return str(ip_address(name))
    return "93.184.215.14"


_MEMORY = StoreFactory("memory", 0, lambda _machine: MemoryStore())


@final
class _Written:
    """What a fake host wrote, as files."""

    def __init__(self, files: Mapping[Path, str]) -> None:
        self._files = files

    def read(self, path: Path) -> Text:
        return MemoryFiles(self._files).read(path)

    def exists(self, path: Path) -> bool:
        return MemoryFiles(self._files).exists(path)

    def names(self, folder: Path) -> tuple[str, ...]:
        return MemoryFiles(self._files).names(folder)


def _text(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content)
