"""Editing a member of a JSON file changes that member, and not one byte besides."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.edit import put, remove, span
from keyhole.errors import UsageError
from keyhole.testing import CANARY
from keyhole.testing.strategies import json_values

names = st.text(max_size=6) | st.sampled_from(["env", "apiKeyHelper", "a\nb", '"', "\ud800"])
objects = st.dictionaries(names, json_values, max_size=4)
paths = st.lists(names, min_size=1, max_size=3)


@st.composite
def files(draw: st.DrawFn) -> str:
    """A JSON object in any of the styles in which people and programs write one."""
    indent = draw(st.sampled_from([None, 0, 1, 2, 4, "\t"]))
    compact = draw(st.booleans())
    text = json.dumps(
        draw(objects),
        indent=indent,
        ensure_ascii=True,
        separators=(",", ":") if compact and indent is None else None,
    )
    text = draw(st.sampled_from(["", " ", "\n"])) + text + draw(st.sampled_from(["", "\n", "\n\n"]))
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@given(files(), paths, json_values)
def test_what_is_put_is_read(text: str, keys: list[str], value: Any) -> None:
    """After a value was put every reader finds it, and everything else as it was, in its order."""
    try:
        edited = put(text, keys, value)
    except UsageError:
        assert not _leads_through_objects(json.loads(text), keys)
        return
    assert json.dumps(_at(json.loads(edited), keys)) == json.dumps(value)
    rest, before = json.loads(edited), json.loads(text)
    _forget(rest, keys)
    _forget(before, keys)
    assert _without_empty(rest) == _without_empty(before)
    order = [name for name in json.loads(edited) if name in json.loads(text)]
    assert order == list(json.loads(text))


@given(files(), paths, json_values)
def test_putting_it_twice_changes_nothing(text: str, keys: list[str], value: Any) -> None:
    """A value that is there already is left as it is written."""
    try:
        edited = put(text, keys, value)
    except UsageError:
        return
    assert put(edited, keys, value) == edited


@given(files().filter(json.loads), names, json_values)
def test_what_was_added_can_be_taken_back(text: str, name: str, value: Any) -> None:
    """Removing a member that was added to others restores the file, byte for byte."""
    if name not in json.loads(text):
        assert remove(put(text, [name], value), [name]) == text


@given(files(), names, json_values, json_values)
def test_only_the_value_is_replaced(text: str, name: str, first: Any, second: Any) -> None:
    """What stands before and behind a value stays, byte for byte."""
    there = put(text, [name], first)
    found = span(there, [name])
    assert found is not None
    edited = put(there, [name], second)
    assert edited.startswith(there[: found[0]])
    assert edited.endswith(there[found[1] :])


@given(files(), paths)
def test_what_is_removed_is_gone(text: str, keys: list[str]) -> None:
    """After a member was removed no reader finds it, and all others are there."""
    edited = json.loads(remove(text, keys))
    before = json.loads(text)
    _forget(before, keys)
    assert edited == before


@given(files(), paths, json_values)
def test_the_line_ends_stay(text: str, keys: list[str], value: Any) -> None:
    """A file with the line ends of Windows has no other after an edit, and one without gets none."""
    try:
        edited = put(text, keys, value)
    except UsageError:
        return
    if "\r\n" in text:
        assert edited.count("\n") == edited.count("\r\n")
    else:
        assert "\r" not in edited


@given(files(), paths, json_values)
def test_an_edited_file_can_be_written(text: str, keys: list[str], value: Any) -> None:
    """Whatever is put, the file is still UTF-8."""
    try:
        edited = put(text, keys, value)
    except UsageError:
        return
    edited.encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}", '{\n  "a": "b"\n}'),
        ("{}\n", '{\n  "a": "b"\n}\n'),
        ("{ }", '{\n  "a": "b"\n}'),
        ('{"x":1}', '{"a":"b","x":1}'),
        ('{"x": 1}', '{"a": "b", "x": 1}'),
        ('{ "x": 1 }', '{ "a": "b", "x": 1 }'),
        ('{\n\t"x": 1\n}\n', '{\n\t"a": "b",\n\t"x": 1\n}\n'),
        ('{\r\n    "x": 1\r\n}', '{\r\n    "a": "b",\r\n    "x": 1\r\n}'),
    ],
)
def test_a_new_member_looks_like_its_neighbours(before: str, after: str) -> None:
    """A new member is first, indented and spaced as the members that are there."""
    assert put(before, ["a"], "b") == after


def test_what_is_missing_on_the_way_is_made() -> None:
    """A nested value in a file that has none of its parents is indented like the file."""
    text = '{\n    "x": {\n        "y": 1\n    }\n}\n'
    assert put(text, ["x", "p", "q"], [1]) == (
        '{\n    "x": {\n        "p": {\n            "q": [\n                1\n            ]\n'
        '        },\n        "y": 1\n    }\n}\n'
    )
    assert put('{"x": {}}', ["x", "p"], 1) == '{"x": {"p": 1}}'
    assert put('{\n  "x": {}\n}', ["x", "p"], 1) == '{\n  "x": {\n    "p": 1\n  }\n}'


def test_of_two_members_with_one_name_the_last_counts() -> None:
    """The last of a name is the one that is replaced, and removing removes them all."""
    twice = '{"a": 1, "b": 2, "a": 3}'
    assert put(twice, ["a"], 4) == '{"a": 1, "b": 2, "a": 4}'
    assert remove(twice, ["a"]) == '{"b": 2}'


@pytest.mark.parametrize("text", ["", " ", "[]", '"x"', f'{{"a": "{CANARY}"', "{,}", "[" * 100_000])
def test_what_is_no_object_is_refused(text: str) -> None:
    """Only a JSON object is edited, and the error repeats nothing of what else was given."""
    for edit in (
        lambda: put(text, ["a"], 1),
        lambda: remove(text, ["a"]),
        lambda: span(text, ["a"]),
    ):
        with pytest.raises(UsageError) as error:
            edit()
        assert (
            CANARY not in f"{error.value!r} {error.value.__cause__!r} {error.value.__context__!r}"
        )


def test_a_path_leads_through_objects() -> None:
    """Nothing is put below a value that is no object; what is below it is not there."""
    with pytest.raises(UsageError):
        put('{"env": "x"}', ["env", "A"], "1")
    with pytest.raises(UsageError):
        put("{}", [], 1)
    assert span('{"env": "x"}', ["env", "A"]) is None
    assert remove('{"env": "x"}', ["env", "A"]) == '{"env": "x"}'


def _at(value: Any, keys: list[str]) -> Any:
    for key in keys:
        value = value[key]
    return value


def _leads_through_objects(value: Any, keys: list[str]) -> bool:
    for key in keys[:-1]:
        if key not in value:
            return True
        value = value[key]
        if not isinstance(value, dict):
            return False
    return True


def _forget(value: Any, keys: list[str]) -> None:
    for key in keys[:-1]:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, dict):
        value.pop(keys[-1], None)


def _without_empty(value: Any) -> Any:
    """The value without what holds nothing: a path that was made, and its end forgotten."""
    if not isinstance(value, dict):
        return value
    held = {name: _without_empty(inner) for name, inner in value.items()}
    return {name: inner for name, inner in held.items() if inner != {}}
