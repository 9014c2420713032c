"""The authorization server of keyhole's own login, as the configuration names it."""

from __future__ import annotations

from keyhole import Endpoint, Machine, Option, Where
from keyhole.endpoint import first_party, problem_of
from keyhole.frozen import frozen
from keyhole_login import options

__all__ = ["Configured", "configured"]


@frozen
class Configured:
    """A server and a client.

    Attributes:
        where: Where the configuration names it.
        issuer: Its issuer; empty where only endpoints are configured.
        client_id: The client; empty where the configuration forgot it.
        scope: What is asked for, separated by spaces.
        resource: What the token is for (RFC 8707); empty where that is not said.
        authorization_endpoint: Where a browser is sent; empty where the metadata says it.
        token_endpoint: Where tokens are got; empty where the metadata says it.
        revocation_endpoint: Where tokens are ended; empty where the metadata says it, if at all.
        device_endpoint: Where a device begins; empty where the metadata says it, if at all.
        hostname: The host of the redirect.
        port: Its port; 0 for any free one.
        endpoint: Where the token is sent.
    """

    where: Where
    issuer: str
    client_id: str
    scope: str
    resource: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str
    device_endpoint: str
    hostname: str
    port: int
    endpoint: Endpoint

    @property
    def name(self) -> str:
        """The server, for people."""
        return self.issuer or self.token_endpoint

    @property
    def key(self) -> str:
        """The key of its token in the store: another client has another login."""
        return f"login|{self.name}|{self.client_id}"

    @property
    def about(self) -> str:
        """What the token is for, as `keyhole stores` says it."""
        return f"keyhole's login at {self.name}"

    @property
    def problem(self) -> tuple[str, str] | None:
        """What is missing or wrong, with a remedy; None where nothing is."""
        if not self.client_id:
            return "login.client_id is not set", "register a public client there, and name it"
        if not self.issuer and not self.authorization_endpoint:
            return "login.authorization_endpoint is not set", "set it, or login.issuer"
        if self.endpoint.problem:
            return self.endpoint.refusal, self.endpoint.remedy
        if self.endpoint.is_default:
            # The token of somebody's own server is nothing that Anthropic should see.
            return "nothing says where its token is sent", "set login.base_url to your gateway"
        return None


def configured(machine: Machine) -> Configured | None:
    """The server that the configuration names; None where it names none.

    Raises:
        ConfigError: The configuration holds something that it must not.
    """
    config = machine.config
    named = next((one for one in _NAMING if config.get(one)), None)
    if named is None:
        return None
    return Configured(
        where=_where(machine, named),
        issuer=config.get(options.ISSUER),
        client_id=config.get(options.CLIENT_ID),
        scope=config.get(options.SCOPES),
        resource=config.get(options.RESOURCE),
        authorization_endpoint=config.get(options.AUTHORIZATION_ENDPOINT),
        token_endpoint=config.get(options.TOKEN_ENDPOINT),
        revocation_endpoint=config.get(options.REVOCATION_ENDPOINT),
        device_endpoint=config.get(options.DEVICE_ENDPOINT),
        hostname=config.get(options.HOSTNAME),
        port=config.get(options.PORT),
        endpoint=_endpoint(machine),
    )


_NAMING = (options.ISSUER, options.TOKEN_ENDPOINT)


def _endpoint(machine: Machine) -> Endpoint:
    url = machine.config.get(options.BASE_URL)
    if not url:
        return first_party(machine)
    return Endpoint(url, _where(machine, options.BASE_URL), problem_of(url))


def _where(machine: Machine, option: Option) -> Where:
    spot = machine.config.entries[option.key].spot
    place, _, line = spot.rpartition(":")
    return Where(place, option.key, int(line)) if line.isdecimal() else Where(spot, option.key)
