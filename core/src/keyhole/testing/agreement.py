"""A state machine that compares a token store with a dictionary."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from keyhole.record import TokenRecord
from keyhole.store import TokenStore
from keyhole.testing.kept import assert_same, keep
from keyhole.testing.strategies import records

__all__ = ["Opens", "agreement"]

Opens: TypeAlias = Callable[[], TokenStore]
"""Opens one and the same place, each time anew."""

NAMES = ("a", "b", "A", "a/b")
"""Keys that a careless store takes for one."""


def agreement(opens: Opens) -> type[RuleBasedStateMachine]:
    """A state machine that compares a store with a dictionary.

    Args:
        opens: Opens the store; each run of the machine uses keys of its own.
    """
    runs = iter(range(1_000_000))
    names = st.sampled_from(NAMES)

    class Agreement(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.run = next(runs)
            self.store = opens()
            self.model: dict[str, TokenRecord] = {}

        @rule(name=names, record=records())
        def replace(self, name: str, record: TokenRecord) -> None:
            keep(self.store, self.key(name), record)
            self.model[name] = record

        @rule(name=names)
        def delete(self, name: str) -> None:
            with self.store.exclusive(self.key(name), timeout=5) as slot:
                slot.delete()
            self.model.pop(name, None)

        @rule(name=names)
        def hold(self, name: str) -> None:
            with self.store.exclusive(self.key(name), timeout=5) as slot:
                found = slot.record
            assert_same(found, self.model.get(name), "after the steps that are shown")

        @rule()
        def open_anew(self) -> None:
            self.store = opens()

        @invariant()
        def every_key_agrees(self) -> None:
            for name in NAMES:
                found = self.store.read(self.key(name))
                assert_same(found, self.model.get(name), "after the steps that are shown")

        def key(self, name: str) -> str:
            return f"run-{self.run}:{name}"

    return Agreement
