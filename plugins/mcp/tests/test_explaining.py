"""`keyhole mcp explain` says beforehand what a sign-in would end in."""

from __future__ import annotations

import pytest

from components.mcp_site import ISSUER, ORIGIN, URL, Site, as_host, metadata
from keyhole.cli import run
from keyhole.cli.world import World
from keyhole.errors import OAuthError
from keyhole.message import Response
from keyhole.secret import Secret
from keyhole_mcp.kept import keep_client_secret

OTHER = "https://login.other.example"

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def site(site: Site) -> Site:
    """A server that asks for a token."""
    site.pages[URL] = lambda _: Response(401, {"www-authenticate": site.challenge}, b"")
    return site


def _explain(site: Site) -> int:
    return run(["mcp", "explain", URL], World(lambda **_: site.look(), as_host(site)))


def test_a_server_that_does_everything_right_has_no_problem(site: Site, capsys: Captured) -> None:
    """Every step is gone through, nothing is registered, and the exit code is 0."""
    assert _explain(site) == 0
    said = capsys.readouterr().out
    assert "would be registered" in said
    assert "✗" not in said
    assert f"{ISSUER}/register" not in site.asked


def test_a_server_that_does_not_offer_s256(site: Site, capsys: Captured) -> None:
    """What `auth` would refuse is a problem, with the exception that lets it go on."""
    del site.metadata["code_challenge_methods_supported"]
    with pytest.raises(OAuthError, match="S256"):
        site.sign_in()
    assert _explain(site) == 1
    said = capsys.readouterr().out
    assert "✗ discovery" in said
    assert f'[mcp."{URL}"] assume_s256 = true' in said
    site.config["assume_s256"] = True
    assert _explain(site) == 0


def test_a_server_where_nobody_can_sign_in(site: Site, capsys: Captured) -> None:
    """A server for programs alone has no page that a browser could be sent to."""
    del site.metadata["authorization_endpoint"]
    assert _explain(site) == 1
    assert "no authorization endpoint" in capsys.readouterr().out
    _granted(site)
    assert _explain(site) == 0


def _granted(site: Site) -> None:
    """Lets the server grant tokens without a person."""
    site.config |= {"grant": "client_credentials", "client_id": "me"}
    keep_client_secret(site.look(), as_host(site), URL, Secret("fake-client-secret"))
    run(["mcp", "headers", URL], World(lambda **_: site.look(), as_host(site)))


def test_a_grant_needs_no_s256(site: Site) -> None:
    """Without a person there is no code for PKCE to protect."""
    del site.metadata["code_challenge_methods_supported"]
    _granted(site)
    assert _explain(site) == 0


def test_a_grant_whose_authorization_server_changed(site: Site, capsys: Captured) -> None:
    """A token that is good today is no comfort where the next one would be refused."""
    _granted(site)
    assert _explain(site) == 0
    site.resource["authorization_servers"] = [OTHER]
    site.pages[f"{OTHER}/.well-known/oauth-authorization-server"] = metadata(OTHER)
    capsys.readouterr()
    assert _explain(site) == 1
    said = capsys.readouterr().out
    assert f"the MCP server names {OTHER}, and named {ISSUER} before" in said
    assert "is good" not in said
    site.config["issuer"] = OTHER
    assert _explain(site) == 0


def test_metadata_on_another_origin(site: Site, capsys: Captured) -> None:
    """A place that is not asked is said to be none, whether the sign-in goes on without it or not."""
    site.challenge = 'Bearer resource_metadata="https://meta.acme.example/prm"'
    assert _explain(site) == 0
    assert "is on another origin, and is not asked" in capsys.readouterr().out
    del site.pages[f"{ORIGIN}/.well-known/oauth-protected-resource/mcp"]
    assert _explain(site) == 1
    assert "publish them on its own origin" in capsys.readouterr().out
