"""What an audit looks at: the files that matter, with what git and the file system say of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import attrs

from keyhole import Host, Machine, Role, Seen, View, survey
from keyhole.plugins import Plugins
from keyhole.settings import Scope
from keyhole_audit.disk import facts
from keyhole_audit.repository import Repository, ask, root_of
from keyhole_audit.role import role_of, scope_of
from keyhole_audit.tree import tree

__all__ = ["Look", "look"]

START_FILES = (
    ".profile",
    ".bash_profile",
    ".bash_login",
    ".bashrc",
    ".zshenv",
    ".zprofile",
    ".zshrc",
    ".zlogin",
    ".config/fish/config.fish",
    ".config/environment.d/anthropic.conf",
    ".pam_environment",
)
"""What sets variables when a person logs in or opens a shell, below the home folder."""


@attrs.frozen
class Look:
    """What was looked at.

    Attributes:
        view: What the checks get.
        problems: What could not be found out, in a sentence each.
    """

    view: View
    problems: tuple[str, ...] = ()


@attrs.frozen
class _Candidate:
    path: Path
    role: Role
    scope: Scope | None = None


def look(
    machine: Machine,
    host: Host,
    plugins: Plugins,
    paths: Sequence[Path] = (),
    *,
    online: bool = False,
) -> Look:
    """Finds what is to be audited.

    Args:
        machine: The machine.
        host: Runs git, opens token stores, and uses the network where that is allowed.
        plugins: What is installed.
        paths: Folders and files to look at; none is the machine's folder with the user's own files.
        online: Whether checks may use the network.
    """
    given = [machine.cwd / path for path in paths] or [machine.cwd]
    found = {one.path: one for one in _candidates(machine, given, whole=not paths)}
    repositories = _repositories(machine, host, given, found)
    for repository in repositories.values():
        # Git knows of files in folders that nobody would look through.
        for path in repository.tracked or ():
            role = role_of(path)
            if role and path not in found and path.exists():
                found[path] = _Candidate(path, role, scope_of(path, role))
    seen = [_seen(one, repositories) for one in found.values()]
    view = View(
        machine,
        tuple(sorted(seen, key=lambda one: one.path)),
        whole=not paths,
        survey=cache(lambda: survey(machine, plugins=plugins)),
        tokens=cache(lambda: host.tokens(machine)),
        send=host.send if online else None,
    )
    problems = [f"{one.root}: {one.problem}" for one in repositories.values() if one.problem]
    return Look(view, tuple(problems))


def _candidates(machine: Machine, given: Iterable[Path], *, whole: bool) -> Iterator[_Candidate]:
    for path in given:
        if path.is_dir():
            # The home folder, or one above it, holds more than one project: too much to walk.
            deep = path not in (machine.home, *machine.home.parents)
            for file in tree(path, deep=deep).files:
                role = role_of(file) or Role.OTHER
                yield _Candidate(file, role, scope_of(file, role))
        elif path.name == ".claude.json":
            yield _Candidate(path, Role.STATE)
        else:
            role = role_of(path) or Role.OTHER
            yield _Candidate(path, role, scope_of(path, role))
    if whole:
        yield from _own(machine)


def _own(machine: Machine) -> Iterator[_Candidate]:
    """The user's own files, the administrator's, and every settings file that counts here."""
    folder = machine.config_folder
    files = [
        _Candidate(folder / ".credentials.json", Role.CREDENTIALS),
        _Candidate(folder / "settings.json", Role.SETTINGS, Scope.USER),
        _Candidate(folder / "settings.local.json", Role.SETTINGS, Scope.USER),
        _Candidate(folder / "CLAUDE.md", Role.INSTRUCTIONS, Scope.USER),
        _Candidate(Path(machine.claude_state.place), Role.STATE),
        *(_Candidate(machine.home / name, Role.START_FILE) for name in START_FILES),
        *(
            _Candidate(Path(layer.document.place), Role.SETTINGS, layer.scope)
            for layer in machine.layers
            if layer.scope is not Scope.FLAG
        ),
    ]
    yield from (one for one in files if one.path.exists())


def _repositories(
    machine: Machine, host: Host, given: Iterable[Path], found: Iterable[Path]
) -> Mapping[Path, Repository]:
    """Each repository that holds any of the files, asked once about the parts that matter."""
    within: dict[Path, set[Path]] = {}
    for path in found:
        root = root_of(path.parent)
        if root is not None:
            within.setdefault(root, set()).add(path)
    folders = [path for path in given if path.is_dir()]
    for folder in folders:
        root = root_of(folder)
        if root is not None:
            within.setdefault(root, set()).add(folder)
    return {root: ask(machine, host, root, _merged(paths)) for root, paths in within.items()}


def _merged(paths: set[Path]) -> list[Path]:
    """Without what lies below another of them."""
    return [path for path in paths if paths.isdisjoint(path.parents)]


def _seen(one: _Candidate, repositories: Mapping[Path, Repository]) -> Seen:
    root = root_of(one.path.parent)
    repository = repositories.get(root) if root else None
    tracked, ignored = repository.status(one.path) if repository else (None, None)
    said = facts(one.path)
    return Seen(
        one.path, one.role, one.scope, tracked, ignored, said.mode, said.owner, said.reachable
    )
