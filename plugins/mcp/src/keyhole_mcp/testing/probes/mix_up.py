"""Two authorization servers that are taken for each other (RFC 9207; RFC 9700, section 4.4)."""

from __future__ import annotations

from keyhole_mcp.testing.authorization import AuthorizationServer
from keyhole_mcp.testing.lab import Lab
from keyhole_mcp.testing.probe import Failed, Probe
from keyhole_mcp.testing.steps import call
from keyhole_mcp.testing.verdicts import refused, signed_in

__all__ = ["PROBES"]


def _other_iss(lab: Lab) -> str:
    lab.authorization.more = {"iss": lab.site().origin}
    end = lab.run(call("echo"))
    if not lab.authorization.visits:
        raise Failed("never came to the authorization")
    if lab.authorization.token_requests:
        raise Failed("redeemed a code that another issuer answered with")
    refused(end)
    return "the code went nowhere"


def _moved(lab: Lab) -> str:
    """The MCP server names another authorization server than the one that it named before."""
    signed_in(lab)
    before, after = lab.authorization, AuthorizationServer(lab.site())
    before.book.end_access_tokens()
    lab.server.authorization = after
    lab.server.metadata["authorization_servers"] = [after.origin]
    lab.run(call("echo", may_fail=True))
    for one in after.refreshes:
        if before.book.issued_refresh_token(one.form["refresh_token"]):
            raise Failed("posted the refresh token of one server to another")
    for one in (*after.visits, *after.token_requests):
        if before.book.knows(one.query.get("client_id") or one.form.get("client_id", "")):
            raise Failed("used the client id of one server with another")
    return "nothing of the one went to the other"


PROBES = (
    Probe("mix-up", "redeems no code that another issuer answered with", _other_iss),
    Probe("moved", "sends what one server issued to no other", _moved),
)
