"""URLs that a server names and no client should ask: each endpoint, and each redirect.

All runs on loopback, where a client may rightly ask loopback addresses. So the inner place is
`0.0.0.0`, "this host" (RFC 1122, section 3.2.1.3): no URL of a server may name it, and a client
that connects to it still reaches nothing but this machine.
"""

from __future__ import annotations

from functools import partial

from keyhole_mcp.testing.authorization import METADATA
from keyhole_mcp.testing.lab import Lab
from keyhole_mcp.testing.place import Answer, Place
from keyhole_mcp.testing.probe import Failed, Probe
from keyhole_mcp.testing.server import METADATA as RESOURCE
from keyhole_mcp.testing.site import Site
from keyhole_mcp.testing.steps import call
from keyhole_mcp.testing.verdicts import asked, nothing_strays, refused, signed_in, untouched

__all__ = ["PROBES"]

_HOST = "0.0.0.0"  # noqa: S104  # nothing listens there; it is what must not be asked
_MAPPED = "[::ffff:127.0.0.1]"


def _inner(site: Site, host: str = _HOST) -> str:
    return f"http://{host}:{site.port}"


def _challenge(lab: Lab) -> str:
    inner = lab.site()
    lab.server.metadata_url = f"{_inner(inner)}/metadata"
    # Who looks at the well-known places of the server's own origin instead may go on.
    return _not_asked(lab, inner, lab.server.site, "POST /mcp")


def _issuer(lab: Lab, host: str = _HOST) -> str:
    inner = lab.site()
    lab.server.metadata["authorization_servers"] = [_inner(inner, host)]
    return _judged(lab, inner, lab.server.site, RESOURCE)


def _endpoint(name: str, lab: Lab) -> str:
    inner = lab.site()
    lab.authorization.metadata[f"{name}_endpoint"] = f"{_inner(inner)}/{name}"
    return _judged(lab, inner, lab.authorization.site, METADATA)


def _redirected(which: str, lab: Lab) -> str:
    inner = lab.site()
    site = lab.server.site if which == RESOURCE else lab.authorization.site
    site.routes[which] = lambda _: Answer(302, {"location": f"{_inner(inner)}/metadata"})
    # Whether a client then guesses endpoints is what `metadata-404` asks.
    return _not_asked(lab, inner, site, which)


def _not_asked(lab: Lab, inner: Place, reached: Place, document: str) -> str:
    lab.run(call("echo"))
    untouched(inner, "an inner address")
    asked(reached, document)
    return "not asked"


def _judged(lab: Lab, inner: Place, reached: Place, document: str) -> str:
    end = lab.run(call("echo"))
    untouched(inner, "an inner address")
    asked(reached, document)
    refused(end)
    nothing_strays(lab)
    return "refused before any connection"


def _token_redirected(lab: Lab) -> str:
    """A code and its verifier go to the token endpoint, and to no place that it points to."""
    other = lab.site()
    lab.authorization.site.routes["POST /token"] = lambda _: Answer(
        307, {"location": f"{other.origin}/token"}
    )
    end = lab.run(call("echo"))
    untouched(other, "where the token endpoint pointed")
    asked(lab.authorization.site, "POST /token")
    refused(end)
    return "not followed"


def _call_redirected(lab: Lab) -> str:
    """A token goes to the MCP server, and to no place that it points to."""
    signed_in(lab)
    other, routes = lab.site(), lab.server.site.routes
    sound, away = routes["POST /mcp"], Answer(307, {"location": f"{other.origin}/mcp"})
    routes["POST /mcp"] = lambda asked: away if "authorization" in asked.headers else sound(asked)
    lab.run(call("echo", may_fail=True))
    if any("authorization" in one.headers for one in other.seen):
        raise Failed("sent its token to another origin")
    return "the token stayed"


PROBES = (
    Probe("ssrf-challenge", "asks no inner address for what a 401 names", _challenge),
    Probe("ssrf-issuer", "asks no inner address as authorization server", _issuer),
    Probe(
        "ssrf-mapped",
        "asks no IPv4-mapped IPv6 address",
        partial(_issuer, host=_MAPPED),
    ),
    *(
        Probe(f"ssrf-{name}", f"asks no inner address as {name} endpoint", partial(_endpoint, name))
        for name in ("registration", "authorization", "token")
    ),
    Probe(
        "ssrf-redirect-resource",
        "follows no redirect of the resource's metadata inward",
        partial(_redirected, RESOURCE),
    ),
    Probe(
        "ssrf-redirect-issuer",
        "follows no redirect of the server's metadata inward",
        partial(_redirected, METADATA),
    ),
    Probe("redirected-token", "posts a code to no redirect's target", _token_redirected),
    Probe("redirected-call", "sends a token to no redirect's target", _call_redirected),
)
