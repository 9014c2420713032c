"""Records are what attrs would make of them, and attrs takes them for its own."""

from __future__ import annotations

import copy
import inspect
import pickle
import weakref
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyhole import frozen_class
from keyhole.frozen import evolve, field, frozen

MAKERS: dict[str, Any] = {"keyhole": frozen_class, "attrs": attrs}


def _shaped(maker: Any, fields: list[dict[str, Any]], *, kw_only: bool) -> Any:
    """A class with these attributes, made by keyhole or by attrs."""
    names = [f"{'_' * fields[at].get('private', 0)}f{at}" for at in range(len(fields))]
    body: dict[str, Any] = {"__annotations__": dict.fromkeys(names, "Any")}
    for name, given_field in zip(names, fields, strict=True):
        arguments = {key: value for key, value in given_field.items() if key != "private"}
        if "factory" in arguments:
            arguments["factory"] = list
        body[name] = maker.field(**arguments)
    return maker.frozen(type("Shape", (), body), kw_only=kw_only)


@st.composite
def shapes(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Attributes in an order that attrs takes: those with a default stand last."""
    fields: list[dict[str, Any]] = []
    optional = False
    for _ in range(draw(st.integers(0, 5))):
        one: dict[str, Any] = draw(
            st.fixed_dictionaries(
                {}, optional={"repr": st.booleans(), "eq": st.booleans(), "private": st.just(1)}
            )
        )
        optional = optional or draw(st.booleans())
        if optional:
            one |= draw(st.sampled_from([{"default": 3}, {"default": None}, {"factory": True}]))
            one |= draw(st.sampled_from([{}, {"init": False}, {"kw_only": True}]))
        fields.append(one)
    return fields


def _outcome(act: Any) -> Any:
    try:
        return act()
    except TypeError:
        return TypeError


@settings(deadline=None)
@given(
    fields=shapes(),
    kw_only=st.booleans(),
    by_position=st.lists(st.integers(0, 2), max_size=6),
    by_name=st.dictionaries(st.sampled_from([f"f{at}" for at in range(6)]), st.integers(0, 2)),
)
def test_a_record_is_what_attrs_would_make_of_it(
    fields: list[dict[str, Any]], *, kw_only: bool, by_position: list[int], by_name: dict[str, int]
) -> None:
    """It takes the same arguments as attrs's class, holds the same values and looks the same."""
    ours, theirs = (_shaped(maker, fields, kw_only=kw_only) for maker in MAKERS.values())
    one, other = (_outcome(lambda cls=cls: cls(*by_position, **by_name)) for cls in (ours, theirs))
    assert (one is TypeError) == (other is TypeError)
    if one is TypeError:
        return
    assert repr(one) == repr(other)
    assert attrs.asdict(one) == attrs.asdict(other)
    assert ours.__match_args__ == theirs.__match_args__
    changed = attrs.evolve(one, **by_name)
    assert attrs.asdict(changed) == attrs.asdict(attrs.evolve(other, **by_name))
    assert evolve(one, **by_name) == changed


@settings(deadline=None)
@given(fields=shapes(), first=st.integers(0, 1), second=st.integers(0, 1))
def test_records_are_equal_where_attrs_says_so(
    fields: list[dict[str, Any]], first: int, second: int
) -> None:
    """Two records are equal as attrs's are, and equal ones have one hash."""
    for maker in MAKERS.values():
        for one in fields:
            one.pop("init", None)
            one.pop("factory", None)
        cls = _shaped(maker, fields, kw_only=True)
        names = [f"f{at}" for at in range(len(fields))]
        one, other = (cls(**dict.fromkeys(names, value)) for value in (first, second))
        compared = any(given_field.get("eq", True) for given_field in fields)
        assert (one == other) == (first == second or not compared)
        assert one != object()
        assert hash(one) == hash(copy.copy(one))


@frozen
class Point:
    """Two numbers and a secret name."""

    x: int
    y: int = 2
    name: str = field(default="none", repr=False)
    origin: ClassVar[int] = 0


@frozen
class Named(Point):
    """A subclass."""

    label: str = ""


@attrs.frozen
class ByAttrs(Point):
    """A subclass that somebody makes with attrs."""

    label: str = ""


def test_what_a_record_holds_does_not_change() -> None:
    """No attribute of a record can be set or deleted, with the error that attrs raises."""
    for point in (Point(1), Named(1, label="a"), ByAttrs(1, label="a")):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            point.x = 3  # type: ignore[misc]
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            del point.x


def test_a_record_holds_nothing_but_its_attributes() -> None:
    """Records have no `__dict__`, which would show what their `repr` hides."""
    for point in (Point(1), Named(1, label="a"), ByAttrs(1, label="a")):
        assert not hasattr(point, "__dict__")
    assert weakref.ref(Point(1)) is not None


def test_a_method_may_ask_its_base() -> None:
    """`super()` without arguments works in a record."""

    @frozen
    class Longer(Point):
        def __repr__(self) -> str:
            return f"longer {super().__repr__()}"

    assert repr(Longer(1)).startswith("longer ")


def test_a_record_can_be_copied_and_pickled() -> None:
    """A copy and a pickle's answer are equal to the record."""
    point = Named(1, label="a")
    assert copy.deepcopy(point) == point
    assert pickle.loads(pickle.dumps(point)) == point  # noqa: S301  # our own


@pytest.mark.parametrize("cls", [Named, ByAttrs])
def test_a_subclass_adds_its_attributes(cls: Any) -> None:
    """A subclass takes the attributes of its base first, whoever makes it."""
    one = cls(1, 3, "secret", "a")
    assert repr(one) == f"{cls.__name__}(x=1, y=3, label='a')"
    assert attrs.asdict(evolve(one, x=5)) == {"x": 5, "y": 3, "name": "secret", "label": "a"}
    assert one != Point(1, 3, "secret")
    assert list(inspect.signature(cls).parameters) == ["x", "y", "name", "label"]


def test_attrs_takes_a_record_for_its_own() -> None:
    """`attrs.has` and `attrs.fields` know a record's class, with its signature."""
    assert attrs.has(Point)
    assert [one.name for one in attrs.fields(Point)] == ["x", "y", "name"]
    assert attrs.fields(Point).y.default == 2
    assert str(inspect.signature(Point)).startswith("(x: 'int', y: 'int' = 2,")


def test_a_method_of_its_own_stays() -> None:
    """What a class defines itself is not replaced."""

    @frozen
    class Loud:
        word: str

        def __repr__(self) -> str:
            return "LOUD"

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 1

    assert repr(Loud("a")) == "LOUD"
    assert Loud("a") == 3
    assert hash(Loud("a")) == 1
