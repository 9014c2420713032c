"""What a new plugin's files hold: templates, filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from itertools import chain
from string import Template

from keyhole import __version__
from keyhole.scaffold.names import Names
from keyhole.scaffold.parts import ALWAYS, Part

__all__ = ["draft"]


def draft(names: Names, parts: Sequence[Part]) -> dict[str, str]:
    """Every file of a plugin, by its path in the plugin's folder.

    Args:
        names: What it is called.
        parts: What it brings: one thing at the least.
    """
    words = _words(names, parts)
    templates = dict(chain(ALWAYS.items(), *(part.files.items() for part in parts)))
    return {
        Template(path).substitute(words): _filled(template, words)
        for path, template in sorted(templates.items())
    }


def _words(names: Names, parts: Sequence[Part]) -> dict[str, str]:
    """What the templates ask for, by name."""
    core = _compatible(__version__)
    needed = _merged([f"keyhole-core ~= {core}"], *(part.dependencies for part in parts))
    words = {
        "name": names.name,
        "distribution": names.distribution,
        "module": names.module,
        "prefix": names.prefix,
        "core": core,
        "what": _listed([part.article for part in parts]),
        "dependencies": "".join(f'    "{one}",\n' for one in needed),
        "imports": ", ".join(_merged(*(part.imports for part in parts))),
        "hooks": ", ".join(f'"{hook}"' for hook in sorted(part.hook for part in parts)),
        "brought": ", ".join(f'"{part.collected}"' for part in parts),
    }
    words["bodies"] = "\n\n".join(_filled(part.body, words) for part in parts)
    words["sections"] = "\n".join(_filled(part.section, words) for part in parts)
    return words


def _filled(template: str, words: Mapping[str, str]) -> str:
    """A template with its words in place; one that is not among them is a mistake of ours."""
    text = files("keyhole.scaffold").joinpath("templates", f"{template}.in").read_text("utf-8")
    return Template(text).substitute(words)


def _merged(*lists: Iterable[str]) -> list[str]:
    return sorted(set(chain(*lists)))


def _listed(things: Sequence[str]) -> str:
    """The things in a sentence: "a source, a store and a command"."""
    *first, last = things
    return f"{', '.join(first)} and {last}" if first else last


def _compatible(version: str) -> str:
    """The first version whose contracts are the same: "0.1.0" for "0.1.7"."""
    return ".".join([*version.split(".")[:2], "0"])
