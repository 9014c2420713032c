"""The part of a login that a person takes part in: the one place for every kind of login."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from keyhole.errors import (
    ForeignRedirectError,
    InteractionRequiredError,
    KeyholeError,
    LoginFailedError,
)
from keyhole.frozen import frozen
from keyhole.oauth.authorization import Authorization, Begun
from keyhole.oauth.client import Client
from keyhole.oauth.flow import Flow
from keyhole.oauth.grant import Grant
from keyhole.oauth.listener import Listener, Verdict
from keyhole.oauth.pending import Pending
from keyhole.oauth.way import Way
from keyhole.secret import Secret

if TYPE_CHECKING:
    from keyhole.host import Host

__all__ = ["Redirected", "Tell", "Way", "interactive", "listen"]

Tell = Callable[[str], None]


@frozen
class Redirected:
    """What a person has agreed to.

    Attributes:
        code: The authorization code.
        pending: The authorization that it answers.
    """

    code: Secret
    pending: Pending

    def exchange(self, client: Client, now: Callable[[], float]) -> Flow[Grant]:
        """Exchanges the code for tokens; see `Pending.exchange`."""
        return self.pending.exchange(self.code, client, now)


def listen(way: Way, host: Host) -> Listener:
    """Opens the listener, for callers who must register its `redirect_uri` first.

    Raises:
        BusyError: The port is taken.
        InteractionRequiredError: Nobody is there.
    """
    _check_present(way)
    return host.listen(way.hostname, way.port, way.path)


def interactive(
    authorization: Authorization,
    way: Way,
    host: Host,
    *,
    listener: Listener | None = None,
    tell: Tell | None = None,
    begun: Callable[[Begun], None] | None = None,
) -> Redirected:
    """Lets a person agree in a browser, and waits for the answer.

    The listener and the terminal race: the browser comes back by itself, or its address is pasted
    (SSH, WSL, containers). Whatever happens, nothing listens any more afterwards.

    Args:
        authorization: What the person is asked.
        way: How.
        host: What acts.
        listener: One that is open already, and stays the caller's to close.
        tell: Says a sentence to the person; the host does where it is not given.
        begun: Gets the pending authorization, before anybody is asked: to keep it in a store.

    Raises:
        BusyError: The port is taken.
        InteractionRequiredError: Nobody is there.
        LoginFailedError: The person did not come back in time.
        OAuthError: The server refuses, or the answer can't be trusted; see `Pending.redeem`.
    """
    _check_present(way)
    tell = tell or host.tell
    with ExitStack() as opened:
        waiting = listener or opened.enter_context(listen(way, host))
        asked = authorization.begin(
            waiting.redirect_uri, now=host.now(), lifetime=2 * max(way.seconds, 300.0)
        )
        if begun:
            begun(asked)
        keyboard = host.terminal() if way.paste else None
        if keyboard:
            opened.enter_context(keyboard)
        _invite(asked.url, way, host, tell, paste=keyboard is not None)
        judge = _Judge(asked.pending, host.now, tell)
        verdict = waiting.wait(judge, asked=asked.url, seconds=way.seconds, terminal=keyboard)
    return Redirected(_code(verdict, way), asked.pending)


def _check_present(way: Way) -> None:
    if not way.present:
        raise InteractionRequiredError(
            "a person has to log in, and nobody is there to do it",
            remedy="log in once from a terminal; after that no person is needed",
        )


def _invite(url: str, way: Way, host: Host, tell: Tell, *, paste: bool) -> None:
    """Says what to do; the address always, because the browser may be the wrong one."""
    opens = way.browser and host.open_browser(url, way.environ, way.platform)
    tell(
        f"your browser shows the login; if it does not, open this address:\n\n{url}\n"
        if opens
        else f"open this address in a browser:\n\n{url}\n"
    )
    if paste:
        tell(
            "is that browser on another machine? Then it ends at a page that can't be shown: paste "
            "that page's whole address here (it stays invisible) and press Enter"
        )


@frozen
class _Judge:
    """Says which answers are ours, and what they are worth."""

    pending: Pending
    now: Callable[[], float]
    tell: Tell

    def redirected(self, target: str) -> Verdict | None:
        try:
            return self._redeemed(target)
        except ForeignRedirectError:
            return None

    def pasted(self, text: str) -> Verdict | None:
        if not text.strip():
            return None
        try:
            return self._redeemed(text)
        except ForeignRedirectError as error:
            self.tell(f"{error.problem}; {error.remedy}")
            return None

    def _redeemed(self, answer: str) -> Verdict:
        try:
            return Verdict(code=self.pending.redeem(answer, now=self.now()))
        except ForeignRedirectError:
            raise
        except KeyholeError as error:
            return Verdict(error=error)


def _code(verdict: Verdict | None, way: Way) -> Secret:
    if verdict and verdict.error:
        raise verdict.error
    if verdict is None or verdict.code is None:
        raise LoginFailedError(
            f"nobody finished the login within {way.seconds:g} seconds",
            remedy="log in again; --no-browser shows an address for another machine's browser",
        )
    return verdict.code
