"""The keys in `reference/configuration.md`.

What a key takes, its default and whose it is come from the code. What it does is written by hand,
in the last column, and kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from itertools import groupby

import attrs

from keyhole import Option, config
from keyhole_docs.installed import plugins
from keyhole_docs.markdown import code, table

__all__ = ["Key", "keys", "section", "silent"]

_ROW = re.compile(r"^\| `([^`]+)` \|.*(?<!\\)\|(.*?)\|$", re.MULTILINE)
_HEAD = ("key", "takes", "default", "does")


@attrs.frozen
class Key:
    """A key of the configuration, as the code has it."""

    name: str
    takes: str
    default: str
    distribution: str


def keys() -> list[Key]:
    """Every key: the core's, then each plugin's, by name."""
    own = [_key(option, "keyhole-core") for option in config.options()]
    theirs = [_key(it.item, it.distribution) for it in plugins().options]
    return [*sorted(own, key=_place), *sorted(theirs, key=_place)]


def _key(option: Option, distribution: str) -> Key:
    return Key(option.key, option.expected, _shown(option.default), distribution)


def _place(key: Key) -> tuple[str, str]:
    return key.distribution, key.name


def section(page: str) -> str:
    """A table for each distribution, with what the page already says that each key does."""
    said = _said(page)
    return "\n\n".join(
        f"## {distribution}\n\n{table(_HEAD, _rows(mine, said))}"
        for distribution, mine in groupby(keys(), lambda key: key.distribution)
    )


def silent(page: str) -> list[str]:
    """The keys of which the page does not say what they do."""
    said = _said(page)
    return [key.name for key in keys() if not said.get(key.name)]


def _said(page: str) -> dict[str, str]:
    return {name: does.strip() for name, does in _ROW.findall(page)}


def _rows(mine: Iterable[Key], said: Mapping[str, str]) -> list[tuple[str, ...]]:
    return [(f"`{it.name}`", it.takes, it.default, said.get(it.name, "")) for it in mine]


def _shown(default: object) -> str:
    if isinstance(default, bool | str) and default != "":
        return f"`{json.dumps(default)}`"
    if isinstance(default, int | float):
        return f"{default:g}"
    return code(default, none="") if isinstance(default, tuple | frozenset) else ""
