"""PKCE: a client must refuse a server that does not offer S256 (MCP 2026-07-28, security)."""

from __future__ import annotations

from keyhole_mcp.testing.authorization import METADATA
from keyhole_mcp.testing.lab import Lab
from keyhole_mcp.testing.probe import Probe
from keyhole_mcp.testing.steps import call
from keyhole_mcp.testing.verdicts import asked, nobody_asked, nothing_strays, refused

__all__ = ["PROBES"]

_OFFERED = "code_challenge_methods_supported"


def _absent(lab: Lab) -> str:
    del lab.authorization.metadata[_OFFERED]
    return _refuses(lab)


def _plain(lab: Lab) -> str:
    lab.authorization.metadata[_OFFERED] = ["plain"]
    return _refuses(lab)


def _refuses(lab: Lab) -> str:
    end = lab.run(call("echo"))
    asked(lab.authorization.site, METADATA)
    nobody_asked(lab, 0)
    refused(end)
    nothing_strays(lab)
    return "refused"


PROBES = (
    Probe("pkce-absent", "refuses a server that does not say it offers PKCE", _absent),
    Probe("pkce-plain", "refuses a server that offers plain PKCE alone", _plain),
)
