"""Frozen classes as attrs makes them, for a program that starts more often than it works.

attrs writes the source of a class's methods and compiles it. For the records that a look at a
machine takes, that and attrs's own import cost several times the bare interpreter. Here all classes
share their methods. Whoever asks attrs about such a class (`attrs.fields`, `asdict`, `evolve`,
pytest) finds an attrs class, described at that moment.
"""

from __future__ import annotations

from typing import Any, NoReturn

from keyhole.frozen_field import FIELDS, NOTHING, Described, Field, Signed

__all__ = ["evolve", "field", "fields_of", "frozen"]

_UNSLOTTED = frozenset({"__dict__", "__weakref__"})
_set = object.__setattr__


field = Field


def frozen(cls: Any = None, *, kw_only: bool = False, repr: bool = True) -> Any:  # noqa: A002
    """Makes a class a record; what it defines itself stays.

    Args:
        cls: The class.
        kw_only: Whether its values are given by name alone.
        repr: Whether it shows its values.
    """
    if cls is None:
        return lambda cls: frozen(cls, kw_only=kw_only, repr=repr)
    declared = _declared(cls, kw_only=kw_only)
    fields = _inherited(cls) + declared
    methods = {
        FIELDS: fields,
        "__attrs_attrs__": Described(),
        "__signature__": Signed(),
        "__match_args__": tuple(one.name for one in fields if one.init and not one.kw_only),
        "__init__": _initializer(cls.__name__, fields),
        "__eq__": _equal,
        "__hash__": _hash,
        "__repr__": _shown if repr else object.__repr__,
        "__getstate__": _state,
        "__setstate__": _restore,
        "__setattr__": _refuse,
        "__delattr__": _refuse,
    }
    # A class that defines __eq__ is given None for its __hash__; that is none of its own.
    own = {name for name in cls.__dict__ if name != "__hash__" or cls.__dict__[name] is not None}
    return _slotted(cls, declared, {name: methods[name] for name in methods if name not in own})


def _slotted(cls: type, declared: tuple[Field, ...], methods: dict[str, Any]) -> type:
    """The class with slots, so that its records have no `__dict__` that shows what `repr` hides."""
    slots = [one.name for one in declared]
    if not any("__weakref__" in base.__dict__ for base in cls.__mro__[1:]):
        slots.append("__weakref__")
    kept = {name: value for name, value in cls.__dict__.items() if name not in _UNSLOTTED}
    made = type(cls)(cls.__name__, cls.__bases__, {**kept, **methods, "__slots__": slots})
    made.__qualname__ = cls.__qualname__
    for value in kept.values():
        for cell in getattr(value, "__closure__", None) or ():
            # What `super()` without arguments looks into.
            if cell.cell_contents is cls:
                cell.cell_contents = made
    return made


def evolve(record: Any, **changes: Any) -> Any:
    """A copy of a record with other values, by the names that its class takes."""
    cls = type(record)
    if FIELDS not in cls.__dict__:
        # Somebody's subclass, made with attrs.
        import attrs

        return attrs.evolve(record, **changes)
    for one in fields_of(cls):
        if one.init and one.alias not in changes:
            changes[one.alias] = getattr(record, one.name)
    return cls(**changes)


def fields_of(cls: type) -> tuple[Field, ...]:
    """The attributes of a record's class, in their order."""
    fields: tuple[Field, ...] = getattr(cls, FIELDS)
    return fields


def _inherited(cls: type) -> tuple[Field, ...]:
    declared = _annotations(cls)
    fields: tuple[Field, ...] = getattr(cls, FIELDS, ())
    return tuple(one for one in fields if one.name not in declared)


def _declared(cls: type, *, kw_only: bool) -> tuple[Field, ...]:
    fields = []
    for name, annotation in _annotations(cls).items():
        if str(annotation).startswith(("ClassVar", "typing.ClassVar")):
            continue
        given = cls.__dict__.get(name, NOTHING)
        if given is not NOTHING:
            # The attribute is each record's own, never the class's.
            delattr(cls, name)
        one = given if isinstance(given, Field) else Field(default=given)
        fields.append(one.named(name, annotation, kw_only=kw_only))
    return tuple(fields)


def _annotations(cls: type) -> dict[str, Any]:
    """As `inspect.get_annotations`, which is what must not be imported here."""
    annotations: dict[str, Any] = cls.__dict__.get("__annotations__", {})  # noqa: RUF063
    return annotations


def _initializer(owner: str, fields: tuple[Field, ...]) -> Any:
    positional = tuple(one.name for one in fields if one.init and not one.kw_only)
    by_alias = {one.alias: one.name for one in fields if one.init}

    def __init__(self: Any, *given: Any, **named: Any) -> None:  # noqa: N807  # it becomes one
        if len(given) > len(positional):
            raise TypeError(f"{owner}() takes {len(positional)} values by position")
        values = dict(zip(positional, given, strict=False))
        for alias, value in named.items():
            name = by_alias.get(alias)
            if name is None or name in values:
                raise TypeError(f"{owner}() can't take '{alias}', or takes it once")
            values[name] = value
        if len(values) < len(fields):
            for one in fields:
                if one.name not in values:
                    values[one.name] = one.value(owner)
        for name, value in values.items():
            _set(self, name, value)

    return __init__


def _compared(record: Any) -> tuple[Any, ...]:
    return tuple(getattr(record, one.name) for one in fields_of(type(record)) if one.eq)


def _equal(self: Any, other: object) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return _compared(self) == _compared(other)


def _hash(self: Any) -> int:
    return hash((type(self), *_compared(self)))


def _shown(self: Any) -> str:
    name = type(self).__qualname__.rsplit(">.", 1)[-1]
    values = (
        f"{one.name}={getattr(self, one.name)!r}" for one in fields_of(type(self)) if one.repr
    )
    return f"{name}({', '.join(values)})"


def _state(self: Any) -> dict[str, Any]:
    return {one.name: getattr(self, one.name) for one in fields_of(type(self))}


def _restore(self: Any, state: dict[str, Any]) -> None:
    for name, value in state.items():
        _set(self, name, value)


def _refuse(_self: Any, *_change: Any) -> NoReturn:
    from attrs.exceptions import FrozenInstanceError

    raise FrozenInstanceError
