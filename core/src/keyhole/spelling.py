"""Guessing what somebody meant."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["meant"]


def meant(word: str, known: Iterable[str]) -> str:
    """A clause that names the nearest known word; empty where nothing is near."""
    from difflib import get_close_matches

    nearest = get_close_matches(word, list(known), n=1)
    return f" (did you mean {nearest[0]}?)" if nearest else ""
