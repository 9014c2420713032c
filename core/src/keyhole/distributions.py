"""The installed distributions and their entry points, as importlib.metadata tells them.

importlib.metadata brings zipfile, email and csv with it, which costs more than all that keyhole
does in a look. So plain folders of the search path are read here. Everything else, and every
metadata file with something unusual in it, is left to importlib.metadata.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from functools import reduce
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keyhole.frozen import frozen

if TYPE_CHECKING:
    from importlib.metadata import Distribution

__all__ = ["Entry", "Listed", "as_listed", "entries_of", "listed"]


@frozen
class Entry:
    """One entry point of a group.

    Attributes:
        name: Its name.
        value: What it names: "module", or "module:attribute".
    """

    name: str
    value: str

    def load(self) -> Any:
        """Imports what it names."""
        module, colon, attribute = self.value.partition(":")
        if not _is_dotted(module) or (colon and not _is_dotted(attribute)):
            from importlib.metadata import EntryPoint

            return EntryPoint(self.name, self.value, "").load()
        return reduce(getattr, attribute.split(".") if colon else (), import_module(module))


@frozen
class Listed:
    """A distribution that has entry points in the group, or whose list can't be read.

    Attributes:
        name: Its name as its metadata has it; empty where there is none.
        version: Its version; empty where there is none.
        place: The folder that it is installed in.
        entries: Its entry points in the group.
        torn: The type of the error that keeps its list from being read; empty where none does.
    """

    name: str
    version: str
    place: str
    entries: tuple[Entry, ...] = ()
    torn: str = ""


def _is_dotted(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def listed(group: str) -> Iterator[Listed]:
    """The distributions of this process's search path that matter to a group."""
    if any(_lists_its_own(finder) for finder in sys.meta_path):
        from importlib.metadata import distributions

        yield from as_listed(distributions(), group)
        return
    for folder in sys.path:
        yield from _in_folder(folder, group)


def as_listed(found: Iterable[Distribution], group: str) -> Iterator[Listed]:
    """The same for distributions that importlib.metadata found."""
    for distribution in found:
        try:
            entries = tuple(
                Entry(entry.name, entry.value)
                for entry in distribution.entry_points.select(group=group)
            )
        except Exception as error:  # noqa: BLE001  # a torn installation fails in many ways
            yield _described(distribution, torn=type(error).__name__)
        else:
            # Most distributions end here: their metadata is not worth parsing.
            if entries:
                yield _described(distribution, entries=entries)


def _described(distribution: Distribution, **said: Any) -> Listed:
    metadata = _metadata_of(distribution)
    name, version = (metadata[key] if key in metadata else "" for key in ("Name", "Version"))  # noqa: SIM401  # the protocol has no get
    return Listed(name or "", version or "", str(distribution.locate_file("")), **said)


def _metadata_of(distribution: Distribution) -> Any:
    """The metadata; nothing where there are none, for which the library's backport has an error."""
    try:
        return distribution.metadata or {}
    except FileNotFoundError:
        return {}


def _lists_its_own(finder: Any) -> bool:
    """Whether it is a finder that knows distributions of which this module knows nothing."""
    return finder is not PathFinder and hasattr(finder, "find_distributions")


def _in_folder(folder: str, group: str) -> Iterator[Listed]:
    if folder.lower().endswith(".egg"):
        yield from _by_importlib(folder, group)
        return
    try:
        names = os.listdir(folder or ".")  # noqa: PTH208  # a Path for each name costs more
    except (OSError, ValueError):
        # Most often nothing is there at all; it may be a zip file.
        if os.path.isfile(folder):  # noqa: PTH113  # as above
            yield from _by_importlib(folder, group)
        return
    for name in names:
        if name.lower().endswith((".dist-info", ".egg-info")):
            yield from _in_info(folder, os.path.join(folder, name), group)  # noqa: PTH118  # as above


def _by_importlib(folder: str, group: str) -> Iterator[Listed]:
    from importlib.metadata import distributions

    return as_listed(distributions(path=[folder]), group)


def _in_info(folder: str, info: str, group: str) -> Iterator[Listed]:
    try:
        entries = entries_of(_text(f"{info}/entry_points.txt"), group)
        if not entries:
            return
        name, version = _name_and_version(_text(f"{info}/METADATA") or _text(f"{info}/PKG-INFO"))
    except (OSError, ValueError):
        from importlib.metadata import Distribution

        yield from as_listed([Distribution.at(info)], group)
    else:
        yield Listed(name, version, str(Path(folder)), entries)


def entries_of(text: str, group: str) -> tuple[Entry, ...]:
    """The entry points of one group in the text of an `entry_points.txt`.

    Raises:
        ValueError: A line, of whatever group, is none.
    """
    entries = []
    section = None
    for line in map(str.strip, text.splitlines()):
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            section = line.strip("[]")
        elif section is not None:
            name, equals, value = line.partition("=")
            if not equals:
                raise ValueError("a line that is no entry point")
            if section == group:
                entries.append(Entry(name.strip(), value.strip()))
    return tuple(entries)


def _name_and_version(text: str) -> tuple[str, str]:
    """What the metadata says of itself in one line each.

    Raises:
        ValueError: It does not.
    """
    said: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        if not line:
            break
        if line[0] in " \t":
            # A header that goes on in the next line.
            said.pop(key, None)
            continue
        key, colon, value = line.partition(":")
        if not colon or " " in key or not (key.isascii() and key.isprintable()):
            raise ValueError("a line that is no header")
        key = key.lower()
        said.setdefault(key, value.strip())
    try:
        return said["name"], said["version"]
    except KeyError as error:
        raise ValueError("no plain name and version") from error


def _text(path: str) -> str:
    """A metadata file; empty where there is none that this user can read, as importlib has it."""
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123  # as above
            return file.read()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError):
        return ""
