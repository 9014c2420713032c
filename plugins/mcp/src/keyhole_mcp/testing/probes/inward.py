"""A public server that points a client to inner places: each endpoint, and each redirect.

The client is behind a proxy that plays the public servers and connects nowhere, so that even a
client that follows reaches nothing. An inner address that is written out must not be asked for, and
nothing but https, whatever the proxy would do with it (MCP security best practices, "Server-Side
Request Forgery").
"""

from __future__ import annotations

from functools import partial

from keyhole_mcp.testing.authorization import METADATA
from keyhole_mcp.testing.lab import Lab
from keyhole_mcp.testing.place import Answer, Place
from keyhole_mcp.testing.probe import Failed, NotOffered, Probe
from keyhole_mcp.testing.proxy import AUTHORIZATION
from keyhole_mcp.testing.server import METADATA as RESOURCE
from keyhole_mcp.testing.steps import call
from keyhole_mcp.testing.verdicts import asked, nothing_strays, refused, succeeded

__all__ = ["PROBES"]

LINK_LOCAL = "http://169.254.169.254"
PRIVATE = "https://10.0.0.1"
PLAIN = f"http://{AUTHORIZATION}"


def _signs_in(lab: Lab) -> str:
    end = lab.run(call("echo"))
    _untouched(lab)
    succeeded(end)
    return "every request went through the proxy"


def _challenge(lab: Lab) -> str:
    lab.server.metadata_url = f"{LINK_LOCAL}/latest/meta-data"
    # Who looks at the well-known places of the server's own origin instead may go on.
    return _not_asked(lab, lab.server.site, "POST /mcp")


def _issuer(lab: Lab) -> str:
    lab.server.metadata["authorization_servers"] = [PRIVATE]
    return _judged(lab, lab.server.site, RESOURCE)


def _endpoint(name: str, origin: str, lab: Lab) -> str:
    lab.authorization.metadata[f"{name}_endpoint"] = f"{origin}/{name}"
    return _judged(lab, lab.authorization.site, METADATA)


def _redirected(which: str, lab: Lab) -> str:
    place = lab.server.site if which == RESOURCE else lab.authorization.site
    place.routes[which] = lambda _: Answer(302, {"location": f"{PRIVATE}/metadata"})
    # Whether a client then guesses endpoints is what `metadata-404` asks.
    return _not_asked(lab, place, which)


def _not_asked(lab: Lab, reached: Place, document: str) -> str:
    lab.run(call("echo"))
    _untouched(lab)
    asked(reached, document)
    return "not asked"


def _judged(lab: Lab, reached: Place, document: str) -> str:
    end = lab.run(call("echo"))
    _untouched(lab)
    asked(reached, document)
    refused(end)
    nothing_strays(lab)
    return "refused before any connection"


def _untouched(lab: Lab) -> None:
    """Nothing but the public servers was asked for.

    Raises:
        NotOffered: The client pays no regard to the variables that name a proxy.
    """
    if lab.proxy is None or not lab.proxy.asked:
        raise NotOffered
    if lab.proxy.elsewhere:
        raise Failed(f"asked for {lab.proxy.elsewhere[0]}")


def _probe(name: str, wants: str, body: partial[str]) -> Probe:
    return Probe(f"public-{name}", wants, body, public=True)


PROBES = (
    _probe("sign-in", "signs in to public servers through a proxy", partial(_signs_in)),
    _probe("challenge", "asks for no link-local address that a 401 names", partial(_challenge)),
    _probe("issuer", "asks for no private authorization server", partial(_issuer)),
    *(
        _probe(name, f"asks for no private {name} endpoint", partial(_endpoint, name, PRIVATE))
        for name in ("registration", "authorization", "token")
    ),
    _probe("http", "posts a code to no http endpoint", partial(_endpoint, "token", PLAIN)),
    _probe(
        "http-browser",
        "opens a browser at no http endpoint",
        partial(_endpoint, "authorization", PLAIN),
    ),
    _probe(
        "redirect-resource",
        "follows no redirect of the resource's metadata inward",
        partial(_redirected, RESOURCE),
    ),
    _probe(
        "redirect-issuer",
        "follows no redirect of the server's metadata inward",
        partial(_redirected, METADATA),
    ),
)
