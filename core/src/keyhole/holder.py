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
        self._held: Credential | None = None
        self._rejected: Credential | None = None
        self._not_before = 0.0
        # The loading that is under way, by process: a child that was forked in the middle of one
        # finds nothing of its own here. `setdefault` is atomic, so that no lock can be inherited.
        self._flights: dict[int, Flight] = {}

    @property
    def held(self) -> Credential | None:
        """What was loaded last, whether or not it can still be used."""
        return self._held

    def ready(self) -> Credential | None:
        """The held credential where it can be used as it is; never blocks."""
        held = self._held
        if held is None or held is self._rejected:
            return None
        if held.expires_at is None and held.renew_at is None:
            return held
        now = self._now()
        match freshness(held.expires_at, now, held.renew_at):
            case Freshness.FRESH:
                return held
            case Freshness.ADVISORY:
                # One caller renews early; everybody else goes on with what is held.
                busy = os.getpid() in self._flights or now < self._not_before
                return held if busy else None
            case Freshness.MANDATORY:
                return None

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
        if self._held is refused:
            self._rejected = refused

    def spare(self, refused: Credential) -> None:
        """Takes a rejection back: nothing better can be had, and it is good for something."""
        if self._rejected is refused:
            self._rejected = None

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
            if self._needs_loading():
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
            flight.land(self._held)

    def _needs_loading(self) -> bool:
        held = self._held
        if held is None or held is self._rejected:
            return True
        now = self._now()
        match freshness(held.expires_at, now, held.renew_at):
            case Freshness.FRESH:
                return False
            case Freshness.ADVISORY:
                return now >= self._not_before
            case Freshness.MANDATORY:
                return True

    def _renew(self) -> None:
        """Loads; an early renewal that fails, or gains nothing, is tried again after a while."""
        early = self._still_good()
        try:
            self._take(self._load(self._rejected))
        except RejectedError:
            # Final for whoever waits now. The next request may try it again: a server's passing
            # fault must not lock a process out for ever.
            self._rejected = None
            raise
        except Exception:
            if not (early and self._still_good()):
                raise
        if self._still_good():
            self._not_before = self._now() + BACK_OFF

    def _still_good(self) -> bool:
        """Whether what is held is near its end and can be used all the same."""
        held = self._held
        if held is None or held is self._rejected:
            return False
        return freshness(held.expires_at, self._now(), held.renew_at) is Freshness.ADVISORY

    def _take(self, loaded: Credential) -> None:
        rejected, self._rejected = self._rejected, None
        if rejected is not None and loaded.secret == rejected.secret:
            raise RejectedError(
                "the credential was refused, and loading it again gave the same one",
                where=loaded.endpoint,
                remedy="`keyhole status` says where it comes from; replace it there",
            )
        self._held = loaded


def _ended(error: BaseException) -> BrokenCredentialError:
    """A plugin that ends the program would end everybody's event loop with it."""
    return BrokenCredentialError(f"{type(error).__name__} was raised while it was loaded")
