"""Headers that are sent with one request and never copied to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

__all__ = ["bind", "is_bound", "unbind"]

_RIVALS = frozenset({b"authorization", b"x-api-key"})
_MERGED = "anthropic-beta"
_MERGED_RAW = _MERGED.encode()


def bind(request: Any, secrets: Mapping[str, str]) -> None:
    """Lets a request send these headers, instead of any other credential that it carries.

    Args:
        request: A request of httpx2 or httpx.
        secrets: The headers by lower-case names; a beta flag joins those that are there.
    """
    headers = request.headers
    if _MERGED in secrets and _MERGED in (plain := _plain(headers)):
        secrets = {**secrets, _MERGED: _joined(plain[_MERGED], secrets[_MERGED])}
    own = {name.encode(): value.encode() for name, value in secrets.items()}
    library: Any = getattr(headers, "plain_class", type(headers))
    request.headers = _bound_class(library)(_without_rivals(headers, own), own)


def _without_rivals(headers: Any, own: Mapping[bytes, bytes]) -> Any:
    """The headers without any other credential; most requests carry none."""
    if isinstance(headers, _Binding):
        headers = _plain(headers)
    lower = [name.lower() for name, _ in headers.raw]
    rivals = {name for name in lower if name in _RIVALS or (name in own and name != _MERGED_RAW)}
    if not rivals:
        return headers
    headers = _plain(headers)
    for name in rivals:
        del headers[name.decode()]
    return headers


def is_bound(request: Any) -> bool:
    """Whether headers are bound to a request; a redirect makes one of it to which none are."""
    return isinstance(request.headers, _Binding)


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
    if b"x-probe" in dict(base(bound(base(), {b"x-probe": b"secret"})).raw):
        raise TypeError(f"this version of {base.__module__} copies headers in an unknown way")
    return bound


class _Binding:
    """What is added to a client library's Headers: bound ones stand before those of one name."""

    plain_class: Any

    def __init__(self, headers: Any, bound: Mapping[bytes, bytes]) -> None:
        super().__init__(headers)  # type: ignore[call-arg]
        self._bound = bound

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        """What is sent."""
        own: list[tuple[bytes, bytes]] = super().raw  # type: ignore[misc]
        kept = [(name, value) for name, value in own if name.lower() not in self._bound]
        return [*kept, *self._bound.items()]

    # Everything that reads asks a plain copy of what is sent, so that it is the library that reads.

    def _sent(self) -> Any:
        return self.plain_class(self.raw)

    def __getitem__(self, key: str) -> Any:
        return self._sent()[key]

    def __contains__(self, key: object) -> bool:
        return key in self._sent()

    def __iter__(self) -> Iterator[str]:
        return iter(self._sent())

    def __len__(self) -> int:
        return len(self.raw)

    def keys(self) -> Any:
        return self._sent().keys()

    def values(self) -> Any:
        return self._sent().values()

    def items(self) -> Any:
        return self._sent().items()

    def multi_items(self) -> Any:
        return self._sent().multi_items()

    def get_list(self, key: str, split_commas: bool = False) -> Any:  # noqa: FBT001, FBT002
        return self._sent().get_list(key, split_commas)

    def __repr__(self) -> str:
        names = ", ".join(name.decode() for name in self._bound)
        return f"{self.plain_class(self)!r} and, bound to this request, {names}"

    def __reduce__(self) -> Any:
        return self.plain_class, (self.plain_class(self).multi_items(),)
