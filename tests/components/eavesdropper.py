"""Listens on a session bus to what its clients ask of the Secret Service."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

import attrs
from jeepney import (  # type: ignore[import-untyped]  # it has no types
    DBusAddress,
    HeaderFields,
    new_method_call,
)
from jeepney.bus_messages import Monitoring  # type: ignore[import-untyped]
from jeepney.io.blocking import (  # type: ignore[import-untyped]
    DBusConnection,
    Proxy,
    open_dbus_connection,
)

__all__ = ["Call", "overheard"]

_NAME = "org.freedesktop.secrets"
_RULE = f"type='method_call',destination='{_NAME}'"
_SECONDS = 60


@attrs.frozen
class Call:
    """What a client asked.

    Attributes:
        sender: The name of the client on the bus.
        path: The object that it asked.
        member: The method.
    """

    sender: str
    path: str
    member: str


@contextmanager
def overheard(environ: Mapping[str, str]) -> Iterator[list[Call]]:
    """What is asked of a session's Secret Service; the list is complete behind the `with`."""
    address = environ["DBUS_SESSION_BUS_ADDRESS"]
    calls: list[Call] = []
    with (
        closing(open_dbus_connection(address)) as ear,
        closing(open_dbus_connection(address)) as end,
    ):
        Proxy(Monitoring(), ear).BecomeMonitor([_RULE])
        listener = threading.Thread(target=_listen, args=(ear, end.unique_name, calls))
        listener.start()
        yield calls
        # The bus keeps the order of messages: with this one all the others were heard.
        end.send(new_method_call(DBusAddress("/", _NAME, "org.freedesktop.DBus.Peer"), "Ping"))
        listener.join()


def _listen(ear: DBusConnection, end: str, calls: list[Call]) -> None:
    while True:
        fields = ear.receive(timeout=_SECONDS).header.fields
        sender = fields.get(HeaderFields.sender)
        if sender == end:
            return
        if fields.get(HeaderFields.destination) == _NAME:
            calls.append(Call(sender, fields[HeaderFields.path], fields[HeaderFields.member]))
