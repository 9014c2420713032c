"""`TokenStorage` of the mcp SDK, over keyhole's stores."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar, final

from keyhole.host import Host, RealHost
from keyhole.machine import Machine
from keyhole.oauth.grant import Grant
from keyhole.secret import Secret
from keyhole_mcp.storage.login import Current, SdkLogin

if TYPE_CHECKING:
    from mcp.shared.auth import OAuthClientInformationFull, OAuthToken

__all__ = ["SdkTokenStorage"]

_T = TypeVar("_T")


@final
class SdkTokenStorage:
    """What `mcp.client.auth.OAuthClientProvider(storage=...)` takes.

    The refresh token never leaves the store: the SDK gets tokens without one, and the one that a
    sign-in just gave is taken out of the SDK's own memory once it is kept. Two that hold a refresh
    token which the server rotates use it twice, and then the server ends the login for both; the
    SDK looks into its storage only when it starts, so it can't know that another has used it.
    Instead a token that has ended, or is about to, is renewed when the SDK asks for it: once for
    all processes, at the token endpoint of the issuer that gave it.

    Args:
        server: The server's URL, or the name of a configured one; the URL is the same that the
            provider is given.
        account: Which of several accounts; empty for the one that the configuration names.
        look: Takes a look at the machine, anew for each use.
        host: What may be done; None is this machine.
    """

    def __init__(
        self,
        server: str,
        account: str = "",
        look: Callable[[], Machine] = Machine.real,
        host: Host | None = None,
    ) -> None:
        self._host = host or RealHost()
        self._login = SdkLogin(server, account, look, self._host)

    def now(self) -> float:
        """The clock, in seconds since the epoch."""
        return self._host.now()

    async def get_tokens(self) -> OAuthToken | None:
        """The token, renewed where that is needed; None where only a person helps.

        `expires_in` is what is left of it, in whole seconds.

        Raises:
            UsageError: There is no such server.
            NetworkError: The token has ended, and can't be renewed now; it is not lost.
            StoreError: A store can't be used.
        """
        return _token(await _in_thread(self._login.current))

    async def renewed(self, refused: str) -> OAuthToken | None:
        """Another token than one that the server has just refused; None where only a person helps.

        Args:
            refused: The access token.

        Raises:
            NetworkError: It can't be renewed now.
            StoreError: A store can't be used.
        """
        return _token(await _in_thread(partial(self._login.current, Secret(refused))))

    async def set_tokens(self, tokens: OAuthToken) -> None:
        """Keeps what a sign-in gave, and takes the refresh token out of `tokens`.

        Raises:
            StoreError: It can't be kept.
        """
        refresh_token = tokens.refresh_token
        grant = Grant(
            access_token=Secret(tokens.access_token),
            refresh_token=Secret(refresh_token) if refresh_token else None,
            scope=tokens.scope,
            issued_at=self._host.now(),
            expires_in=tokens.expires_in,
            # The SDK does not tell the server's clock: the end is by this machine's.
            skew=0.0,
        )
        await _in_thread(partial(self._login.keep, grant))
        tokens.refresh_token = None

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        """The client of the login, or one that was registered beforehand.

        None where the SDK has to register one, also before a person is asked again.

        Raises:
            StoreError: A store can't be used.
        """
        from mcp.shared.auth import OAuthClientInformationFull
        from pydantic import ValidationError

        fields = await _in_thread(self._login.client)
        if fields is None:
            return None
        try:
            return OAuthClientInformationFull.model_validate(dict(fields))
        except ValidationError:
            return None

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        """Keeps the client that the SDK registered, or one that was registered beforehand.

        Raises:
            StoreError: It can't be kept.
        """
        fields = client_info.model_dump(mode="json", exclude_none=True)
        await _in_thread(lambda: self._login.registered().keep(fields))


async def _in_thread(work: Callable[[], _T]) -> _T:
    """Does what blocks in a thread; who is cancelled leaves it to come to its end by itself."""
    from anyio import to_thread

    return await to_thread.run_sync(work, abandon_on_cancel=True)


def _token(current: Current | None) -> OAuthToken | None:
    from mcp.shared.auth import OAuthToken

    if current is None:
        return None
    return OAuthToken(
        access_token=current.token.reveal(),
        expires_in=None if current.seconds is None else int(current.seconds),
        scope=current.scope or None,
    )
