"""One credential, held for threads, coroutines on any loop, and forked children alike.

A held credential costs no lock and no thread hop. When one must be loaded, the first to arrive
does it and the others wait for that one; async callers wait without blocking their loop.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from keyhole.credential import Credential
from keyhole.errors import BrokenCredentialError, RejectedError
from keyhole.flight import Flight
from keyhole.freshness import Freshness, freshness

__all__ = ["Holder"]

BACK_OFF = 10.0
"""Seconds without another try after an early renewal has failed."""


class _Held:
    """What was loaded, and whether it was refused since.

    They stand together, so that one step replaces both, and a refusal that comes late marks what
    nobody holds any more.
    """

    __slots__ = ("credential", "refused")

    def __init__(self, credential: Credential) -> None:
        self.credential = credential
        self.refused = False


class Holder:
    """Loads a credential once for everybody, and again when it ends or is refused.

    Args:
        load: Loads the credential; given the one that was refused, or None. It may block.
        now: The clock, in seconds since the epoch.
    """

    def __init__(
        self, load: Callable[[Credential | None], Credential], now: Callable[[], float]
    ) -> None:
        self._load = load
        self._now = now
        self._held: _Held | None = None
        self._not_before = 0.0
        # The loading that is under way, by process: a child that was forked in the middle of one
        # finds nothing of its own here. `setdefault` is atomic, so that no lock can be inherited.
        self._flights: dict[int, Flight] = {}

    @property
    def held(self) -> Credential | None:
        """What was loaded last, whether or not it can still be used."""
        return self._held.credential if self._held else None

    def ready(self) -> Credential | None:
        """The held credential where it can be used as it is; never blocks."""
        return self._usable(leads=False)

    def current(self) -> Credential:
        """The credential, loaded where that is needed.

        Raises:
            KeyholeError: It can't be loaded.
        """
        while True:
            ready = self.ready()
            if ready is not None:
                return ready
            flight = self._boarded(self._fly)
            # What was loaded for this caller is good for one use, however soon it ends.
            loaded = flight.result()
            if loaded is not None:
                return loaded

    async def acurrent(self) -> Credential:
        """The same for a coroutine; loading happens in a thread.

        Raises:
            KeyholeError: It can't be loaded.
        """
        while True:
            ready = self.ready()
            if ready is not None:
                return ready
            flight = self._boarded(self._take_off)
            loaded = await flight.aresult()
            if loaded is not None:
                return loaded

    def reject(self, refused: Credential) -> None:
        """Says that the server refused a credential: the next caller loads another.

        Where another was loaded meanwhile, that one stays.
        """
        held = self._held
        if held is not None and held.credential is refused:
            held.refused = True

    def spare(self, refused: Credential) -> None:
        """Takes a rejection back: nothing better can be had, and it is good for something."""
        held = self._held
        if held is not None and held.credential is refused:
            held.refused = False

    def _boarded(self, take_off: Callable[[Flight], None]) -> Flight:
        """The loading that is under way, begun by this caller where there was none."""
        mine = Flight()
        try:
            flight = self._flights.setdefault(os.getpid(), mine)
            if flight is mine:
                take_off(mine)
        except BaseException:
            # Ctrl-C may come between any two steps: nobody may wait for what nobody flies.
            self._leave(mine)
            mine.land(None)
            raise
        return flight

    def _leave(self, flight: Flight) -> None:
        if self._flights.get(os.getpid()) is flight:
            del self._flights[os.getpid()]

    def _take_off(self, flight: Flight) -> None:
        """Loads in a thread, for a coroutine that leads."""
        try:
            threading.Thread(
                target=self._fly, args=(flight,), name="keyhole-load", daemon=True
            ).start()
        except RuntimeError as error:
            self._leave(flight)
            flight.crash(error)

    def _fly(self, flight: Flight) -> None:
        """Loads for everybody who waits on this flight; its failure is theirs."""
        try:
            # Whoever came before may have landed between the look and the take-off.
            if self._usable(leads=True) is None:
                self._renew()
        except KeyboardInterrupt:
            # Ctrl-C is the leader's own: the others look again, and one of them leads.
            self._leave(flight)
            flight.land(None)
            raise
        except BaseException as error:  # noqa: BLE001  # it is raised by everybody who waits
            self._leave(flight)
            flight.crash(error if isinstance(error, Exception) else _ended(error))
        else:
            self._leave(flight)
            flight.land(self.held)

    def _usable(self, *, leads: bool) -> Credential | None:
        """What is held, where it can be used as it is.

        Args:
            leads: Whether it is the one who loads that asks.
        """
        held = self._held
        if held is None or held.refused:
            return None
        credential = held.credential
        if credential.expires_at is None and credential.renew_at is None:
            return credential
        now = self._now()
        match freshness(credential.expires_at, now, credential.renew_at):
            case Freshness.FRESH:
                return credential
            case Freshness.ADVISORY:
                # One caller renews early; everybody else goes on with what is held.
                busy = not leads and os.getpid() in self._flights
                return credential if busy or now < self._not_before else None
            case Freshness.MANDATORY:
                return None

    def _renew(self) -> None:
        """Loads; an early renewal that fails, or gains nothing, is tried again after a while."""
        held, early = self._held, self.ready() is not None
        try:
            self._take(self._load(held.credential if held and held.refused else None))
        except RejectedError:
            # Final for whoever waits now. The next request may try it again: a server's passing
            # fault must not lock a process out for ever.
            if held is not None:
                held.refused = False
            raise
        except Exception:
            if not early or self.ready() is None:
                raise
        if self._usable(leads=True) is None:
            self._not_before = self._now() + BACK_OFF

    def _take(self, loaded: Credential) -> None:
        held = self._held
        if held is not None and held.refused and loaded.secret == held.credential.secret:
            raise RejectedError(
                "the credential was refused, and loading it again gave the same one",
                where=loaded.endpoint,
                remedy="`keyhole status` says where it comes from; replace it there",
            )
        self._held = _Held(loaded)


def _ended(error: BaseException) -> BrokenCredentialError:
    """A plugin that ends the program would end everybody's event loop with it."""
    return BrokenCredentialError(f"{type(error).__name__} was raised while it was loaded")
