"""A text that does not show itself."""

from __future__ import annotations

from typing import Any, NoReturn, final

__all__ = ["Secret"]

_MASK = "****"


@final
class Secret:
    """Wraps a secret text; only `reveal` returns it.

    It is deliberately not a `str`: `json.dumps`, `"%s"` and `"".join` would print one. Copies are
    the object itself, pickling is refused, and no attribute holds the text under a guessable name.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The secret text itself, for the one place that must have it."""
        return self.__text

    def ending(self, length: int = 4) -> str:
        """The last characters, for people to tell keys apart; never more than a quarter of it.

        Args:
            length: How many characters, 4 at the most.
        """
        length = min(length, 4, len(self.__text) // 4)
        ending = self.__text[-length:] if length > 0 else ""
        return ending if ending.isascii() and ending.isprintable() else ""

    def digest(self) -> str:
        """SHA-256 of the text in hexadecimal: tells keys apart on disk without keeping them."""
        from hashlib import sha256

        return sha256(self.__text.encode("utf-8", "surrogatepass")).hexdigest()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        import hmac

        mine, theirs = (
            text.encode("utf-8", "surrogatepass") for text in (self.__text, other.__text)
        )
        return hmac.compare_digest(mine, theirs)

    def __hash__(self) -> int:
        return hash((Secret, self.__text))

    def __repr__(self) -> str:
        return f"Secret({_MASK})"

    def __str__(self) -> str:
        return _MASK

    def __format__(self, spec: str) -> str:
        return format(_MASK, spec)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self

    def __getstate__(self) -> NoReturn:
        raise TypeError("a Secret can't be pickled: pass on where it is kept instead")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        self.__getstate__()
