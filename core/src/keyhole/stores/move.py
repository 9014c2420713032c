"""Moving tokens from one store to another: interrupted at any instant, it can be run again."""

from __future__ import annotations

from collections.abc import Iterator

from keyhole.errors import KeyholeError, StoreError, UsageError
from keyhole.frozen import evolve, frozen
from keyhole.index import Entry
from keyhole.record import TokenRecord
from keyhole.store import TokenStore
from keyhole.tokens import Tokens

__all__ = ["Moved", "move"]

PATIENCE = 30.0
"""Seconds to wait for a token that is just being renewed."""


@frozen
class Moved:
    """What became of one token.

    Attributes:
        entry: The token.
        problem: Why it stayed where it was; None if it was moved.
        missing: Its store had nothing under its key: the index was wrong, and has forgotten it.
    """

    entry: Entry
    problem: KeyholeError | None = None
    missing: bool = False


def move(tokens: Tokens, source: str, target: str) -> Iterator[Moved]:
    """Moves each token that the index knows, one after the other.

    A token is copied, read back and compared, then bound to its new store, and only then deleted
    from the old one; whoever waits for it meanwhile finds it in the new store.

    Args:
        tokens: The user's tokens.
        source: The name of the store that they are in.
        target: The name of the store that they are to be in.

    Raises:
        StoreError: One of the stores can't be used.
        UsageError: Both are the same.
    """
    old, new = tokens.stores.named(source), tokens.stores.named(target)
    if not tokens.stores.lasting(target):
        raise StoreError(
            f"the token store {target} forgets everything when the process ends",
            remedy="choose another; `keyhole stores` lists them",
        )
    if source == target:
        raise UsageError("they are there already", where=source)
    _check(old)
    _check(new)
    for entry in tokens.index.entries():
        if source not in (entry.store, entry.leftover):
            continue
        try:
            missing = not _move(tokens, entry, old, new)
        except KeyholeError as error:
            yield Moved(entry, error)
        else:
            yield Moved(entry, missing=missing)


def _move(tokens: Tokens, entry: Entry, old: TokenStore, new: TokenStore) -> bool:
    """Moves one token; what an interrupted move has done already is not done again.

    Returns:
        False where there was nothing to move.
    """
    with old.exclusive(entry.key, timeout=PATIENCE) as slot:
        bound = tokens.index.get(entry.key) or entry
        if bound.store == old.name:
            # The index has room for one leftover: an earlier one goes before there is another.
            tokens.remove_leftover(bound)
            bound = evolve(bound, leftover="")
            record = slot.record
            if record is None:
                # Its store says that there is nothing: so the index is wrong.
                tokens.index.remove(entry.key)
                return False
            tokens.index.put(evolve(bound, moving=new.name))
            _copy(bound, record, new)
            tokens.index.put(evolve(bound, store=new.name, moving="", leftover=old.name))
        slot.delete()
        # Whoever renewed it in its new store meanwhile has said so in the index.
        now = tokens.index.get(entry.key)
        if now is not None and now.leftover == old.name:
            tokens.index.put(evolve(now, leftover=""))
    return True


def _copy(entry: Entry, record: TokenRecord, new: TokenStore) -> None:
    with new.exclusive(entry.key, timeout=PATIENCE) as slot:
        there = slot.record
        if there is not None and there != record and entry.moving != new.name:
            raise StoreError(
                f"the store {new.name} holds another token for {entry.about or entry.key}",
                where=new.status().where,
                remedy="log out of one of them, and try again",
            )
        slot.replace(record)
    if new.read(entry.key) != record:
        raise StoreError("what was copied does not read back", where=new.status().where)


def _check(store: TokenStore) -> None:
    said = store.status()
    if not said.usable:
        raise StoreError(
            f"the token store {store.name} can't be used: {said.reason}",
            where=said.where,
            remedy=said.remedy,
        )
