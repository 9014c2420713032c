"""The stores of this machine, built in or a plugin's, and which of them is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping
from functools import cached_property
from typing import final

from keyhole.errors import StoreError
from keyhole.machine import Machine
from keyhole.spelling import meant
from keyhole.store import Availability, State, StoreFactory, TokenStore

__all__ = ["BUILT_IN", "Stores"]


def _open_file(machine: Machine) -> TokenStore:
    from keyhole.stores.file import FileStore

    return FileStore(machine.data_folder / "tokens")


def _open_memory(_machine: Machine) -> TokenStore:
    from keyhole.stores.memory import MemoryStore

    return MemoryStore()


BUILT_IN = (
    StoreFactory("file", 100, _open_file),
    StoreFactory("memory", 0, _open_memory, lasting=False),
)
"""The stores that need nothing but the core. One that forgets is never chosen by itself."""


@final
class Stores:
    """What can keep tokens on a machine.

    Args:
        factories: The stores that are installed.
        machine: The machine that they are opened for.
        opened: Those that are open already, by name; one that is opened is added.
        more: Finds further ones; it is asked only when one of them may be the one that is wanted.
    """

    def __init__(
        self,
        factories: Iterable[StoreFactory],
        machine: Machine,
        opened: MutableMapping[str, TokenStore] | None = None,
        *,
        more: Callable[[], Iterable[StoreFactory]] = tuple,
    ) -> None:
        self._known = {factory.name: factory for factory in factories}
        self._more = more
        self._machine = machine
        self._opened = {} if opened is None else opened

    @cached_property
    def _factories(self) -> dict[str, StoreFactory]:
        """All of them by name, the preferred one first."""
        found = [*self._known.values(), *self._more()]
        ranked = sorted(found, key=lambda factory: (-factory.priority, factory.name))
        return {factory.name: factory for factory in ranked}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all stores, the preferred one first."""
        return tuple(self._factories)

    def named(self, name: str) -> TokenStore:
        """The store of a name.

        Raises:
            StoreError: None of that name is installed, or it can't be opened.
        """
        if name in self._opened:
            return self._opened[name]
        factory = self._known.get(name) or self._factories.get(name)
        if factory is None:
            raise StoreError(
                f"no token store named '{name}' is installed{meant(name, self.names)}; there are "
                f"{', '.join(self.names)}",
                where=self._why_named(name),
                remedy="install the distribution that brings it"
                + (
                    ", or name another in [stores] use"
                    if name == self._machine.config.stores_use
                    else ": what was kept there is nowhere else"
                ),
            )
        return self._opened.setdefault(name, self._open(factory))

    def lasting(self, name: str) -> bool:
        """Whether the store of a name keeps what it has when the process ends."""
        return name in self._factories and self._factories[name].lasting

    def in_force(self) -> TokenStore:
        """The store that new tokens go to: the one that is named, else the best one there is.

        Raises:
            StoreError: The named one, or a better one than those that could be used, can't be.
        """
        named = self._machine.config.stores_use
        if named:
            return self.named(named)
        for name, factory in self._factories.items():
            if not factory.lasting:
                continue
            store = self.named(name)
            said = store.status()
            if said.usable:
                return store
            if said.state is State.UNUSABLE:
                raise _passed_over(name, said)
        raise StoreError("no token store can be used", remedy="`keyhole stores` says why")

    def _open(self, factory: StoreFactory) -> TokenStore:
        try:
            return factory.open(self._machine)
        except ImportError as error:
            raise StoreError(
                f"the token store {factory.name} can't be opened: {error.name or 'a module'} "
                "is not installed",
                remedy="install the distribution that brings it anew",
            ) from error

    def _why_named(self, name: str) -> str:
        entry = self._machine.config.entries.get("stores.use")
        return entry.spot if entry and entry.value == name else name


def _passed_over(name: str, said: Availability) -> StoreError:
    """A store that is there and can't be used now is no reason to write plain text elsewhere."""
    return StoreError(
        f"the token store {name} can't be used now: {said.reason}",
        where=said.where,
        remedy=f'{said.remedy}; or choose another: [stores] use = "file"',
    )
