"""keyhole's own login: from the configured server to a kept token, and back out again."""

from __future__ import annotations

from contextlib import suppress

from keyhole import Host, Machine
from keyhole.errors import BrokenCredentialError, KeyholeError, OAuthError
from keyhole.frozen import evolve, frozen
from keyhole.oauth.authorization import Authorization
from keyhole.oauth.client import Client
from keyhole.oauth.device import DeviceCode, ask_device, poll
from keyhole.oauth.flow import perform
from keyhole.oauth.grant import Grant
from keyhole.oauth.interactive import Way, interactive
from keyhole.oauth.metadata import discover
from keyhole.oauth.revocation import revoke_record
from keyhole.oauth.server import ServerMetadata
from keyhole.oauth.token import TokenEndpoint
from keyhole.record import TokenRecord
from keyhole_login.configured import Configured
from keyhole_login.how import Ended, How
from keyhole_login.kept import check, forget, keep, revocation_endpoint

__all__ = ["Own"]


@frozen
class Own:
    """keyhole's own login at one server.

    Attributes:
        machine: The machine.
        server: The server and the client.
        host: What may be done.
    """

    machine: Machine
    server: Configured
    host: Host

    def log_in(self, how: How) -> TokenRecord:
        """Logs in, and keeps the token.

        Raises:
            BrokenCredentialError: The configuration lacks something.
            InteractionRequiredError: A person is needed, and nobody is there.
            LoginFailedError: It was begun and not finished.
            NetworkError: The server can't be reached.
            OAuthError: The server refuses, or the person does.
            StoreError: The token can't be kept.
        """
        if self.server.problem:
            reason, remedy = self.server.problem
            raise BrokenCredentialError(reason, where=str(self.server.where), remedy=remedy)
        # A store that can't be used is said before a person is asked, and not after.
        check(self.machine, self.server, self.host)
        about = self._metadata()
        asked = self._on_a_device if how.device else self._in_a_browser
        grant = asked(about, how)
        endpoints = {
            "token_endpoint": about.token_endpoint,
            "revocation_endpoint": about.revocation_endpoint,
        }
        try:
            return keep(self.machine, self.server, self.host, grant, endpoints)
        except KeyholeError:
            self._give_back(grant, about)
            raise

    def log_out(self) -> Ended:
        """Forgets the token, and tells the server (RFC 7009).

        The token is forgotten in any case: a server that is away must not keep anybody logged in.

        Raises:
            BusyError: Another renews the token at this moment.
            NetworkError: The server can't be reached; nothing is kept here any more.
            OAuthError: The server refuses; nothing is kept here any more.
            StoreError: The token can't be removed, or could not be read and is removed.
        """
        record = forget(self.machine, self.server, self.host)
        if record is None:
            return Ended.NOTHING
        url = revocation_endpoint(self.server, record)
        if not url or record.dead:
            return Ended.THERE if record.dead else Ended.HERE
        perform(revoke_record(url, self._client, record), self.host)
        return Ended.THERE

    @property
    def kept(self) -> bool:
        """Whether the index knows of a token."""
        return self.host.tokens(self.machine).index.get(self.server.key) is not None

    def _give_back(self, grant: Grant, about: ServerMetadata) -> None:
        """Ends what nobody keeps, where the server lets one; why it is not kept matters more."""
        record = grant.onto(TokenRecord()).record
        if about.revocation_endpoint:
            with suppress(KeyholeError):
                perform(revoke_record(about.revocation_endpoint, self._client, record), self.host)

    @property
    def _client(self) -> Client:
        return Client(self.server.client_id)

    def _metadata(self) -> ServerMetadata:
        """What the server says of itself, and over that what the configuration says."""
        server = self.server
        if server.issuer and not (server.authorization_endpoint and server.token_endpoint):
            found = perform(discover(server.issuer), self.host)
        else:
            found = ServerMetadata(issuer=server.issuer, token_endpoint=server.token_endpoint)
        return evolve(
            found,
            authorization_endpoint=server.authorization_endpoint or found.authorization_endpoint,
            token_endpoint=server.token_endpoint or found.token_endpoint,
            revocation_endpoint=server.revocation_endpoint or found.revocation_endpoint,
            device_authorization_endpoint=server.device_endpoint
            or found.device_authorization_endpoint,
        )

    def _in_a_browser(self, about: ServerMetadata, how: How) -> Grant:
        server = self.server
        # Who configured this server knows it; many that check S256 don't publish that they do.
        authorization = Authorization(
            about, self._client, scope=server.scope, resource=server.resource, assume_s256=True
        )
        way = Way(
            self.machine.environment(),
            self.machine.platform,
            present=True,
            browser=how.browser,
            hostname=server.hostname,
            port=server.port,
            seconds=how.seconds,
        )
        redirected = interactive(authorization, way, self.host, tell=how.tell)
        return perform(redirected.exchange(self._client, self.host.now), self.host)

    def _on_a_device(self, about: ServerMetadata, how: How) -> Grant:
        server, now = self.server, self.host.now
        if not about.device_authorization_endpoint:
            raise OAuthError(
                "the server offers no login on another device (RFC 8628)",
                where=server.name,
                remedy="`keyhole login --no-browser`, and paste the answer back",
                code="unsupported_grant_type",
            )
        asked = ask_device(about, self._client, now, scope=server.scope, resource=server.resource)
        device = perform(asked, self.host)
        how.tell(_instruction(device))
        extra = {"resource": server.resource} if server.resource else {}
        endpoint = TokenEndpoint(about.token_endpoint, self._client, now, extra)
        return perform(poll(device, endpoint), self.host)


def _instruction(device: DeviceCode) -> str:
    whole = device.verification_uri_complete
    direct = f", or just {whole}" if whole else ""
    return (
        f"On any device, open {device.verification_uri} and enter {device.user_code}{direct}; "
        "check that the code there is this one."
    )
