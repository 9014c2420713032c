"""What is to be changed, before anything is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from keyhole import Secret, View, Where
from keyhole.difference import difference
from keyhole_audit import spot
from keyhole_audit.keep import free_name
from keyhole_audit.literal import dotted, masked
from keyhole_audit.screen import shortened

__all__ = ["Draft"]


@attrs.define
class Draft:
    """A plan that grows.

    Attributes:
        view: What was looked at.
        texts: The new text of each file that changes, in the order in which they are written.
        secrets: What is kept in the token store, by its name, with the origin it is for.
        modes: The new mode of files.
        untracked: Files that git is to forget, each with its repository.
        helper: The settings file that gets an apiKeyHelper; None if none does.
        replaced: The settings file whose key that helper stands for.
        left: What can't be done without the user, in a sentence each.
        steps: What is to be done when this is done, in a sentence each.
    """

    view: View
    texts: dict[Path, str] = attrs.field(factory=dict, repr=False)
    secrets: dict[str, tuple[Secret, str]] = attrs.field(factory=dict)
    modes: dict[Path, int] = attrs.field(factory=dict)
    untracked: dict[Path, Path] = attrs.field(factory=dict)
    helper: Path | None = None
    replaced: Path | None = None
    left: list[str] = attrs.field(factory=list)
    steps: list[str] = attrs.field(factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be done."""
        return not (self.texts or self.modes or self.untracked)

    def old(self, path: Path) -> str | None:
        """What a file holds now; None where there is none."""
        content = self.view.machine.text(path).content
        return content.reveal() if content else None

    def text(self, path: Path, *, empty: str = "{}\n") -> str:
        """What a file is to hold so far.

        Args:
            path: The file.
            empty: What a file that is not there counts as.
        """
        if path in self.texts:
            return self.texts[path]
        old = self.old(path)
        return empty if old is None else old

    def can_edit(self, path: Path) -> bool:
        """Whether a file is JSON that can be edited without losing anything; if not, it is a step.

        Where a name stands twice, every reader takes one of the values, and nobody knows of the
        other: it would be shown, or lost.
        """
        if self.view.machine.json(path).problem:
            return False
        text = self.old(path) or ""
        twice = spot.repeated(text)
        if twice is None:
            return True
        where = Where(masked(str(path)), dotted(twice), spot.line_of(text, twice))
        self.leave(f"{where} stands there twice: leave one of them, and run the command again")
        return False

    def leave(self, step: str) -> None:
        """Leaves a step to the user, and says so once."""
        if step not in self.left:
            self.left.append(step)

    def keep(self, wanted: str, secret: Secret, origin: str = "") -> str:
        """Plans to keep a secret, for one server or for none; gives the name that it gets."""
        name = free_name(self.view.tokens(), wanted, (secret, origin), self.secrets)
        self.secrets[name] = (secret, origin)
        return name

    def shown(self, secrets: Iterable[Secret]) -> Iterator[str]:
        """The plan for people, line by line, with the last characters of each secret alone.

        Args:
            secrets: All that is known to be secret in these files.

        Raises:
            StoreError: No store can be used.
        """
        hidden = [secret.reveal() for secret in secrets]

        def known(_name: str, text: str) -> Iterator[str]:
            return (secret for secret in hidden if secret in text)

        for path, new in self.texts.items():
            for line in difference(self.old(path), new, masked(str(path)), known):
                yield masked(line)
        if self.secrets:
            yield f"keep in the token store {self._store()}:"
        for name, (secret, _) in self.secrets.items():
            yield f"  {name} (ends in {secret.ending() or '…'})"
        for path, mode in self.modes.items():
            yield f"chmod {mode:04o} {masked(str(path))}"
        for path in self.untracked:
            yield f"git rm --cached {masked(str(path))}"
        yield from (f"left to you: {step}" for step in self.left)

    def _store(self) -> str:
        """The store in force, and whether it protects what it keeps."""
        store = self.view.tokens().stores.in_force()
        said = store.status()
        where = shortened(said.where, self.view.machine)
        kind = f"({where})" if said.protected else f"({where}), which is not protected"
        return f"{store.name} {kind}"
