"""What sets and removes variables, evaluated by who is to evaluate it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyhole.cli.shells import FORMATS, render
from keyhole.errors import RefusedError

# What a variable can hold at all: no NUL, and nothing that UTF-8 has no bytes for.
anything = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
awkward = st.sampled_from(
    [
        "",
        " ",
        "'",
        '"',
        "''",
        "a'b\"c",
        "\\",
        "\\'",
        "ends in \\",
        "$HOME `id` $(id) ${HOME}",
        "%PATH% !! ~ * ? [a] {a,b} # ; & | < >",
        "a\nb\n",
        "\r\n\t\x1b[31m",
        "\u2018\u2019\u201a\u201b",
        "-n",
        "=",
        "é\N{SNOWMAN}\N{GRINNING FACE}",
    ]
)
values = anything | awkward


def _shell(name: str, script: str, names: list[str]) -> list[str]:
    """Evaluates a script as `eval "$(keyhole env)"` does, and reads variables."""
    program = shutil.which(name)
    if program is None:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing(f"there is no {name} here")
    read = "".join(f'printf "%s\\0" "${{{name}-UNSET}}";' for name in names)
    run = subprocess.run(
        [program, "-c", f'eval "$(printf "%s" "$SCRIPT")"; {read}'],
        env={**os.environ, "SCRIPT": script, "GONE": "fake-rival"},
        capture_output=True,
        check=True,
        timeout=10,
    )
    assert not run.stderr
    return run.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("shell", ["sh", "dash", "bash", *filter(shutil.which, ("zsh", "ksh"))])
@given(st.lists(values, min_size=1, max_size=30))
@settings(max_examples=20, deadline=None)
def test_a_shell_gets_exactly_the_values(shell: str, texts: list[str]) -> None:
    """Whatever the values are, a shell that evaluates the text has them, and not the rivals."""
    variables = {f"NAME_{number}": text for number, text in enumerate(texts)}
    script = render("sh", variables, frozenset({"GONE", "NEVER_SET"}))
    names = [*variables, "GONE", "NEVER_SET"]
    assert _shell(shell, script, names) == [*texts, "UNSET", "UNSET"]


@given(values, values)
def test_json_has_exactly_the_values(first: str, second: str) -> None:
    """The JSON object has each value, and null for each rival."""
    text = render("json", {"A": first, "B": second}, frozenset({"GONE"}))
    assert json.loads(text) == {"A": first, "B": second, "GONE": None}


@given(values)
def test_fish_gets_exactly_the_value(text: str) -> None:
    """By fish's own rules for single quotes, the value is what it was."""
    script = render("fish", {"NAME": text}, frozenset({"GONE"}))
    remove, _, rest = script.partition("\n")
    assert remove == "set -e GONE"
    assert _unquoted(rest, "set -gx NAME '", {"\\\\": "\\", "\\'": "'"}) == text


@given(values)
def test_powershell_gets_exactly_the_value(text: str) -> None:
    """By PowerShell's own rules for single quotes, typographic ones included, it is what it was."""
    script = render("powershell", {"NAME": text}, frozenset({"GONE"}))
    remove, _, rest = script.partition("\n")
    assert remove == "Remove-Item Env:GONE -ErrorAction SilentlyContinue"
    quotes = "'\u2018\u2019\u201a\u201b"
    doubled = {first + second: first for first in quotes for second in quotes}
    assert _unquoted(rest, "$env:NAME = '", doubled, ends=quotes) == text


def _unquoted(line: str, start: str, pairs: Mapping[str, str], ends: str = "'") -> str:
    """Reads a single-quoted text as the shell reads it; it must end where the line ends."""
    assert line.startswith(start)
    position, text = len(start), ""
    while True:
        pair = line[position : position + 2]
        if pair in pairs:
            text += pairs[pair]
            position += 2
        elif line[position] in ends:
            assert position == len(line) - 1, "the quotation ends too early"
            return text
        else:
            text += line[position]
            position += 1


def _python_dotenv(line: str) -> str:
    """A value as python-dotenv reads it: escapes, and then ${variables}."""
    if plain := _bare(line):
        return plain
    quoted = re.fullmatch(r"NAME='((?:\\'|[^'])*)'", line)
    assert quoted, "it is read as something else"
    text = re.sub(r"\\([\\'])", r"\1", quoted[1])
    return re.sub(r"\$\{[^}]*\}", "", text)


def _bare(line: str) -> str:
    """A value without quotes, of which each reader takes all but comments, spaces and expansions."""
    plain = re.fullmatch(r"""NAME=([^'"`#$\\\s~&|;<>()*?]+)""", line)
    return plain[1] if plain else ""


def _node_dotenv(line: str) -> str:
    """A value as dotenv for Node reads it: between single quotes as it stands."""
    if plain := _bare(line):
        return plain
    quoted = re.fullmatch(r"NAME='((?:\\'|[^'])*)'", line)
    assert quoted, "it is read as something else"
    return quoted[1]


def _sourced(line: str) -> str:
    """A value as a shell reads it that sources the file."""
    if plain := _bare(line):
        return plain
    quoted = re.fullmatch(r"NAME='([^']*)'", line)
    assert quoted, "it is read as something else"
    return quoted[1]


def _docker(line: str) -> str:
    """A value as `docker run --env-file` reads it: as it stands, quotes and all."""
    return line.removeprefix("NAME=")


@given(st.from_regex(r"[A-Za-z0-9_.,:/@%+=-]+", fullmatch=True))
def test_a_token_has_no_quotes_in_a_dotenv_file(text: str) -> None:
    """What credentials are made of is written as it stands, for readers that know no quotes."""
    line = render("dotenv", {"NAME": text}, frozenset())
    readers = (_python_dotenv, _node_dotenv, _sourced, _docker)
    assert [read(line) for read in readers] == [text] * 4


@given(values)
def test_a_dotenv_file_is_read_alike_or_not_written(text: str) -> None:
    """What is written to a .env file means the same to every reader; the rest is refused."""
    try:
        line = render("dotenv", {"NAME": text}, frozenset())
    except RefusedError as error:
        assert "NAME" in str(error)
        assert not text or text not in str(error) or len(text) < 5
        return
    assert len(line.splitlines()) == 1
    assert [read(line) for read in (_python_dotenv, _node_dotenv, _sourced)] == [text] * 3


@pytest.mark.parametrize(
    "text", ["sk-ant-api03-fake-0123_456-789", "a b", "a=b#c", "a$b", "a+/b==", "eyJhbGciOi.x-y_z"]
)
def test_what_credentials_look_like_is_written(text: str) -> None:
    """No ordinary credential is refused by the .env format, and a rival becomes empty."""
    gone, line = render("dotenv", {"NAME": text}, frozenset({"GONE"})).splitlines()
    assert (gone, _sourced(line)) == ("GONE=", text)


@pytest.mark.parametrize("text", ["a'b", "a\nb", "a\rb", "ends in \\", "\\\\", "${HOME}"])
def test_what_readers_disagree_about_is_refused(text: str) -> None:
    """A quote, a line break, an escape or an expansion is refused, with another format to use."""
    with pytest.raises(RefusedError, match="NAME") as raised:
        render("dotenv", {"NAME": text}, frozenset())
    assert "--format json" in raised.value.remedy


@pytest.mark.parametrize("name", FORMATS)
def test_rivals_are_removed_before_anything_is_set(name: str) -> None:
    """The removals come first and in order, so that two runs print the same."""
    text = render(name, {"SET": "fake"}, frozenset({"B", "A"}))
    assert text.index("A") < text.index("B") < text.rindex("SET")
    assert text == render(name, {"SET": "fake"}, frozenset({"A", "B"}))
