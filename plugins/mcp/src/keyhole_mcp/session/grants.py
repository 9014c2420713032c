"""The grants that need no person, with what the machine has for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keyhole.frozen import frozen
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.oauth.client import Client
from keyhole.oauth.flow import Flow, perform
from keyhole.oauth.grant import Grant
from keyhole.oauth.metadata import discover
from keyhole.oauth.server import ServerMetadata
from keyhole.secret import Secret
from keyhole_mcp.extensions.chosen import file_of
from keyhole_mcp.extensions.client_credentials import client_credentials, confidential
from keyhole_mcp.extensions.enterprise import Subject, id_jag
from keyhole_mcp.extensions.given import key_in, needed, token_in
from keyhole_mcp.extensions.jwt_bearer import jwt_bearer
from keyhole_mcp.extensions.options import CLIENT_CREDENTIALS, ENTERPRISE, WORKLOAD
from keyhole_mcp.extensions.workload import REQUEST_TOKEN, REQUEST_URL, from_file, from_github
from keyhole_mcp.kept import kept_client_secret
from keyhole_mcp.outbound import Outbound
from keyhole_mcp.server import Server

__all__ = ["Asked", "client_of", "flow_of"]


@frozen
class Asked:
    """What is asked for, of whom.

    Attributes:
        machine: The machine as it is now: keys and tokens are read from it.
        host: What may be done.
        server: The MCP server, with what is configured for it.
        at: Its authorization server.
        resource: The MCP server's identifier.
        indicator: The `resource` of requests to the authorization server; empty sends none.
        scope: What is asked for, separated by spaces.
    """

    machine: Machine
    host: Host
    server: Server
    at: ServerMetadata
    resource: str
    indicator: str
    scope: str


def client_of(asked: Asked) -> Client:
    """Who keyhole is at the authorization server; a workload's token says itself who asks.

    Raises:
        BrokenCredentialError: No client is configured, or its key can't be read.
        OAuthError: It has nothing to prove itself with.
        StoreError: Its secret can't be read.
    """
    server = asked.server
    if server.chosen.grant == WORKLOAD:
        return Client("")
    return confidential(
        asked.at,
        needed(server, "client_id", server.exceptions.client_id or server.oauth.client_id),
        secret=kept_client_secret(asked.machine, asked.host, server.url),
        key=key_in(asked.machine, server.chosen.private_key, server.chosen.signing_algorithm),
        now=asked.host.now,
    )


def flow_of(asked: Asked) -> Flow[Grant]:
    """The request for a token; what it needs of others is got first, anew each time.

    Raises:
        BrokenCredentialError: Something is not configured, or can't be read.
        NetworkError: Another server can't be reached.
        OAuthError: It refuses.
        OutboundError: It is at a place that is not allowed.
    """
    return _FLOWS[asked.server.chosen.grant](asked)


def _for_itself(asked: Asked) -> Flow[Grant]:
    return client_credentials(
        asked.at,
        client_of(asked),
        resource=asked.indicator,
        scope=asked.scope,
        now=asked.host.now,
    )


def _for_an_employee(asked: Asked) -> Flow[Grant]:
    return _bearing(asked, _id_jag(asked))


def _for_a_workload(asked: Asked) -> Flow[Grant]:
    return _bearing(asked, _platforms_token(asked))


_FLOWS: Mapping[str, Callable[[Asked], Flow[Grant]]] = {
    CLIENT_CREDENTIALS: _for_itself,
    ENTERPRISE: _for_an_employee,
    WORKLOAD: _for_a_workload,
}


def _bearing(asked: Asked, assertion: Secret) -> Flow[Grant]:
    return jwt_bearer(
        asked.at,
        client_of(asked),
        assertion,
        resource=asked.indicator,
        scope=asked.scope,
        now=asked.host.now,
    )


# What others give


def _id_jag(asked: Asked) -> Secret:
    chosen = asked.server.chosen
    outbound = _outbound(asked, needed(asked.server, "idp", chosen.idp))
    file = needed(asked.server, "idp_token_file", chosen.idp_token_file)
    subject = Subject(token_in(asked.machine, file), chosen.idp_token_type)
    provider = perform(discover(chosen.idp), outbound)
    flow = id_jag(
        provider,
        _client_at(provider, asked),
        subject,
        audience=asked.at.issuer,
        resource=asked.resource,
        scope=asked.scope,
        now=asked.host.now,
    )
    return perform(flow, outbound)


def _client_at(provider: ServerMetadata, asked: Asked) -> Client:
    """Who keyhole is at the identity provider: a public client where it has neither."""
    chosen = asked.server.chosen
    name = needed(asked.server, "idp_client_id", chosen.idp_client_id)
    secret = kept_client_secret(asked.machine, asked.host, chosen.idp)
    key = key_in(asked.machine, chosen.idp_private_key)
    if secret is None and key is None:
        return Client(name)
    return confidential(provider, name, secret=secret, key=key, now=asked.host.now)


def _platforms_token(asked: Asked) -> Secret:
    machine, file = asked.machine, asked.server.chosen.assertion_file
    url, token = (machine.variable(name) for name in (REQUEST_URL, REQUEST_TOKEN))
    if file or url.value is None or token.value is None:
        return from_file(
            machine.text(file_of(machine, needed(asked.server, "assertion_file", file)))
        )
    flow = from_github(url.text, token.value, asked.at.issuer)
    return perform(flow, _outbound(asked, url.text))


def _outbound(asked: Asked, url: str) -> Outbound:
    """The policy for a server that the MCP server did not choose: the user or the platform did."""
    private = asked.server.exceptions.private_network
    return Outbound(asked.host, url, private_network=private)
