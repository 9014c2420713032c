"""An attribute of a frozen class, and what is told of a class to those who ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from inspect import Signature

__all__ = ["FIELDS", "NOTHING", "Described", "Field", "Signed"]

FIELDS = "__keyhole_fields__"
"""Where a class keeps its fields."""

NOTHING: Any = object()
"""No default."""


class Field:
    """One attribute of a record; the arguments are those of `attrs.field`."""

    __slots__ = ("alias", "default", "eq", "factory", "init", "kw_only", "name", "repr", "type")

    def __init__(
        self,
        *,
        default: Any = NOTHING,
        factory: Callable[[], Any] | None = None,
        init: bool = True,
        repr: bool = True,  # noqa: A002  # as attrs calls it
        eq: bool = True,
        kw_only: bool = False,
        alias: str = "",
    ) -> None:
        self.default = default
        self.factory = factory
        self.init = init
        self.repr = repr
        self.eq = eq
        self.kw_only = kw_only
        self.alias = alias
        self.name = ""
        self.type: Any = None

    def named(self, name: str, annotation: Any, *, kw_only: bool) -> Field:
        """The same under the name that it has in its class."""
        self.name = name
        self.type = annotation
        self.alias = self.alias or name.lstrip("_")
        self.kw_only = self.kw_only or kw_only
        return self

    @property
    def optional(self) -> bool:
        """Whether there is a value where none was given."""
        return self.default is not NOTHING or self.factory is not None

    def value(self, owner: str) -> Any:
        """What the attribute is where no value was given."""
        if self.factory is not None:
            return self.factory()
        if self.default is NOTHING:
            raise TypeError(f"{owner}() has no value for '{self.alias}'")
        return self.default


class Described:
    """What attrs knows of a class, found out when somebody asks attrs."""

    def __init__(self) -> None:
        self._known: dict[type, Any] = {}

    def __get__(self, _record: object, cls: type) -> Any:
        if cls not in self._known:
            import attrs

            described = attrs.make_class(
                cls.__name__,
                {one.name: _for_attrs(one) for one in getattr(cls, FIELDS)},
                frozen=True,
            )
            self._known[cls] = attrs.fields(described)
        return self._known[cls]


def _for_attrs(one: Field) -> Any:
    import attrs

    value: dict[str, Any] = {"factory": one.factory} if one.factory else {}
    if one.default is not NOTHING:
        value = {"default": one.default}
    return attrs.field(
        **value,
        init=one.init,
        repr=one.repr,
        eq=one.eq,
        kw_only=one.kw_only,
        alias=one.alias,
        type=one.type,
    )


class Signed:
    """The signature of a class, for `help`, the documentation and Hypothesis."""

    def __init__(self) -> None:
        self._known: Signature | None = None

    def __get__(self, record: object, cls: type) -> Signature:
        own = cls.__dict__.get(FIELDS)
        if record is not None or own is None:
            raise AttributeError("__signature__")
        if self._known is None:
            self._known = _signature(own)
        return self._known


def _signature(fields: tuple[Field, ...]) -> Signature:
    from inspect import Parameter, Signature

    by_name = Parameter.KEYWORD_ONLY
    parameters = [
        Parameter(
            one.alias,
            by_name if one.kw_only else Parameter.POSITIONAL_OR_KEYWORD,
            annotation=one.type,
            default=_default(one),
        )
        for one in fields
        if one.init
    ]
    parameters.sort(key=lambda parameter: parameter.kind is by_name)
    return Signature(parameters, return_annotation=None)


def _default(one: Field) -> Any:
    from inspect import Parameter

    if not one.optional:
        return Parameter.empty
    return ... if one.default is NOTHING else one.default
