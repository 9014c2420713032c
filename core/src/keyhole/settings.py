"""Claude Code's settings files, read-only, from the strongest layer to the weakest.

managed drop-ins and file > --settings > local > project > user. For a scalar the strongest layer
that has it counts; the `env` objects merge key by key. A file with one wrong value is dropped
whole, as Claude Code drops it, and that is said.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from keyhole.claude_code import HELPER_SETTINGS
from keyhole.document import Document, parse
from keyhole.files import Files, Text
from keyhole.frozen import evolve, frozen
from keyhole.redaction import printable
from keyhole.secret import Secret
from keyhole.where import Where

__all__ = ["Distrust", "Layer", "Scope", "layers"]


class Scope(enum.Enum):
    """Whose settings a layer holds, strongest first."""

    MANAGED = "managed"
    FLAG = "--settings"
    LOCAL = "local"
    PROJECT = "project"
    USER = "user"

    @property
    def of_a_folder(self) -> bool:
        """Whether such settings can come with a clone, so that they need the folder's trust."""
        return self in (Scope.LOCAL, Scope.PROJECT)


@frozen
class Distrust:
    """Why a layer chooses nothing, and what would change that."""

    reason: str
    remedy: str


@frozen
class Layer:
    """One settings file (or the argument of `--settings`).

    Attributes:
        scope: Whose settings these are.
        document: The file.
        problem: Why the file is dropped whole; empty where it counts.
        distrust: Why its choices are passed over; None where it is trusted.
    """

    scope: Scope
    document: Document
    problem: str = ""
    distrust: Distrust | None = None

    @property
    def data(self) -> Mapping[str, Any]:
        """The settings; empty where the file is dropped."""
        return {} if self.problem else self.document.data

    @property
    def env(self) -> Mapping[str, Any]:
        """The `env` object of the settings."""
        env: Mapping[str, Any] = self.data.get("env", {})
        return env

    def variable(self, name: str) -> Secret | None:
        """What the `env` object gives a variable, as text; None where it does not name it."""
        if name not in self.env:
            return None
        value = self.env[name]
        return Secret(value if isinstance(value, str) else _as_json_text(value))

    def where(self, *keys: str) -> Where:
        """The place of a setting in this layer."""
        return self.document.where(*keys)


def layers(
    files: Files,
    *,
    managed: Path,
    flag: Document | None,
    user: Path,
    cwd: Path,
) -> tuple[Layer, ...]:
    """All layers that exist here, strongest first.

    Args:
        files: What to read from.
        managed: The folder of the administrator's settings.
        flag: What `--settings` gave.
        user: The folder of the user's settings (`~/.claude` or `CLAUDE_CONFIG_DIR`).
        cwd: The folder that the program starts in.
    """
    found = [_checked(scope, document) for scope, document in _documents(files, managed, user, cwd)]
    if flag is not None:
        found.append(_checked(Scope.FLAG, flag))
    strongest = list(Scope)
    # Sorting is stable: the managed files keep the order among themselves.
    found.sort(key=lambda layer: strongest.index(layer.scope))
    return tuple(layer for layer in found if not layer.document.missing)


def inline(text: str) -> Document:
    """What `--settings` was given, where that is JSON itself and not a file's name."""
    return evolve(parse(Text(Path("--settings"), Secret(text))), place="--settings")


def git_root(files: Files, cwd: Path) -> Path | None:
    """The nearest folder, from `cwd` upwards, that holds `.git`; None outside a checkout."""
    return next((at for at in (cwd, *cwd.parents) if files.exists(at / ".git")), None)


def _documents(
    files: Files, managed: Path, user: Path, cwd: Path
) -> Iterator[tuple[Scope, Document]]:
    drop_ins = managed / "managed-settings.d"
    for name in reversed(files.names(drop_ins)):
        if name.endswith(".json") and not name.startswith("."):
            yield Scope.MANAGED, parse(files.read(drop_ins / name))
    yield Scope.MANAGED, parse(files.read(managed / "managed-settings.json"))
    local_at = git_root(files, cwd) or cwd
    yield Scope.LOCAL, parse(files.read(local_at / ".claude" / "settings.local.json"))
    project = cwd / ".claude" / "settings.json"
    # Started in the home folder, the project's file is the user's own.
    if project != user / "settings.json":
        yield Scope.PROJECT, parse(files.read(project))
    yield Scope.USER, parse(files.read(user / "settings.json"))


def _checked(scope: Scope, document: Document) -> Layer:
    distrust = None
    if document.exposed:
        distrust = Distrust(
            "everyone on this machine can write that file", f"chmod o-w {document.place}"
        )
    return Layer(scope, document, document.problem or _wrong_value(document), distrust)


def _wrong_value(document: Document) -> str:
    """What makes the file invalid as a whole; empty where nothing does."""
    env = document.data.get("env", {})
    if not isinstance(env, dict):
        return _wrong(document, "an object of variables", "env")
    for name, value in env.items():
        if not isinstance(value, str | int | float):
            return _wrong(document, "a string", "env", name)
    for name in HELPER_SETTINGS:
        if not isinstance(document.data.get(name, ""), str):
            return _wrong(document, "a string (a command)", name)
    return ""


def _wrong(document: Document, expected: str, *keys: str) -> str:
    line = document.where(*keys).line
    key = printable(".".join(keys))
    return f"has a wrong value on line {line}: {key} must be {expected}"


def _as_json_text(value: bool | float) -> str:  # noqa: FBT001  # JSON's own values
    """A number or a truth value as JavaScript writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if value == int(value) else str(value)
