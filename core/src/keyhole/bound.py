"""Headers that are sent with one request and never copied to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

__all__ = ["bind", "unbind"]

_RIVALS = ("authorization", "x-api-key")
_MERGED = "anthropic-beta"


def bind(request: Any, secrets: Mapping[str, str]) -> None:
    """Lets a request send these headers, instead of any other credential that it carries.

    Args:
        request: A request of httpx2 or httpx.
        secrets: The headers by lower-case names; a beta flag joins those that are there.
    """
    headers = _plain(request.headers)
    for name in (*_RIVALS, *(name for name in secrets if name != _MERGED)):
        if name in headers:
            del headers[name]
    own = dict(secrets)
    if _MERGED in own and _MERGED in headers:
        own[_MERGED] = _joined(headers.pop(_MERGED), own[_MERGED])
    library: Any = type(headers)
    request.headers = _bound_class(library)(headers, own)


def unbind(request: Any) -> Any:
    """The request without the headers that were bound to it."""
    request.headers = _plain(request.headers)
    return request


def _plain(headers: Any) -> Any:
    """A copy that holds no bound header, of the client library's own class."""
    return getattr(headers, "plain_class", type(headers))(headers)


def _joined(ours: str, flag: str) -> str:
    flags = [part.strip() for part in ours.split(",")]
    return ours if flag in flags else f"{ours},{flag}"


@cache
def _bound_class(base: Any) -> Any:
    """A subclass of a client library's Headers that shows more than a copy of it takes over.

    Raises:
        TypeError: This version of the library copies headers in another way, so that a redirect
            could carry the secret on.
    """
    bound = type(f"Bound{base.__name__}", (_Binding, base), {"plain_class": base})
    if b"x-probe" in dict(base(bound(base(), {"x-probe": "secret"})).raw):
        raise TypeError(f"this version of {base.__module__} copies headers in an unknown way")
    return bound


class _Binding:
    """What is added to a client library's Headers."""

    plain_class: Any

    def __init__(self, headers: Any, bound: Mapping[str, str]) -> None:
        super().__init__(headers)  # type: ignore[call-arg]
        self._bound = [(name.encode(), value.encode()) for name, value in bound.items()]

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        inherited: list[tuple[bytes, bytes]] = super().raw  # type: ignore[misc]
        return [*inherited, *self._bound]

    def __getitem__(self, key: str) -> str:
        wanted = key.lower().encode()
        for name, value in self._bound:
            if name == wanted:
                return value.decode()
        return str(super().__getitem__(key))  # type: ignore[misc]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self.keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.raw)

    def keys(self) -> Any:
        return dict(self.multi_items()).keys()

    def values(self) -> Any:
        return dict(self.multi_items()).values()

    def items(self) -> Any:
        return dict(self.multi_items()).items()

    def multi_items(self) -> list[tuple[str, str]]:
        inherited: list[tuple[str, str]] = super().multi_items()  # type: ignore[misc]
        return [*inherited, *((name.decode(), value.decode()) for name, value in self._bound)]

    def __repr__(self) -> str:
        names = ", ".join(name.decode() for name, _ in self._bound)
        return f"{self.plain_class(self)!r} and, bound to this request, {names}"

    def __reduce__(self) -> Any:
        return self.plain_class, (self.plain_class(self).multi_items(),)
