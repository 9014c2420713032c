"""A JSON file says on which line each key stands, and what is wrong with it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.document import Document, parse
from keyhole.files import Text
from keyhole.secret import Secret
from keyhole.testing.strategies import json_values
from keyhole.where import Where

PATH = Path("/etc/fake/settings.json")
objects = st.dictionaries(st.text(max_size=8), json_values, max_size=4)


def _parsed(text: str) -> Document:
    return parse(Text(PATH, Secret(text)))


def test_an_object_is_data() -> None:
    """A file with an object has that object and no problem."""
    document = _parsed('{"env": {"A": "b"}}')
    assert document.data == {"env": {"A": "b"}}
    assert (document.place, document.problem) == (str(PATH), "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is not valid JSON (line 1, column 1)"),
        ('{"a": 1', "is not valid JSON (line 1, column 8)"),
        ('{\n"a": 1,\n"b" 2}', "is not valid JSON (line 3, column 5)"),
        ('{"a": 1} // note', "is not valid JSON (line 1, column 10)"),
        ("\x00", "is not valid JSON (line 1, column 1)"),
        ("[]", "does not hold a JSON object"),
        ("null", "does not hold a JSON object"),
        ('"text"', "does not hold a JSON object"),
    ],
)
def test_what_is_wrong_is_said(text: str, problem: str) -> None:
    """A truncated, commented, empty or otherwise wrong file has no data and says why."""
    document = _parsed(text)
    assert document.data == {}
    assert document.problem == problem


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": ' * 100_000, '{"a": ' + "1" * 5000 + "}"])
def test_deep_nesting_and_long_numbers_are_said(text: str) -> None:
    """What Python can't read as JSON is a problem and no exception."""
    assert _parsed(text).problem.startswith("is not valid JSON (")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_the_words_of_javascript_are_no_json(number: str) -> None:
    """A number that no JSON holds makes the file invalid, as it does for Claude Code."""
    assert _parsed(f'{{"a": {number}}}').problem.startswith("is not valid JSON")


def test_a_file_that_could_not_be_read_keeps_its_problem() -> None:
    """What was wrong with reading is what is wrong with the document."""
    document = parse(Text(PATH, problem="is a folder", exposed=True))
    assert (document.problem, document.missing, document.exposed) == ("is a folder", False, True)


def test_a_missing_file_is_missing() -> None:
    """A missing file has no data and no problem."""
    document = parse(Text(PATH))
    assert (document.data, document.problem, document.missing) == ({}, "", True)


def test_what_everyone_can_write_is_exposed() -> None:
    """That a file is exposed is kept, whether it is valid or not."""
    assert parse(Text(PATH, Secret("{}"), exposed=True)).exposed
    assert parse(Text(PATH, Secret("{"), exposed=True)).exposed


def test_no_text_of_a_document_shows_a_secret() -> None:
    """Neither the repr of a document nor its problem shows what is in the file."""
    for text in ('{"a": "canary-fake"}', '{"a": "canary-fake"', '["canary-fake"]'):
        document = _parsed(text)
        assert "canary" not in repr(document) + document.problem


@given(st.text() | json_values.map(json.dumps) | st.text('{}[]",:0 \n'))
def test_any_text_is_data_or_a_problem(text: str) -> None:
    """No text makes `parse` raise; one with a problem has no data."""
    document = _parsed(text)
    assert not (document.problem and document.data)
    assert document.where("a", "b").place == str(PATH)


@given(objects)
def test_get_follows_a_path_of_keys(data: dict[str, Any]) -> None:
    """Each member is found by its path of keys."""
    document = _parsed(json.dumps(data))
    for keys, value in _members(data):
        assert document.get(*keys) == value


def test_get_of_what_is_not_there_is_none() -> None:
    """A path that leaves the objects of the document leads to None."""
    document = _parsed('{"a": {"b": 1}, "c": [1]}')
    assert document.get("a", "x") is None
    assert document.get("a", "b", "c") is None
    assert document.get("c", "0") is None


@given(objects, st.integers(0, 4))
def test_the_line_is_that_of_the_key(data: dict[str, Any], indent: int) -> None:
    """In an indented document each key is on the line where an indented dump puts it."""
    text = json.dumps(data, indent=indent)
    document = _parsed(text)
    for keys, _value in _members(data):
        assert document.where(*keys) == Where(str(PATH), ".".join(keys), _line(data, keys, indent))


def _members(
    data: dict[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in data.items():
        yield (*above, key), value
        if isinstance(value, dict):
            yield from _members(value, (*above, key))


def _line(data: dict[str, Any], keys: tuple[str, ...], indent: int) -> int:
    """Counts the lines that are dumped before a key."""
    line = 2
    for key, value in data.items():
        if key == keys[0]:
            return line if len(keys) == 1 else line - 1 + _line(value, keys[1:], indent)
        line += json.dumps(value, indent=indent).count("\n") + 1
    raise AssertionError(keys)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"a": 1,\n"b": 2}', 2),
        ('{"b": 1,\n"b": 2}', 2),
        ('{\n\n\n"\\u0062"\n:\n2}', 4),
        ('{"x": {"b": 1},\r\n"y": "\\"b\\": 1",\r\n"b": 2}', 3),
        ('{"a": 1}', None),
    ],
)
def test_the_line_survives_odd_layouts(text: str, line: int | None) -> None:
    """The last key of its name is found, at its own level, escaped or not."""
    assert _parsed(text).where("b").line == line


def test_the_whole_document_has_no_line() -> None:
    """The place of a document itself is its path alone."""
    assert str(_parsed("{}").where()) == str(PATH)


def test_the_place_of_a_key_can_be_asked_for_from_any_depth_of_calls() -> None:
    """Nesting that could just be read never makes `where` raise from a deeper call."""
    limit = sys.getrecursionlimit()
    for depth in range(limit - 200, limit):
        document = _parsed('{"a": ' + "[" * depth + "]" * depth + ', "b": 1}')
        assert document.problem or _asked_deeper(document, 30) in (1, None)


def _asked_deeper(document: Document, calls: int) -> int | None:
    return _asked_deeper(document, calls - 1) if calls else document.where("b").line
