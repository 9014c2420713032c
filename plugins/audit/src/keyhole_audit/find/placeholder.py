"""What stands where a secret would, and is none: references, placeholders, examples."""

from __future__ import annotations

import re

__all__ = ["is_placeholder", "without_references"]

# Bounded, so that no hostile text makes them quadratic.
_REFERENCE = re.compile(
    r"""
    \$\{\{[^{}]{0,400}\}\}                        # ${{ secrets.X }} of a workflow
    | \$\{[A-Za-z_][\w.]{0,200}(?: :?[-=] (?P<default>[^{}]{0,400}) | [^{}]{0,400} )\}
    | \$\([^()]{0,400}\) | `[^`]{0,400}`          # what a shell would run
    | \{\{[^{}]{0,400}\}\} | \{env:[^{}]{0,400}\} | \{[A-Za-z_][\w.-]{0,200}\}
    | \$[A-Za-z_]\w* | %[A-Za-z_]\w*% | <[^<>]{0,400}>
    """,
    re.VERBOSE,
)
_DEEPEST = 8
_ELSEWHERE = re.compile(
    r"(?i)(?:op|vault|bao|secretref|awssm|gcpsm|azurekv|keyring|env|file|ref\+\w+)://?"
    r"|(?:vault|env|file|keyring|secret|cmd|enc)[:\[]|!\w|arn:aws|projects/[^/]+/secrets/"
    r"|@Microsoft\.KeyVault|/run/secrets/|(?:~|\.{1,2})?/"
)
_WORDS = re.compile(
    r"""(?ix) (?<![a-z])
    (?: example | sample | dummy | fake | mock | placeholder | change[-_ ]?(?:me|it|this)
      | replace(?:[-_ ]?(?:me|this|with))? | insert | your | todo | tbd | redacted | removed
      | masked | hidden | none | null | nil | undefined | unset | not[-_ ]?set
      | not[-_ ]?a[-_ ]?real | django-insecure | super[-_ ]?secret
      | false | true | enabled | disabled | optional | required )
    (?![a-z])"""
)
_WHOLE = re.compile(
    r"""(?ix) (?:
    admin | administrator | changeit | default | development | dev | guest | local | localhost
    | letmein | passw0rd | password | passwd | postgres | postgresql | mysql | mariadb | redis
    | root
    | secrets? | testing | tests? | token | user | username | string | api[-_]?key | key | bearer
    | basic | ci | (?:my|super)[-_]?(?:secret|passw(?:or)?d)[a-z_-]* ) \d{0,3}"""
)
_EXAMPLE = re.compile(r"EXAMPLE|T3BlbkFJT3BlbkFJ|\.{3}|…|\*{3}|•{3}|(?i:x{4}|y{6}|z{6})")
_RUNS = ("0123456789", "1234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "deadbeefdeadbeef")
_RUN = 8
_VARIETY = 4


def without_references(text: str) -> tuple[str, bool]:
    """The text with each reference taken out, or replaced by its default.

    Returns:
        What is left, and whether there was any reference.
    """
    rest = text
    for _ in range(_DEEPEST):
        shorter = _REFERENCE.sub(lambda reference: reference["default"] or "", rest)
        if shorter == rest:
            break
        rest = shorter
    return rest, rest != text


def is_placeholder(value: str) -> bool:
    """Whether a value says by itself that it is no secret."""
    text = value.strip().strip("\"'")
    return (
        len(set(text.lower())) < _VARIETY
        or _WHOLE.fullmatch(text) is not None
        or _ELSEWHERE.match(text) is not None
        or _EXAMPLE.search(text) is not None
        or _WORDS.search(text) is not None
        or _has_run(text.lower())
    )


def _has_run(text: str) -> bool:
    """Whether keys were struck in their order, as nobody's generator does: `a1b2c3d4e5f6g7h8`."""
    said = (text, "".join(filter(str.isalpha, text)), "".join(filter(str.isdigit, text)))
    runs = [run[start : start + _RUN] for run in _RUNS for start in range(len(run) - _RUN + 1)]
    return any(run in one for run in runs for one in said)
