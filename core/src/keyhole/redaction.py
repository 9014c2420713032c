"""Taking secrets out of texts that come from elsewhere (commands, error output)."""

from __future__ import annotations

import re

__all__ = ["MASK", "asks_for_secret", "printable", "redact", "redact_command"]

MASK = "****"

_LONG = 24
"""From this length on, a run that mixes letters and digits is taken for a key."""

# Each alternative begins with fixed letters or takes a whole run, so that none is tried twice.
_SHAPES = r"""
    sk-[A-Za-z0-9_-]{8,}
    | (?<![A-Za-z0-9_=-])eyJ[A-Za-z0-9_=-]++(?:\.[A-Za-z0-9_=-]+){1,4}
    | (?<=://)[^\s/@]+(?=@)
    | (?:AKIA|ASIA)[A-Z0-9]{12,}
    | gh[pousr]_[A-Za-z0-9]{20,}
    | hv[sbr]\.[A-Za-z0-9_-]{8,}
    | (?P<kept>(?i:
          # Which part of a header is the secret one, its scheme alone would know.
          (?P<line>authorization\\*["']?[ \t]*[=:][ \t]*+\\*["']?(?:(?:bearer|basic)[ \t]++)?)
        | bearer\s+
          # But not "basic authentication": a word is written in one case, and encoded text hardly.
        | basic\s++["']?(?!(?-i:[A-Z]?[a-z]++|[A-Z]++)(?![A-Za-z0-9+/=]))
              (?=[A-Za-z0-9+/]{8}|[A-Za-z0-9+/]{2,}=)
        | (?:
              (?<![\w-])--?[a-z-]{0,40}(?:passw(?:or)?d|secret|token|key)(?:\s+|=)
            | (?:passw(?:or)?d|secret|token|(?:api|access|private)[-_]?key)
              (?:\\*["']?\s*[=:]\s*\\*|[ \t]+(?=["'](?=[^"'\n]*\d)[^"'\n]{4}))
          )(?P<quote>["'])?
      ))
      (?(line) [^\r\n]+
      # To the closing quote, and on where a shell would go on.
      | (?(quote) (?:\\.|(?!(?P=quote))[^\\\n])++ (?:(?P=quote)[^\s,;:.)\]}]\S*)? | \S+))
    """
_OF_A_SHELL = re.compile(r"""([\s;&|$()<>`'"\\{}]+)""")
"""What ends a word for a shell, or makes it more than a word."""

_RUNS = r"[A-Za-z0-9_+=-]+"


def redact(text: str, *secrets: str) -> str:
    """The text with everything that looks like a secret replaced by ****.

    Args:
        text: Any text.
        secrets: Values that must not show, whatever they look like.
    """
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    # Compiled at the first use, which most runs don't come to.
    masked = re.sub(_SHAPES, _masked, text, flags=re.VERBOSE)
    return re.sub(_RUNS, _masked_if_key, masked)


def redact_command(line: str) -> str:
    """A command line as whoever decides about it is shown it: no mask hides more than one word.

    What a shell takes for the beginning of something else stays, whatever stands before it.

    Args:
        line: A command line, which may come from somebody who wants to hide a part of it.
    """
    masked = re.sub(_SHAPES, _masked_openly, line, flags=re.VERBOSE)
    return re.sub(_RUNS, _masked_if_key, masked)


def asks_for_secret(text: str) -> bool:
    """Whether what comes next in a text is a secret: behind `--token `, or `password: `."""
    return redact(f"{text}x") == f"{text}{MASK}"


def printable(text: str) -> str:
    """The text with everything escaped that would move the cursor, or turn the reading round."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )


def _masked(shape: re.Match[str]) -> str:
    return (shape["kept"] or "") + MASK


def _masked_openly(shape: re.Match[str]) -> str:
    kept = shape["kept"] or ""
    hidden = shape.group()[len(kept) :]
    if not _OF_A_SHELL.search(hidden):
        return kept + MASK
    return kept + "".join(
        word if _OF_A_SHELL.fullmatch(word) else redact(word) for word in _OF_A_SHELL.split(hidden)
    )


def _masked_if_key(run: re.Match[str]) -> str:
    """A word or a path hardly ever is that long and mixed, and a key nearly always."""
    word = run.group()
    mixed = any(map(str.isdigit, word)) and any(map(str.isalpha, word))
    return MASK if len(word) >= _LONG and mixed else word
