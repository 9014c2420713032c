"""What a server says when it refuses: the challenges of `WWW-Authenticate`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from keyhole.frozen import field, frozen

__all__ = ["Challenge", "challenge_in", "challenges"]

_LONGEST = 16 * 1024
# A word is taken whole or not at all (`+` behind a quantifier): who gives characters back tries
# them again, and a header is as long as a server likes.
_LETTER = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_WORD = rf"{_LETTER}{{1,256}}+(?!{_LETTER})"
_BETWEEN = re.compile(r"[\s,]*")
_PARAMETER = re.compile(rf'({_WORD})[ \t]*+=[ \t]*+(?:"((?:[^"\\]|\\.)*+)"|([^\s,"]*+))')
_SCHEME = re.compile(rf"{_WORD}(?=[\s,]|$)")
_NEITHER = re.compile(rf"{_LETTER}++|.", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)")
_OURS = ("bearer", "dpop")


@frozen
class Challenge:
    """One challenge (RFC 9110, section 11.6.1).

    Attributes:
        scheme: "bearer", in lower case.
        parameters: Its parameters, by lower-case names.
    """

    scheme: str
    parameters: Mapping[str, str] = field(factory=dict)

    @property
    def error(self) -> str:
        """Why the request was refused (RFC 6750, section 3.1): "insufficient_scope"."""
        return self.parameters.get("error", "")

    @property
    def scope(self) -> str:
        """The scope that the request needs, separated by spaces (the same)."""
        return " ".join(self.parameters.get("scope", "").split())

    @property
    def resource_metadata(self) -> str:
        """Where the server's metadata are (RFC 9728, section 5.1)."""
        return self.parameters.get("resource_metadata", "")

    @property
    def wants_more_scope(self) -> bool:
        """Whether the token is good, and may do too little."""
        return self.error == "insufficient_scope"


def challenges(header: str) -> tuple[Challenge, ...]:
    """All challenges in a header's value; what can't be read is passed over.

    Args:
        header: The value; several headers joined by commas are one.
    """
    found: list[tuple[str, dict[str, str]]] = []
    at, header = 0, header[:_LONGEST]
    while (at := _end(_BETWEEN.match(header, at), at)) < len(header):
        if parameter := _PARAMETER.match(header, at):
            if found:
                name, quoted, plain = parameter.groups()
                value = plain if quoted is None else _ESCAPED.sub(r"\1", quoted)
                found[-1][1].setdefault(name.lower(), value)
            at = parameter.end()
        elif scheme := _SCHEME.match(header, at):
            found.append((scheme.group().lower(), {}))
            at = scheme.end()
        else:
            at = _end(_NEITHER.match(header, at), at)
    return tuple(Challenge(scheme, parameters) for scheme, parameters in found)


def challenge_in(headers: Mapping[str, str]) -> Challenge:
    """The challenge in an answer that OAuth can meet; one without parameters where there is none.

    Args:
        headers: The answer's headers, by lower-case names.
    """
    given = challenges(headers.get("www-authenticate", ""))
    ours = [challenge for challenge in given if challenge.scheme in _OURS]
    # Of several the one that says where to go on is worth more than the one that comes first.
    ours.sort(key=lambda challenge: not challenge.resource_metadata)
    return ours[0] if ours else Challenge("")


def _end(match: re.Match[str] | None, at: int) -> int:
    return match.end() if match else at
