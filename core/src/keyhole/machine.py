"""What a source may look at. It offers no effects, by construction."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import final

from keyhole import config, flag, places, settings, trust
from keyhole.claude_code import BY_HOST, HOST_MANAGED, is_on, managed_folder
from keyhole.document import Document, parse
from keyhole.errors import ConfigError
from keyhole.files import Files, RealFiles, Text
from keyhole.frozen import evolve
from keyhole.records import Records
from keyhole.secret import Secret
from keyhole.settings import Distrust, Layer, Scope
from keyhole.variable import PassedOver, Setting, Variable
from keyhole.where import Where

__all__ = ["Machine"]


@final
class Machine:
    """A machine as it stands at one moment: variables, settings and small files.

    Every value comes with where it was found, and what an untrusted place says is passed over.
    All reading is lazy and happens once.

    Args:
        environ: The process's variables.
        files: Where files are read from.
        home: The user's home folder.
        cwd: The folder that the program starts in.
        settings: What `--settings` was given: a file's name or JSON.
        bare: Whether Claude Code would run with `--bare` (`CLAUDE_CODE_SIMPLE=1` says so too).
        interactive: Whether a person answers questions; else print mode.
        platform: A `sys.platform`.
        now: The time of the look, in seconds since the epoch.

    Attributes:
        timed: Whether anybody has asked for the time, so that another time may be another answer.
    """

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        files: Files,
        home: Path,
        cwd: Path,
        settings: str | None = None,
        bare: bool = False,
        interactive: bool = False,
        platform: str = sys.platform,
        now: float | None = None,
    ) -> None:
        self._environ = {name: Secret(text) for name, text in environ.items()}
        self._files = files
        self._flag = Secret(settings) if settings is not None else None
        self._bare = bare
        self._read: dict[Path, Document] = {}
        self._texts: dict[Path, Text] = {}
        self._config_files = places.config_files(environ, home, platform)
        self.home = home
        self.cwd = cwd
        self.interactive = interactive
        self.platform = platform
        self.timed = False
        self._now = time.time() if now is None else now
        self.data_folder = places.data_folder(environ, home, platform)
        self.state_folder = places.state_folder(environ, home, platform)

    @classmethod
    def real(
        cls, *, settings: str | None = None, bare: bool = False, interactive: bool = False
    ) -> Machine:
        """The machine that this process runs on, as it is now."""
        return cls(
            environ=os.environ,
            files=RealFiles(),
            home=Path.home(),
            cwd=Path(places.working_folder()),
            settings=settings,
            bare=bare,
            interactive=interactive,
        )

    def __repr__(self) -> str:
        return f"Machine(home={str(self.home)!r}, cwd={str(self.cwd)!r})"

    @property
    def now(self) -> float:
        """The time of the look, in seconds since the epoch."""
        self.timed = True
        return self._now

    # Values in force

    def variable(self, name: str) -> Variable:
        """A variable: what the strongest trusted `env` block says, else the process's own."""
        over: list[PassedOver] = []
        for layer in self.layers:
            value = layer.variable(name)
            if value is None:
                continue
            where = layer.where("env", name)
            why = self._distrust(layer, name)
            if why is None:
                return Variable.of(name, value, where, over)
            over.append(PassedOver(where, why))
        own = self._environ.get(name)
        return Variable.of(name, own, None if own is None else Where.variable(name), over)

    def setting(self, name: str) -> Setting:
        """A text in the settings; in bare mode only `--settings` counts."""
        over: list[PassedOver] = []
        for layer in self.layers:
            value = layer.data.get(name)
            if not isinstance(value, str):
                continue
            why = self._distrust_of_setting(layer)
            where = layer.where(name)
            if why is None:
                secret = Secret(value) if value.strip() else None
                return Setting(name, secret, where, layer, tuple(over))
            over.append(PassedOver(where, why))
        return Setting(name, passed_over=tuple(over))

    def environment(self) -> dict[str, str]:
        """All variables of a program that is started here, after the trusted `env` blocks.

        What a block sets to "" is taken away, and what no system can hand to a program is left out.
        """
        environ = {name: own.reveal() for name, own in self._environ.items()}
        for layer in reversed(self.layers):
            for name in layer.env:
                value = layer.variable(name)
                if value is None or self._distrust(layer, name):
                    continue
                environ.pop(name, None)
                if value.reveal():
                    environ[name] = value.reveal()
        return {name: text for name, text in environ.items() if _can_be_handed(name, text)}

    def text(self, path: Path) -> Text:
        """A file as it is; read once."""
        if path not in self._texts:
            self._texts[path] = self._files.read(path)
        return self._texts[path]

    def json(self, path: Path) -> Document:
        """A file that holds a JSON object; read once."""
        if path not in self._read:
            self._read[path] = parse(self._files.read(path))
        return self._read[path]

    def decision(self, kind: str, about: str) -> Document:
        """What a person decided about something, from keyhole's own records."""
        return self.json(self.records(kind).path(about))

    def decisions(self, kind: str) -> tuple[Document, ...]:
        """All decisions of one kind."""
        return tuple(self.json(path) for path in self.records(kind).paths(self._files))

    def decided(self, kind: str) -> bool:
        """Whether anybody ever decided anything of a kind; if not, no digest need be made."""
        return self._files.exists(self.state_folder / kind)

    def records(self, kind: str) -> Records:
        """Where keyhole keeps one kind of decisions."""
        return Records(self.state_folder, kind)

    # The machine itself

    @cached_property
    def bare(self) -> bool:
        """Whether Claude Code would run bare: no login, no helper but that of `--settings`."""
        return self._bare or self.variable("CLAUDE_CODE_SIMPLE").on

    @cached_property
    def config_folder(self) -> Path:
        """Claude Code's folder: `CLAUDE_CONFIG_DIR`, else `~/.claude`."""
        named = self._own_text("CLAUDE_CONFIG_DIR")
        return Path(named) if named else self.home / ".claude"

    @cached_property
    def claude_state(self) -> Document:
        """Claude Code's state file `.claude.json`."""
        named = self._own_text("CLAUDE_CONFIG_DIR")
        state = self.json((Path(named) if named else self.home) / ".claude.json")
        if state.exposed and not state.problem:
            # Who may write that file could trust any folder, and approve any key.
            problem = "can be written by everyone on this machine"
            return evolve(state, data={}, problem=problem)
        return state

    @cached_property
    def config(self) -> config.Config:
        """Keyhole's own configuration.

        Raises:
            ConfigError: It holds something that it must not.
        """
        named = self._own_text("KEYHOLE_CONFIG")
        if named and not self._files.exists(Path(named)):
            # What it was to forbid would otherwise be allowed in silence.
            raise ConfigError(
                "the file does not exist",
                where=named,
                remedy="correct KEYHOLE_CONFIG, or unset it",
            )
        return config.load(self._files, *self._config_files)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """Claude Code's settings, strongest first, each judged for trust.

        Raises:
            UsageError: `--settings` was given something that is none.
            ConfigError: keyhole's configuration holds something that it must not.
        """
        found = settings.layers(
            self._files,
            managed=managed_folder(self.platform),
            flag=self._flag_document,
            user=self.config_folder,
            cwd=self.cwd,
        )
        given = next((layer for layer in found if layer.scope is Scope.FLAG), None)
        if given and given.problem:
            raise flag.refused(given.problem, given.document.place)
        # The rest is not read for nobody's sake.
        of_a_folder = any(layer.scope.of_a_folder for layer in found)
        why = self._distrust_of_folder(found) if of_a_folder else None
        return tuple(
            evolve(layer, distrust=layer.distrust or why) if layer.scope.of_a_folder else layer
            for layer in found
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with files that any source may depend on."""
        said = [
            f"{layer.document.place} {layer.problem}; nothing in it counts."
            for layer in self.layers
            if layer.problem
        ]
        said += [
            f"{layer.document.place} can be written by everyone on this machine; "
            f"nothing in it counts until you run `{layer.distrust.remedy}`."
            for layer in self.layers
            if layer.document.exposed and layer.distrust and not layer.problem
        ]
        if self.claude_state.problem:
            said.append(f"{self.claude_state.place} {self.claude_state.problem}; it is not used.")
        return tuple(said)

    # How values are judged

    def _own_text(self, name: str) -> str:
        own = self._environ.get(name)
        return own.reveal().strip() if own else ""

    def _distrust(self, layer: Layer, variable: str) -> Distrust | None:
        if variable in HOST_MANAGED and is_on(self._own_text(BY_HOST)):
            return Distrust(f"{BY_HOST} is on", f"unset {BY_HOST}")
        return layer.distrust

    def _distrust_of_setting(self, layer: Layer) -> Distrust | None:
        if self.bare and layer.scope is not Scope.FLAG:
            return Distrust("no settings file is read for it in bare mode", "`--settings`")
        return layer.distrust

    def _distrust_of_folder(self, found: tuple[Layer, ...]) -> Distrust | None:
        checkout = settings.git_root(self._files, self.cwd) or self.cwd
        if self.config.trust_claude_code and trust.claude_code_trusts(
            self.claude_state, (self.cwd, checkout)
        ):
            return None
        return trust.distrust(self.decision("trust", str(self.cwd)), found)

    @cached_property
    def _flag_document(self) -> Document | None:
        """What `--settings` gave.

        Raises:
            UsageError: It is neither a readable file nor JSON.
        """
        if self._flag is None:
            return None
        return flag.document(self._flag, home=self.home, cwd=self.cwd, read=self.json)


def _can_be_handed(name: str, text: str) -> bool:
    try:
        os.fsencode(name + text)
    except UnicodeEncodeError:
        return False
    return bool(name) and "=" not in name and "\0" not in name + text
