"""Keyhole's token store on Redis or Valkey, shared by many machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyhole import Option, StoreFactory, hookimpl

if TYPE_CHECKING:
    from keyhole import Machine, TokenStore

__all__ = ["keyhole_options", "keyhole_token_stores"]


@hookimpl
def keyhole_token_stores() -> list[StoreFactory]:
    """`redis`."""
    return [StoreFactory("redis", 600, _opened)]


@hookimpl
def keyhole_options() -> list[Option]:
    """The keys of the table `[redis]`."""
    from keyhole_redis_store.options import OPTIONS

    return list(OPTIONS)


def _opened(machine: Machine) -> TokenStore:
    from keyhole_redis_store.server import server_of
    from keyhole_redis_store.store import RedisStore

    return RedisStore(server_of(machine))
