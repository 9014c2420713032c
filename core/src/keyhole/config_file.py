"""What a configuration file holds, key by key, each with the line where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from keyhole.files import Text
from keyhole.frozen import field, frozen
from keyhole.redaction import printable

__all__ = ["Entry", "entries"]


@frozen
class Entry:
    """A value and where it stands (file and line), and where the keys in it do, if it is a table.

    A value may be a secret that somebody put in the wrong place, so that it does not show itself.
    """

    value: Any = field(repr=False)
    spot: str
    spots: Mapping[str, str] = field(factory=dict)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a configuration can't be pickled: read it where it is needed")


def entries(text: Text) -> tuple[dict[str, Entry], str]:
    """What the file holds, or what is wrong with it; nothing here raises, so nothing here shows.

    Args:
        text: The file; TOML.

    Returns:
        Every value by its dotted key, a table in a table as one value; and a sentence that says
        what is wrong, empty where nothing is.
    """
    if text.content is None:
        return {}, f"the file {text.problem}" if text.problem else ""
    # Most machines have no such file.
    import tomllib

    try:
        table = tomllib.loads(text.content.reveal())
    except tomllib.TOMLDecodeError as error:
        return {}, f"not valid TOML: {printable(str(error))}"
    except (ValueError, RecursionError):
        return {}, "not valid TOML: nested too deeply, or a number too long"
    lines, where = _lines(text), str(text.path)
    return {
        key: Entry(
            value,
            f"{where}:{lines[key]}" if key in lines else where,
            {
                name: f"{where}:{lines[f'{key}.{name}']}"
                for name in (value if isinstance(value, dict) else ())
                if f"{key}.{name}" in lines
            },
        )
        for key, value in _flat(table)
    }, ""


def _flat(table: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Every value with its dotted key."""
    pairs: list[tuple[str, Any]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            pairs += [(f"{key}.{inner}", inner_value) for inner, inner_value in value.items()]
        else:
            pairs.append((key, value))
    return pairs


def _lines(text: Text) -> dict[str, int]:
    """The line of each plain `key = value`, by dotted key; good enough to point at."""
    found: dict[str, int] = {}
    table = ""
    lines = text.content.reveal().split("\n") if text.content else []
    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        if line.startswith("["):
            table = line.strip("[] ").split("]")[0].strip().replace('"', "")
        elif "=" in line and not line.startswith("#"):
            key = line.split("=", 1)[0].strip().replace('"', "").replace(" ", "")
            found.setdefault(f"{table}.{key}" if table else key, number)
    return found
