"""Wheels of this repository, and of all that they and the author of a plugin need."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from itertools import chain
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from packaging.requirements import Requirement

__all__ = ["PROJECTS", "ROOT", "build", "fill", "table"]

ROOT = Path(__file__).parent.parent.parent
PROJECTS = [ROOT, *sorted(path.parent for path in ROOT.glob("*/pyproject.toml"))]
PROJECTS += sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))

TOOLS = ("editables", "hatchling", "mypy", "ruff")
"""What the author of a plugin needs beside what keyhole needs."""


def fill(house: Path) -> None:
    """Puts every wheel into a folder."""
    for project in PROJECTS:
        build("wheel", project, house)
    for dependency in _dependencies():
        _repack(dependency, house)


def build(what: str, project: Path, into: Path) -> None:
    """Builds a project's wheel or sdist into a folder."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", what, "-d", str(into)],
        cwd=project,
        capture_output=True,
        timeout=300,
        check=True,
    )


def table(project: Path) -> Mapping[str, Any]:
    """What a project's `pyproject.toml` says of it."""
    said: Mapping[str, Any] = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    return {"dependencies": [], "optional-dependencies": {}, **said}


def _dependencies() -> Iterator[Distribution]:
    """What the distributions of this repository need, as it is installed here."""
    waiting = [Requirement(text) for project in PROJECTS for text in _requirements(project)]
    waiting += map(Requirement, TOOLS)
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted = waiting.pop()
        this = (wanted.name, frozenset(wanted.extras))
        if wanted.name.startswith("keyhole") or this in seen:
            continue
        seen.add(this)
        try:
            found = distribution(wanted.name)
        except PackageNotFoundError:
            continue  # it is for another platform
        yield found
        waiting += filter(_applies(wanted), map(Requirement, found.requires or ()))


def _requirements(project: Path) -> list[str]:
    """What a project depends on, with all its extras: a plugin may ask for any of them."""
    said = table(project)
    return [*said["dependencies"], *chain(*said["optional-dependencies"].values())]


def _applies(wanted: Requirement) -> Callable[[Requirement], bool]:
    """Says if a dependency of a distribution is one here, with the extras that are wanted of it."""
    extras = wanted.extras or {""}
    return lambda inner: (
        inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in extras)
    )


def _repack(found: Distribution, house: Path) -> None:
    """A wheel of a distribution that is installed: its files, without what installing added."""
    files = [
        file
        for file in found.files or ()
        if ".." not in file.parts
        and file.suffix != ".pyc"
        and file.name not in ("INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")
    ]
    tags = re.findall(r"^Tag: (\S+)", found.read_text("WHEEL") or "", re.MULTILINE)
    parts = zip(*(tag.split("-") for tag in tags), strict=True)
    tag = "-".join(".".join(dict.fromkeys(part)) for part in parts)
    stem = next(file.parts[0] for file in files if file.name == "METADATA")
    stem = stem.removesuffix(".dist-info")
    with ZipFile(house / f"{stem}-{tag}.whl", "w") as wheel:
        for file in files:
            wheel.write(str(found.locate_file(file)), file.as_posix())
        for program in _programs(found):
            wheel.write(program, f"{stem}.data/scripts/{program.name}")


def _programs(found: Distribution) -> Iterator[Path]:
    """The programs that a wheel brings as they are; installing makes the others anew."""
    made = {entry.name for entry in found.entry_points}
    for file in found.files or ():
        if ".." in file.parts and file.parts[-2] == "bin" and file.stem not in made:
            yield Path(str(found.locate_file(file))).resolve()
